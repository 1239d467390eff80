"""The manual pages say what the programs know: every command and option of `--help`, and none that is gone; they are in
order by mandoc's judgement; and the pages made of Markdown have lost nothing. argv[1]: the folder of the binaries."""
import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

BIN = os.path.abspath(sys.argv.pop(1))
MAN = os.path.join(os.path.dirname(BIN), "man")
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def help_of(program, *words):
    return subprocess.run([os.path.join(BIN, program), *words, "--help"], check=True, capture_output=True,
                          text=True).stdout


def options_in(text):
    return set(OPTION.findall(text))


def listed(text):
    """The options that a help lists, one a line."""
    return set(re.findall(r"^  (--[a-z0-9-]+)", text, re.M))


def entry(manual, heading):
    """The entry of a list whose term begins so, with its body."""
    found = re.search(r"^%s\b.*\n(?:(?:\t.*)?\n)*" % re.escape(heading), manual, re.M)
    return found.group(0) if found else ""


class Manuals(unittest.TestCase):
    def test_pacectl(self):
        manual, overview = read(DOCS + "/pacectl.1.scd"), help_of("pacectl")
        commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", overview.split("Options of")[0], re.M)
        self.assertGreaterEqual(len(commands), 12)
        known = listed(overview)
        for option in known:
            self.assertTrue(entry(manual, "*%s" % option), "pacectl.1 has no entry for " + option)
        for command in commands:
            with self.subTest(command=command):
                told = entry(manual, "*" + command)
                self.assertTrue(told, "pacectl.1 has no entry for " + command)
                own = listed(help_of("pacectl", *command.split())) - listed(overview)
                self.assertLessEqual(own, options_in(told.split("\n")[0]), "the form of the call lacks an option")
                known |= own
        # `--clock events` and others belong to the daemon, of which the page speaks too.
        self.assertLessEqual(options_in(manual), known | options_in(help_of("paced")))

    def test_keys_are_called_what_they_are(self):
        """Wherever a page names a key of the configuration; paced.yaml.5 itself is compared with the table."""
        keys = set(re.findall(r"^\*([a-z0-9_.]+)\* \(", read(DOCS + "/paced.yaml.5.scd").replace("\\_", "_"), re.M))
        sections = {key.split(".")[0] for key in keys if "." in key}
        self.assertIn("store", sections)
        named = re.compile(r"[`*]((?:%s)\.[a-z0-9_]+)\b(?!\.[a-z])" % "|".join(sections))
        for page in glob.glob(DOCS + "/*.*") + glob.glob(DOCS + "/../*.md"):
            with self.subTest(page=os.path.basename(page)):
                self.assertLessEqual(set(named.findall(read(page).replace("\\_", "_"))), keys)

    def test_options(self):
        for program, page in [("paced", "paced.8"), ("pace-sim", "pace-sim.1")]:
            with self.subTest(program=program):
                manual, helped = read("%s/%s.scd" % (DOCS, page)), options_in(help_of(program))
                synopsis, body = manual.split("# DESCRIPTION")
                self.assertGreaterEqual(len(helped), 6)
                self.assertLessEqual(helped, options_in(synopsis), "the synopsis")
                # `pacectl clock --to` and `pacectl backtest --config ... --events` are told of as well.
                self.assertLessEqual(options_in(synopsis), helped)
                self.assertLessEqual(helped - {"--help", "--version"}, options_in(body), "the description")

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc")
    def test_lint(self):
        pages = glob.glob(MAN + "/*.[1-8]")
        self.assertGreaterEqual(len(pages), 7)
        result = subprocess.run(["mandoc", "-Tlint", "-W", "warning", *pages], check=False, capture_output=True, text=True)
        # scdoc begins and ends a section with a paragraph, which is harmless and not ours to change.
        found = [line for line in (result.stdout + result.stderr).splitlines() if "skipping paragraph macro" not in line]
        self.assertEqual(found, [])

    def test_of_markdown(self):
        for name in ["events", "loop", "protocol"]:
            with self.subTest(page=name):
                text, page = read("%s/%s.md" % (DOCS, name)), read("%s/paced-%s.7.scd" % (MAN, name))
                # Neither the language of code nor what the first column of a table is called is told.
                text = re.sub(r"<!--.*?-->|\]\([^)]*\)|^# .*|(?<=```)\w+|^\| [^|]*(?=\|.*\n\|--)", "", text, flags=re.M)
                for mark in ["docs/events.md", "docs/loop.md", "docs/protocol.md"]:
                    text = text.replace(mark, "")
                lost = set(re.findall(r"[a-z_]{2,}", text.lower())) - set(re.findall(r"[a-z_]{2,}", page.replace("\\", "").lower()))
                self.assertEqual(lost, set())
                self.assertEqual(re.findall(r"docs/[a-z]+\.md", page), [], "that file isn't where this page is")
                self.assertEqual(text.count("```") // 2 + len(re.findall(r"(?<=\n\n)    ", text)), page.count("```") // 2)


if __name__ == "__main__":
    unittest.main()
