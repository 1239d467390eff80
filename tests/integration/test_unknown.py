"""pacectl unknown: whose events are kept until somebody is known by that name. argv[1]: the folder of the binaries."""
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """
people:
  enroll: park
  teams: {north: {manager: mia}}
  reps: {ann: {team: north, aliases: [%s]}}
indicators: {calls: {count: sales.activity.call}}
"""
PAGE = 4096  # records of the log that an answer is for: more of them, and the names of several answers are one


def line(number, subject, kind="activity.call", day=2, source="/crm", **more):
    return json.dumps({"specversion": "1.0", "source": source, "id": "%d" % number, "type": "sales." + kind, "subject": subject,
                       "time": "2026-03-%02dT10:00:00Z" % day, **more}) + "\n"


class Unknown(unittest.TestCase):
    def start(self, aliases=""):
        self.daemon = Daemon(BIN, CONFIG % aliases)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)

    def send(self, *lines):
        result = self.daemon.ctl("send", "-", data="".join(lines))
        self.assertEqual(result.returncode, 0, result.stderr)

    def unknown(self):
        return {item.pop("subject"): item for item in self.daemon.ask("unknown")["items"]}

    def test_who_is_parked(self):
        self.start()
        self.assertIn("Every event is about somebody", self.daemon.ctl("unknown").stdout)
        self.assertNotIn("parked", self.daemon.ctl("status").stdout)
        self.send(line(1, "crm:7"), line(2, "ann"), line(3, "mia"), line(4, "crm:7", day=4, source="/dialer"), line(5, "crm:7", day=3),
                  line(6, "crm:8"), line(7, "crm:8", record="6", revision=1), line(8, "who", "absence.set", data={
                      "absence": "a", "from": "2026-03-04", "to": "2026-03-05"}))
        self.assertEqual(self.unknown(), {
            "crm:7": {"events": 3, "first": "2026-03-02T10:00:00Z", "last": "2026-03-04T10:00:00Z", "source": "/dialer"},
            "crm:8": {"events": 1, "first": "2026-03-02T10:00:00Z", "last": "2026-03-02T10:00:00Z", "source": "/crm"}})
        self.assertEqual(self.daemon.ask("status")["parked"], 5)
        self.assertRegex(self.daemon.ctl("status").stdout, r'parked +5 events .*"pacectl unknown"')
        self.assertRegex(self.daemon.ctl("unknown").stdout, r"crm:7 +3 .*\n(.*\n)*.*alias")
        self.daemon.write_config(CONFIG % '"crm:7"')
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.send(line(9, "crm:8", "rep.joined", data={"from": "2026-03-01"}))
        until(lambda: not self.daemon.ask("status")["refill"])
        self.assertEqual(self.unknown(), {})

    def test_one_is_one(self):
        self.start()
        self.assertIn("1 log record, folded anew from the first, gives", self.daemon.ctl("verify").stdout)
        self.assertIn(", 1 record\n", self.daemon.ctl("status").stdout)
        self.send(line(1, "crm:7"))
        self.assertIn(" 1 event of nobody", self.daemon.ctl("status").stdout)

    def test_pages_are_added_up(self):
        self.start()
        self.send(*(line(n, "crm:%d" % (n % 2), day=2 + n // PAGE) for n in range(2 * PAGE + 10)))
        self.assertEqual({name: (item["events"], item["first"][8:10], item["last"][8:10]) for name, item in self.unknown().items()},
                         {"crm:0": (PAGE + 5, "02", "04"), "crm:1": (PAGE + 5, "02", "04")})


if __name__ == "__main__":
    unittest.main()
