"""The Python kit and its two connectors: mappings, and imports through kills of either side. argv[1]: the binaries."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
KIT = os.path.join(ROOT, "clients", "python")
sys.path[:0] = [os.path.join(HERE, ".."), KIT]
import debian_python  # noqa: E402, F401

import csv  # noqa: E402
import datetime  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import shutil  # noqa: E402
import signal  # noqa: E402
import subprocess  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import unittest  # noqa: E402
import warnings  # noqa: E402

import pace  # noqa: E402
import zmq  # noqa: E402
from daemon_process import LINGER_MS, Daemon, running, until  # noqa: E402
from pace.words import FORMS, OPTIONAL, REQUIRED  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
SEED = int(os.environ.get("PACED_SEED", "1"))
SCALE = int(os.environ.get("PACED_SCALE", "1"))  # test_python_kit_full.py: more of everything
PATIENCE_S = 120
CONFIG = "indicators:\n  calls: {count: sales.activity.call}\n"
MAPPING = """
source: /import/dialer
type: sales.activity.call
subject: {column: Owner}
time: {column: When, format: "%d-%m-%Y %H:%M", tz: Europe/Amsterdam}
id: {column: Call}
data:
  outcome: {column: Result, values: {Connected: connected, "No answer": no_answer}}
  duration_s: {column: Minutes, decimal: ",", times: 60}
skip:
  - {column: Result, is: [Test]}
"""
ENV = dict(os.environ, PYTHONPATH=KIT, PYTHONDONTWRITEBYTECODE="1")


def program(name, *words):
    return [sys.executable, os.path.join(KIT, "examples", name), *words]


def run(name, *words):
    return subprocess.run(program(name, *words), capture_output=True, check=False, text=True, env=ENV,
                          timeout=PATIENCE_S)


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="pace-kit-")
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text, encoding="utf-8"):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding=encoding, newline="") as file:
            file.write(text)
        return path

    def path(self, name):
        return os.path.join(self.folder, name)


# ---- what needs no daemon ----

class Words(unittest.TestCase):
    """The kit's vocabulary is the manual's."""
    maxDiff = None

    def setUp(self):
        with open(os.path.join(ROOT, "docs", "events.md"), encoding="utf-8") as file:
            self.manual = file.read()

    def rows(self, table):
        block = self.manual.split(f"<!-- {table} -->")[1].split("\n\n")[0]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in block.strip().splitlines()[2:]]

    def test_members(self):
        self.assertEqual({row[0].strip("`"): row[1] for row in self.rows("members")}, FORMS)

    def test_required(self):
        expected = {}
        for row in self.rows("types"):
            rules = tuple("|".join(re.findall(r"`([a-z_]+)`", rule)) for rule in row[1].split(",") if rule)
            if rules:
                expected[row[0].strip("`")] = set(rules)
        self.assertEqual({name: set(rules) for name, rules in REQUIRED.items()}, expected)


    def test_optional(self):
        listed = {row[0].strip("`"): tuple(re.findall(r"`([a-z_]+)`", row[1] + row[2])) for row in self.rows("types")}
        self.assertEqual({name: sorted(pace.members_of(name)) for name in OPTIONAL}, {n: sorted(m) for n, m in listed.items()})
        self.assertEqual(pace.members_of("sales.activity.visit"), pace.members_of("sales.activity.*"))
        self.assertEqual(pace.members_of("sales.activity.planned")[:2], ("activity", "at"))
        self.assertIsNone(pace.members_of("acme.visit"))


class Events(unittest.TestCase):
    GOOD = {"type": "sales.activity.call", "source": "/s", "id": "1", "subject": "ann",
            "time": "2026-03-02T10:00:00+01:00"}

    def test_good(self):
        event = pace.Event.make(**self.GOOD, revision=2 ** 62, localdate=datetime.date(2026, 3, 2),
                                data={"outcome": "held", "contact": None, "lead": ""})
        self.assertEqual(json.loads(event.json()),
                         {**self.GOOD, "specversion": "1.0", "revision": str(2 ** 62), "localdate": "2026-03-02",
                          "data": {"outcome": "held"}})

    def test_bad(self):
        for change, where, says in [
                ({"id": ""}, "id", "is missing"), ({"subject": None}, "subject", "is missing"),
                ({"subject": "a\nb"}, "subject", "control"), ({"source": "x" * 1025}, "source", "1025 bytes"),
                ({"id": "\udc80"}, "id", "Unicode"), ({"type": "sales.Activity.Call"}, "type", "small letters"),
                ({"time": "2026-03-02T10:00:00"}, "time", "offset"), ({"time": "2026-02-30T10:00:00Z"}, "time", "exist"),
                ({"time": datetime.datetime(2026, 3, 2)}, "time", "zone"),
                ({"localdate": "2026-02-30"}, "localdate", "a day"), ({"revision": -1}, "revision", "integer"),
                ({"sequence": True}, "sequence", "integer"), ({"revision": 2 ** 63}, "revision", "integer"),
                ({"type": "sales.lead.assigned"}, "data.lead", "must have"),
                ({"type": "sales.goal.set", "data": {"target": 3}}, "data.indicator or result", "must have"),
                ({"data": {"lead": float("nan")}}, "data", "JSON"), ({"data": {"lead": "\udc80"}}, "data", "Unicode")]:
            with self.subTest(change=change):
                with self.assertRaises(pace.EventError) as caught:
                    pace.Event.make(**{**self.GOOD, **change}).json()
                self.assertEqual(caught.exception.where, where)
                self.assertIn(says, str(caught.exception))

    def test_what_paced_passes_over_is_warned_of(self):
        for change, says in [
                ({"data": {"outcom": "held"}}, 'data.outcom: isn.t a member of .* keep it; did you mean "outcome"'),
                ({"data": {"zzz": 3}}, "data.zzz: .* its members are: outcome, "),
                ({"type": "sales.record.deleted", "data": {"x": 1}}, "data.x: .* its members are: none")]:
            with self.subTest(change=change), self.assertWarnsRegex(pace.UnknownMember, says) as caught:
                event = pace.Event.make(**{**self.GOOD, **change})
            self.assertEqual(event.attributes["data"], change["data"])
            self.assertEqual(caught.filename, __file__)

    def test_a_source_has_no_subject(self):
        event = pace.Event.make(type="sales.source.synced", source="/s", id="1", time="2026-03-02T10:00:00Z",
                                data={"through": "2026-03-02T10:00:00Z"})
        self.assertNotIn("subject", event.attributes)


class Mappings(unittest.TestCase):
    BASE = "source: /s\ntype: sales.activity.call\nsubject: {column: Who}\ntime: {column: When, tz: Europe/Amsterdam}\n"

    def test_errors(self):
        for text, says in [
                ("sourc: x", 'm:1:1: sourc: is not a known key; did you mean "source"?'),
                ("", "m:1:1: subject: is missing"), ("[1]", "must be a map"), ("a: 1\na: 2", "stands in line 1 already"),
                ("a: [", "m:"), ("&a x", "anchors"), ("{" * 9 + "}" * 9, "must be a text"),
                ("a: " + "[" * 20 + "]" * 20, "nests deeper"), ("x: \t- y", "m:1:"), ("--- a\n--- b", "second document"),
                ("#" + "x" * 70000, "64 KiB"),
                (self.BASE + "data: {outcom: {column: X}}", 'data.outcom: is not a known key; did you mean "outcome"?'),
                (self.BASE + "data: {outcome: {colum: X}}", 'm:5:18: data.outcome.colum: is not a known key; did you mean'),
                (self.BASE + "data: {outcome: {}}", "needs one of column, columns or value"),
                (self.BASE + "data: {outcome: {column: X, value: y}}", "doesn't go together with value"),
                (self.BASE + "data: {duration_s: many}", 'found "many"; expected a number'),
                (self.BASE + "data: {outcome: {column: X, tz: UTC}}", "isn't for a text"),
                (self.BASE + "data: {duration_s: {column: X, thousands: '.'}}", "they must differ"),
                (self.BASE + "data: {amount: {column: X}}", "data.amount: is not a known key"),
                (self.BASE + "revision: {column: X, format: '%H:%M'}", "year, month and day"),
                (self.BASE + "revision: {column: X, format: '%Y%Y%m%d'}", "is not a format"),
                (self.BASE + "skip: [{colum: X}]", "did you mean"), (self.BASE + "csv: {encoding: utf8}", "expected one of"),
                (self.BASE + "csv: {delimiter: '..'}", "must be one of"),
                (self.BASE + "poll: {url: 'file:///etc/passwd'}", "https://"),
                (self.BASE + "poll: {command: x, every: 0s}", "not a time span"),
                (self.BASE.replace("Europe/Amsterdam", "../../etc/passwd"), "is not a time zone"),
                (self.BASE.replace("sales.activity.call", "sales.lead.closed"), "data.lead: is missing")]:
            with self.subTest(text=text[:80]):
                with self.assertRaises(pace.MappingError) as caught:
                    pace.parse_mapping(text, "m")
                self.assertIn(says, str(caught.exception))

    def test_all_errors_at_once(self):
        with self.assertRaises(pace.MappingError) as caught:
            pace.parse_mapping(self.BASE + "data:\n  outcom: x\n  leed: y\nskipp: z", "m")
        self.assertEqual([error.split(":")[1] for error in caught.exception.errors], ["6", "7", "8"])

    def test_of_several_types_each_has_its_members(self):
        kinds = "{column: Kind, values: {Call: sales.activity.call, Deal: sales.opportunity.created}}"
        mapping = pace.parse_mapping(self.BASE.replace("sales.activity.call", kinds) + """data:
  opportunity: {column: Deal}
  outcome: {column: Result}
  stage: {column: Stage}""", "m")
        row = {"Who": "ann", "When": "2026-03-02T10:00", "Deal": "d-1", "Result": "won", "Stage": "2"}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertEqual(mapping.event({**row, "Kind": "Call"}).attributes["data"], {"opportunity": "d-1", "outcome": "won"})
            self.assertEqual(mapping.event({**row, "Kind": "Deal"}).attributes["data"], {"opportunity": "d-1", "stage": "2"})

    def read(self, field, row):
        """One member, by a mapping of its own."""
        own = self.BASE.replace("sales.activity.call", "acme.visit")  # which may have any
        mapping = pace.parse_mapping(own + "data:\n  " + field, "m")
        row = {"Who": "ann", "When": "2026-03-02T10:00", **row}
        return mapping.event(row).attributes["data"]

    def test_values(self):
        for field, cell, expected in [
                ("amount: {column: X}", "12.5", 12.5), ("amount: {column: X}", "-3", -3),
                ("amount: {column: X, decimal: ',', thousands: '.'}", "1.234.567,50", 1234567.5),
                ("duration_s: {column: X, decimal: ',', times: 60}", "1,5", 90),
                ("automatic: {column: X}", "Yes", True), ("automatic: {column: X, values: {on: 'true'}}", "on", True),
                ("outcome: {column: X, values: {No: no_answer}}", "No", "no_answer"),
                ("outcome: {column: X, values: {a: b}, default: other}", "c", "other"),
                ("close_date: {column: X}", "2026-04-01", "2026-04-01"),
                ("close_date: {column: X, format: '%d/%m/%y'}", "01/04/26", "2026-04-01"),
                ("at: {column: X, format: epoch_ms}", "1774800000000", "2026-03-29T16:00:00+00:00"),
                ("at: {column: X, tz: Europe/Amsterdam}", "2026-10-25T02:30", "2026-10-25T02:30:00+02:00"),
                ("contact: {columns: [X, Who], join: '/'}", "7", "7/ann"),
                ("topics: {column: X}", '["calls"]', ["calls"])]:
            with self.subTest(field=field, cell=cell):
                self.assertEqual(next(iter(self.read(field, {"X": cell}).values())), expected)

    def test_bad_cells(self):
        for field, cell, says in [
                ("amount: {column: X}", "1,5", 'X: found "1,5"; expected a number, such as 12.5'),
                ("amount: {column: X, decimal: ','}", "1.5", "expected a number, such as 12,5"),
                ("amount: {column: X}", "9" * 20, "expected a number from"), ("amount: {column: X}", "1e5", "a number"),
                ("amount: {column: X}", "\u0663", "a number"), ("automatic: {column: X}", "ja", "true or false"),
                ("outcome: {column: X, values: {a: b}}", "c", 'expected one of "a"'),
                ("at: {column: X}", "2026-04-01T10:00", "with an offset"), ("at: {column: X}", "soon", "a time such as"),
                ("at: {column: X, tz: Europe/Amsterdam}", "2026-03-29T02:30", "the clocks skipped"),
                ("at: {column: X, format: epoch_s}", "9" * 25, "before the year"),
                ("topics: {column: X}", "[1,", "expected JSON"), ("topics: {column: X}", "[" * 9999, "expected JSON")]:
            with self.subTest(field=field, cell=cell[:40]):
                with self.assertRaises(pace.RowError) as caught:
                    self.read(field, {"X": cell})
                self.assertIn(says, str(caught.exception))

    def test_a_day_without_a_time(self):
        mapping = pace.parse_mapping(self.BASE, "m")
        event = mapping.event({"Who": "ann", "When": "2026-03-02"})
        self.assertEqual((event.attributes["time"], event.attributes["localdate"]),
                         ("2026-03-02T12:00:00+01:00", "2026-03-02"))
        with self.assertRaisesRegex(pace.RowError, "^Who: is empty"):
            mapping.event({"Who": " ", "When": "2026-03-02"})


HOSTILE = ["", "\0", "\x1b[31m", "\udc80", "\ufeff", "𝔘" * 50, "9" * 5000, "-0", "1e999", "nan", "%", "%Y%Y", "%(x)s", "[" * 500,
           "{{{", "\"", "'", "!!python/object/apply:os.system [x]", "!!int x", "&a *a", "*a", "<<", "null", "~", "on", "1:30", "0x1f",
           "2026-03-29T02:30:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01", "../../../etc/passwd",
           "%s" * 50, "- - - -", "|", ">", "# x", "? x", ": :", "\\x", "\u2028", "Europe/Amsterdam", "UTC", "\t", "\r\n", "a" * 3000]


class Fuzz(unittest.TestCase):
    """Hostile mappings and rows: an answer with a place, never a traceback. The seed is printed."""

    def setUp(self):
        self.seed = SEED
        print(f"PACED_SEED={self.seed}", flush=True)
        self.random = random.Random(self.seed)

    def mangle(self, text):
        r = self.random
        for _ in range(r.randrange(1, 4)):
            at = r.randrange(len(text) + 1)
            end = min(len(text), at + r.choice([0, 0, 1, 3, 12]))
            text = text[:at] + r.choice([*HOSTILE, "", "column", "format", text[at:end] * 2]) + text[end:]
        return text

    def structured(self):
        """A mapping with the right keys and anything for values."""
        r = self.random

        def scalar():
            return json.dumps(r.choice([*HOSTILE, "x", "iso", "epoch_s", "epoch_ms", "%d-%m-%Y", "sales.activity.call",
                                        "sales.lead.closed", "/s", "60", ",", "."]))

        def one():
            if r.random() < .3:
                return scalar()
            keys = r.sample(["column", "columns", "value", "values", "default", "form", "format", "tz", "decimal", "thousands",
                             "times", "join"], r.randrange(4)) + ["column"] * (r.random() < .6)
            return "{" + ", ".join(f"{key}: {r.choice([scalar(), '[a, b]', '{a: b}', scalar()])}" for key in dict.fromkeys(keys)) + "}"

        names = ["type", "subject", "time", "id", "record", "revision", "localdate", "recordedtime", "sequence"]
        lines = ["source: /s"] + [f"{name}: {one()}" for name in names if r.random() < (.9 if name in names[:3] else .3)]
        lines.append("data: {" + ", ".join(f"{name}: {one()}" for name in r.sample(sorted(FORMS), 3)) + "}")
        return "\n".join(lines)

    def test_mappings(self):
        good = 0
        for i in range(500 * SCALE):
            text = self.structured() if i % 2 else self.mangle(MAPPING)
            try:
                mapping = pace.parse_mapping(text, "m")
            except pace.MappingError as error:
                self.assertTrue(all(re.match(r"m:\d+:\d+: ", line) for line in error.errors), error.errors)
                continue
            good += 1
            self.rows(mapping, 5)
        self.assertGreater(good, 20)

    def rows(self, mapping, n):
        """Events or sentences; what is an event passes for one at paced too (fuzzed through it below)."""
        lines = []
        for _ in range(n):
            row = {column: self.random.choice([*HOSTILE, None, 7, 1.5, True, [1], {"a": 1}, 10 ** 30, "02-03-2026 10:00"])
                   for column in mapping.columns()}
            try:
                event = mapping.event(row)
                if event is not None:
                    lines.append(event.json())
            except pace.RowError as error:
                self.assertTrue(str(error) and "Traceback" not in str(error))
        return lines

    def test_rows(self):
        mapping = pace.parse_mapping(MAPPING, "m")
        every = pace.parse_mapping("source: /s\ntype: acme.visit\nsubject: {column: a}\ntime: {column: b, tz: UTC}\n"
                                   "revision: {column: c, format: iso}\nlocaldate: {column: d}\ndata:\n" +
                                   "".join(f"  {name}: {{column: {name}}}\n" for name in FORMS), "m")
        for i in range(1500 * SCALE):
            self.rows((mapping, every)[i % 2], 1)

    def test_files(self):
        """Whole files through the program: one process each, so only some."""
        folder = tempfile.mkdtemp(prefix="pace-kit-")
        self.addCleanup(shutil.rmtree, folder)
        for i in range(3 * SCALE):
            path, map_path = os.path.join(folder, "x.csv"), os.path.join(folder, "m.yaml")
            text = "Call,Owner,When,Result,Minutes\n" + "".join(
                ",".join(self.random.choice(HOSTILE + ["1", "ann", "02-03-2026 10:00", "Connected"]) for _ in range(5)) + "\n"
                for _ in range(300))
            with open(path, "wb") as file:
                file.write(text.encode("utf-8", "surrogateescape"))
            with open(map_path, "wb") as file:
                file.write((MAPPING if i % 2 else self.mangle(MAPPING)).encode("utf-8", "surrogateescape"))
            result = run("csv_import.py", path, "--mapping", map_path, "--dry-run")
            self.assertNotIn("Traceback", result.stderr)
            self.assertIn(result.returncode, (0, 1, 2))


class Checkpoints(Folder):
    def test_values(self):
        path = self.path("state")
        one = pace.Checkpoint(path)
        self.assertEqual(one.get("x", 3), 3)
        one.set("x", 7)
        one.set("y", "z")
        again = pace.Checkpoint(path)
        self.assertEqual((again.get("x"), again.get("y")), (7, "z"))
        self.assertEqual(os.listdir(self.folder), ["state"])

    def test_damage(self):
        for text in ("", "{", "[]", "[" * 100000):
            with self.assertRaisesRegex(ValueError, "isn't a checkpoint"):
                pace.Checkpoint(self.write("state", text))


# ---- the client against a socket that answers as it is told ----

class Fake:
    """An ingest socket in a thread: answers each batch by a function, None: not at all."""

    def __init__(self, folder, answer, credit=1000):
        self.endpoint, self.answer, self.credit = f"ipc://{folder}/fake.sock", answer, credit
        self.batches, self.outstanding_most = [], 0
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.bind(self.endpoint)
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        self.socket.close(linger=LINGER_MS)
        self.context.term()

    def serve(self):
        while not self.ending.is_set():
            if not self.socket.poll(50):
                continue
            peer, _magic, verb, *rest = self.socket.recv_multipart()
            if verb == b"hello":
                self.send(peer, b"welcome", {"credit_events": self.credit, "max_bytes": 4000})
                continue
            ids = [json.loads(line)["id"] for line in rest[1].splitlines()]
            self.batches.append(ids)
            answer = self.answer(len(self.batches), ids)
            if answer:
                self.send(peer, answer[0], answer[1], rest[0])

    def send(self, peer, verb, body, *batch):
        self.socket.send_multipart([peer, b"PACE1", verb, *batch, json.dumps(body).encode()])


def all_accepted(_, ids):
    return b"ack", {"accepted": len(ids), "duplicate": 0, "superseded": 0, "rejected": []}


def numbered(n, **more):
    for i in range(n):
        yield pace.Event.make(type="sales.activity.call", source="/s", id=str(i), subject="ann",
                              time="2026-03-02T10:00:00Z", origin=i, **more)


class Conversations(Folder):
    def talk(self, answer, events, credit=1000, **options):
        with Fake(self.folder, answer, credit) as fake:
            with pace.Client(fake.endpoint, reply_timeout_s=.3, **options) as client:
                acks = list(client.send(events))
        self.assertEqual([event.origin for ack in acks for event in ack.events],
                         list(range(sum(len(ack.events) for ack in acks))))
        return acks, fake.batches

    def test_batches(self):
        acks, batches = self.talk(all_accepted, numbered(1000))
        self.assertEqual(sum(ack.accepted for ack in acks), 1000)
        self.assertEqual([id for batch in batches for id in batch], [str(i) for i in range(1000)])

    def test_small_credit(self):
        acks, batches = self.talk(all_accepted, numbered(20), credit=3)
        self.assertEqual(sum(ack.accepted for ack in acks), 20)
        self.assertLessEqual(max(map(len, batches)), 3)

    def test_no_answer(self):
        """Every third batch is forgotten; in the end all were answered, in order."""
        answered = set()

        def answer(n, ids):
            if n % 3 == 0:
                return None
            answered.update(ids)
            return all_accepted(n, ids)
        acks, _ = self.talk(answer, numbered(1500))
        self.assertEqual(sum(ack.accepted for ack in acks), 1500)
        self.assertEqual(len(answered), 1500)

    def test_retry(self):
        told = []
        acks, batches = self.talk(lambda n, ids: (b"retry", {"after_ms": 1, "reason": "store full"}) if n < 5 else
                                  all_accepted(n, ids), numbered(30), on_wait=told.append)
        self.assertEqual(sum(ack.accepted for ack in acks), 30)
        self.assertGreater(len(batches), 4)
        self.assertEqual(told, ["paced asks to wait: store full"])

    def test_refusals(self):
        def answer(_, ids):
            return b"ack", {"accepted": len(ids) - 1, "duplicate": 0, "superseded": 0,
                            "rejected": [{"index": 1, "code": "bad_time", "reason": "why"}]}
        acks, _ = self.talk(answer, numbered(5))
        self.assertEqual([str(refusal) for ack in acks for refusal in ack.rejected], ["1: bad_time: why"])
        acks, _ = self.talk(lambda *_: (b"error", {"code": "bad_json", "reason": "why"}), numbered(3))
        self.assertEqual([refusal.event.origin for ack in acks for refusal in ack.rejected], [0, 1, 2])

    def test_too_large(self):
        events = list(numbered(3))
        events[1] = pace.Event.make(type="x.y", source="/s", id="1", subject="ann", time="2026-03-02T10:00:00Z",
                                    data={"x": "x" * 5000}, origin=1)
        acks, _ = self.talk(all_accepted, events)
        self.assertEqual([refusal.code for ack in acks for refusal in ack.rejected], ["too_large"])
        self.assertEqual(sum(ack.accepted for ack in acks), 2)

    def test_the_callers_error_comes_last(self):
        def events():
            yield from numbered(10)
            raise KeyError("mine")
        n = 0
        with Fake(self.folder, all_accepted) as fake, pace.Client(fake.endpoint) as client:
            with self.assertRaisesRegex(KeyError, "mine"):
                for ack in client.send(events()):
                    n += ack.accepted
        self.assertEqual(n, 10)

    def test_other_ends(self):
        with pace.Client(f"ipc://{self.folder}/nobody.sock", reply_timeout_s=.05, give_up_s=.1) as client:
            with self.assertRaisesRegex(pace.Unreachable, "is paced running"):
                list(client.send(numbered(1)))
        stop = threading.Event()
        with pace.Client(f"ipc://{self.folder}/nobody.sock", stop=stop) as client:
            threading.Timer(.05, stop.set).start()
            with self.assertRaises(pace.Stopped):
                list(client.send(numbered(1)))
        with pace.Client("nonsense") as client, self.assertRaisesRegex(ValueError, "isn't an endpoint"):
            list(client.send(numbered(1)))
        for answer in ((b"ack", {}), (b"ack", []), (b"what", {})):
            with Fake(self.folder, lambda *_, answer=answer: answer) as fake, pace.Client(fake.endpoint) as client:
                with self.assertRaises(pace.ProtocolError):
                    list(client.send(numbered(1)))


# ---- against the real daemon ----

class Served(Folder):
    def setUp(self):
        super().setUp()
        self.daemon = Daemon(BIN, CONFIG)
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__)
        self.ingest = f"ipc://{self.daemon.dir}/run/ingest.sock"
        self.mapping = self.write("map.yaml", MAPPING)

    def words(self, *files):
        return [*files, "--mapping", self.mapping, "--ingest", self.ingest, "--reply-timeout", "1"]

    def calls(self, n, first=0):
        day = datetime.date(2026, 3, 2)
        return [[f"c{i}", f"rep{i % 7}", f"{(day + datetime.timedelta(i % 40)):%d-%m-%Y} {8 + i % 9:02}:{i % 60:02}",
                 "Connected" if i % 3 else "No answer", f"{i % 9},5"] for i in range(first, first + n)]

    def csv(self, name, rows):
        path = self.path(name)
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Call", "Owner", "When", "Result", "Minutes"])
            writer.writerows(rows)
        return path

    def accepted(self):
        return self.daemon.ask("status")["accepted"]


class Imports(Served):
    def test_bad_rows_are_told(self):
        rows = self.calls(6)
        rows[1][2] = "2026-03-02"
        rows[2][4] = "x"
        rows[3][3] = "Test"
        rows[4] = rows[4][:3]
        path = self.csv("calls.csv", rows)
        with open(path, "ab") as file:
            file.write(b"c9,rep\xff,02-03-2026 10:00,Connected,1\n\n")
        result = run("csv_import.py", *self.words(path))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(result.stderr.splitlines(), [
            'calls.csv:3:When: found "2026-03-02"; expected a time such as 03-02-2001 00:00',
            'calls.csv:4:Minutes: found "x"; expected a number, such as 12,5',
            "calls.csv:6: has 3 fields; the header has 5",
            "calls.csv:8: isn't valid utf-8; set csv.encoding in the mapping"])
        self.assertEqual(result.stdout, "2 accepted, 0 known already, 0 superseded, 1 left out, 4 wrong\n")
        self.assertEqual(self.accepted(), 2)
        # Refused by paced itself.
        rows = self.calls(2, 100)
        rows[1][2] = "01-01-2001 10:00"
        result = run("csv_import.py", *self.words(self.csv("more.csv", rows)))
        self.assertRegex(result.stderr, r"^more\.csv:3: too_late: ")
        self.assertEqual(self.accepted(), 3)

    def test_other_ends(self):
        path = self.csv("calls.csv", self.calls(3))
        self.assertEqual(run("csv_import.py", "--help").returncode, 0)
        self.assertEqual(run("csv_import.py", path).returncode, 2)
        dry = run("csv_import.py", *self.words(path), "--dry-run", "--show")
        self.assertEqual([json.loads(line)["id"] for line in dry.stdout.splitlines()], ["c0", "c1", "c2"])
        self.assertEqual(self.accepted(), 0)
        bad = self.write("bad.yaml", MAPPING.replace("subject", "subjcet"))
        result = run("csv_import.py", path, "--mapping", bad)
        self.assertEqual(result.returncode, 2)
        self.assertIn('bad.yaml:4:1: subjcet: is not a known key; did you mean "subject"?', result.stderr)
        result = run("csv_import.py", *self.words(self.write("no.csv", "A,B\n1,2\n")))
        self.assertEqual(result.returncode, 1)
        self.assertIn('no.csv:1: there is no column "Call"; the columns are: A, B', result.stderr)
        result = run("csv_import.py", *self.words(self.path("absent.csv")))
        self.assertEqual((result.returncode, "No such file" in result.stderr), (1, True))
        self.daemon.kill()
        result = run("csv_import.py", *self.words(path), "--give-up", "1")
        self.assertEqual(result.returncode, 3)
        self.assertIn("is paced running?", result.stderr)

    def test_rows_without_an_id(self):
        """Two calls that are alike are two; the same file again is nothing new."""
        with open(self.mapping, "w", encoding="utf-8") as file:
            file.write(MAPPING.replace("id: {column: Call}\n", ""))
        rows = self.calls(3)
        path = self.csv("calls.csv", rows + [rows[1]])
        self.assertIn("4 accepted, 0 known", run("csv_import.py", *self.words(path)).stdout)
        self.assertIn("0 accepted, 4 known", run("csv_import.py", *self.words(path)).stdout)

    def test_killed(self):
        """Both sides are killed again and again; in the end every call counts once."""
        n, rng = 12000 * SCALE, random.Random(SEED)
        print(f"PACED_SEED={SEED}", flush=True)
        path, state = self.csv("calls.csv", self.calls(n)), self.path("state")
        words = program("csv_import.py", *self.words(path), "--state", state, "--give-up", "60")
        kills = resumed = 0
        while kills < 3 + SCALE:
            before = self.accepted()
            with running(words, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as importer:
                self.await_growth(importer, before, rng.randrange(1, 2000))
                if importer.poll() is not None:
                    break
                kills += 1
                if kills % 2:
                    self.daemon.kill()
                    self.daemon.start()
                    self.await_growth(importer, self.accepted(), 1)
                importer.kill()
            resumed += os.path.exists(state)
        self.assertGreaterEqual(kills, 2, "it was too quick to be killed")
        self.assertGreater(resumed, 0)
        result = subprocess.run(words, env=ENV, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        self.assertEqual(result.returncode, 0, result.stderr)
        status = self.daemon.ask("status")
        self.assertEqual((status["accepted"], status["superseded"], status["conflicts"]), (n, 0, 0))
        self.assertEqual(status["reps"], 7)
        self.assertEqual(self.daemon.ask("sources")["items"][0]["events"], n)
        self.assertIn("0 accepted, 0 known", run("csv_import.py", *self.words(path), "--state", state).stdout)

    def test_the_daemon_is_killed(self):
        """The importer goes on by itself, and what it takes for acknowledged is stored."""
        n = 30000 * SCALE
        path, state = self.csv("calls.csv", self.calls(n)), self.path("state")
        with running(program("csv_import.py", *self.words(path), "--state", state), env=ENV, stdout=subprocess.PIPE,
                     stderr=subprocess.PIPE, text=True) as importer:
            for _ in range(3):
                # Right after an acknowledgement, others are on their way.
                self.await_ack(importer, state)
                self.daemon.kill()
                self.daemon.start()
            said, told = importer.communicate(timeout=PATIENCE_S)
        self.assertEqual(importer.returncode, 0, told)
        counts = [int(number) for number in re.findall(r"\d+", said)]
        self.assertEqual(counts[0] + counts[1], n, said)
        self.assertEqual(self.accepted(), n)

    def await_ack(self, importer, state):
        """Until the importer has noted another acknowledgement."""
        def noted():
            return os.stat(state).st_mtime_ns if os.path.exists(state) else 0
        before = noted()
        until(lambda: importer.poll() is not None or noted() != before)

    def await_growth(self, importer, before, by):
        until(lambda: importer.poll() is not None or self.accepted() >= before + by)

    def test_stopped(self):
        """SIGTERM ends it with what was acknowledged remembered."""
        path, state = self.csv("calls.csv", self.calls(20000)), self.path("state")
        with running(program("csv_import.py", *self.words(path), "--state", state), env=ENV, stdout=subprocess.PIPE,
                     stderr=subprocess.DEVNULL, text=True) as importer:
            self.await_ack(importer, state)
            self.daemon.process.send_signal(signal.SIGSTOP)
            importer.terminate()
            said, _ = importer.communicate(timeout=PATIENCE_S)
            self.daemon.process.send_signal(signal.SIGCONT)
        self.assertEqual(importer.returncode, 1)
        with open(state, encoding="utf-8") as file:
            self.assertEqual(list(json.load(file).values()), [int(said.split()[0])])


POLL = """
source: /crm
type: {column: kind, values: {call: sales.activity.call, mail: sales.activity.email}}
subject: {column: owner.id}
time: {column: at, format: epoch_s}
id: {column: id}
poll:
  command: [SERVE, "{cursor}"]
  items: result.items
  cursor: id
  start: "0"
  every: 1s
"""
SERVE = """#!/bin/sh
exec "%s" - "$1" <<'END'
import json, os, sys
if os.path.exists("%s/broken"): sys.exit(3)
with open("%s/last") as file: last = int(file.read())
ids = range(int(sys.argv[1]), min(last, int(sys.argv[1]) + 500) + 1)
print(json.dumps({"result": {"items": [{"id": i, "kind": "call" if i %% 10 else "fax", "owner": {"id": 100 + i %% 3},
                                        "at": 1774800000 + i} for i in ids if i]}}))
END
"""


class Polls(Served):
    def setUp(self):
        super().setUp()
        serve = self.write("serve", SERVE % (sys.executable, self.folder, self.folder))
        os.chmod(serve, 0o755)
        self.poll = self.write("poll.yaml", POLL.replace("SERVE", serve))
        self.state = self.path("state")

    def words(self, *more):
        return program("poller.py", self.poll, "--ingest", self.ingest, "--state", self.state, "--reply-timeout", "1", *more)

    def grow(self, last):
        """Objects up to this number can be asked for; how many of them are calls."""
        self.write("new", str(last))
        os.replace(self.path("new"), self.path("last"))
        return last - last // 10

    def once(self):
        return subprocess.run(self.words("--once"), env=ENV, capture_output=True, text=True, check=False,
                              timeout=PATIENCE_S)

    def test_pages_and_errors(self):
        calls = self.grow(1800)
        result = self.once()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('item 9:kind: found "fax"; expected one of "call", "mail"', result.stderr)
        self.assertEqual(self.accepted(), calls + 1)  # and that it is synced
        self.assertEqual(pace.Checkpoint(self.state).get("cursor"), "1800")
        with open(self.path("broken"), "w", encoding="ascii"):
            pass
        result = self.once()
        self.assertEqual((result.returncode, "ended with status 3" in result.stderr), (1, True))
        result = run("poller.py", self.mapping, "--state", self.state)
        self.assertEqual((result.returncode, "poll: is missing" in result.stderr), (2, True))

    def test_killed(self):
        """The poller and the daemon are killed while objects are added; each object counts once."""
        calls, last = 0, 0
        with open(self.poll, "a", encoding="utf-8") as file:
            file.write("  synced: false\n")
        for turn in range(1 + SCALE):
            last += 3000
            calls = self.grow(last)
            before = self.accepted()
            with running(self.words(), env=ENV, stderr=subprocess.DEVNULL) as poller:
                self.await_accepted(before + 700)
                if turn % 2:
                    self.daemon.kill()
                    self.daemon.start()
                    self.await_accepted(before + 1400)
                poller.kill()
        with running(self.words(), env=ENV, stderr=subprocess.DEVNULL) as poller:
            self.await_accepted(calls)
            calls = self.grow(last + 10)
            self.await_accepted(calls)
            poller.terminate()
            self.assertEqual(poller.wait(PATIENCE_S), 0)
        self.assertEqual(self.accepted(), calls)

    def await_accepted(self, n):
        until(lambda: self.accepted() >= n)


@unittest.skipUnless(SCALE > 1 and shutil.which("mypy"), "of the full suite, where mypy is installed")
class Types(unittest.TestCase):
    def test_strict(self):
        with tempfile.TemporaryDirectory() as cache:
            result = subprocess.run(["mypy", "--cache-dir", cache, "--python-executable", sys.executable], cwd=KIT, capture_output=True,
                                    text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
