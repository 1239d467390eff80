#!/usr/bin/env python3
"""A store of every earlier layout is opened by the daemon of today: every event is there and known, and the state is that of the same events
taken today. argv[1]: the folder of the binaries."""
import os
import sys

try:
    import zmq  # noqa: F401
except ImportError:
    # Debian's packages belong to Debian's Python, which needn't be the first one of the PATH.
    DEBIAN = "/usr/bin/python3"
    if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN) and os.path.exists(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print("skipped: python3-zmq isn't installed")
    sys.exit(77)

import tempfile  # noqa: E402
import unittest  # noqa: E402

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from torture_lab import Target  # noqa: E402
from torture_migrate import ALERTS, Golden  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))


class Stores(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory(prefix="golden-")
        cls.addClassCleanup(cls.place.cleanup)
        cls.golden = Golden(BIN, cls.place.name)

    def test_each_layout(self):
        for schema in ALERTS:
            with self.subTest(schema=schema), Target(BIN, self.place.name, self.golden.config) as target:
                self.golden.put(target, schema)
                for _ in range(2):  # taken over, and as it is then
                    target.start()
                    self.golden.demand_kept(target, schema)
                    self.assertEqual(target.stop(), 0)


if __name__ == "__main__":
    unittest.main()
