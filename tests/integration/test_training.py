"""pacectl training: what came of trainings, and who was coached since. argv[1]: the folder of the binaries."""
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
COACHED = REPS[:4]
CONFIG = """
organisation: {tz: UTC}
people:
    managers: {max: {manager: eve}}
    teams: {north: {manager: max}}
    reps: {%s}
indicators:
    calls: {label: calls, count: sales.activity.call}
    discovery: {label: discovery skill, score: {skill: discovery}}
""" % ", ".join("%s: {team: north}" % rep for rep in REPS)
FIRST, TRAINED = datetime.date(2026, 1, 5), datetime.date(2026, 4, 6)
DAYS = 158


class Story:
    """Eight reps, a third more calls after the training; in those who aren't coached it is gone after twenty working days."""

    def __init__(self):
        self.rng, self.lines = random.Random(20261122), []

    def tell(self, day, hour, subject, kind, **data):
        time = datetime.datetime.combine(day, datetime.time(8)) + datetime.timedelta(hours=hour)
        self.lines.append(json.dumps({
            "specversion": "1.0", "id": str(len(self.lines)), "source": "/s", "type": "sales." + kind, "subject": subject,
            "time": time.isoformat() + "Z", "data": data}))

    def level(self, rep, day):
        since = (day - TRAINED).days
        if since <= 0 or (rep not in COACHED and since > 28):
            return 12
        return 16

    def days(self):
        for n in range(DAYS):
            day = FIRST + datetime.timedelta(n)
            if day.weekday() >= 5:
                continue
            for rep in REPS:
                for call in range(self.level(rep, day) + self.rng.randint(-3, 3)):
                    self.tell(day, call / 10, rep, "activity.call")

    def told(self):
        self.days()
        for rep in REPS:
            self.tell(TRAINED, 9, rep, "training.completed", training="pitch", indicators=["calls"], cost=500)
        for rep in COACHED:
            for weeks in (1, 2, 4, 8):
                self.tell(TRAINED + datetime.timedelta(weeks=weeks, days=1), 9, rep, "coaching.session", manager="max",
                          topics=["Calls"])
        self.tell(TRAINED, 9, "max", "training.completed", training="leading", indicators=["calls"], cost=1600)
        self.tell(TRAINED, 9, "anna", "training.completed", training="alone", skill="discovery")
        self.tell(TRAINED, 9, "bob", "training.completed", training="yoga")
        self.tell(FIRST, 9, "anna", "coaching.observation", manager="max", skill="discovery", score=50)
        self.tell(TRAINED + datetime.timedelta(2), 9, "anna", "coaching.observation", manager="max", skill="discovery", score=70)
        self.tell(FIRST, 9, "anna", "growth.goal", skill="discovery", text="let silence work")
        return "\n".join(self.lines) + "\n"


class Training(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(BIN, CONFIG)
        cls.daemon.__enter__()
        path = os.path.join(cls.daemon.dir, "events")
        with open(path, "w", encoding="utf-8") as file:
            file.write(Story().told())
        cls.check(cls.daemon.ctl("send", path))
        cls.check(cls.daemon.ctl("clock", "--to", (FIRST + datetime.timedelta(DAYS)).isoformat() + "T12:00:00Z"))

    @classmethod
    def tearDownClass(cls):
        cls.daemon.__exit__()

    @staticmethod
    def check(result):
        assert result.returncode == 0, result.stderr
        return result.stdout

    def ask(self, *words):
        return json.loads(self.check(self.daemon.ctl(*words, "--json")))

    def group(self, training):
        return next(g for g in self.ask("training", training)["trainings"])

    def test_with_and_without_coaching(self):
        group = self.group("pitch")
        self.assertEqual((group["reps"], group["coached"], group["uncoached"], group["fading"]), (8, 4, 4, 4))
        self.assertAlmostEqual(group["first_change"]["value"], 1 / 3, delta=.06)
        self.assertAlmostEqual(group["with_coaching"]["value"], 1 / 3, delta=.06)
        self.assertLess(abs(group["without_coaching"]["value"]), .06)
        self.assertGreater(group["difference"]["low"], .2)
        self.assertAlmostEqual(group["per_cost"]["value"], 4 * 20 / 500, delta=.03)

    def test_dates_and_fading(self):
        for row in self.ask("training", "pitch")["items"]:
            coached = row["rep"] in COACHED
            self.assertEqual(row["fading"], not coached, row)
            self.assertEqual([d["state"] for d in row["dates"]], ["done" if coached else "missed"] * 4)
            self.assertEqual((row["before"]["days"], row["first"]["days"], row["now"]["days"]), (60, 20, 20))
            self.assertEqual(row["first"]["from"], "2026-04-07")

    def test_a_manager_is_a_trainee_through_the_team(self):
        answer = self.ask("training", "leading")
        self.assertEqual({row["manager"] for row in answer["items"]}, {"max"})
        self.assertEqual(sorted(row["rep"] for row in answer["items"]), REPS)
        self.assertEqual(answer["trainings"][0]["trained"], "managers")
        self.assertAlmostEqual(answer["trainings"][0]["per_cost"]["value"], 8 * 4 * 20 / 1600, delta=.06)
        self.assertNotIn("max", [rep["name"] for rep in self.ask("reps")["items"]])

    def test_too_few_and_nothing_to_see(self):
        alone = self.group("alone")
        self.assertEqual((alone["indicator"], alone["first_change"], alone["per_cost"]), ("discovery", None, None))
        row = self.ask("training", "alone")["items"][0]
        self.assertEqual((row["observed_before"], row["observed_since"]), (50, 70))
        self.assertIsNone(self.group("yoga")["indicator"])

    def test_in_words(self):
        text = " ".join(self.check(self.daemon.ctl("training")).split())
        self.assertIn("pitch, calls: 8 reps trained. In the first twenty working days up 3", text)
        self.assertIn("fading: half of it gone", text)
        self.assertIn("alone, discovery skill: one rep trained. In the first twenty working days too few to tell.", text)
        self.assertIn("yoga: it names no indicator, so nothing can be seen of it.", text)
        self.assertIn("bad month before", text)
        self.assertEqual(self.check(self.daemon.ctl("training", "nothing")), "Nobody was in that training.\n")

    def test_growth(self):
        goal = self.ask("growth")["items"][0]
        self.assertEqual((goal["rep"], goal["skill"], goal["observations"], goal["first_score"], goal["newest_score"]),
                         ("anna", "discovery", 2, 50, 70))
        self.assertIn("let silence work", self.check(self.daemon.ctl("growth")))

    def test_the_same_after_a_restart(self):
        before = self.ask("training")
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.ask("training"), before)


if __name__ == "__main__":
    unittest.main(verbosity=0)
