"""Long work doesn't hold acknowledgements up: a load at one rate while nothing else is done, and beside scrub, verify and backup, in
one run. Wide margins, since other work of the machine counts too; `./dev bench care` has the figures. argv[1]: the folder of the binaries."""
import json
import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.path.abspath(sys.argv.pop(1))


class Care(unittest.TestCase):
    def test_acknowledgements_go_on(self):
        if not os.path.exists(os.path.join(BIN, "ingest_load")):
            self.skipTest("ingest_load isn't built")
        done = subprocess.run([sys.executable, os.path.join(HERE, "..", "bench", "care.py"), BIN, "--quick", "--rate", "2000", "--reps", "300",
                               "--json"], stdout=subprocess.PIPE, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        print(told)
        for work, row in told.items():
            self.assertGreater(row["per_s"], 1500, work)
            self.assertLess(row["ack_p50_ms"], 10 * told["idle"]["ack_p50_ms"] + 50, work)
            self.assertLess(row["ack_p99_ms"], 10 * told["idle"]["ack_p99_ms"] + 250, work)


if __name__ == "__main__":
    unittest.main(verbosity=2)
