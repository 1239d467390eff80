"""`pacectl reload --dry-run` tells what `pacectl reload` then does. argv[1]: the folder of the binaries."""
import json
import os
import sys
import unittest
from datetime import date, timedelta

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CALLS = "  calls: {count: sales.activity.call}\n"
EMAILS = "  emails: {count: sales.activity.email}\n"
CONFIG = "indicators:\n" + CALLS + EMAILS
SLIPS = {"ann": "sales.activity.call", "bob": "sales.activity.email"}


def history():
    """A hundred and forty days; in the last two weeks ann calls and bob writes a third as often."""
    for ago in range(140, 0, -1):
        day = date(2026, 6, 1) - timedelta(ago)
        if day.weekday() < 5:
            for rep, type_ in SLIPS.items():
                for n in range(3 if ago < 15 else 8 + (ago * 7) % 3 - 1):
                    yield json.dumps({"specversion": "1.0", "id": f"{rep}.{day}.{n}", "source": "/crm", "subject": rep,
                                      "type": type_, "time": f"{day}T10:{n:02}:00Z"})


class Reload(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)
        sent = self.daemon.ctl("send", "-", data="\n".join(history()) + "\n")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        self.daemon.ask("clock", "--to", "2026-06-01T08:00:00Z")
        self.cases = {case["rep"]: case["case"] for case in self.daemon.ask("case", "list")["items"]}
        self.assertEqual(set(self.cases), {"ann", "bob"})

    def forecast(self, config):
        self.daemon.write_config(config)
        return self.daemon.ask("reload", "--dry-run")

    def fates(self, told):
        return {case["case"]: case["fate"] for case in told["cases"]}

    def state(self):
        """What a reload would change, and what it wouldn't."""
        status = self.daemon.ask("status")
        return [status[name] for name in ("indicators", "alerts", "log_records")], self.daemon.ask("verify")["digest"]

    def wait_folded(self):
        until(lambda: not self.daemon.ask("status")["refill"])

    def test_no_difference(self):
        told = self.forecast("# said otherwise\n" + CONFIG)
        self.assertFalse(told["changes"])
        self.assertEqual((told["keys"], told["records"], told["cases"]), ([], 0, []))
        self.assertIn("makes no difference", self.daemon.ctl("reload", "--dry-run").stdout)

    def test_an_indicator_goes(self):
        before = self.state()
        told = self.forecast("indicators:\n" + CALLS + "store: {dedup_memory: 1GiB}\n")
        self.assertEqual(told["keys"], [{"key": "indicators.emails", "is": "gone"},
                                        {"key": "store.dedup_memory", "is": "changed"}])
        self.assertEqual(self.fates(told), {self.cases["bob"]: "ends"})
        self.assertEqual(told["restart_needed"], ["store.dedup_memory"])
        self.assertEqual(told["records"], before[0][2])
        self.assertIsNone(told["counted_since"])
        text = self.daemon.ctl("reload", "--dry-run").stdout
        self.assertIn("gone      indicators.emails", text)
        self.assertIn("case %d of bob (emails) is taken back" % self.cases["bob"], text)
        # Nothing was changed ...
        self.assertEqual(self.state(), before)
        # ... and what was told is what comes, with the next day that closes.
        self.daemon.ask("reload")
        self.wait_folded()
        self.daemon.ask("clock", "--to", "2026-06-02T08:00:00Z")
        self.assertEqual([case["rep"] for case in self.daemon.ask("case", "list")["items"]], ["ann"])

    def test_judged_anew(self):
        where = CONFIG.replace("sales.activity.call}", "sales.activity.call, where: {outcome: connected}}")
        told = self.forecast(where)
        self.assertEqual(told["keys"], [{"key": "indicators.calls.where", "is": "added"}])
        self.assertEqual(self.fates(told), {self.cases["ann"]: "judged_anew"})
        told = self.forecast(CONFIG + "detection: {arl0_days: 250}\n")
        self.assertEqual(self.fates(told), {self.cases["ann"]: "judged_anew", self.cases["bob"]: "judged_anew"})
        told = self.forecast(CONFIG + "budget: {per_week: 3}\n")
        self.assertEqual(told["cases"], [])

    def test_changed_while_stopped(self):
        self.daemon.stop()
        self.daemon.start()
        self.assertNotIn("folded anew", self.daemon.told())
        self.daemon.stop()
        self.daemon.write_config("indicators:\n" + CALLS)
        self.daemon.start()
        records = self.daemon.ask("status")["log_records"]
        self.assertRegex(self.daemon.told(), r"folded anew \(records: (%d|%d)\)" % (records, records - 1))

    def test_errors(self):
        self.daemon.write_config(CONFIG + "nonsense: 1\n")
        result = self.daemon.ctl("reload", "--dry-run")
        self.assertEqual(result.returncode, 1)
        self.assertIn("nonsense", result.stderr)

    def test_errors_as_json(self):
        self.daemon.write_config(CONFIG + "nonsense: 1\nbudget: {per_week: x}\n")
        for words in (["reload"], ["reload", "--dry-run"]):
            result = self.daemon.ctl(*words, "--json")
            error = json.loads(result.stdout)["error"]
            self.assertEqual((result.returncode, error["code"]), (1, "config"))
            self.assertIn("old one holds", error["reason"])
            self.assertEqual(["nonsense" in error["errors"][0], "per_week" in error["errors"][1]], [True, True], error)


if __name__ == "__main__":
    unittest.main(verbosity=2)
