"""The JSON Schemas of docs/schema and the decoder judge the same events alike. argv[1]: the folder of the binaries.

Three schemas are asked about each event: event.json, and, where the type is listed, its own; of every other type also
the envelope. What a schema can't express stands in docs/schema/README.md, and each of these is shown to be so, so that
the list stays true."""
import json
import os
import random
import subprocess
import sys
import unittest
import warnings

BIN = os.path.abspath(sys.argv.pop(1))
CHECKER = os.path.join(BIN, "check_event_schemas")
FOLDER = "docs/schema"  # ctest starts us in the source folder
CORPUS = "tests/fuzz/corpus/event"
SEED = int(os.environ.get("PACED_SEED", "1"))
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jsonschema
        VALIDATOR = jsonschema.Draft202012Validator
except (ImportError, AttributeError):
    jsonschema = None

BASE = {"specversion": "1.0", "id": "e-1", "source": "/crm", "subject": "a.devries",
        "time": "2026-03-27T14:00:00+01:00"}
DAYS = ["2026-03-29", "2024-02-29", "2000-02-29", "1900-02-28", "0001-01-01", "9998-12-31"]
NO_DAYS = ["2026-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "0000-01-01",
           "9999-01-01", "2026-3-29", "20260329", "2026-03-29\n", " 2026-03-29", "2026-03-29T"]
TIMES = ["2026-03-29T10:00:00Z", "2026-03-29t10:00:00z", "2026-03-29 10:00:00.123456789-23:59",
         "2016-12-31T23:59:60Z", "2024-02-29T00:00:00+00:00"]
NO_TIMES = ["2026-03-29T10:00:00", "2026-03-29T10:00Z", "2026-03-29T24:00:00Z", "2026-03-29T10:60:00Z",
            "2026-03-29T10:00:61Z", "2026-03-29T10:00:00+24:00", "2026-03-29T10:00:00+0100", "2026-02-30T10:00:00Z",
            "2026-03-29T10:00:00.Z", "2026-03-29T10:00:00Z\n", "2026-03-29T10:00:00Z ", "2026-03-29X10:00:00Z",
            "2026-03-29T1٠:00:00Z", "0000-01-01T00:00:00Z", "9999-01-01T00:00:00Z"]
TEXTS = ["", "x", "a" * 64, "a" * 65, "k" * 256, "k" * 257, "n" * 1024, "n" * 1025, "t" * 4096, "t" * 4097, "a\u0000b",
         "a\u001f", "\u007f", "\u0085x", "a\n", "\n", "Zoë", "日本", "\U0001f600", "\ufeff"]
NUMBERS = [0, 1, -1, 0.5, 1.5, 100, 101, -0.00005, -0.0001, 100.00005, 100.0001, 920000000000000, 920000000000001,
           -920000000000000, -920000000000001, 9223372036854775807, 9223372036854775808, 1e300, -1e16]
NESTED = [[], {}, ["a", 1, True, None], [["a"], [[]]], [{"rep": "x", "share": 0.5}], [{"other": [{}]}], {"mon": 8},
          {"mon": {"tue": [1]}}, {"mon": [1e300]}, {"zzz": 1e300}, [{"indicator": "calls", "case": {}}], [1e300],
          [[["x", {"rep": 1}]]], {"rep": {"role": None}}, [True, {"x": 1}]]
VALUES = [None, True, False, *TEXTS, *DAYS, *NO_DAYS, *TIMES, *NO_TIMES, *NUMBERS, *NESTED]
COUNTS = ["0", "00012", "9223372036854775807", "9223372036854775808", "9223372036854775799", "10000000000000000000",
          "8999999999999999999", "-1", "+1", "1.0", " 1", "1\n", "٣"]
ATTRIBUTES = {
    "specversion": ["0.3", "1.0\n", "1", 1, 1.0],
    "datacontenttype": ["application/json", "Application/JSON; charset=utf-8", "application/jsonp", "text/plain",
                        "application/json\tx", "application/json\n", "application/json ;\n"],
    "type": ["sales.activity.call", "sales.activity.Call", "sales.activity.", "sales.activity.a.b", "sales.activity",
             "sales.Goal.set", "sales.goal.unset", "sales.", "salesx", "com.example.Thing", "sales.activity.x\n",
             "sales.source.other", "sales.goal.set ", "sales.x\u00e9"],
    "id": [], "source": [], "subject": [], "time": [], "record": [], "revision": COUNTS, "localdate": [],
    "recordedtime": [], "sequence": COUNTS, "data_base64": ["e30="], "data": [{"x": 1}], "other": [],
}
# Good values of members that a type must have.
GOOD = {"from": "2026-04-01", "to": "2026-04-10", "at": "2026-04-01T10:00:00Z", "score": 70, "target": 40,
        "through": "2026-04-01T10:00:00Z"}


def load(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


def good_event(kind):
    name = kind["type"].replace("*", "call")
    members = kind["required"] + kind.get("one_of", [])[:1]
    return {**BASE, "type": name, "data": {member: GOOD.get(member, "x") for member in members}}


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


def of_attributes(event):
    """The event with each attribute missing, and with each value that it may or may not have."""
    for name, own in ATTRIBUTES.items():
        yield without(event, name)
        for value in own + VALUES:
            if not (name in ("revision", "sequence") and isinstance(value, float)):  # README: written with a point
                yield {**event, name: value}


def of_members(event, kind, values=lambda name, must: VALUES):
    """The event with each member missing, and with each of the values asked for."""
    members = kind["required"] + kind["optional"] + kind.get("one_of", [])
    yield {**event, "data": {}}
    yield {**event, "data": {**event["data"], "unlisted": {"deep": [{}]}}}
    for name in members + ["unlisted"]:
        yield {**event, "data": without(event["data"], name)}
        for value in values(name, name in kind["required"]):
            yield {**event, "data": {**event["data"], name: value}}
    for first in kind.get("one_of", []):
        for second in kind["one_of"]:
            for value in ("x", "", None):
                data = {key: v for key, v in event["data"].items() if key not in kind["one_of"]}
                yield {**event, "data": {**data, first: value, second: None}}


def scrambled(events, rng, n):
    """Several wrongs at once: attributes and members of different events put together."""
    for _ in range(n):
        one, other = rng.choice(events), rng.choice(events)
        mixed = {**one, **{key: value for key, value in other.items() if rng.random() < .3}}
        if isinstance(one.get("data"), dict) and isinstance(other.get("data"), dict):
            mixed["data"] = {**one["data"], **{k: v for k, v in other["data"].items() if rng.random() < .5}}
        yield mixed


def no_doubles(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def no_constant(name):
    raise ValueError(name)


def finite(text):
    if abs(float(text)) == float("inf"):
        raise ValueError(text)  # README.md: numbers that no double holds
    return float(text)


def corpus_events():
    """Each line of the fuzzers' corpus that a JSON parser takes for an object."""
    for name in sorted(os.listdir(CORPUS)):
        with open(os.path.join(CORPUS, name), "rb") as file:
            for line in file.read().split(b"\n"):
                try:
                    event = json.loads(line.decode("utf-8"), object_pairs_hook=no_doubles, parse_constant=no_constant,
                                       parse_float=finite)
                    json.dumps(event, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is none
                except (ValueError, RecursionError):
                    continue
                if isinstance(event, dict):
                    yield name, event


def decoder_says(events):
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)
    result = subprocess.run([CHECKER, "--judge"], input=lines.encode("utf-8"), capture_output=True, check=True,
                            timeout=120)
    return result.stdout.decode().split()


class Files(unittest.TestCase):
    def test_are_the_tables(self):
        result = subprocess.run([CHECKER, "--compare", FOLDER], capture_output=True, check=False, text=True)
        self.assertEqual(result.returncode, 0, result.stderr +
                         "run: build/release/bin/check_event_schemas --write docs/schema")


@unittest.skipIf(jsonschema is None, "python3-jsonschema isn't there")
class Agreement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.kinds = load("index.json")["types"]
        cls.own = {kind["type"]: VALIDATOR(load(kind["schema"])) for kind in cls.kinds}
        cls.any, cls.envelope = VALIDATOR(load("event.json")), VALIDATOR(load("envelope.json"))

    def own_of(self, event):
        name = event.get("type")
        if not isinstance(name, str):
            return None
        pattern = "sales.activity.*" if name.startswith("sales.activity.") else None
        return self.own.get(name) or self.own.get(pattern)

    def compare(self, events, with_any=lambda: True):
        answers = decoder_says(events)
        self.assertEqual(len(answers), len(events))
        taken = answers.count("ok")
        for event, answer in zip(events, answers):
            schemas = [self.own_of(event) or self.envelope] + ([self.any] if with_any() else [])
            for schema in schemas:
                if schema.is_valid(event) != (answer == "ok"):
                    said = [error.message[:200] for error in schema.iter_errors(event)]
                    self.fail("the decoder says %s, the schema %s: %s" %
                              (answer, said or "ok", json.dumps(event)[:600]))
        return taken, len(events) - taken

    def test_schemas_are_schemas(self):
        for schema in [self.any, self.envelope, *self.own.values()]:
            VALIDATOR.check_schema(schema.schema)

    def test_corpus(self):
        exceptional = {"bad_depth", "bad_depth_list"}  # README.md: depth
        events = [event for name, event in corpus_events()
                  if name not in exceptional and not self.is_exception(event)]
        taken, refused = self.compare(events)
        self.assertGreater(taken, 20)
        self.assertGreater(refused, 20)

    @staticmethod
    def is_exception(event):
        """What README.md lists: the size of lists, integers with a point, leap seconds."""
        data = event.get("data") if isinstance(event.get("data"), dict) else {}
        numbers = [event.get("revision"), event.get("sequence")]
        return ":60" in str(event.get("time")) or any(isinstance(value, float) for value in numbers) or \
            any(isinstance(value, (list, dict)) and len(json.dumps(value)) > 2000 for value in data.values())

    def test_good_events(self):
        taken, refused = self.compare([good_event(kind) for kind in self.kinds])
        self.assertEqual((taken, refused), (len(self.kinds), 0))

    def test_attributes(self):
        rng = random.Random(SEED)
        for name, data in [("sales.activity.call", {}), ("sales.source.synced", {"through": DAYS[0]}),
                           ("com.example.thing", {"x": {}})]:
            self.compare(list(of_attributes({**BASE, "type": name, "data": data})), lambda: rng.random() < .05)

    def test_members(self):
        rng, seen = random.Random(SEED), set()

        def values(name, must):
            """All of them where a member is met for the first time, a few in the types that share it."""
            first = (name, must) not in seen
            seen.add((name, must))
            return VALUES if first else [None, ""] + rng.sample(VALUES, 4)

        for kind in self.kinds:
            with self.subTest(type=kind["type"]):
                self.compare(list(of_members(good_event(kind), kind, values)), lambda: rng.random() < .05)

    def test_several_wrongs(self):
        rng = random.Random(SEED)
        events = [event for kind in self.kinds for event in of_members(good_event(kind), kind)]
        print("PACED_SEED=%d" % SEED)
        self.compare(list(scrambled(events, rng, 400)), lambda: rng.random() < .1)

    def test_exceptions_are_exceptions(self):
        """What README.md says that no schema can see: taken by the schema, refused by the decoder, or the other way."""
        call = {**BASE, "type": "sales.activity.call", "data": {}}
        strict = [{**call, "time": "2026-03-29T10:00:60Z"}, {**call, "id": "é" * 1000}, {**call, "revision": 1.0},
                  {**call, "data": {"outcome": "é" * 40}}, {**call, "data": {"participants": ["x" * 1500] * 2}}]
        raw = ['{"specversion":"1.0","id":"1","id":"1","source":"/c","type":"sales.activity.call","subject":"a",'
               '"time":"2026-03-27T14:00:00Z"}',
               json.dumps({**call, "deep": None})[:-5] + "[" * 70 + "]" * 70 + "}"]
        for event in strict:
            self.assertTrue(self.any.is_valid(event), event)
        self.assertEqual(decoder_says(strict), ["bad_time"] + ["bad_attribute"] * 4)
        for line in raw:
            self.assertTrue(self.any.is_valid(json.loads(line)), line)
            result = subprocess.run([CHECKER, "--judge"], input=line + "\n", capture_output=True, check=True, text=True)
            self.assertEqual(result.stdout.split(), ["bad_json"])


if __name__ == "__main__":
    outcome = unittest.main(exit=False).result
    sys.exit(1 if not outcome.wasSuccessful() else 77 if outcome.skipped else 0)
