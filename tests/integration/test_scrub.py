"""pacectl scrub of a daemon that goes on serving: what is sound, what is damaged, what a restart mends; and what status tells of
long work. argv[1]: the folder of the binaries."""
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "crash")]
from daemon_process import Daemon  # noqa: E402
from lmdb_pages import BIG, PAGE, Pages  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """indicators: {calls: {count: sales.activity.call}}
people: {teams: {northernlights: {}}, reps: {eve: {team: northernlights}}}
"""


def lines(first, n, day=2):
    return "".join(json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d" % i, "type": "sales.activity.call",
                               "subject": "eve" if i % 2 else "representative-%d" % (i % 50), "time": "2026-03-%02dT10:00:00Z" % day}) + "\n"
                   for i in range(first, first + n))


class Hashes(Pages):
    """Where a store has what its index has by hash: places, one in each such value (index_inside.h)."""

    def __init__(self, path):
        self.places = []
        super().__init__(path)

    def node(self, at, branch, name):
        flags, part = struct.unpack_from("<4xHxxI", self.bytes, at)
        if name == "index" and not branch and flags & BIG and 0 < part < 1 << 31:
            first = struct.unpack_from("<Q", self.bytes, at + 16)[0]
            self.places.append(first * PAGE + PAGE // 2)
        super().node(at, branch, name)


class Scrub(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(0, 5000)).returncode, 0)

    def flip(self, text):
        """A bit of each place where the store's file has that text, under the daemon's feet."""
        with open(os.path.join(self.daemon.dir, "state", "paced.mdb"), "r+b") as file:
            data = file.read()
            at, n = data.find(text), 0
            while at >= 0:
                file.seek(at + len(text) - 1)
                file.write(bytes([text[-1] ^ 1]))
                at, n = data.find(text, at + 1), n + 1
        self.assertGreater(n, 0)

    def test_sound(self):
        status = self.daemon.ask("status")
        self.assertIsNone(status["scrub"]["running"])
        self.assertIsNone(status["scrub"]["last"])
        self.assertIsNotNone(status["scrub"]["next"])
        self.assertIn("not looked at yet; next look", self.daemon.ctl("status").stdout)
        result = self.daemon.ask("scrub")
        self.assertEqual((result["sound"], result["bad"], result["damage"]), (True, 0, []))
        self.assertGreater(result["values"], 50)
        self.assertIn("sound: ", self.daemon.ctl("scrub").stdout)
        last = self.daemon.ask("status")["scrub"]["last"]
        self.assertEqual((last["bad"], last["values"] >= result["values"]), (0, True))
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual(self.daemon.ask("status")["scrub"]["last"], last)
        self.assertIn("all right at " + last["at"], self.daemon.ctl("status").stdout)

    def test_off(self):
        self.daemon.write_config(CONFIG + "store: {scrub_days: 0}\n")
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)
        self.assertIsNone(self.daemon.ask("status")["scrub"]["next"])
        self.assertIn("only when asked", self.daemon.ctl("status").stdout)
        self.assertEqual(self.daemon.ctl("scrub").returncode, 0)

    def test_what_only_a_backup_mends(self):
        self.flip(b"representative-18")
        result = self.daemon.ctl("scrub")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"damaged: .*1 of them aren't what was written")
        self.assertRegex(result.stdout, r"a name that the log uses \(dict, \d+\): restore the newest backup")
        self.assertRegex(self.daemon.told(), r"the store is damaged: a name that the log uses")
        status = self.daemon.ask("status")
        self.assertEqual((status["scrub"]["bad"], status["scrub"]["damage"][0]["table"]), (1, "dict"))
        self.assertIn("The store is damaged: 1 values", self.daemon.ctl("status").stdout)
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(5000, 10)).returncode, 0)

    def test_what_a_restart_mends(self):
        for first, n, day in ((5000, 5000, 5), (10000, 60000, 6)):  # what a start goes on from is put every 65,536 records
            self.assertEqual(self.daemon.ctl("send", "-", data=lines(first, n, day)).returncode, 0)
        self.flip(b"\x0enorthernlights")
        result = self.daemon.ctl("scrub", "--json")
        self.assertEqual(result.returncode, 1)
        damage = json.loads(result.stdout)["damage"]
        self.assertEqual([(d["table"], d["remedy"]) for d in damage], [("base", "restart paced, which makes it anew; if it refuses to start, restore the newest backup")])
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual(self.daemon.ask("status")["scrub"]["bad"], 1)  # nobody has looked since
        self.assertIn('"pacectl scrub" looks anew', self.daemon.ctl("status").stdout)
        self.assertTrue(self.daemon.ask("scrub")["sound"])
        self.assertEqual(self.daemon.ask("status")["scrub"]["bad"], 0)
        self.assertTrue(self.daemon.ask("verify")["equal"])

    def test_a_table_that_cannot_be_walked(self):
        """Its first page is of no kind: it counts as damage of that table."""
        path = os.path.join(self.daemon.dir, "state", "paced.mdb")
        with open(path, "r+b") as file:
            for page in Pages(path).by_table()["base"]:
                file.seek(page * PAGE + 10)
                file.write(bytes(2))
        result = self.daemon.ctl("scrub", "--json")
        self.assertEqual(result.returncode, 1)
        answer = json.loads(result.stdout)
        self.assertEqual((answer["sound"], answer["bad"], [d["table"] for d in answer["damage"]]), (False, 1, ["base"]))
        self.assertRegex(self.daemon.told(), r"the store is damaged: what a start goes on from \(base, \d+\)")
        self.assertEqual(self.daemon.ask("status")["scrub"]["bad"], 1)

    def test_damage_that_is_met(self):
        """A start asks for none of what the index has by hash. Where it is damaged paced ends once it is asked for, and the next start makes
        it anew."""
        self.daemon.write_config(CONFIG + "store: {dedup_memory: 1MiB, scrub_days: 0}\n")
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(5000, 60000)).returncode, 0)
        self.assertEqual(self.daemon.stop(), 0)
        path = os.path.join(self.daemon.dir, "state", "paced.mdb")
        places = Hashes(path).places
        self.assertGreater(len(places), 5)
        with open(path, "r+b") as file:
            for place in places:
                file.seek(place)
                byte = file.read(1)[0]
                file.seek(place)
                file.write(bytes([byte ^ 1]))
        self.daemon.start()
        with tempfile.TemporaryFile("w+") as again:
            again.write(lines(0, 65000))
            again.seek(0)
            sender = subprocess.Popen(self.daemon.command("send", "-"), stdin=again, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(self.daemon.process.wait(60), 1)
            sender.kill()
            sender.wait()
        self.daemon.start()
        self.assertIn("the index by which events that come twice are known was damaged; it was made anew", self.daemon.told())
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(0, 65000)).returncode, 0)
        self.assertEqual(self.daemon.ask("status")["accepted"], 65000)

    def test_a_damaged_warning_is_told_with_its_remedy(self):
        self.assertEqual(self.daemon.ctl("commit", "add", "eve", "Ten calls", "--due", "2026-03-03", "--id", "ten-calls").returncode, 0)
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(5000, 10, day=20)).returncode, 0)
        self.damage_warnings_of(b"ten-calls")
        result = self.daemon.ctl("verify")
        self.assertEqual(result.returncode, 1)
        self.assertIn('stored data is damaged; "pacectl scrub" names it', result.stderr)
        self.assertIn('verification failed: stored data is damaged; "pacectl scrub" names it', self.daemon.told())
        self.assertRegex(self.daemon.ctl("scrub").stdout, r"a warning \(alert, 1\): restore the newest backup")

    def damage_warnings_of(self, text):
        path = os.path.join(self.daemon.dir, "state", "paced.mdb")
        pages = Pages(path)
        found = [at for page in pages.by_table()["alert"]
                 if (at := pages.bytes.find(text, page * PAGE, (page + 1) * PAGE)) >= 0]
        self.assertGreater(len(found), 0)
        with open(path, "r+b") as file:
            for at in found:
                file.seek(at)
                file.write(b"!")

    def test_verify_is_told(self):
        self.assertEqual(self.daemon.ask("status")["verify"], {"running": None, "last": None})
        records = self.daemon.ask("verify")["log_records"]
        last = self.daemon.ask("status")["verify"]["last"]
        self.assertEqual((last["good"], last["records"]), (True, records))
        self.assertIn("equal at " + last["at"], self.daemon.ctl("status").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
