"""pacectl effects: promises kept and broken, slips coached and not. argv[1]: the folder of the binaries."""
import datetime
import json
import os
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
REPS = ["anna", "bob", "cleo", "dirk", "emma", "fred", "gina", "hugo"]
HALF = REPS[:4]  # who is coached, and who keeps what was promised
CONFIG = """
organisation: {tz: UTC}
people: {reps: {%s}}
indicators:
    calls: {label: calls, count: sales.activity.call}
    demos: {label: demos, count: sales.activity.demo}
    visits: {label: visits, count: sales.activity.visit}
""" % ", ".join("%s: {}" % rep for rep in REPS)
FIRST = datetime.date(2026, 1, 5)
PROMISED = datetime.date(2026, 4, 13)
DAYS = 280


def day_of(n):
    return FIRST + datetime.timedelta(n)


class Story:
    """Each falls to half in a month of their own, and comes back a third of the way, the coached wholly; who keeps a promise
    of demos goes on with a half more."""

    def __init__(self):
        self.rng, self.lines = random.Random(20261122), []

    def tell(self, day, hour, subject, kind, **data):
        time = datetime.datetime.combine(day, datetime.time(8)) + datetime.timedelta(hours=hour)
        self.lines.append(json.dumps({
            "specversion": "1.0", "id": str(len(self.lines)), "source": "/s", "type": "sales." + kind, "subject": subject,
            "time": time.isoformat() + "Z", "data": data}))

    @staticmethod
    def fall(rep):
        return 84 + 14 * REPS.index(rep)

    def calls(self, rep, n):
        since = n - self.fall(rep)
        return 12 if since < 0 else 6 if since < 28 else 12 if rep in HALF else 8

    @staticmethod
    def demos(rep, day):
        return 9 if rep in HALF and day > PROMISED else 6

    def told(self):
        for n in range(DAYS):
            day = day_of(n)
            for rep in REPS if day.weekday() < 5 else []:
                for call in range(self.calls(rep, n) + self.rng.randint(-2, 2)):
                    self.tell(day, call / 10, rep, "activity.call")
                for demo in range(self.demos(rep, day) + self.rng.randint(-1, 1)):
                    self.tell(day, demo / 10, rep, "activity.demo")
        for rep in REPS:
            self.tell(PROMISED, 9, rep, "commitment.made", commitment=rep, indicator="demos", target=160, due="2026-05-11")
        for rep in HALF:
            self.tell(day_of(self.fall(rep) + 15), 9, rep, "coaching.session", manager="max", topics=[{"indicator": "calls"}])
        return "\n".join(self.lines) + "\n"


class Effects(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(BIN, CONFIG)
        cls.daemon.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__()

    def check(self, result):
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def ask(self):
        items = json.loads(self.check(self.daemon.ctl("effects", "--json")))["items"]
        return {item["indicator"]: item for item in items}

    def test_the_whole_story(self):
        self.assertIn("Nothing to compare yet", self.check(self.daemon.ctl("effects")))
        path = os.path.join(self.daemon.dir, "events")
        with open(path, "w", encoding="utf-8") as file:
            file.write(Story().told())
        self.check(self.daemon.ctl("send", path))
        self.check(self.daemon.ctl("clock", "--to", day_of(DAYS).isoformat() + "T12:00:00Z"))
        told = self.ask()
        calls, demos, visits = told["calls"], told["demos"], told["visits"]
        self.assertEqual((demos["kept"]["reps"], demos["broken"]["reps"]), (4, 4))
        self.assertAlmostEqual(demos["kept"]["change"]["value"], .5, delta=.08)
        self.assertLess(abs(demos["broken"]["change"]["value"]), .08)
        self.assertGreater(demos["keeping"]["low"], .3)
        self.assertEqual((calls["slips_coached"]["reps"], calls["slips_not_coached"]["reps"]), (4, 4))
        self.assertEqual(calls["sessions"]["n"], 4)
        self.assertAlmostEqual(calls["slips_not_coached"]["change"]["value"], -1 / 3, delta=.06)
        self.assertLess(abs(calls["slips_coached"]["change"]["value"]), .06)
        self.assertGreater(calls["coaching"]["low"], .1)
        self.assertEqual((visits["sessions"]["n"], visits["sessions"]["change"], visits["keeping"]), (0, None, None))
        page = self.check(self.daemon.ctl("effects"))
        text = " ".join(page.split())
        self.assertLessEqual(max(map(len, page.splitlines())), 80)
        self.assertRegex(page, r"(?m)^demos\n    4 promises kept, 4 reps +up \d+ % \(\d+ to \d+ %\)\n    4 promises broken, 4 reps +no more than chance does \(")
        self.assertRegex(page, r"(?m)^    4 slips, not talked about, 4 reps +down \d+ % .*\n +what talking about a slip adds +\+\d+ points \(")
        self.assertIn("regression to the mean", text)
        self.assertNotIn("visits:", text)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.ask(), told)


if __name__ == "__main__":
    unittest.main(verbosity=0)
