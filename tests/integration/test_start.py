"""What a start that fails says, and by which exit status the service manager knows whether to try again.
argv[1]: the folder of the binaries."""
import os
import re
import signal
import struct
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon, until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
UNIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../systemd/paced.service.in")
GOOD = "indicators: {calls: {count: sales.activity.call}}\n"
CONFIG, DATAERR, AGAIN = 78, 65, 1


class Start(unittest.TestCase):
    def setUp(self):
        self.place = Daemon.without_process(BIN, GOOD)
        self.place.__enter__()
        self.addCleanup(self.place.__exit__)

    def start(self, journal=False, clock="events"):
        """Runs it to its end: (exit status, what it said)."""
        env = dict(os.environ)
        with open(self.place.log, "wb") as log:
            if journal:
                at = os.fstat(log.fileno())
                env["JOURNAL_STREAM"] = "%d:%d" % (at.st_dev, at.st_ino)
            code = subprocess.run([BIN + "/paced", "--config", self.place.config, "--state-dir", self.place.dir + "/state",
                                   "--runtime-dir", self.place.dir + "/run", "--clock", clock],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, timeout=60, check=False).returncode
        return code, self.place.told()

    def write_store(self, content):
        os.makedirs(self.place.dir + "/state", exist_ok=True)
        with open(self.place.dir + "/state/paced.mdb", "wb") as file:
            file.write(content)

    def test_config_with_errors(self):
        self.place.write_config(GOOD + "nonsense: 1\n")
        code, told = self.start()
        self.assertEqual((code, told.startswith(self.place.config + ":2:1: ")), (CONFIG, True), told)
        code, told = self.start(journal=True)
        self.assertEqual((code, told.startswith("<3>" + self.place.config + ":2:1: ")), (CONFIG, True), told)

    def test_no_config(self):
        os.unlink(self.place.config)
        code, told = self.start()
        self.assertEqual(code, CONFIG)
        self.assertIn("there is no such file", told)

    def test_damaged_store(self):
        self.write_store(b"no store at all " * 4096)
        code, told = self.start()
        self.assertEqual(code, DATAERR, told)
        self.assertIn("restore the newest backup (pacectl restore FILE)", told)

    def test_in_use(self):
        self.place.__class__.start(self.place)
        self.addCleanup(self.place.kill)
        code, told = self.start()
        self.assertEqual(code, AGAIN, told)

    def test_a_clock_that_was_ahead(self):
        """What it closed stays closed, so it is told, and what to do."""
        self.place.clock = "events"
        self.place.__class__.start(self.place)
        line = '{"specversion":"1.0","id":"%s","source":"/d","type":"sales.activity.call","subject":"ann","time":"%s"}\n'
        self.assertEqual(self.place.ctl("send", "-", data=line % ("a", "2999-03-02T10:00:00Z")).returncode, 0)
        self.place.stop()
        self.place.clock = "wall"
        self.place.__class__.start(self.place)
        self.assertRegex(self.place.told(), r"the system's clock says .*Z, but paced went by 2999-03-02T10:00:00Z already .* restore the newest backup")
        self.assertGreater(self.place.ask("status")["clock_behind_s"], 86400)
        self.assertRegex(" ".join(self.place.ctl("status").stdout.split()), r"clock 2999-03-02.* system's clock [0-9,]+ days behind that: ")
        self.assertEqual(self.place.stop(), 0)

    def test_a_reload_that_comes_early(self):
        """It ends nobody, but is done once it can be. That it waits for its configuration says that it reads it."""
        os.unlink(self.place.config)
        os.mkfifo(self.place.config)
        self.place.__class__.start(self.place, wait=False)
        self.addCleanup(self.place.kill)
        self.give_config(lambda: self.place.process.send_signal(signal.SIGHUP))
        until(lambda: " serves " in self.place.told(), self.place.told)
        self.give_config(lambda: None)
        until(lambda: "it changes nothing" in self.place.told(), self.place.told)
        self.assertEqual(self.place.stop(), 0)

    def give_config(self, before):
        def opened():
            try:
                return os.open(self.place.config, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:  # nobody reads
                return None
        fd = until(opened, self.place.told)
        before()
        os.write(fd, GOOD.encode())
        os.close(fd)

    def serve(self):
        """Starts and stops it; what it said."""
        self.place.__class__.start(self.place)
        self.assertEqual(self.place.stop(), 0)
        return self.place.told()

    def test_its_group_gets_in_whoever_starts_it(self):
        self.place.begin = ["/bin/sh", "-c", 'umask 077; exec "$@"', "", *self.place.begin]
        self.serve()
        modes = {name: os.stat(os.path.join(self.place.dir, name)).st_mode & 0o777 for name in ("run", "state")}
        self.assertEqual(modes, {"run": 0o750, "state": 0o750})

    def test_a_crash_is_over_once_the_log_was_read(self):
        """Two starts died of a record: the one that reads it says so, the next one doesn't."""
        self.serve()
        with open(self.place.dir + "/state/crashes", "wb") as file:
            file.write(2 * struct.pack("<IBBHQ", 0x31435250, 2, signal.SIGSEGV, 0, 4711))  # as in io/poison.c
        word = "record 4711 of the log has crashed paced at least twice"
        self.assertEqual([self.serve().count(word) for _ in range(2)], [1, 1])  # the log has both starts in it

    def test_the_unit_knows(self):
        with open(UNIT, encoding="utf-8") as file:
            prevented = re.search(r"(?m)^RestartPreventExitStatus=(.*)$", file.read()).group(1)
        self.assertEqual({int(word) for word in prevented.split()}, {CONFIG, DATAERR})


if __name__ == "__main__":
    unittest.main(verbosity=2)
