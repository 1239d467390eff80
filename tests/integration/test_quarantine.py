"""pacectl quarantine show, retry, drop: what was refused is taken once it is fit to be. argv[1]: the folder of the binaries."""
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """
people: {enroll: reject, teams: {north: {manager: m}}, reps: {ann: {team: north, aliases: [%s]}}}
indicators: {calls: {count: sales.activity.call}}
quarantine: {keep_body: %s}
"""


def line(number, subject, **more):
    return json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d" % number, "type": "sales.activity.call",
                       "subject": subject, "time": "2026-03-02T10:00:00Z", **more}) + "\n"


class Quarantine(unittest.TestCase):
    def start(self, keep_body="true"):
        self.daemon = Daemon(BIN, CONFIG % ("", keep_body))
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)

    def run_ctl(self, *words, code=0):
        result = self.daemon.ctl("quarantine", *words)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout if code == 0 else result.stdout + result.stderr

    def numbers(self):
        return [json.loads(text)["number"] for text in self.run_ctl("list", "--json").splitlines()]

    def test_tried_again(self):
        self.start()
        body = line(1, "crm:7") + line(2, "crm:7") + line(3, "nobody") + '{"half\n'
        self.assertEqual(self.daemon.ctl("send", "-", data=body).returncode, 1)
        self.assertEqual(self.numbers(), [1, 2, 3, 4])
        self.assertEqual(json.loads(self.run_ctl("show", "2", "--json"))["body"], line(2, "crm:7").strip())
        self.assertIn('"subject": "crm:7"', self.run_ctl("show", "2"))
        self.assertIn("neither a rep nor an alias", self.run_ctl("retry", "1", code=1))
        self.assertEqual(self.numbers(), [1, 2, 3, 4])
        self.daemon.write_config(CONFIG % ('"crm:7"', "true"))
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        answers = [json.loads(text) for text in self.run_ctl("retry", "--all", "--json", code=1).splitlines()
                   if text.startswith("{")]
        self.assertEqual([(a["accepted"], a["rejected"]) for a in answers], [(1, 0), (1, 0), (0, 1), (0, 1)])
        self.assertEqual([a.get("code") for a in answers], [None, None, "unknown_subject", "bad_json"])
        self.assertEqual(self.numbers(), [3, 4])
        self.assertEqual(self.daemon.ask("status")["accepted"], 2)
        self.assertIn("no such note", self.run_ctl("retry", "1", code=1))
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual((self.numbers(), self.daemon.ask("status")["accepted"]), ([3, 4], 2))
        self.assertIn("#3  dropped", self.run_ctl("drop", "3"))
        self.assertIn("dropped", self.run_ctl("drop", "--all"))
        self.assertEqual((self.numbers(), self.daemon.ask("status")["quarantined"]), ([], 0))
        self.assertIn("note 1 was tried again for", self.daemon.told())
        self.assertIn("note 3 was dropped for", self.daemon.told())
        self.daemon.ctl("send", "-", data=line(9, "nobody"))
        self.assertEqual(self.numbers(), [5])
        self.assertTrue(self.daemon.ask("verify")["equal"])

    def test_sent_again_every_hour(self):
        self.start()
        begun = line(9, "ann", time="2026-03-02T10:00:00.123456Z")
        self.daemon.ctl("send", "-", data=begun)  # a clock that goes by the events has begun
        for _ in range(3):
            self.daemon.ctl("send", "-", data=line(1, "nobody") + line(2, "nobody"))
        self.daemon.kill()
        self.daemon.start()
        self.daemon.ctl("send", "-", data=line(1, "nobody"))
        self.assertEqual(self.numbers(), [1, 2])
        first, second = (json.loads(text) for text in self.run_ctl("list", "--json").splitlines())
        self.assertEqual((first["resent"], second["resent"]), (3, 2))
        self.assertRegex(self.run_ctl("show", "1").replace("\n    ", " "), "; sent again 3 times, last at 2026-03-02T10:00:00Z")
        self.assertEqual((first["at"], first["last"]), ("2026-03-02T10:00:00.123456Z",) * 2)  # to the microsecond for programs
        status = self.daemon.ask("status")
        self.assertEqual((status["quarantined"], status["resent"], status["rejected"]), (2, 1, {"unknown_subject": 1}))
        self.assertRegex(self.daemon.ctl("status").stdout, r"quarantine +2 notes, 1 more of the same since the start;")
        self.assertRegex(self.daemon.ctl("status").stdout, r"(?s)clock +2026-03-02T10:00:00Z .* /crm +1 [ 0]+ 2026-03-02T10:00:00Z ")
        self.run_ctl("retry", "--all", code=1)
        self.assertEqual(json.loads(self.run_ctl("show", "1", "--json"))["resent"], 3)
        self.run_ctl("drop", "1")
        self.daemon.ctl("send", "-", data=line(1, "nobody"))
        self.assertEqual(self.numbers(), [2, 3])
        self.assertTrue(self.daemon.ask("verify")["equal"])

    def test_what_was_not_kept(self):
        self.start(keep_body="false")
        self.daemon.ctl("send", "-", data=line(1, "nobody"))
        self.assertIn("no content is kept", self.run_ctl("show", "1"))
        listed = self.run_ctl("list")
        self.assertLessEqual(max(map(len, listed.splitlines())), 80, listed)
        self.assertRegex(listed, r"(?s)^#1  \S+  unknown_subject\n    .*\n    id \S+, \d+ bytes, digest [0-9a-f]{16}\n$")
        self.assertIn("quarantine.keep_body", self.run_ctl("retry", "1", code=1))
        self.assertIn("not the number", self.run_ctl("drop", "x", code=2))
        self.assertIn("--all", self.run_ctl("drop", code=2))

    def test_too_long_to_be_kept_whole(self):
        self.start()
        self.daemon.ctl("send", "-", data=line(1, "nobody", data={"note": "x" * 70000}))
        self.assertEqual(self.numbers(), [1])
        self.assertIn("only its beginning is kept", self.run_ctl("show", "1"))
        self.assertIn("sent again by its source", self.run_ctl("retry", "1", code=1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
