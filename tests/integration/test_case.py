"""pacectl case and coach: a slip, and what a manager does about it. argv[1]: the folder of the binaries."""
import json
import os
import sys
import unittest
from datetime import datetime, timedelta, timezone

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """
people: {managers: {max: {manager: kim}}, reps: {ann: {team: north}}, teams: {north: {manager: max}}}
indicators: {calls: {count: sales.activity.call}}
loop: {hold: always, one_on_one_days: 0}
"""


def history():
    """A hundred working days of eight calls, and then of three until yesterday."""
    today, lines = datetime.now(timezone.utc).date(), []
    for ago in range(150, 0, -1):
        day = today - timedelta(ago)
        if day.weekday() < 5:
            for n in range(3 if ago < 15 else 8 + (ago * 7) % 3 - 1):
                lines.append(json.dumps({"specversion": "1.0", "id": f"{day}.{n}", "source": "/crm", "subject": "ann",
                                         "type": "sales.activity.call", "time": f"{day}T10:{n:02}:00Z"}))
    return "\n".join(lines) + "\n"


class Case(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG, clock="events")
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)
        sent = self.daemon.ctl("send", "-", data=history())
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.ctl("clock", "--to", datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))

    def ctl(self, *words, code=0):
        result = self.daemon.ctl(*words)
        self.assertEqual(result.returncode, code, result.stderr)
        return result

    def cases(self, *words):
        return json.loads(self.ctl("case", "list", *words, "--json").stdout)["items"]

    def test_from_the_slip_to_the_promise(self):
        case, = self.cases()
        self.assertIn("Nobody has recorded a session yet", self.ctl("coaching").stdout)
        self.assertEqual((case["rep"], case["team"], case["manager"], case["state"]), ("ann", "north", "max", "raised"))
        self.assertEqual((case["indicators"], case["off"]), (["calls"], ["calls"]))
        self.assertEqual([w["step"] for w in case["waits_for"]], ["acknowledge", "coach"])
        number = str(case["case"])
        self.ctl("case", "ack", number, "--manager", "max")
        self.assertEqual(self.cases("ann")[0]["state"], "acknowledged")
        self.ctl("coach", "ann", "--manager", "max", "--topics", "calls, discovery")
        self.assertEqual(self.cases()[0]["state"], "coached")
        self.ctl("commit", "add", "ann", "Ten a day", "--case", number)
        told = json.loads(self.ctl("case", "show", number, "--json").stdout)
        self.assertEqual(told["state"], "committed")
        self.assertEqual([h["what"] for h in told["history"]], ["slipped", "acknowledged", "coached", "committed"])
        self.assertIn("calls have been down", told["history"][0]["text"])
        self.assertEqual(told["leadership"]["one_on_ones"], 1)
        self.assertRegex(" ".join(self.ctl("case", "show", number).stdout.split()),
                         r"leadership first: 1 one-on-one held, 0 due, the last on 20\d\d-\d\d-\d\d; 0 steps late ")
        self.assertIn("coached by max", self.ctl("case", "show", number).stdout)
        title, row = self.ctl("case", "list").stdout.splitlines()  # whatever is waited for, the rest is at the left of it
        self.assertEqual(title.split(), ["case", "rep", "opened", "state", "about", "waits", "for"])
        self.assertRegex(row, r"ann .* committed .* calls +(follow_up by 20|-)")
        told = json.loads(self.ctl("coaching", "--json").stdout)
        self.assertEqual([(i["rep"], i["manager"], i["one_on_ones"]) for i in told["items"]], [("ann", "max", 1)])
        self.assertEqual([(m["manager"], m["one_on_ones"], m["coverage"]) for m in told["managers"]], [("max", 1, None)])
        self.assertIn("max: 1 one-on-one held in the last twelve weeks, 0 were due.", self.ctl("coaching", "max").stdout)
        self.assertIn('nobody is managed by "zoe"; pacectl coaching shows', self.ctl("coaching", "zoe", code=1).stderr)
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.cases()[0]["state"], "committed")
        self.assertTrue(json.loads(self.ctl("verify", "--json").stdout)["equal"])

    def test_a_history_without_a_closed_day(self):
        """The day on which a history is sent there are slips without a number: "none" would be read as "all is well"."""
        with Daemon(BIN, CONFIG, clock="wall") as daemon:
            self.assertEqual(daemon.ctl("alerts").stdout, "No warnings.\n")
            self.assertEqual(daemon.ctl("send", "-", data=history()).returncode, 0)
            told = daemon.ask("status")
            self.assertEqual((told["open_cases"], told["behind"]), (0, True))
            self.assertIn("not yet with all that came of closed days", " ".join(daemon.ctl("status").stdout.split()))
            daemon.ask("reps")
            told = daemon.ask("status")
            self.assertEqual((told["open_cases"], told["behind"]), (1, False))
            self.assertNotIn("not yet with", daemon.ctl("status").stdout)
            for words in (["alerts"], ["case", "list"]):
                self.assertIn("By what was sent 1 rep is slipping", daemon.ctl(*words).stdout)
        for words in (["alerts", "--since", "1000"], ["case", "list", "--all"]):
            self.assertNotIn("slipping:", self.ctl(*words).stdout, "they have numbers")

    def test_dismissed(self):
        number = str(self.cases()[0]["case"])
        self.assertIn("--reason is needed", self.ctl("case", "dismiss", number, code=2).stderr)
        self.ctl("case", "dismiss", number, "--reason", "trade fair", "--manager", "max")
        self.assertEqual(self.cases(), [])
        self.assertEqual(self.ctl("case", "list").stdout, "No case is open.\n")
        self.assertEqual(self.cases("--all")[0]["state"], "dismissed")

    def test_what_is_wrong_is_told(self):
        self.assertIn("no slip has the number 99", self.ctl("case", "show", "99", code=1).stderr)
        self.assertIn("is not the number of a case", self.ctl("case", "ack", "one", code=2).stderr)
        self.assertIn("--manager is needed", self.ctl("coach", "ann", code=2).stderr)
        self.assertIn("no rep has the name", self.ctl("case", "list", "zoe", code=1).stderr)


if __name__ == "__main__":
    unittest.main()
