"""pacectl backup of a daemon that goes on taking events, and pacectl restore. argv[1]: the folder of the binaries."""
import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, running  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = "indicators: {calls: {count: sales.activity.call}}\n"


def lines(first, n):
    return "".join(json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d" % i, "type": "sales.activity.call",
                               "subject": "rep-%d" % (i % 50), "time": "2026-03-02T10:00:00Z"}) + "\n"
                   for i in range(first, first + n))


class Backup(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)
        self.file = os.path.join(self.daemon.dir, "backup")
        self.state = os.path.join(self.daemon.dir, "state")

    def restore(self, *words):
        return self.daemon.ctl("restore", self.file, "--state-dir", self.state, *words)

    def test_while_events_come(self):
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(0, 30000)).returncode, 0)
        before = self.daemon.ask("status")
        self.assertIsNone(before["backup"])
        with running(self.daemon.command("send", "-"), stdin=subprocess.PIPE) as sender:
            with running(self.daemon.command("backup", self.file, "--json"), stdout=subprocess.PIPE) as backup:
                sender.stdin.write(lines(30000, 30000).encode())
                sender.stdin.close()
                told = json.load(backup.stdout)
            self.assertEqual(sender.wait(), 0)
        self.assertEqual((told["file"], told["bytes"]), (self.file, os.path.getsize(self.file)))
        self.assertIn("a backup of %d bytes is in" % told["bytes"], self.daemon.told())
        self.assertIn("was asked for by user %d (process %d)" % (os.getuid(), backup.pid), self.daemon.told())
        self.assertEqual(self.daemon.ask("status")["accepted"], 60000)
        last = self.daemon.ask("status")["last_backup"]
        self.assertEqual((last["file"], last["good"], last["bytes"]), (self.file, True, told["bytes"]))
        self.assertIn(": " + self.file, " ".join(self.daemon.ctl("status").stdout.split()))
        again = self.daemon.ctl("backup", self.file)
        self.assertEqual(again.returncode, 1)
        self.assertIn("nothing is overwritten", again.stderr)
        result = self.restore()
        self.assertEqual(result.returncode, 1)
        self.assertIn("is in use by a paced that runs", result.stderr)
        self.daemon.kill()
        told = json.loads(self.restore("--json").stdout)
        self.assertEqual((told["epoch"], told["replaced"]), (2, True))
        self.daemon.start()
        after = self.daemon.ask("status")
        self.assertIn(after["accepted"], range(30000, 60001))
        self.assertEqual(after["source"], before["source"][:-1] + "2")
        self.assertTrue(self.daemon.ask("verify")["equal"])
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(0, 60000)).returncode, 0)
        self.assertEqual(self.daemon.ask("status")["accepted"], 60000)

    def test_where_it_cannot_be(self):
        for file, reason in (("/proc/backup", "ReadWritePaths"), (os.path.join(self.daemon.dir, "no", "where"), "can't be made")):
            result = self.daemon.ctl("backup", file)
            self.assertEqual(result.returncode, 1)
            self.assertIn(reason, result.stderr)
        self.assertEqual(self.daemon.ctl("backup", self.file).returncode, 0)
        with open(self.file, "r+b") as file:
            file.truncate(5000)
        self.assertEqual(self.daemon.stop(), 0)
        result = self.restore()
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing is restored", result.stderr)
        self.daemon.start()

    def test_named_from_where_one_stands(self):
        for n, here in enumerate(("/", self.daemon.dir)):
            file = os.path.join(self.daemon.dir, "backup-%d" % n)
            told = subprocess.run(self.daemon.command("backup", os.path.relpath(file, here), "--json"), cwd=here,
                                  stdout=subprocess.PIPE, check=True).stdout
            self.assertEqual(json.loads(told)["file"], file)

    def test_into_nothing(self):
        self.assertEqual(self.daemon.ctl("send", "-", data=lines(0, 10)).returncode, 0)
        self.assertEqual(self.daemon.ctl("backup", self.file).returncode, 0)
        self.assertEqual(self.daemon.stop(), 0)
        subprocess.run(["rm", "-r", self.state], check=True)
        result = self.restore()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("epoch 2", result.stdout)
        self.daemon.start()
        self.assertEqual(self.daemon.ask("status")["accepted"], 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
