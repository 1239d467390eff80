"""paced at all of its work under the unit's own filter of system calls (tests/sandbox.py); and it is noticed where one is missing.
argv[1]: the folder of the binaries."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from daemon_process import Daemon, free_ports, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
SANDBOX = os.path.join(HERE, "..", "sandbox.py")
UNIT = os.path.join(HERE, "..", "..", "systemd", "paced.service.in")
CONFIG = "indicators: {calls: {count: sales.activity.call}}\n"
# Calls that the daemon can't do without.
MISSING = ["fdatasync", "clone3", "epoll_wait"]


def under(*without):
    return [sys.executable, SANDBOX, UNIT, *(["--without", *without] if without else []), "--"]


def lines(first, n):
    return "".join(json.dumps({"specversion": "1.0", "source": "/crm", "id": "%d" % i, "type": "sales.activity.call",
                               "subject": "rep-%d" % (i % 50), "time": "2026-03-%02dT10:00:00Z" % (2 + i % 20)}) + "\n"
                   for i in range(first, first + n))


class Sandbox(unittest.TestCase):
    def daemon(self, program="paced", without=()):
        daemon = Daemon(BIN, CONFIG, under=under(*without), program=program)
        self.addCleanup(shutil.rmtree, daemon.dir)
        self.addCleanup(lambda: daemon.process and daemon.process.poll() is None and daemon.kill())
        return daemon

    def good(self, daemon, *words, data=None):
        result = daemon.ctl(*words, data=data)
        self.assertEqual(result.returncode, 0, " ".join(words) + ": " + result.stderr + daemon.told())
        return result.stdout

    def test_it_is_one(self):
        """What the sandbox refuses is refused: else nothing below would mean a thing."""
        trial = ("import ctypes, mmap, socket, sys\n"
                 "def refused(what):\n"
                 "    try:\n        what()\n    except OSError as error:\n        return error.errno\n"
                 "print(refused(lambda: socket.socket(socket.AF_INET)), refused(lambda: socket.socket(socket.AF_UNIX)),"
                 " refused(lambda: mmap.mmap(-1, 4096, prot=7)), refused(lambda: sys.modules['os'].chroot('/')))")
        said = subprocess.run([*under(), "/usr/bin/python3", "-c", trial], capture_output=True, text=True, check=True).stdout
        self.assertEqual(said.split(), ["97", "None", "1", "1"])

    def test_work(self):
        daemon = self.daemon()
        daemon.start()
        with open("/proc/%d/status" % daemon.process.pid, encoding="utf-8") as file:
            self.assertIn("Seccomp:\t2\n", file.read())
        self.good(daemon, "send", "-", data=lines(0, 20000))
        self.good(daemon, "clock", "--to", "2026-03-25T00:00:00Z")
        for words in (["status"], ["reps"], ["why", "rep-1", "calls"], ["alerts"], ["sources"]):
            self.good(daemon, *words)
        daemon.write_config(CONFIG + "organisation: {tz: Europe/Amsterdam}\n")
        self.good(daemon, "reload")
        daemon.write_config(CONFIG + "nonsense: 1\n")
        self.assertEqual(daemon.ctl("reload").returncode, 1)
        daemon.write_config(CONFIG)
        daemon.process.send_signal(signal.SIGHUP)
        self.good(daemon, "scrub")
        self.good(daemon, "backup", daemon.dir + "/copy")
        self.assertTrue(os.path.getsize(daemon.dir + "/copy") > 0)
        verdict = self.verified(daemon)
        self.assertTrue(verdict["equal"] and verdict["index_ok"], verdict)
        daemon.kill()
        daemon.start()
        self.assertEqual(daemon.ask("status")["accepted"], 20000)
        self.good(daemon, "send", "-", data=lines(20000, 100))
        self.assertEqual(daemon.stop(), 0, daemon.told())
        self.assertNotIn("warning", daemon.told())

    def test_tcp(self):
        """Refused with a sentence, where the unit stands as it is; with the lines that it names, paced is reached there."""
        port = free_ports(1)[0]
        for host in ("127.0.0.1", "*"):
            config = CONFIG + ('sockets: {control: ["ipc://{runtime}/control.sock", "tcp://%s:%d"]}\n' % (host, port) +
                               'keys: {board: {key: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", control: ask}}\n')
            daemon = self.daemon()
            daemon.write_config(config)
            daemon.start(wait=False)
            self.assertEqual(daemon.process.wait(60), 1, daemon.told())
            self.assertIn("has the lines for `systemctl edit paced`", daemon.told())
            unit = os.path.join(daemon.dir, "unit")
            with open(UNIT, encoding="utf-8") as plain, open(unit, "w", encoding="utf-8") as edited:
                edited.write(re.sub(r"(?m)^#   ([A-Z])", r"\1", re.sub(r"(?m)^RestrictAddressFamilies=.*$", "", plain.read())))
            daemon.begin = [word if word != UNIT else unit for word in daemon.begin]
            daemon.start()
            self.assertEqual(daemon.ask("status")["keys"]["listed"], 1)
            daemon.kill()

    def verified(self, daemon):
        """It is refused while the past is folded with another configuration."""
        def verdict():
            result = daemon.ctl("verify", "--json")
            self.assertTrue(result.returncode == 0 or "ask again" in result.stderr, result.stderr)
            return json.loads(result.stdout or "null")
        return until(verdict)

    def test_crash_is_noted(self):
        """The handler of fatal signals gets its note through, and the second time the event is refused."""
        if not os.path.exists(BIN + "/paced_poison"):
            self.skipTest("paced_poison isn't built")
        os.environ["POISON"] = "take:5:%d" % signal.SIGSEGV
        self.addCleanup(os.environ.pop, "POISON")
        daemon = self.daemon("paced_poison")
        for _ in range(2):
            daemon.start()
            daemon.ctl("send", "--timeout", "1", "-", data=lines(5, 1))
            self.assertEqual(daemon.process.wait(60), -signal.SIGSEGV, daemon.told())
        daemon.start()
        refused = daemon.ctl("send", "-", data=lines(5, 1))
        self.assertIn("poison", refused.stdout + refused.stderr)
        self.assertEqual(daemon.stop(), 0)

    def test_controls(self):
        for call in MISSING:
            with self.subTest(call):
                daemon = self.daemon(without=[call])
                daemon.start(wait=False)
                with self.assertRaises((AssertionError, subprocess.TimeoutExpired)):
                    daemon.wait_ready(seconds=5)
                    result = daemon.ctl("send", "--timeout", "1", "-", data=lines(0, 10))
                    self.assertEqual(result.returncode, 0)


if __name__ == "__main__":
    with open(BIN + "/../CMakeCache.txt", encoding="utf-8") as cache:
        if "PACED_SANITIZE:STRING=\n" not in cache.read():
            print("skipped: a sanitizer needs calls of its own")
            sys.exit(77)
    probe = subprocess.run([*under(), "/bin/true"], check=False)
    if probe.returncode:
        sys.exit(probe.returncode)
    unittest.main(verbosity=2)
