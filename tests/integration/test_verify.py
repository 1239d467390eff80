"""While the state in use is made a digest of, paced takes events and answers; what came in meanwhile isn't in it. The copy of the
process that does so goes with paced, however it ends."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import lab  # noqa: E402
from daemon_process import until  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
STOPS = "paced_held"
PATIENCE_S = 60


def process(pid):
    """State and parent; None: there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1])


class Verify(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        events, config, _ = lab.simulate(BIN, self.folder.name, "--seed", "5", "--reps", "6", "--days", "40")
        with open(events) as file:
            lines = file.readlines()
        self.parts = []
        for n, part in enumerate((lines[:len(lines) // 2], lines[len(lines) // 2:])):
            self.parts.append(os.path.join(self.folder.name, f"part{n}.ndjson"))
            with open(self.parts[n], "w") as file:
                file.writelines(part)
        self.daemon = lab.Daemon(BIN, self.folder.name, config, program=STOPS)
        self.daemon.start()
        self.addCleanup(self.daemon.__exit__)
        self.daemon.ctl("send", self.parts[0])
        self.verify = subprocess.Popen(self.daemon.command("verify", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       text=True)
        self.addCleanup(self.verify.communicate)
        self.addCleanup(self.verify.kill)
        self.copy = until(self.stopped_child)

    def stopped_child(self):
        for name in os.listdir("/proc"):
            if name.isdigit() and process(name) == ("T", self.daemon.process.pid):
                return int(name)
        return None

    def test_paced_serves_meanwhile(self):
        records = self.daemon.ask("status")["log_records"]
        self.daemon.ctl("send", self.parts[1])
        status = self.daemon.ask("status")
        self.assertGreater(status["log_records"], records)
        self.assertIsNotNone(status["verify"]["running"])
        os.kill(self.copy, signal.SIGCONT)
        told = json.loads(self.verify.communicate(timeout=PATIENCE_S)[0])
        self.assertTrue(told["equal"])
        self.assertEqual(told["log_records"], records)
        until(lambda: process(self.copy) is None)

    def test_it_goes_where_paced_is_killed(self):
        self.daemon.kill()
        until(lambda: (process(self.copy) or "Z")[0] == "Z")
        self.daemon.program = BIN + "/paced"  # whose copies don't stop
        self.daemon.start()  # nothing holds its directories
        self.assertTrue(self.daemon.ask("verify")["equal"])

    def test_it_goes_where_paced_stops(self):
        self.assertEqual(self.daemon.stop(), 0)
        until(lambda: (process(self.copy) or "Z")[0] == "Z")
        self.assertNotEqual(self.verify.wait(timeout=PATIENCE_S), 0)

    def test_it_goes_first_where_memory_runs_out(self):
        with open(f"/proc/{self.copy}/oom_score_adj") as file:
            self.assertEqual(file.read(), "1000\n")

    def test_without_it_there_is_no_verdict(self):
        os.kill(self.copy, signal.SIGKILL)
        self.assertIn("memory", self.verify.communicate(timeout=PATIENCE_S)[1])
        self.assertNotEqual(self.verify.returncode, 0)
        self.assertFalse(self.daemon.ask("status")["verify"]["last"]["good"])


if __name__ == "__main__":
    if not os.path.exists(os.path.join(BIN, STOPS)):
        print("skipped: %s isn't built" % STOPS)
        sys.exit(77)
    unittest.main()
