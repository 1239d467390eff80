"""What a shell offers while a call of pacectl, paced or pace-sim is typed. argv[1]: the folder of the binaries."""
import contextlib
import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../completions/pacectl.bash")
CONFIG = """
indicators:
  calls: {count: sales.activity.call}
  demos: {count: sales.activity.demo}
"""
REPS = ["a.devries", "b $(reboot) jansen"]
# Stands in for the shell around the function: the words, then what it is offered, a line each.
HARNESS = r"""
source "$1"; shift
compopt() { :; }
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
function=$(complete -p "$1"); function=${function#*-F }; ${function%% *} "$1"
(( ${#COMPREPLY[@]} )) && printf '%s\n' "${COMPREPLY[@]}"
"""


def offered(*words):
    """By pacectl itself, without the explanations."""
    result = subprocess.run([BIN + "/pacectl", "--complete", *words], check=True, capture_output=True, text=True)
    assert result.stderr == "", result.stderr
    return [line.split("\t")[0] for line in result.stdout.splitlines()]


def in_bash(*words, **more):
    env = dict(os.environ, PATH=BIN + ":" + os.environ["PATH"])
    result = subprocess.run(["bash", "--norc", "-c", HARNESS, "bash", SCRIPT, *words], check=False, text=True,
                            capture_output=True, env=env, timeout=60, **more)
    assert result.stderr == "", result.stderr
    return result.stdout.splitlines()


@contextlib.contextmanager
def at_a_terminal(*shell):
    """A real shell at a terminal of its own: what types into it, and waits until it shows what is expected."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(PATH=BIN + ":" + os.environ["PATH"], PS1="ready> ", TERM="dumb")
        os.execvp(shell[0], shell)

    def types(text, expected):
        os.write(terminal, text.encode())
        seen, until = "", time.monotonic() + 60
        while expected not in seen and time.monotonic() < until:
            if select.select([terminal], [], [], 1)[0]:
                seen += os.read(terminal, 4096).decode(errors="replace")
        assert expected in seen, (expected, seen)
    try:
        yield types
    finally:
        os.close(terminal)
        os.waitpid(child, 0)


def call_of(rep):
    return json.dumps({"specversion": "1.0", "source": "/t", "id": rep, "type": "sales.activity.call", "subject": rep,
                       "time": "2026-03-02T09:00:00Z"}) + "\n"


class Words(unittest.TestCase):
    def test_table(self):
        for words, expected in [
                (["stat"], ["status"]), (["q"], ["quarantine"]), (["quarantine", "l"], ["list"]),
                (["quarantine", ""], ["list", "show", "retry", "drop"]),
                (["quarantine", "list", "--fr"], ["--from"]), (["alerts", "--f"], ["--follow"]),
                (["--json", "alerts", "--since", "3", "--pu"], ["--pushed"]), (["alerts", "--since", ""], []),
                (["send", ""], [":file"]), (["send", "x", ""], []), (["backtest", "--config", ""], [":file"]),
                (["backtest", "--config", "="], [":file"]), (["backtest", "--config", "=", "x", "--ev"], ["--events"]),
                (["--socket", ""], [":file"]), (["--socket", "x", "verif"], ["verify"]), (["nonsense", ""], []),
                (["validity", "--result", ""], ["won_deals", "won_amount"]), (["backtest", "--result", "won_d"], ["won_deals"]),
                (["status", "--so"], ["--socket"]), (["--ver"], ["--version"]), (["status", ""], [])]:
            with self.subTest(words=words):
                self.assertEqual(offered(*words), expected)

    def test_all_that_help_tells(self):
        overview = subprocess.run([BIN + "/pacectl", "--help"], check=True, capture_output=True, text=True).stdout
        commands = re.findall(r"^  ([a-z-]+(?: [a-z]+)?)  ", overview.split("Options of")[0], re.M)
        self.assertEqual(set(offered("")), {command.split()[0] for command in commands})
        for command in commands:
            helped = subprocess.run([BIN + "/pacectl", *command.split(), "--help"], check=True, capture_output=True,
                                    text=True).stdout
            self.assertEqual(sorted(offered(*command.split(), "--")), sorted(re.findall(r"^  (--[a-z0-9-]+)", helped, re.M)))

    def test_names(self):
        with Daemon(BIN, CONFIG) as daemon:
            place = ["--socket", daemon.socket]
            self.assertEqual(daemon.ctl("send", "-", data="".join(map(call_of, REPS))).returncode, 0)
            self.assertEqual(sorted(offered(*place, "rep", "")), REPS)
            self.assertEqual(offered(*place, "why", "a"), ["a.devries"])
            self.assertEqual(sorted(offered(*place, "why", "a.devries", "")), ["calls", "demos"])
            self.assertEqual(offered(*place, "why", "a.devries", "calls", ""), [])
            self.assertEqual(offered(*place, "validity", "--result", "d"), ["demos"])
            # Nothing of a name is left to the shell to run.
            self.assertEqual(in_bash("pacectl", *place, "rep", "b"), [r"b\ \$\(reboot\)\ jansen"])
            self.assertEqual(offered(*place, "commit", "list", "a"), ["a.devries"])
            for name in ("k1", "k2"):
                self.assertEqual(daemon.ctl("commit", "add", "a.devries", "x", "--id", name).returncode, 0)
            self.assertEqual(offered(*place, "commit", "done", "a.devries", ""), ["k1", "k2"])
            self.assertEqual(offered(*place, "commit", "add", "a.devries", ""), [])
            self.assertEqual(offered(*place, "case", "show", ""), [])
            daemon.stop()
            self.assertEqual(offered(*place, "rep", ""), [])


@unittest.skipUnless(shutil.which("bash"), "no bash")
class Bash(unittest.TestCase):
    def test_functions(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(folder + "/events.ndjson", "w", encoding="ascii"):
                pass
            for words, expected in [
                    (["pacectl", "stat"], ["status"]), (["pacectl", "send", "ev"], ["events.ndjson"]),
                    (["pacectl", "backtest", "--events", "=", "ev"], ["events.ndjson"]),
                    (["paced", "--ch"], ["--check"]), (["paced", "--check", "ev"], ["events.ndjson"]),
                    (["paced", "--config", "x", "--clock", ""], ["wall", "events"]), (["pace-sim", "--no-la"], ["--no-late"]),
                    (["pace-sim", "score", "--tr"], ["--truth"])]:
                with self.subTest(words=words):
                    self.assertEqual(in_bash(*words, cwd=folder), expected)

    def test_at_a_terminal(self):
        with at_a_terminal("bash", "--norc", "--noprofile", "-i") as types:
            types("", "ready> ")
            types("bind 'set enable-bracketed-paste off'; source %s\n" % SCRIPT, "ready> ")
            types("pacectl quar\t", "quarantine ")
            types("l\t", "ist ")


@unittest.skipUnless(shutil.which("zsh"), "no zsh")
class Zsh(unittest.TestCase):
    def test_at_a_terminal(self):
        """Found by its name, as packages install it."""
        with tempfile.TemporaryDirectory() as folder, at_a_terminal("zsh", "-f", "-i") as types:
            shutil.copy(SCRIPT.replace(".bash", ".zsh"), folder + "/_pacectl")
            types("", "ready> ")
            for line in ("cd %s" % folder, ": >somewhere", "fpath=(%s $fpath)" % folder, "autoload -Uz compinit; compinit -u -D"):
                types(line + "\n", "\rready> ")
            for typed, expected in [("pacectl quar\t", "antine "), ("pacectl quarantine l\t", "ist "), ("paced --ch\t", "eck "),
                                    ("paced --clock ev\t", "ents "), ("paced --check some\t", "where "), ("pace-sim --no-la\t", "te ")]:
                types(typed, typed[:-1] + expected)
                types("\x15", "")  # the line is taken back


@unittest.skipUnless(shutil.which("fish"), "no fish")
class Fish(unittest.TestCase):
    def test_offers(self):
        script = os.path.join(os.path.dirname(SCRIPT), "pacectl.fish")
        for line, expected in [("pacectl stat", ["status"]), ("pacectl alerts --fol", ["--follow"]),
                               ("pacectl quarantine ", ["drop", "list", "retry", "show"]), ("paced --ch", ["--check"]),
                               ("paced --clock ", ["events", "wall"]), ("pace-sim --no-la", ["--no-late"])]:
            result = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line],
                                    check=True, capture_output=True, text=True,
                                    env=dict(os.environ, PATH=BIN + ":" + os.environ["PATH"]))
            self.assertEqual([offer.split("\t")[0] for offer in result.stdout.splitlines()], expected)


if __name__ == "__main__":
    unittest.main()
