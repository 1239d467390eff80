"""What would count and doesn't is told by status: amounts without a rate, keys with too many records. argv[1]: the folder of the binaries."""
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """
organisation: {currency: EUR%s}
indicators: {pipeline: {level: {of: open_amount}}}
"""
TELLS_MAX = 512  # records of an opportunity that are looked at (daemon/core/measure/deals.h)


def line(number, opportunity, kind, **data):
    return json.dumps({"specversion": "1.0", "source": "/crm", "id": str(number), "type": "sales.opportunity." + kind, "subject": "ann",
                       "time": "2026-03-02T10:00:00Z", "data": {"opportunity": opportunity, **data}}) + "\n"


class Uncounted(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG % "")
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)

    def send(self, *lines):
        result = self.daemon.ctl("send", "-", data="".join(lines))
        self.assertEqual(result.returncode, 0, result.stderr)

    def status(self):
        return " ".join(self.daemon.ctl("status").stdout.split())

    def told(self):
        status = self.daemon.ask("status")
        return status["unrated"], status["overfull"]

    def test_amounts_without_a_rate(self):
        self.send(line(1, "a", "created", amount=100, currency="EUR"), line(2, "b", "created", amount=100, currency="SEK"))
        self.assertEqual(self.told(), (1, 0))
        self.assertRegex(self.status(), r"without a rate 1 open deal: .*organisation\.rates")
        self.daemon.write_config(CONFIG % ", rates: {SEK: {2026-01-01: 0.09}}")
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        until(lambda: not self.daemon.ask("status")["refill"])
        self.assertEqual(self.told(), (0, 0))
        self.assertNotIn("without a rate", self.status())

    def test_too_many_records_of_a_key(self):
        self.send(*[line(n, "a", "changed", amount=n) for n in range(TELLS_MAX)])
        self.assertEqual(self.told(), (0, 0))
        self.send(line(TELLS_MAX, "a", "changed", amount=1))
        self.assertEqual(self.told(), (0, 1))
        self.assertRegex(self.status(), r"too many records 1 key: ")


if __name__ == "__main__":
    unittest.main()
