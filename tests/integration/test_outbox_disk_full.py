"""An outbox on a disk that is full: told as such, and on again as answers make room; nothing that was taken is lost.
argv[1]: the folder of the binaries. Needs to mount a tmpfs: else 77."""
import json
import os
import subprocess
import sys
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import small_disk  # noqa: E402
from daemon_process import Daemon, running, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = "indicators: {calls: {count: sales.activity.call}}\n"
# libzmq itself loses a message of a connection that ends as it begins; LeakSanitizer then ends the connector before it has spoken.
ENV = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")
EVENTS = 6000  # of some 700 bytes: more than the disk holds


def lines():
    return "".join(json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d%0600d" % (i, 0), "type": "sales.activity.call",
                               "subject": "ann", "time": "2026-03-02T10:00:00Z"}) + "\n" for i in range(EVENTS))


def feed(stream):
    try:
        stream.write(lines())
        stream.close()
    except BrokenPipeError:  # the test tells what became of it
        pass


class OutboxDiskFull(unittest.TestCase):
    def setUp(self):
        self.daemon = Daemon(BIN, CONFIG)
        self.addCleanup(self.daemon.__exit__)
        self.endpoint = "ipc://" + os.path.join(os.path.dirname(self.daemon.socket), "ingest.sock")
        self.disk = os.path.join(self.daemon.dir, "disk")
        os.mkdir(self.disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m,mode=0700", "none", self.disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.disk], check=True)

    def connector(self):
        return [os.path.join(BIN, "libpace_example"), self.endpoint, self.disk + "/outbox"]

    def is_full(self):
        return os.statvfs(self.disk).f_bavail == 0

    def test_filled_by_itself(self):
        """Once paced answers, all arrives; where LMDB finds no page to begin with, after another start."""
        with running(self.connector(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENV) as process:
            threading.Thread(target=feed, args=(process.stdin,), daemon=True).start()
            until(lambda: self.is_full() or process.poll() is not None)
            self.assertIsNone(process.poll(), "it waits for answers")
            self.daemon.start()
            told = process.stdout.read()
        self.assertIn(" 0 rejected, 0 waiting", told)

        def goes_through():
            again = subprocess.run(self.connector(), input=lines(), text=True, capture_output=True, check=False, timeout=60,
                                   env=ENV)
            self.assertNotIn("input or output error", again.stderr)
            return again.returncode == 0
        until(goes_through)
        self.assertEqual(self.daemon.ask("status")["accepted"], EVENTS)

    def test_filled_by_others(self):
        begun = subprocess.run(self.connector(), stdin=subprocess.DEVNULL, capture_output=True, check=False, text=True, env=ENV)
        self.assertEqual(begun.returncode, 0, begun.stderr)
        with open(self.disk + "/other", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
        done = subprocess.run(self.connector(), input=lines(), text=True, capture_output=True, check=False, timeout=60, env=ENV)
        self.assertEqual((done.returncode, self.is_full()), (1, True))
        self.assertIn("no space left on the device", done.stderr)


if __name__ == "__main__":
    small_disk.skip_unless_mounted()
    unittest.main(verbosity=2)
