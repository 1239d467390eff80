"""A store on a disk that fills up: refused with a reason, asked and closed as ever, and on again once there is room.
argv[1]: the folder of the binaries. Needs to mount a tmpfs: else 77."""
import json
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import small_disk  # noqa: E402
from daemon_process import Daemon, running, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = "indicators: {calls: {count: sales.activity.call}}\n"
MIB = 1 << 20


def line(number, time_of, pad=900):
    return json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d%s" % (number, os.urandom(pad // 2).hex()),
                       "type": "sales.activity.call", "subject": "ann", "time": time_of}) + "\n"


class DiskFull(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG)
        self.state = os.path.join(self.daemon.dir, "state")
        os.mkdir(self.state)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m,mode=0700", "none", self.state], check=True)
        self.daemon.__enter__()
        self.addCleanup(self.daemon.__exit__)
        self.addCleanup(subprocess.run, ["umount", "-l", self.state], check=True)

    def status(self):
        return self.daemon.ask("status")

    def wait_for(self, state):
        until(lambda: self.status()["state"] == state, self.daemon.told)

    def fill_disk(self):
        """As another program would: to the last block."""
        with open(os.path.join(self.state, "other"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(64 << 10))
            except OSError:
                pass
        self.assertEqual(os.statvfs(self.state).f_bavail, 0)

    def send(self, number, **options):
        return self.daemon.ctl("send", "-", data=line(number, "2026-03-02T10:00:00Z"), **options)

    def test_others_fill_it(self):
        self.assertEqual(self.daemon.ctl("send", "-", data="".join(
            line(i, "2026-03-02T10:00:00Z") for i in range(25000))).returncode, 0)
        self.fill_disk()
        with running(self.daemon.command("send", "-", "--json"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sender:
            sender.stdin.write(line(25000, "2026-03-02T11:00:00Z").encode())
            sender.stdin.close()
            for day in range(3, 30):
                self.assertEqual(self.daemon.ctl("clock", "--to", "2026-03-%02dT12:00:00Z" % day).returncode, 0,
                                 self.daemon.told())
            self.wait_for("store_full")
            self.assertEqual(self.status()["store"]["bound_by"], "disk")
            self.assertEqual(self.status()["last_closed"], "2026-03-28")
            self.assertIsNone(sender.poll())
            self.assertIn("make room there", self.daemon.told())
            copy = self.daemon.ctl("backup", os.path.join(self.state, "copy"))
            self.assertRegex(copy.stderr, "there is no backup in .*/copy: no space left on the device; make room there, or name a file on another disk")
            os.unlink(os.path.join(self.state, "other"))
            self.assertEqual(json.load(sender.stdout)["accepted"], 1)
        self.wait_for("serving")
        self.assertTrue(self.daemon.ask("verify")["equal"])
        self.assertEqual(self.daemon.stop(), 0)

    def test_told_without_a_commit(self):
        """Nothing was taken since others filled it: what is refused is told all the same."""
        self.assertEqual(self.daemon.ctl("send", "-", data="".join(
            line(i, "2026-03-02T10:00:00Z") for i in range(25000))).returncode, 0)
        self.fill_disk()
        refused = self.daemon.ctl("send", "--timeout", "1", "-", data=line(25000, "2026-03-02T10:00:00Z"))
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertEqual(self.status()["state"], "store_full")
        self.assertIn("make room there", self.daemon.told())
        os.unlink(os.path.join(self.state, "other"))
        self.wait_for("serving")

    def test_it_fills_it_itself(self):
        history = os.path.join(self.daemon.dir, "history.ndjson")
        with open(history, "w", encoding="utf-8") as file:
            file.writelines(line(i, "2026-03-02T10:00:00Z") for i in range(45000))
        with running(self.daemon.command("send", history), stderr=subprocess.DEVNULL):
            self.wait_for("store_full")
        store = self.status()["store"]
        self.assertGreater(store["used_bytes"], 34 * MIB)
        self.assertEqual(self.daemon.ctl("clock", "--to", "2026-03-20T12:00:00Z").returncode, 0)
        accepted = self.status()["accepted"]
        self.daemon.kill()
        self.daemon.start()
        self.assertEqual(self.status()["accepted"], accepted)
        self.assertTrue(self.daemon.ask("verify")["equal"])


if __name__ == "__main__":
    small_disk.skip_unless_mounted()
    unittest.main(verbosity=2)
