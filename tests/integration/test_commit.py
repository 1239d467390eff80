"""pacectl commit: what a person notes reaches the daemon as an event, and stands there. argv[1]: the folder of the binaries."""
import datetime
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """
people: {reps: {ann: {team: north, aliases: ["crm:7"]}}, teams: {north: {manager: m}}}
indicators: {calls: {count: sales.activity.call}, skill: {score: {skill: s}},
             shown: {ratio: {trials: sales.activity.meeting, success: {where: {outcome: held}}}}}
"""


def day(n):
    return (datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(n)).isoformat()


def call_of(rep, source):
    return json.dumps({"specversion": "1.0", "id": "1", "source": source, "subject": rep, "type": "sales.activity.call",
                       "time": day(-1) + "T10:00:00Z"}) + "\n"


class Commit(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG, clock="wall")
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)

    def run_commit(self, *words, code=0):
        result = self.daemon.ctl("commit", *words)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def items(self, *words):
        return json.loads(self.run_commit("list", *words, "--json").stdout)["items"]

    def test_from_the_promise_to_its_end(self):
        self.run_commit("add", "crm:7", "Two hundred calls", "--due", day(9), "--indicator", "calls", "--target", "200",
                        "--id", "k1")
        told = json.loads(self.run_commit("add", "ann", "Send the list", "--by", "manager", "--manager", "m", "--json").stdout)
        first, second = sorted(self.items(), key=lambda item: item["basis"], reverse=True)
        self.assertEqual((first["rep"], first["commitment"], first["target"], first["due"]), ("ann", "k1", 200, day(9)))
        self.assertEqual((first["basis"], first["by"], first["state"]), ("measured", "rep", "open"))
        self.assertEqual((first["outlook"], first["probability"], first["as_usual"], first["at_risk_on"]), (None, None, False, None))
        self.assertEqual((second["commitment"], second["basis"], second["by"], second["due"]),
                         (told["commitment"], "declared", "manager", None))
        table = self.run_commit("list").stdout.splitlines()
        self.assertEqual({line.split("what: ")[1] for line in table if "what: " in line}, {"Two hundred calls", "Send the list"})
        self.run_commit("move", "ann", "k1", "--due", day(12), "--agreed-by", "m")
        self.assertEqual([(i["due"], i["renegotiated"]) for i in self.items("ann") if i["commitment"] == "k1"], [(day(12), True)])
        self.run_commit("withdraw", "ann", "k1", "--reason", "the list was wrong")
        self.run_commit("done", "ann", told["commitment"])
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(len(self.items("ann", "--all")), 2)
        self.assertTrue(json.loads(self.daemon.ctl("verify", "--json").stdout)["equal"])

    def test_tables_keep_to_the_page(self):
        """Whatever names are long: they give way to the page's width, and none is cut off."""
        names = ["bartholomew.van.oldenbarneveldt-%d" % n for n in (1, 2)]
        self.daemon.ctl("send", "-", data="".join(call_of(name, "/crm/a/mailbox/of/somebody/else/%s" % name[-6:]) for name in names))
        for name in names:
            self.run_commit("add", name, "Two hundred calls, and then those whom nobody has called for a month or more", "--due", day(9),
                            "--indicator", "calls", "--target", "200", "--series", "a-week-s-calls-%s" % name[-1])
        for words in (["commit", "list"], ["sources"], ["status"], ["reps"], ["rep", names[0]], ["coaching"]):
            with self.subTest(words=words):
                told = self.daemon.ctl(*words).stdout
                self.assertLessEqual(max(map(len, told.splitlines())), 80, told)
                for name in names if words[0] in ("commit", "reps") else []:
                    self.assertIn(name, told)
        listed = " ".join(self.run_commit("list", names[1]).stdout.split())
        self.assertRegex(listed, r"indicator: calls; series: a-week-s-calls-2; id: \S+; what: Two hundred calls, .* a month or more$")
        self.assertEqual(self.daemon.ctl("sources").stdout.split("\n")[0].split(), ["source", "events", "newest", "event"])
        self.assertRegex(self.daemon.ctl("sources").stdout, r"/crm/a/mailbox/of/somebody/else/eldt-1 +1 +20")

    def test_a_series_stands_together(self):
        for name, series in (("a", "weekly"), ("b", None), ("c", "weekly"), ("d", "other"), ("e", "weekly")):
            self.run_commit("add", "ann", name, "--id", name, *(["--series", series] if series else []))
        self.assertEqual([item["commitment"] for item in self.items()], ["a", "c", "e", "b", "d"])

    def test_what_is_wrong_is_told(self):
        self.assertIn("go together", self.run_commit("add", "ann", "x", "--target", "3", code=2).stderr)
        self.assertIn("neither rep nor manager", self.run_commit("add", "ann", "x", "--by", "bob", code=2).stderr)
        self.assertIn("is not a date", self.run_commit("add", "ann", "x", "--due", "friday", code=2).stderr)
        self.assertIn("years go to 9998", self.run_commit("add", "ann", "x", "--due", "9999-12-31", code=2).stderr)
        self.assertIn("is not a number", self.run_commit("add", "ann", "x", "--due", day(1), "--indicator", "calls", "--target",
                                                         "many", code=2).stderr)
        self.assertIn("no more of it than 100 %", self.run_commit("add", "ann", "x", "--due", day(1), "--indicator", "shown", "--target",
                                                                  "40", code=2).stderr)
        self.assertIn("no more of it than 100 points", self.run_commit("add", "ann", "x", "--due", day(1), "--indicator", "skill",
                                                                       "--target", "555", code=2).stderr)
        self.assertIn("agreed", self.run_commit("move", "ann", "k", "--due", day(1), code=2).stderr)
        self.assertIn("no rep has the name", self.run_commit("list", "nobody", code=1).stderr)
        self.assertIn("2020-01-01 is over", self.run_commit("add", "ann", "x", "--due", "2020-01-01", code=2).stderr)
        self.assertEqual(self.run_commit("list").stdout, "Nothing is open.\n")
        self.daemon.kill()
        self.assertIn("no daemon answers", self.run_commit("list", code=3).stderr)

    def test_a_slip_of_the_pen_is_no_new_rep_and_no_promise(self):
        self.assertEqual(self.run_commit("list", "ann").stdout, "Nothing is open.\n")
        self.assertIn("no event about them has come yet", self.daemon.ctl("rep", "ann").stderr)
        self.run_commit("add", "ann", "x", "--id", "k")
        self.assertIn("already", self.run_commit("add", "ann", "another", "--id", "k", code=1).stderr)
        self.assertIn("no rep has the name", self.run_commit("add", "anne", "x", code=1).stderr)
        self.assertIn("no indicator of the configuration", self.run_commit("add", "ann", "x", "--indicator", "cals", "--target", "3",
                                                                           "--due", day(9), code=1).stderr)
        self.assertIn("no slip has the number 7", self.run_commit("add", "ann", "x", "--case", "7", code=1).stderr)
        for words in (["done", "ann", "kk"], ["withdraw", "ann", "kk"],
                      ["move", "ann", "kk", "--due", day(9), "--agreed-by", "m"]):
            self.assertIn("no promise with the id", self.run_commit(*words, code=1).stderr)
        coached = self.daemon.ctl("coach", "anne", "--manager", "m")
        self.assertEqual((coached.returncode, "no rep has the name" in coached.stderr), (1, True))
        self.assertIn("Not watched yet: no day has been closed", self.daemon.ctl("why", "ann", "calls").stdout)
        self.assertEqual([rep["name"] for rep in json.loads(self.daemon.ctl("reps", "--json").stdout)["items"]], ["ann"])
        self.assertEqual([item["commitment"] for item in self.items("--all")], ["k"])


class ClockOfEvents(unittest.TestCase):
    """With --clock events it is the day of the events, so that a year can be played through."""

    def test_what_is_noted_is_of_the_events_day(self):
        with Daemon(BIN, CONFIG) as daemon:
            event = {"specversion": "1.0", "id": "1", "source": "/crm", "type": "sales.activity.call", "subject": "ann",
                     "time": "2024-03-04T15:00:00Z", "data": {}}
            self.assertEqual(daemon.ctl("send", "-", data=json.dumps(event) + "\n").returncode, 0)
            for words in (["commit", "add", "ann", "Two hundred calls", "--due", "2024-03-20", "--id", "k"],
                          ["coach", "ann", "--manager", "m", "--topics", "calls"]):
                told = daemon.ctl(*words)
                self.assertEqual(told.returncode, 0, told.stderr)
            self.assertIn("2024-03-01 is over", daemon.ctl("commit", "add", "ann", "x", "--due", "2024-03-01").stderr)
            [promise] = daemon.ask("commit", "list")["items"]
            self.assertEqual((promise["made"], promise["due"]), ("2024-03-04", "2024-03-20"))
            self.assertEqual(daemon.ask("status")["now"], "2024-03-04T15:00:00Z") # nothing has moved it to today


if __name__ == "__main__":
    unittest.main(verbosity=0)
