"""pacectl against the real paced, end to end. argv[1]: the folder of the binaries."""
import collections
import contextlib
import datetime
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, running, until, warning_key  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
PACECTL = os.path.join(BIN, "pacectl")
SEED = int(os.environ.get("PACED_SEED", "1"))
CONFIG = """
organisation: {tz: Europe/Amsterdam}
people:
  teams: {north: {manager: m.jansen}}
  reps: {a.devries: {team: north, aliases: ["crm:51377"]}}
indicators:
  calls: {label: "calls", count: sales.activity.call}
"""


def event(number, subject="crm:51377", when="2026-03-02T09:00:00+01:00", **more):
    return json.dumps({"specversion": "1.0", "id": "e%d" % number, "source": "/crm",
                       "type": "sales.activity.call", "subject": subject, "time": when, **more})


def run(*words, data=None, env=None, under=()):
    return subprocess.run([*under, PACECTL, *words], input=data, capture_output=True, check=False, text=True,
                          env=env, timeout=120)


def fastest(call):
    """Seconds of the fastest of some calls: one would be slow if the machine is."""
    def seconds():
        begun = time.monotonic()
        call()
        return time.monotonic() - begun
    return min(seconds() for _ in range(5))


def counts(sent, accepted=0, duplicate=0, superseded=0, rejected=0):
    return {"sent": sent, "accepted": accepted, "duplicate": duplicate, "superseded": superseded,
            "rejected": rejected}


class Calls(unittest.TestCase):
    """What needs no daemon."""

    def test_exit_codes(self):
        for words, code, says in [
                (["--help"], 0, "Commands"), (["--version"], 0, "pacectl "), ([], 2, "which command"),
                (["statsu"], 2, 'did you mean "status"'), (["why"], 2, "pacectl why REP"),
                (["alerts", "--sinse", "3"], 2, 'did you mean "--since"'),
                (["alerts", "--since", "x"], 2, "is not a number"),
                (["clock"], 2, "--to is missing"), (["clock", "--to", "2026-03-01"], 2, "is not an instant"),
                (["backtest", "--config", "x"], 2, "--events is missing"),
                (["backtest", "--config", "x", "--events", "y", "--from", "x"], 2, "is not a date"),
                (["backtest", "--config", "x", "--events", "y", "--arl0", "250,"], 2, "give one to 4 numbers"),
                (["backtest", "--config", "x", "--events", "y", "--arl0", "5"], 2, "20 to 100000"),
                (["backtest", "--config", "x", "--events", "y", "--cycle", "800"], 2, "--cycle"),
                (["validity", "--config", "x"], 2, "go together"), (["validity", "--weeks", "0x"], 2, "--weeks"),
                (["send", "/nowhere/at/all"], 1, "/nowhere/at/all: No such file"),
                (["send", "/"], 1, "Is a directory")]:
            with self.subTest(words=words):
                result = run(*words)
                self.assertEqual(result.returncode, code, result.stderr)
                self.assertIn(says, result.stdout + result.stderr)

    def test_a_failure_is_json_too(self):
        """With --json whoever reads standard output always finds one object, whatever went wrong."""
        with tempfile.TemporaryDirectory() as folder:
            bad = os.path.join(folder, "bad.yaml")
            with open(bad, "w", encoding="ascii") as file:
                file.write("store: {keep_days: no, map_size: 1}\n")
            for words, code, name, says, errors in [
                    (["--socket", folder + "/x", "status"], 3, "unreachable", "no daemon: there is no socket", 0),
                    (["--socket", folder + "/x", "send", "-", "--timeout", "1"], 3, "unreachable", "no daemon: there is no socket", 0),
                    (["statsu"], 2, "usage", 'did you mean "status"', 0), (["why"], 2, "usage", "pacectl why REP", 0),
                    (["send", "/nowhere"], 1, "failed", "/nowhere: No such file", 0),
                    (["backtest", "--config", bad, "--events", "-"], 1, "failed", "the configuration has errors", 2)]:
                with self.subTest(words=words):
                    result = run(*words, "--json", data=event(1))
                    self.assertEqual(result.returncode, code)
                    error = json.loads(result.stdout)["error"]
                    self.assertEqual(error["code"], name)
                    self.assertIn(says, error["reason"])
                    self.assertEqual(len(error.get("errors", [])), errors, error)
                    self.assertIn((error.get("errors") or [error["reason"]])[0], result.stderr)
                    self.assertNotIn('"error"', run(*words, data=event(1)).stdout)

    def test_an_answer_that_cant_be_written_is_told(self):
        for words in ["--help"], ["--version"], ["codes"], ["codes", "--json"], ["codes", "--help"]:
            with self.subTest(words=words), open("/dev/full", "wb") as full:
                result = subprocess.run([PACECTL, *words], stdout=full, stderr=subprocess.PIPE, check=False, text=True, timeout=120)
                self.assertEqual(result.returncode, 1)
                self.assertEqual(result.stderr, "pacectl: the answer can't be written to standard output\n")

    def test_unreachable(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "control.sock")
            result = run("--socket", path, "status")
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn("there is no socket " + path, result.stderr)
            self.assertIn("systemctl status paced", result.stderr)
            # A file that was left behind: nobody listens.
            with open(path, "w", encoding="ascii"):
                pass
            self.assertEqual(run("--socket", path, "status").returncode, 3)
            self.assertLess(fastest(lambda: run("--socket", path, "status")), fastest(lambda: run("--version")) + 1)
            result = run("--socket", path, "send", "-", "--timeout", "1", data=event(1))
            self.assertEqual(result.returncode, 3, result.stderr)
            env = dict(os.environ, RUNTIME_DIRECTORY=folder + "/other:" + folder)
            self.assertIn(folder + "/other/control.sock", run("status", env=env).stderr)

    def test_where_it_has_no_rights(self):
        """Root has no more of them than others here, so that this is tested whoever runs it."""
        bound = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0)
            calls = [(["status"], 3, f"no access to the daemon's socket {folder}/control.sock. Use root, or"),
                     (["send", "-"], 3, f"no access to the daemon's socket {folder}/ingest.sock. Use root, or"),
                     (["restore", "/dev/null", "--state-dir", folder], 1, f"permission denied; the mode of {folder} forbids it to its owner;")]
            for words, code, says in calls:
                with self.subTest(words=words):
                    result = run("--socket", folder + "/control.sock", *words, data=event(1), under=bound)
                    self.assertEqual(result.returncode, code, result.stderr)
                    self.assertIn(says, result.stderr)
                    self.assertEqual("usermod -aG paced USER" in result.stderr, code == 3)
                    self.assertNotIn("for now", result.stderr, "nothing is waited for")

    def test_every_command_has_help(self):
        overview = run("--help").stdout
        commands = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", overview.split("Options of")[0], re.M)
        self.assertGreaterEqual(len(commands), 12)
        self.assertLessEqual(max(map(len, overview.splitlines())), 80, overview)
        for command in commands:
            text = run(*command.split(), "--help")
            self.assertEqual(text.returncode, 0)
            self.assertIn("Usage: pacectl " + command, text.stdout)
            self.assertEqual(run("help", *command.split()).stdout, text.stdout)
            self.assertLessEqual(max(map(len, text.stdout.splitlines())), 80, text.stdout)

    def test_commands_of_two_words_are_explained_by_the_first(self):
        text = run("case", "--help")
        self.assertEqual(text.returncode, 0)
        self.assertEqual(re.findall(r"^  (\w+ \w+)  ", text.stdout, re.M), ["case list", "case show", "case ack", "case dismiss"])
        self.assertEqual(run("help").stdout, run("--help").stdout)

    def test_dry_run(self):
        lines = "\n".join([event(1), "oops", "", event(2, when="2026-03-02T09:00:00"), "[1]", event(3)])
        result = run("send", "-", "--dry-run", "--json", data=lines)
        told = json.loads(result.stdout)
        errors = [(one["code"], one["events"], one["line"]) for one in told.pop("errors")]
        self.assertEqual(errors, [("bad_json", 2, 2), ("bad_time", 1, 4)])
        self.assertEqual(told, counts(5, accepted=2, rejected=3))
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"(?m)^2: bad_json: ")
        self.assertRegex(result.stderr, r"(?m)^4: bad_time: ")
        self.assertRegex(result.stderr, r"(?m)^5: bad_json: ")


    def dry_run(self, config, lines, *words):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(config)
            file.flush()
            return run("send", "-", "--dry-run", "--config", file.name, *words, data="\n".join(lines))

    def test_dry_run_with_config(self):
        today = datetime.datetime.now(datetime.timezone.utc).replace(hour=12, minute=0, second=0, microsecond=0)
        days = [(today - datetime.timedelta(days=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(1, 4)]
        far = (today + datetime.timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
        lines = [event(1, when=days[0]), event(1, when=days[0]), event(2, when=days[0], subject="a.devries"),
                 event(3, when=days[1], record="r", revision=2), event(4, when=days[1], record="r", revision=1),
                 event(5, when=far), event(6, when="1999-01-01T00:00:00Z"), event(7, when=far),
                 event(8, when=days[2], subject="nobody"), event(9, when=days[2], subject="nobody")]
        park = CONFIG.replace("people:", "people:\n  enroll: park")
        result = self.dry_run(park, lines, "--json")
        told = json.loads(result.stdout)
        self.assertEqual(result.returncode, 1)
        self.assertEqual({key: told[key] for key in counts(0)},
                         counts(10, accepted=5, duplicate=1, superseded=1, rejected=3))
        self.assertEqual((told["parked"], told["unknown"]), (2, [{"subject": "nobody", "events": 2}]))
        self.assertEqual(told["reps"], [{"rep": "a.devries", "team": "north", "configured": True, "events": 3, "days": 2,
                                         "first": days[1][:10], "last": days[0][:10], "indicators": {"calls": 3}}])
        errors = {one["code"]: one for one in told["errors"]}
        self.assertEqual({code: (one["events"], one["line"]) for code, one in errors.items()},
                         {"too_late": (1, 7), "too_far_ahead": (2, 6)})
        self.assertIn("max_ahead", errors["too_far_ahead"]["reason"])
        self.assertIn("Check the sender's clock", errors["too_far_ahead"]["remedy"])

        # Somebody who joins later in the file makes what was parked theirs.
        joined = json.dumps({**json.loads(event(10, when=days[2], subject="nobody")), "type": "sales.rep.joined",
                             "data": {"team": "north", "from": "2020-01-01"}})
        told = json.loads(self.dry_run(park, lines + [joined], "--json").stdout)
        self.assertEqual((told["parked"], told["unknown"]), (0, []))
        self.assertEqual([(rep["rep"], rep["events"]) for rep in told["reps"]], [("a.devries", 3), ("nobody", 2)])

        # Refused where the configuration says so; taken in by default. Exit code 0 where nothing is rejected.
        told = json.loads(self.dry_run(CONFIG.replace("people:", "people:\n  enroll: reject"), lines[-2:], "--json").stdout)
        self.assertEqual((told["rejected"], told["parked"], told["unknown"]),
                         (2, 0, [{"subject": "nobody", "events": 2}]))
        result = self.dry_run(CONFIG, lines[:3] + lines[-2:])
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("nobody (not in the configuration): 2 events", result.stdout)
        self.assertIn("calls 2", result.stdout)

        # However many indicators there are, the page is as wide as ever.
        many = CONFIG + "".join("  indicator_%d: {count: sales.activity.call}\n" % n for n in range(9))
        words = self.dry_run(many, lines[:1]).stdout
        self.assertLessEqual(max(map(len, words.splitlines())), 80)
        self.assertIn("calls 1, indicator_0 1, indicator_1 1,", " ".join(words.split()))

    def test_dry_run_that_cannot_be(self):
        result = self.dry_run("nonsense: 1\n", [event(1)])
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertRegex(result.stderr, r"\.yaml:1:1: ")
        result = run("send", "-", "--config", "x.yaml", data="")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--config goes with --dry-run", result.stderr)

    def test_codes_are_those_of_the_page(self):
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/events.md"),
                  encoding="utf-8") as page:
            rows = page.read().split("<!-- codes -->\n")[1].split("\n\n")[0].splitlines()[2:]
        told = [[cell.strip().replace("`", "") for cell in row.strip("|").split(" | ")] for row in rows]
        codes = json.loads(run("codes", "--json").stdout)
        self.assertEqual([[one["code"], one["wrong"], one["remedy"]] for one in codes], told)
        self.assertGreater(len(codes), 10)
        one = run("codes", "bad_utf8")
        self.assertEqual((one.returncode, one.stdout.splitlines()[0]), (0, "bad_utf8"))
        self.assertIn("Convert from the source's encoding", " ".join(one.stdout.split()))
        none = run("codes", "nonsense")
        self.assertEqual((none.returncode, none.stdout), (1, ""))
        self.assertIn('no code "nonsense"', none.stderr)


class Relay:
    """What carries a socket from another machine does with bytes what this does: hands them over, until the line is cut."""

    def __init__(self, path, to):
        self.to, self.lines = to, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near = self.listener.accept()[0]
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.to)
            self.lines.append((near, far))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=pair, daemon=True).start()

    @staticmethod
    def pump(here, there):
        try:
            while data := here.recv(65536):
                there.sendall(data)
        except OSError:
            pass

    def cut(self):
        for ends in self.lines:
            for end in ends:
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.cut()


class Sending(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(BIN, CONFIG)
        cls.daemon.start()
        cls.number = 0

    @classmethod
    def tearDownClass(cls):
        try:
            assert cls.daemon.process.poll() is None, "paced ended by itself:\n" + cls.daemon.told()
            assert cls.daemon.stop() == 0, cls.daemon.told()
        finally:
            cls.daemon.__exit__()

    def fresh(self, n):
        """n events that no test sent before."""
        first = type(self).number + 1
        type(self).number += n
        return [event(i) for i in range(first, first + n)]

    def send(self, data, expected, code=0):
        result = self.daemon.ctl("send", "-", "--json", data=data)
        self.assertEqual((json.loads(result.stdout), result.returncode), (expected, code), result.stderr)
        return result.stderr

    def test_forms(self):
        a, b = self.fresh(2)
        self.send("", counts(0))
        self.send("\n \n", counts(0))
        self.send("[]", counts(0))
        self.send(a, counts(1, accepted=1))
        self.send(a + "\n" + b + "\r\n\n", counts(2, accepted=1, duplicate=1))

    def test_the_end_is_not_waited_for(self):
        sends = fastest(lambda: self.send(self.fresh(1)[0], counts(1, accepted=1)))
        self.assertLess(sends, fastest(lambda: self.daemon.ctl("status")) + 0.5)

    def test_array(self):
        events = self.fresh(5000)
        self.send("[" + ",".join(events) + "]", counts(5000, accepted=5000))
        self.send(json.dumps([json.loads(e) for e in events], indent=1), counts(5000, duplicate=5000))

    def test_array_that_breaks(self):
        a, b, c = self.fresh(3)
        told = self.send("[%s,\n%s,,%s" % (a, b, c), counts(4, accepted=2, rejected=2), 1)
        self.assertRegex(told, r"(?m)^2: bad_json: .*\(member 3 of the array\)")
        self.assertRegex(told, r"(?m)^2: bad_json: .*cut off.*\(member 4 of the array\)")

    def test_bad_lines_harm_no_other(self):
        good = self.fresh(6)
        huge = '{"specversion":"1.0","id":"' + "x" * (1 << 20) + '"}'
        late = event(0, when="1970-01-01T00:00:00Z")
        lines = [good[0], "{\"a\":\0}", good[1], huge, good[2], "[oops", good[3], "\x7f", good[4],
                 "{}", good[5], late.replace('"e0"', '"late"')]
        told = self.send("\n".join(lines), counts(12, accepted=6, rejected=6), 1)
        found = dict(re.findall(r"(?m)^(\d+): (\w+): .+$", told))
        self.assertEqual(found, {"2": "bad_json", "4": "too_large", "6": "bad_json", "8": "bad_json",
                                 "10": "missing_attribute", "12": "too_late"})

    def test_at_most_100_are_told(self):
        bad = "x\n" * 250
        told = self.send(bad, counts(250, rejected=250), 1)
        self.assertEqual(len(told.splitlines()), 101)
        self.assertIn("150 more", told)
        result = self.daemon.ctl("send", "-", "--verbose", data=bad)
        self.assertEqual(len(result.stderr.splitlines()), 250)

    def test_names_cant_drive_a_terminal(self):
        told = self.send(event(1, when="\u009b31m\x1b[31m"), counts(1, rejected=1), 1)
        self.assertNotIn("\x1b", told)
        self.assertNotIn("\x9b", told)

    def test_a_stream_is_not_held_back(self):
        first, second = self.fresh(2)
        before = self.daemon.ask("status")["accepted"]
        with running(self.daemon.command("send", "-", "--json"), stdin=subprocess.PIPE,
                     stdout=subprocess.PIPE) as sender:
            for n, line in enumerate([first, second], 1):
                sender.stdin.write(line.encode() + b"\n")
                sender.stdin.flush()
                until(lambda n=n: self.daemon.ask("status")["accepted"] == before + n,
                      lambda: "the event waits for the end of the stream")
            out, _ = sender.communicate()
        self.assertEqual(json.loads(out), counts(2, accepted=2))

    def test_over_a_line_that_breaks(self):
        path, before = os.path.join(self.daemon.dir, "relay.sock"), self.daemon.ask("status")["accepted"]
        relay = Relay(path, os.path.join(self.daemon.dir, "run", "ingest.sock"))
        with running(self.daemon.command("send", "-", "--json", "--ingest", path), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sender:
            for n in (1, 2):
                sender.stdin.write("\n".join(self.fresh(1000)).encode() + b"\n")
                sender.stdin.flush()
                until(lambda n=n: self.daemon.ask("status")["accepted"] == before + 1000 * n, lambda: "not all has come over the line")
                relay.cut()
            out, _ = sender.communicate()
        relay.close()
        self.assertGreaterEqual(len(relay.lines), 2)
        told = json.loads(out)  # an acknowledgement that the cut took along comes again as "duplicate"
        self.assertEqual((told["sent"], told["accepted"] + told["duplicate"]), (2000, 2000))
        self.assertEqual(self.daemon.ask("status")["accepted"], before + 2000)

    def test_other_endpoint(self):
        line, = self.fresh(1)
        ingest = os.path.join(self.daemon.dir, "run", "ingest.sock")
        result = run("--socket", "/nowhere/control.sock", "send", "-", "--ingest", ingest, data=line)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"^1 event sent .* 1 accepted")


class Questions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(BIN, CONFIG)
        cls.daemon.start()
        lines = [event(i, when="2026-03-%02dT10:00:00+01:00" % day) for i, day in enumerate(range(2, 28))]
        cls.daemon.ctl("send", "-", data="\n".join(lines + ["oops"]))
        cls.daemon.ctl("clock", "--to", "2026-03-28T12:00:00Z")

    @classmethod
    def tearDownClass(cls):
        try:
            assert cls.daemon.process.poll() is None, "paced ended by itself:\n" + cls.daemon.told()
            assert cls.daemon.stop() == 0, cls.daemon.told()
        finally:
            cls.daemon.__exit__()

    def text(self, *words):
        result = self.daemon.ctl(*words)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("\x1b", result.stdout, "colour, though this is no terminal")
        return result.stdout

    def test_status(self):
        status = self.daemon.ask("status")
        self.assertEqual(status["accepted"], 26)
        self.assertEqual(status["last_closed"], "2026-03-27")
        self.assertEqual([s["name"] for s in status["source_list"]], ["/crm"])
        page = self.text("status")
        for words in ["serving", "26 accepted", "1 note;", "2026-03-27", "/crm"]:
            self.assertIn(words, page)

    def test_colour_only_where_it_can_be_shown(self):
        def shown(**env):
            ours, theirs = os.openpty()
            subprocess.run(self.daemon.command("status"), stdout=theirs, check=True, timeout=60, env={**os.environ, **env})
            os.close(theirs)
            told = b""
            with contextlib.suppress(OSError):  # the end of what a terminal has shown
                while part := os.read(ours, 65536):
                    told += part
            os.close(ours)
            self.assertIn(b"serving", told)
            return b"\033" in told
        self.assertTrue(shown(TERM="xterm", NO_COLOR=""))
        self.assertFalse(shown(TERM="xterm", NO_COLOR="1"))
        self.assertFalse(shown(TERM="dumb", NO_COLOR=""))

    def test_lists(self):
        self.assertEqual([s["events"] for s in self.daemon.ask("sources")["items"]], [26])
        self.assertEqual([r["name"] for r in self.daemon.ask("reps")["items"]], ["a.devries"])
        self.assertRegex(self.text("reps"), r"a\.devries +north")
        self.assertRegex(self.text("sources"), r"/crm +26")

    def test_rep_and_why(self):
        self.assertEqual(self.daemon.ask("rep", "crm:51377")["name"], "a.devries")
        self.assertIn("calls", self.text("rep", "a.devries"))
        why = self.daemon.ask("why", "a.devries", "calls", "--on", "2026-03-06")
        self.assertEqual((why["day"], why["tally"]), ("2026-03-06", 1))
        events = self.daemon.ask("why", "a.devries", "calls", "--on", "2026-03-06", "--events")["events"]
        self.assertEqual([(e["type"], e["bulk"], [v["reason"] for v in e["indicators"]]) for e in events],
                         [("sales.activity.call", False, ["counts"])])
        self.assertRegex(self.text("why", "a.devries", "--on", "2026-03-06", "--events"),
                         r"The events of 2026-03-06:\n  2026-03-06T.* sales.activity.call .*\n    calls counts")
        page = self.text("why", "a.devries")
        self.assertIn("a.devries, team north", page)
        self.assertRegex(page, r"Warming up|Quiet")
        for words, says in [(["why", "nobody"], "no_such_rep"), (["why", "a.devries", "x"], "no_such_indicator"),
                            (["why", "a.devries", "--on", "2030-01-01"], "not_closed"),
                            (["rep", "nobody"], "no_such_rep"), (["rep", "a.devreis"], 'did you mean "a.devries"?'),
                            (["why", "a.devries", "cals"], 'did you mean "calls"?'), (["why", "a.devries", "demos"], "pacectl rep shows"),
                            (["digest", "m.jansn"], 'did you mean "m.jansen"?'), (["coaching", "m.jansn"], 'did you mean "m.jansen"?'),
                            (["coaching", "k.bos"], "pacectl coaching shows who manages whom"), (["rep", "x"], "no_such_rep"),
                            (["coach", "a.devries", "--manager", "m.jansn"], 'did you mean "m.jansen"?'),
                            (["commit", "add", "a.devries", "x", "--indicator", "cals", "--target", "9", "--due", "2099-01-01"],
                             'did you mean "calls"?')]:
            result = self.daemon.ctl(*words)
            self.assertEqual(result.returncode, 1)
            self.assertIn(says, result.stderr)

    def test_why_an_event_counts_or_not(self):
        with Daemon(BIN, CONFIG + "  outbound: {count: sales.activity.call, where: {direction: outbound}}\n") as daemon:
            daemon.ctl("send", "-", data=event(1, data={"direction": "inbound"}))
            daemon.ctl("clock", "--to", "2026-03-04T08:00:00Z")
            told = {"calls": "calls counts", "outbound": 'outbound doesn\'t count: "direction" isn\'t what the indicator asks for'}
            for words, lines in (([], list(told.values())), (["outbound"], [told["outbound"]])):
                text = daemon.ctl("why", "a.devries", *words, "--on", "2026-03-02", "--events").stdout
                self.assertEqual([line.strip() for line in text.partition("The events of 2026-03-02:\n")[2].splitlines()[1:]], lines)

    def test_topics_that_look_misspelt_are_told(self):
        with Daemon(BIN, CONFIG.replace('"calls"', '"outbound calls"')) as daemon:
            daemon.ctl("send", "-", data=event(1))
            for topics, hint in [("cals", '"cals" is no indicator; if you meant "calls"'), ("Outbound cals", '"outbound calls"'), ("7, money", ""),
                                 ("calls", ""), ("outbound calls", "")]:
                result = daemon.ctl("coach", "a.devries", "--manager", "m.jansen", "--topics", topics)
                self.assertEqual((result.returncode, result.stdout), (0, "Noted.\n"))
                self.assertIn(hint, result.stderr)
                self.assertEqual(bool(hint), bool(result.stderr), result.stderr)

    def test_alerts(self):
        self.assertEqual(self.text("alerts"), "No warnings.\n")
        self.assertEqual(self.text("alerts", "--json"), "")

    def test_quarantine(self):
        notes = [json.loads(line) for line in self.text("quarantine", "list", "--json").splitlines()]
        self.assertEqual([note["code"] for note in notes], ["bad_json"])
        self.assertIn("bad_json", self.text("quarantine", "list"))

    def test_verify(self):
        self.assertTrue(self.daemon.ask("verify")["equal"])
        self.assertTrue(self.text("verify").startswith("equal"))

    def test_clock(self):
        now = self.daemon.ask("clock", "--to", "2026-03-28T13:30:00+01:00")["now"]
        self.assertEqual(now, "2026-03-28T12:30:00Z")
        result = self.daemon.ctl("clock", "--to", "2126-03-28T13:30:00+01:00")
        self.assertEqual(result.returncode, 1)
        self.assertIn("bad_argument", result.stderr)

    def test_reload(self):
        self.assertIn("holds", self.text("reload"))
        self.daemon.write_config(CONFIG + "nonsense: 1\n")
        result = self.daemon.ctl("reload")
        self.daemon.write_config(CONFIG)
        self.assertEqual(result.returncode, 1)
        self.assertIn("nonsense", result.stderr)
        self.assertIn("the old one holds", result.stderr)


class History(unittest.TestCase):
    def test_reps_are_as_the_late_events_have_them(self):
        """The list goes on behind the page on which a team was computed anew."""
        with Daemon(BIN, CONFIG) as daemon:
            reps = ["a.devries", "b.khan", "c.dijk", "d.weber"]
            config = CONFIG.replace("north: {manager: m.jansen}", ", ".join("t%d: {}" % n for n in range(4)))
            config = config.replace('a.devries: {team: north, aliases: ["crm:51377"]}', ", ".join(
                "%s: {team: t%d}, first.%d: {team: t%d}" % (rep, n, n, n) for n, rep in enumerate(reps)))
            daemon.write_config(config)
            self.assertEqual(daemon.ctl("reload").returncode, 0)
            early = [event(n, "first.%d" % n, "2026-03-02T10:00:00Z") for n in range(4)]
            late = [event(10 + 20 * r + n, rep, "2026-03-%02dT10:00:00Z" % (2 + n)) for r, rep in enumerate(reps) for n in range(20)]
            daemon.ctl("send", "-", data="\n".join(early))
            daemon.ctl("clock", "--to", "2026-03-28T12:00:00Z")
            daemon.ctl("send", "-", data="\n".join(late + [event(100 + r, rep, "2026-03-03T11:00:00Z") for r, rep in enumerate(reps)]))
            states = {rep["name"]: rep["states"] for rep in daemon.ask("reps")["items"]}
            self.assertEqual(len(states), 8)
            for rep in reps:
                self.assertEqual(states[rep], {"quiet": 1})


class ManySources(unittest.TestCase):
    def test_status_stays_a_page(self):
        with Daemon(BIN, CONFIG) as daemon:
            daemon.ctl("send", "-", data="\n".join(event(n, source="/mail/%02d" % n) for n in range(33)))
            page = daemon.ctl("status").stdout
            self.assertIn("/mail/29", page)
            self.assertNotIn("/mail/30", page)
            self.assertIn('  and 3 more: "pacectl sources" lists all\n', page)
            self.assertIn("/mail/32", daemon.ctl("sources").stdout)
            self.assertEqual(len(daemon.ask("status")["source_list"]), 33)


class Reconciling(unittest.TestCase):
    """A report against what the daemon holds of its source."""

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(BIN, CONFIG.replace("people:", "people:\n  enroll: park"))
        cls.daemon.start()
        cls.addClassCleanup(cls.daemon.__exit__)
        lines = [event(n, when="2026-03-%02dT09:00:00+01:00" % (2 + n % 3)) for n in range(5001)]
        lines += [event(9001, when="2026-03-02T10:00:00Z", record="e3", revision=7),  # moves a record of the 2nd to itself
                  event(9002, when="2026-03-02T23:30:00Z"),                           # the 3rd, in Amsterdam
                  event(9003, subject="nobody"), event(9004, when="2026-04-20T09:00:00Z"),
                  event(9005, when="2026-03-03T09:00:00Z", source="/other"),
                  json.dumps({**json.loads(event(9006, record="e0", revision=9)), "type": "sales.record.deleted"})]
        assert run("send", "-", *cls.words(), data="\n".join(lines)).returncode == 0

    @classmethod
    def words(cls):
        return ["--socket", cls.daemon.socket]

    def reconcile(self, report, *words, source="/crm"):
        return run("reconcile", source, "-", *words, *self.words(), data=report)

    def test_equal(self):
        rows = ["rep,day,type,count", "crm:51377,2026-03-02,sales.activity.call,1666",
                '"a.devries",2026-03-03,sales.activity.call,1668', "a.devries,2026-03-04,sales.activity.call,1667",
                "nobody,2026-03-02,sales.activity.call,1"]
        result = self.reconcile("\n".join(rows))
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("0 missing, 0 surplus", result.stdout)

    def test_different(self):
        rows = ["Owner;Datum;What;N", "crm:51377;2026-03-02;calls;1660", "crm:51377;2026-03-02T08:00;calls;16",
                "a.devries;2026-03-04;calls;1667.0"]
        result = self.reconcile("\ufeff" + "\r\n".join(rows), "--json", "--columns",
                                "rep=owner,day=Datum,indicator=What,count=N")
        told = json.loads(result.stdout)
        self.assertEqual((result.returncode, told["equal"], told["first"], told["last"]),
                         (1, False, "2026-03-02", "2026-03-04"))
        self.assertEqual([(row["day"], row["rep"], row["indicator"], row["missing"], row["surplus"])
                          for row in told["rows"]],
                         [("2026-03-02", "a.devries", "calls", 10, 0), ("2026-03-03", "a.devries", "calls", 0, 1668)])
        self.assertEqual(told["totals"], {"report": 3343, "held": 5001, "missing": 10, "surplus": 1668})
        self.assertRegex(self.reconcile('{"rep":"a.devries","day":"2026-03-03","indicator":"calls","count":1669}\n').stdout,
                         r"2026-03-03 +a.devries +calls +1,669 +1,668 +1 +0\n1,669 records")

    def test_what_is_wrong_with_a_report(self):
        head = "rep,day,type,count\n"
        for report, says in [
                ("name,day,type\n", '-:1: there is no column "rep"'), ("rep,day\n", '-:1: there is neither a column "type"'),
                (head + "a,2026-02-30,x,1", '-:2: day is "2026-02-30", expected a day'),
                (head + "\na,2026-02-03,x,1,5\n", "-:3: 5 columns, expected 4"),
                (head + '"a\nb",2026-02-03,x,1\nc,2026-02-03,x,-1', '-:4: count is "-1", expected a number'),
                (head + '"a,2026-02-03,x,1\n', "-:2: a quote is opened here"), (head, "-: no row"),
                (head + '"a"b,2026-02-03,x,1\n', "-:2: something stands behind a closing quote"),
                (head + ",2026-02-03,x,1", '-:2: rep is ""'), (head + "a,2026-02-03,,1", "-:2: expected a type or"),
                ('{"rep":"a","day":"2026-02-03"}', "-:1: expected a type or"), ('\n{"rep":', "-:2: ")]:
            with self.subTest(report=report):
                result = self.reconcile(report)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn("pacectl: " + says, result.stderr)
        self.assertEqual(self.reconcile(head + "a.devries,2026-03-02,x,1", source="/nowhere").returncode, 2)
        self.assertEqual(self.reconcile(head, "--columns", "owner=rep").returncode, 2)


def history(seed):
    """Half a year of six reps' calls: one falls to a fifth, one goes silent. In order of time."""
    dice = random.Random(seed)
    events = []
    for offset in range(182):
        day = datetime.date(2025, 9, 1) + datetime.timedelta(offset)
        if day.weekday() >= 5:
            continue
        for rep in range(6):
            rate = 0.2 if rep == 1 and offset > 110 else 0 if rep == 2 and offset > 130 else 1
            for _ in range(int(dice.randint(6, 14) * rate)):
                minute = dice.randint(9 * 60, 17 * 60 - 1)
                events.append(("%sT%02d:%02d:00+00:00" % (day, minute // 60, minute % 60), "rep-%d" % rep))
    return [event(n, subject, when) for n, (when, subject) in enumerate(sorted(events))]


class Backtest(unittest.TestCase):
    CONFIG = "indicators: {calls: {count: sales.activity.call}}\n"

    @classmethod
    def setUpClass(cls):
        print("seed %d" % SEED)
        cls.events = history(SEED)
        cls.folder = tempfile.TemporaryDirectory()
        cls.config = os.path.join(cls.folder.name, "paced.yaml")
        with open(cls.config, "w", encoding="utf-8") as file:
            file.write(cls.CONFIG)
        cls.whole = cls.backtest(cls.events)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def backtest(cls, events, *words):
        result = run("backtest", "--config", cls.config, "--events", "-", "--json", *words,
                     data="\n".join(events))
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def test_finds_what_was_planted(self):
        found = {(w["subject"], w["data"]["kind"]) for w in self.whole["warnings"]}
        self.assertIn(("rep-1", "slip"), found)
        self.assertTrue(found & {("rep-2", "slip"), ("rep-2", "no_data")}, found)
        self.assertEqual(self.whole["events"]["read"], len(self.events))
        self.assertEqual(self.whole["events"]["accepted"], len(self.events))
        scores = self.whole["scores"]
        self.assertGreater(scores["watched_days"], 6 * 80)
        self.assertAlmostEqual(scores["expected_false_alarms"], scores["watched_days"] / 500)
        self.assertEqual(scores["warnings"], len(self.whole["warnings"]))

    def test_daemon_says_the_same(self):
        with Daemon(BIN, self.CONFIG) as daemon:
            result = daemon.ctl("send", "-", data="\n".join(self.events))
            self.assertEqual(result.returncode, 0, result.stderr)
            daemon.ctl("clock", "--to", "2026-03-02T06:00:00Z")
            self.assertEqual({warning_key(w) for w in daemon.alerts()},
                             {warning_key(w) for w in self.whole["warnings"]})
            last = len(daemon.alerts())
            self.assertEqual(len(daemon.ctl("alerts", "--json", "--since", str(last - 1)).stdout.splitlines()), 1)
            self.assertIn("slip  rep-1", daemon.ctl("alerts").stdout)
            self.assertTrue(daemon.ask("verify")["equal"])
            self.assertEqual(daemon.stop(), 0)

    def wait_followed(self, path, least):
        """The numbers that were printed, once there are so many."""
        def printed():
            with open(path, encoding="utf-8") as file:
                numbers = [json.loads(line)["id"] for line in file if line.endswith("\n")]
            return len(numbers) >= least and numbers
        return until(printed)

    def test_following(self):
        """Every warning once and in order, though the daemon is killed and started again between."""
        half = len(self.events) * 3 // 4
        with Daemon(BIN, self.CONFIG) as daemon:
            path = os.path.join(daemon.dir, "followed")
            with open(path, "w", encoding="utf-8") as out, \
                    running(daemon.command("alerts", "--follow", "--json"), stdout=out,
                            stderr=subprocess.DEVNULL):
                daemon.ctl("send", "-", data="\n".join(self.events[:half]))
                self.assertGreater(len(self.wait_followed(path, 1)), 0)
                daemon.kill()
                daemon.start()
                daemon.ctl("send", "-", data="\n".join(self.events[half:]))
                daemon.ctl("clock", "--to", "2026-03-02T06:00:00Z")
                last = len(daemon.alerts())
                numbers = self.wait_followed(path, last)
            self.assertEqual(numbers, [str(n) for n in range(1, last + 1)])

    def test_order_of_the_file_doesnt_matter(self):
        shuffled = list(self.events)
        random.Random(SEED).shuffle(shuffled)
        again = self.backtest(["not json"] + shuffled)
        self.assertEqual(again["warnings"], self.whole["warnings"])
        self.assertEqual(again["events"]["rejected"], 1)
        array = os.path.join(self.folder.name, "array.json")
        with open(array, "w", encoding="utf-8") as file:
            json.dump([json.loads(e) for e in shuffled], file, indent=1)
        result = run("backtest", "--config", self.config, "--events", array, "--json")
        self.assertEqual(json.loads(result.stdout)["warnings"], self.whole["warnings"])

    def test_rejected_are_told_once(self):
        result = run("backtest", "--config", self.config, "--events", "-",
                     data="\n".join(["oops"] + self.events[5:] + self.events[:5]))
        self.assertEqual([line[:13] for line in result.stderr.splitlines()], ["1: bad_json: "])

    def test_from_and_to(self):
        to = "2026-01-15"
        cut = self.backtest(self.events, "--to", to)
        self.assertEqual([w for w in self.whole["warnings"] if w["data"]["raised_on"] <= to], cut["warnings"])
        days = [json.loads(e)["time"][:10] for e in self.events]
        self.assertEqual(cut["events"]["left_out"], sum(day > to for day in days))
        self.assertEqual(cut["scores"]["last_closed"], to)
        part = self.backtest(self.events, "--from", "2026-01-16")
        self.assertEqual([w for w in self.whole["warnings"] if w["data"]["raised_on"] > to], part["warnings"])
        self.assertAlmostEqual(cut["scores"]["watched_days"] + part["scores"]["watched_days"],
                               self.whole["scores"]["watched_days"], places=3)

    def test_text(self):
        result = run("backtest", "--config", self.config, "--events", "-", data="\n".join(self.events))
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"(?m)^#\d+  \d{4}-\d\d-\d\d  slip  rep-1 · calls")
        self.assertRegex(result.stdout, r"false alarms to expect +[\d.]+")
        self.assertTrue(all(len(line) <= 80 for line in result.stdout.splitlines() if line[:2] == "  "))

    def test_indicators_and_managers(self):
        scores = self.whole["scores"]
        one, = scores["indicators"]
        self.assertEqual((one["indicator"], one["slips"], one["watched_days"]),
                         ("calls", scores["slips"], scores["watched_days"]))
        self.assertAlmostEqual(one["slips_per_500_days"], 500 * scores["slips"] / scores["watched_days"])
        team, = scores["managers"]
        days = [datetime.date.fromisoformat(w["data"]["raised_on"]) for w in self.whole["warnings"]]
        weeks = collections.Counter(str(day - datetime.timedelta(day.weekday())) for day in days)
        self.assertEqual((team["warnings"], team["most_warnings"]), (len(days), max(weeks.values())))
        self.assertEqual(weeks[team["most_warnings_week"]], team["most_warnings"])
        span = datetime.date.fromisoformat(scores["last_closed"]) - datetime.date(2025, 9, 1)
        self.assertAlmostEqual(team["warnings_per_week"], len(days) / ((span.days + 1) / 7))

    def test_no_result(self):
        self.assertIsNone(self.whole["scores"]["result"])
        result = run("backtest", "--config", self.config, "--events", "-", data="\n".join(self.events))
        self.assertIn("No result in this history", result.stdout)
        for name, why in [("cals", "there is no such indicator"), ("share", "only a count or a sum")]:
            with open(os.path.join(self.folder.name, "share.yaml"), "w", encoding="utf-8") as file:
                file.write(self.CONFIG.replace("}}", "}, share: {ratio: {trials: sales.activity.call, "
                                                     "success: {where: {outcome: connected}}}}}"))
            result = run("backtest", "--config", file.name, "--events", "-", "--result", name, data="")
            self.assertEqual(result.returncode, 1)
            self.assertIn(why, result.stderr)

    def test_drop_of_the_result(self):
        """rep-1's deals end a week after the warning of the calls; the others go on winning one every other day."""
        deals, slips = [], [w for w in self.whole["warnings"] if w["subject"] == "rep-1" and w["data"]["kind"] == "slip"]
        last = datetime.date.fromisoformat(slips[-1]["data"]["raised_on"]) + datetime.timedelta(7)
        for offset in range(0, 182, 2):
            day = datetime.date(2025, 9, 1) + datetime.timedelta(offset)
            for rep in range(6):
                if day.weekday() < 5 and not (rep == 1 and day > last):
                    deals += self.deal("%d-%d" % (rep, offset), "rep-%d" % rep, day, 21 + rep)
        told = self.backtest(self.events + deals, "--json")["scores"]["result"]
        self.assertEqual((told["name"], told["cycle_from"]), ("won_deals", "deals"))
        self.assertIn(told["cycle_days"], (23, 24))
        self.assertEqual(told["reps"], 6)
        self.assertGreaterEqual(told["followed"], 1)
        self.assertGreater(told["lead_days"], 0)
        self.assertLess(told["base_share"], 0.2)
        none = self.backtest(self.events + deals, "--cycle", "150")["scores"]["result"]
        self.assertEqual((none["judged"], none["cycle_from"], none["cycle_days"]), (0, "option", 150))
        calls = self.backtest(self.events, "--result", "calls")["scores"]["result"]
        self.assertEqual((calls["total"], calls["cycle_from"], calls["cycle_days"]), (len(self.events), "default", 60))

    @staticmethod
    def deal(name, rep, won, cycle):
        """Created a cycle before it was won."""
        return [event(0, rep, "%sT16:%02d:00+00:00" % (day, cycle), id="%s-%s" % (name, what),
                      type="sales.opportunity." + what, data={"opportunity": name})
                for day, what in [(won - datetime.timedelta(cycle), "created"), (won, "won")]]

    def test_side_by_side(self):
        both = self.backtest(self.events, "--arl0", "100,2000")
        self.assertEqual([run_["scores"]["arl0_days"] for run_ in both["runs"]], [100, 2000])
        self.assertEqual(both["events"], self.whole["events"])
        one, other = [run_["scores"] for run_ in both["runs"]]
        self.assertAlmostEqual(one["expected_false_alarms"], one["watched_days"] / 100)
        self.assertGreaterEqual(one["slips"], other["slips"])
        self.assertEqual(self.backtest(self.events, "--arl0", "500"), self.whole)
        alone = self.backtest(self.events, "--arl0", "100")
        self.assertEqual((alone["warnings"], alone["scores"]), (both["runs"][0]["warnings"], one))
        text = run("backtest", "--config", self.config, "--events", "-", "--arl0", "100,2000", data="\n".join(self.events))
        self.assertRegex(text.stdout, r"one false alarm in +100 days +2000 days")
        self.assertRegex(text.stdout, r"slips found +%d +%d\n" % (one["slips"], other["slips"]))

    def test_bad_config(self):
        with open(os.path.join(self.folder.name, "bad.yaml"), "w", encoding="utf-8") as file:
            file.write("indicators:\n  calls: {cuont: sales.activity.call}\n")
        result = run("backtest", "--config", file.name, "--events", "-", data="")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"bad\.yaml:2:\d+: ")

    def test_nothing(self):
        empty = self.backtest([])
        self.assertEqual((empty["warnings"], empty["events"]["read"]), ([], 0))


class Validity(unittest.TestCase):
    """Twelve reps: of their demos half are won three weeks later; calls and late answers lead to nothing."""
    CONFIG = """
indicators:
  calls: {count: sales.activity.call}
  demos: {label: "demos given", count: sales.activity.demo}
  noise: {count: sales.activity.noise, direction: down}
  wins: {count: sales.opportunity.won}
"""

    @classmethod
    def setUpClass(cls):
        dice, events = random.Random(SEED), []
        for week in range(60):
            for rep in range(12):
                name = "rep-%02d" % rep
                for kind, mean in [("call", 10), ("demo", 1 + rep % 4), ("noise", 3)]:
                    for _ in range(dice.randint(0, 2 * mean)):
                        day = datetime.date(2025, 1, 6) + datetime.timedelta(7 * week + dice.randrange(5))
                        events.append((day, name, "activity." + kind, None))
                        if kind == "demo" and dice.random() < 0.5:
                            deal = "deal-%d" % len(events)
                            events.append((day, name, "opportunity.created", deal))
                            events.append((day + datetime.timedelta(21), name, "opportunity.won", deal))
        cls.lines = [event(n, subject, "%sT10:00:00Z" % day, type="sales." + kind,
                           **({"data": {"opportunity": deal, "amount": 100}} if deal else {}))
                     for n, (day, subject, kind, deal) in enumerate(sorted(events, key=lambda e: e[:2]))]
        cls.folder = tempfile.TemporaryDirectory()
        cls.config = os.path.join(cls.folder.name, "paced.yaml")
        with open(cls.config, "w", encoding="utf-8") as file:
            file.write(cls.CONFIG)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def ask(self, *words):
        result = run("validity", "--config", self.config, "--events", "-", *words, data="\n".join(self.lines))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def test_finds_what_leads_to_deals(self):
        told = json.loads(self.ask("--json"))
        self.assertEqual((told["result"], told["cycle_days"], told["cycle_from"], told["lags"]), ("won_deals", 21, "deals", 3))
        self.assertEqual(told["total"], sum('"sales.opportunity.won"' in line for line in self.lines))
        self.assertEqual((told["first"], told["reps"]), ("2025-01-06", 12))
        found = {one["indicator"]: one for one in told["indicators"]}
        self.assertEqual(list(found), ["calls", "demos", "noise"])
        self.assertEqual([(name, one["verdict"]) for name, one in found.items() if one["verdict"] == "predicts"],
                         [("demos", "predicts")])
        self.assertEqual(found["demos"]["lag_weeks"], 3)
        self.assertTrue(0.2 < found["demos"]["low"] < found["demos"]["strength"] < found["demos"]["high"])
        self.assertLess(found["demos"]["chance"], 0.01)

    def test_text(self):
        text = self.ask()
        self.assertIn("demos (demos given): predicts won_deals.", text)
        self.assertRegex(text, r"calls: (can't be told yet|predicts nothing)")
        self.assertRegex(text, r"(?m)^  demos +predicts +3 ")
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()))

    def test_other_results(self):
        told = json.loads(self.ask("--json", "--result", "demos", "--weeks", "30", "--cycle", "10"))
        self.assertEqual((told["lags"], told["weeks"], told["cycle_from"]), (2, 30, "option"))
        self.assertEqual([one["indicator"] for one in told["indicators"]], ["calls", "noise", "wins"])
        self.assertFalse([one for one in told["indicators"] if one["verdict"] in ("predicts", "against")])
        few = [line for line in self.lines if '"rep-0' in line and line.count("rep-0") and "opportunity" not in line]
        result = run("validity", "--config", self.config, "--events", "-", data="\n".join(few))
        self.assertIn("No result in this history", result.stdout)
        result = run("validity", "--config", self.config, "--events", "-", "--result", "demoss", data="")
        self.assertEqual((result.returncode, "no such indicator" in result.stderr), (1, True))

    def test_daemon_says_the_same(self):
        with Daemon(BIN, self.CONFIG) as daemon:
            self.assertEqual(json.loads(daemon.ctl("validity", "--json").stdout)["total"], 0)
            self.assertEqual(daemon.ctl("send", "-", data="\n".join(self.lines)).returncode, 0)
            newest = max(json.loads(line)["time"] for line in self.lines)[:10]
            last = datetime.date.fromisoformat(newest) + datetime.timedelta(2)
            daemon.ctl("clock", "--to", "%sT00:00:00Z" % last)
            for words in [], ["--result", "won_amount"], ["--result", "demos"], ["--weeks", "20"]:
                ours, theirs = daemon.ctl("validity", "--json", *words), self.ask("--json", *words)
                self.assertEqual(ours.returncode, 0, ours.stderr)
                self.assertEqual(json.loads(ours.stdout), json.loads(theirs))


class Crash(unittest.TestCase):
    EVENTS, KILLS = 60000, 4

    def test_killed_while_sending(self):
        """Counts stay exact, and the store holds each event once."""
        print("seed %d" % SEED)
        dice = random.Random(SEED)
        with Daemon(BIN, CONFIG) as daemon, tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
            for n in range(self.EVENTS):
                file.write(event(n, when="2026-03-%02dT10:00:00+01:00" % (2 + n * 25 // self.EVENTS)) + "\n")
            file.flush()
            done = 0
            with running(daemon.command("send", "-", "--json"), stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE) as sender:
                for kill in range(self.KILLS + 1):
                    with open(file.name, "rb") as lines:
                        lines.seek(done)
                        share = os.path.getsize(file.name) // (self.KILLS + 1)
                        part = lines.read(share if kill < self.KILLS else -1)
                    done += len(part)
                    sender.stdin.write(part)
                    sender.stdin.flush()
                    if kill < self.KILLS:
                        time.sleep(dice.random() * 0.03)
                        daemon.kill()
                        daemon.start()
                out, told = sender.communicate(timeout=120)
            result = json.loads(out)
            self.assertEqual(sender.returncode, 0, told)
            self.assertEqual(result["sent"], self.EVENTS)
            self.assertEqual(result["accepted"] + result["duplicate"], self.EVENTS)
            self.assertEqual(daemon.ask("status")["accepted"], self.EVENTS)
            self.assertTrue(daemon.ask("verify")["equal"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
