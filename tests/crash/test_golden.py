#!/usr/bin/env python3
"""A store of every earlier layout is opened by the daemon of today: every event is there and known, and the state is that of the same events
taken today. argv[1]: the folder of the binaries."""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import debian_python  # noqa: E402, F401

import tempfile  # noqa: E402
import unittest  # noqa: E402

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
