"""docs/protocol.md tells what the control socket does: every command has a chapter, every code of a refusal is listed, and every
member of an answer is named. argv[1]: the folder of the binaries."""
import os
import sys

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path.insert(0, ROOT + "/tests")
import debian_python  # noqa: E402, F401

import glob  # noqa: E402
import json  # noqa: E402
import re  # noqa: E402
import unittest  # noqa: E402

import zmq  # noqa: E402
from daemon_process import Daemon  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
CONFIG = """people: {teams: {north: {manager: max}}, reps: {ann: {team: north, role: sdr}}}
indicators: {calls: {label: calls, count: sales.activity.call}, deals: {level: {of: open_amount}}}
"""
NAMES = {"rejected", "late", "states", "values"}  # whose members are names of something
CODE = re.compile(r'(?:call_fail\(call, |control_refusal\(|\{-?[A-Z_]+, )"([a-z_]+)"')


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def ask(daemon, **request):
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.connect("ipc://" + daemon.socket)
        socket.send_multipart([b"PACE1", json.dumps(request).encode()])
        return json.loads(socket.recv_multipart()[1])


def members(answer):
    if isinstance(answer, list):
        return set().union(*map(members, answer))
    if not isinstance(answer, dict):
        return set()
    return set(answer).union(*(members(of) for name, of in answer.items() if name not in NAMES))


def event(kind, n, day, **data):
    return json.dumps({"specversion": "1.0", "id": "%s-%d" % (kind, n), "source": "/crm", "type": "sales." + kind,
                       "subject": "ann", "time": "2026-03-%02dT10:00:00Z" % day, "data": data}) + "\n"


EVENTS = ("".join(event("activity.call", n, 2 + n % 5) for n in range(50))
          + event("opportunity.created", 0, 3, opportunity="o-1", amount=100)
          + event("commitment.made", 0, 4, commitment="k-1", text="more", indicator="calls", target=9, due="2026-03-12")
          + event("change.introduced", 0, 4, change="tool", indicators=["calls"]) + event("growth.goal", 0, 4, skill="calm")
          + event("coaching.session", 0, 4, manager="max", topics=["calls"])
          + event("training.completed", 0, 4, training="t-1", indicators=["calls"]) + event("activity.call", 51, 31)
          + '{"specversion":"1.0","id":"bad"}\n')


class Protocol(unittest.TestCase):
    def setUp(self):
        self.control = read("docs/protocol.md").split("\n## Control\n")[1]

    def test_commands(self):
        titles = re.findall(r"^### (.*)", self.control, re.M)
        told = [name for title in titles for name in title.split(", ")]
        with Daemon(BIN, CONFIG) as daemon:
            self.assertEqual(sorted(told), sorted(ask(daemon, cmd="hello")["commands"]))

    def test_codes(self):
        told = re.search(r"Codes of refusals: `([^`]*)`", self.control).group(1).split()
        sources = [path for path in glob.glob(ROOT + "/daemon/io/*.c") if re.search(r"/(control|audit|care)", path)]
        self.assertEqual(sorted(told), sorted({code for path in sources for code in CODE.findall(read(path))}))

    def test_kinds_of_warnings(self):
        told = re.search(r"`data.kind` \| `([^`]*)`", read("docs/protocol.md")).group(1).split()
        sources = [path for path in glob.glob(ROOT + "/daemon/core/*/*.c") if os.path.basename(path) != "alert.c"]
        raised = set(re.findall(r"ALERT_([A-Z_]+)", "".join(map(read, sources))))
        kinds = re.findall(r'"([a-z_]+)"', re.search(r"kind_names\[.*?\};", read("daemon/core/squad/alert.c"), re.S).group(0))
        self.assertEqual(sorted(told), sorted(kind for kind in kinds if kind.upper() in raised))

    def test_members(self):
        told = set(re.findall(r"[a-z0-9_]+", self.control))
        asked = [{"cmd": name} for name in ("status", "sources", "changes", "reps", "commitments", "training", "growth", "cases",
                                            "coaching", "effects", "quarantine", "deals", "verify", "scrub")]
        asked += [{"cmd": "rep", "rep": "ann"}, {"cmd": "why", "rep": "ann", "on": "2026-03-10"},
                  {"cmd": "events", "rep": "ann", "day": "2026-03-03"}, {"cmd": "reload", "dry_run": True},
                  {"cmd": "counts", "source": "/crm", "first": "2026-03-01", "last": "2026-03-31"},
                  {"cmd": "weeks", "monday": "2026-03-02", "weeks": 2}, {"cmd": "quarantine_show", "number": 1}]
        with Daemon(BIN, CONFIG) as daemon:
            daemon.ctl("send", "-", data=EVENTS)
            for request in asked:
                with self.subTest(**request):
                    answer = ask(daemon, **request)
                    self.assertTrue(answer["ok"], answer)
                    self.assertEqual(members(answer) - told, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
