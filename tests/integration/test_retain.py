"""A store that is kept for two months, fed for ten: old records go, what they came to stays, the room is used again.
argv[1]: the folder of the binaries."""
import datetime
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """organisation: {tz: Europe/Amsterdam}
store: {keep_days: 60, dedup_memory: 1MiB, map_size: 64MiB}
indicators:
  calls: {count: sales.activity.call}
  follow: {ratio: {trials: sales.activity.call, success: {of: sales.activity.meeting}, key: lead, within: 3d}}
  pipeline: {level: {of: open_amount}, credit: owner}
"""
FIRST = datetime.datetime(2026, 1, 5, 8, tzinfo=datetime.timezone.utc)
REPS, EACH = ("ann", "bob", "cem"), 30


def event(day, number, type_, **data):
    at = FIRST + datetime.timedelta(days=day, minutes=10 * number)
    return json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d-%d-%s" % (day, number, type_), "type": type_,
                       "subject": REPS[number % 3], "time": at.isoformat(), "data": data}) + "\n"


def records(first, last):
    """What happens on the days [first, last)."""
    for day in range(first, last):
        if day % 7 < 5:
            for n in range(EACH):
                yield event(day, n, "sales.activity.call", lead="lead-%d" % (day * EACH + n))
                if n % 3 == 0:
                    yield event(day, n, "sales.activity.meeting", lead="lead-%d" % (day * EACH + n))
            yield event(day, 40, "sales.opportunity.created", opportunity="deal-%d" % day, amount=1000 + day)
            yield event(day, 41, "sales.opportunity.won", opportunity="deal-%d" % (day // 2))
        if day == 30:
            yield event(day, 51, "sales.change.introduced", change="new prices", kind="price", **{"from": "2026-02-04"})
        if day == 1:
            yield event(day, 50, "sales.rep.joined", **{"from": "2026-01-05", "team": "east"})


class Retain(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)

    def send(self, first, last, code=0):
        result = self.daemon.ctl("send", "-", "--json", data="".join(records(first, last)))
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def changes(self):
        return self.daemon.ask("changes")["items"]

    def settled(self):
        """The status once nothing is being dropped any more."""
        def status():
            status = self.daemon.ask("status")
            return not status["kept"]["dropping"] and status
        return until(status)

    def test_old_records_go(self):
        self.send(0, 50)
        status = self.settled()
        self.assertEqual(status["kept"], {"since": None, "dropped": 0, "dropping": False, "counted_since": None,
                                          "stuck": None})
        early = self.daemon.ask("why", "ann", "--on", "2026-01-15")["tally"]
        warned = self.daemon.alerts()
        self.send(50, 300)
        status = self.settled()
        dropped = status["kept"]["dropped"]
        self.assertGreater(dropped, status["log_records"] / 2)
        self.assertTrue(self.daemon.ask("verify")["equal"])
        since = status["kept"]["since"]
        self.assertLess(since, "2026-09-02")
        self.assertGreater(since, "2026-07-01")
        # What they came to is there, and what was said; the events aren't.
        why = self.daemon.ask("why", "ann", "--on", "2026-01-15", "--events")
        self.assertEqual((why["tally"], why["events"], why["kept_since"]), (early, [], since))
        self.assertIn("aren't kept any more", self.daemon.ctl("why", "ann", "--on", "2026-01-15", "--events").stdout)
        self.assertIn("events since " + since, self.daemon.ctl("status").stdout)
        self.assertEqual(self.daemon.alerts()[:len(warned)], warned)
        # Again: known where it is kept, too late where it isn't.
        answer = self.send(0, 300, 1)
        self.assertEqual(answer["accepted"], 0)
        self.assertGreater(answer["rejected"], dropped * .8)
        self.assertEqual(answer["rejected"] + answer["duplicate"], len(list(records(0, 300))))
        before = self.daemon.ask("status")
        self.daemon.kill()
        self.daemon.start()
        after = self.settled()
        for name in ("log_records", "accepted", "kept", "alerts", "last_closed"):
            self.assertEqual(after[name], before[name], name)
        self.assertTrue(self.daemon.ask("verify")["equal"])
        # Another configuration counts what is kept, and says so.
        why = self.daemon.ask("why", "ann", "--on", "2026-01-15")
        self.assertNotIn("counted_since", why)
        self.assertEqual([change["counted_since"] for change in self.changes()], [None, None])
        self.assertTrue(all(change["before"] is not None for change in self.changes()))
        self.daemon.write_config(CONFIG.replace("within: 3d", "within: 4d"))
        result = self.daemon.ctl("reload")
        self.assertEqual(result.returncode, 0)
        self.assertIn("It counts from %s on" % since, result.stdout)
        self.assertEqual(self.daemon.ask("reload")["counted_since"], since)
        until(lambda: "counts from %s on" % since in self.daemon.told(), self.daemon.told)
        self.assertTrue(self.daemon.ask("verify")["equal"])
        self.assertEqual(self.daemon.ask("status")["kept"]["counted_since"], since)
        self.assertIn("from %s on" % since, self.daemon.ctl("status").stdout)
        self.assertEqual([(change["counted_since"], change["before"], change["after"]) for change in self.changes()],
                         2 * [(since, None, None)])
        self.assertIn("Nothing before %s counts" % since, self.daemon.ctl("changes").stdout)
        last = self.daemon.ask("status")["last_closed"]
        self.assertNotIn("counted_since", self.daemon.ask("why", "ann", "--on", last))
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertIn("counts from %s on" % since, self.daemon.told())
        self.assertEqual(self.daemon.ask("status")["kept"]["counted_since"], since)

    def test_the_room_is_used_again(self):
        self.daemon.stop()
        self.daemon.write_config("store: {keep_days: 60, map_size: 64MiB}\nindicators: {calls: {count: sales.activity.call}}\n")
        self.daemon.start()
        used = []
        for day in range(0, 480, 32):
            self.send(day, day + 32)
            used.append(self.settled()["store"]["used_bytes"])
        self.assertLess(used[-1], 1.5 * used[4], used)
        self.assertTrue(self.daemon.ask("verify")["equal"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
