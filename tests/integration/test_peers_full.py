"""Peers that hold a connection and do nothing with it: one that says nothing at all, and one that says hello to ZeroMQ and then
is silent for ever, as a frozen process is. Both are disconnected; neither takes a place for good. argv[1]: the folder of the
binaries."""
import os
import socket
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
PATIENCE_S = 60
# ZMTP 3.0: the greeting of a client without keys, and then what kind of socket it is.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
KINDS = {"ingest.sock": b"DEALER", "alerts.sock": b"SUB", "control.sock": b"DEALER"}


def ready(kind):
    command = b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4, "big") + kind
    return b"\x04" + bytes([len(command)]) + command


class Peers(unittest.TestCase):
    def connect(self, daemon, name):
        peer = socket.socket(socket.AF_UNIX)
        self.addCleanup(peer.close)
        peer.settimeout(PATIENCE_S)
        peer.connect(os.path.join(daemon.dir, "run", name))
        return peer

    @staticmethod
    def until_closed(peer):
        said = b""
        while (more := peer.recv(4096)):
            said += more
        return said

    def test_are_disconnected(self):
        with Daemon(BIN, "indicators: {calls: {count: sales.activity.call}}\n") as daemon:
            silent = [self.connect(daemon, name) for name in KINDS]
            frozen = [self.connect(daemon, name) for name in KINDS]
            for peer, kind in zip(frozen, KINDS.values()):
                peer.sendall(GREETING + ready(kind))
            for peer in silent:
                self.until_closed(peer)
            for peer in frozen:
                self.assertIn(b"PING", self.until_closed(peer))
            self.assertEqual(daemon.ctl("status").returncode, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
