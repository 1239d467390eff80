"""Who may connect over TCP, by CURVE keys, and what each may: with real sockets. argv[1]: the folder of the binaries."""
import os
import sys

sys.dont_write_bytecode = True
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
sys.path[:0] = [os.path.join(ROOT, "tests"), os.path.join(ROOT, "clients", "python")]
import debian_python  # noqa: E402, F401

import json  # noqa: E402
import socket  # noqa: E402
import stat  # noqa: E402
import struct  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
import unittest  # noqa: E402

import zmq  # noqa: E402
from daemon_process import LINGER_MS, Daemon, free_ports, until  # noqa: E402
import pace  # noqa: E402
from zmq.utils.monitor import recv_monitor_message  # noqa: E402

BIN = os.path.abspath(sys.argv.pop(1))
STRANGERS = 200
REFUSED, LET_IN = zmq.EVENT_HANDSHAKE_FAILED_AUTH, zmq.EVENT_HANDSHAKE_SUCCEEDED
ENDS = (REFUSED, LET_IN, zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL, zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL)
SOCKETS = ("ingest", "subscribe", "alerts", "control")
# What each key may: which sockets it gets to, and what on the control socket.
PEOPLE = {
    "sender": ("sources: [/crm, /dialer/*]", {"ingest", "subscribe"}, None),
    "reader": ("alerts: true", {"alerts"}, None),
    "asker": ("control: ask", {"control"}, "ask"),
    "boss": ("control: order, alerts: true, sources: [pacectl]", set(SOCKETS), "order"),
    "idler": ("", set(), None),
}


def event(number, source):
    return {"specversion": "1.0", "id": str(number), "source": source, "type": "sales.activity.call", "subject": "ann",
            "time": "2026-03-02T10:00:00Z"}


class Peer:
    """A socket of ours with keys (public, secret, server's) or none, whose handshake is watched."""

    def __init__(self, context, kind, endpoint, keys=None, routing_id=None):
        self.socket = context.socket(kind)
        self.socket.linger = LINGER_MS
        if keys:
            self.socket.curve_publickey, self.socket.curve_secretkey, self.socket.curve_serverkey = keys
        if routing_id:
            self.socket.setsockopt(zmq.ROUTING_ID, routing_id)
        self.socket.reconnect_ivl = -1
        self.monitor = self.socket.get_monitor_socket()
        if kind == zmq.SUB:
            self.socket.subscribe(b"")
        self.socket.connect(endpoint)

    def close(self):
        self.socket.disable_monitor()
        self.monitor.close(0)
        self.socket.close(LINGER_MS)

    def next_event(self, wanted, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.monitor.poll(100):
                seen = recv_monitor_message(self.monitor)["event"]
                if seen in wanted:
                    return seen
        return None

    def handshake(self):
        return self.next_event(ENDS)

    def ask(self, *frames):
        self.socket.send_multipart([b"PACE1", *frames])
        if not self.socket.poll(20000):
            raise AssertionError("no answer")
        return self.socket.recv_multipart()


class Keys(unittest.TestCase):
    def setUp(self):
        self.pairs = {name: zmq.curve_keypair() for name in PEOPLE}
        self.ports = dict(zip(SOCKETS, free_ports(len(SOCKETS))))
        self.people = dict(PEOPLE)
        self.daemon = Daemon(BIN, self.config())
        self.addCleanup(self.daemon.__exit__)
        self.daemon.start()
        self.server = self.daemon.ask("status")["keys"]["server"].encode()
        self.context = zmq.Context()
        self.addCleanup(self.context.term)
        self.context.max_sockets = 4096

    def config(self):
        keys = "".join("  %s: {key: %s%s}\n" % (name, json.dumps(self.pairs[name][0].decode()), may and ", " + may)
                       for name, (may, _, _) in self.people.items())
        sockets = "".join("  %s: [%s\"tcp://127.0.0.1:%d\"]\n" %
                          (name, "" if name == "subscribe" else "\"ipc://{runtime}/%s.sock\", " % name, self.ports[name])
                          for name in SOCKETS)
        return "indicators: {calls: {count: sales.activity.call}}\nsockets:\n%skeys:\n%s" % (sockets, keys)

    def keys_of(self, name):
        return (*self.pairs[name], self.server)

    def peer(self, where, keys=None, **options):
        kind = {"ingest": zmq.DEALER, "control": zmq.DEALER, "alerts": zmq.SUB, "subscribe": zmq.PUB}[where]
        peer = Peer(self.context, kind, "tcp://127.0.0.1:%d" % self.ports[where], keys, **options)
        self.addCleanup(peer.close)
        return peer

    def send(self, peer, *events):
        body = b"\n".join(json.dumps(one).encode() for one in events)
        answer = peer.ask(b"batch", b"b", body)
        self.assertEqual(answer[1], b"ack", answer)
        return json.loads(answer[3])

    def order(self, peer, **request):
        return json.loads(peer.ask(json.dumps(request).encode())[1])

    def reload(self, people):
        self.people = people
        self.daemon.write_config(self.config())
        self.assertEqual(self.daemon.ctl("reload").returncode, 0)

    def status(self):
        return self.daemon.ask("status")

    # ---- who gets in ----

    def test_matrix(self):
        """Every key at every socket: those that may, and no others."""
        for name, (_, may, _) in PEOPLE.items():
            for where in SOCKETS:
                with self.subTest(key=name, socket=where):
                    self.assertEqual(self.peer(where, self.keys_of(name)).handshake(), LET_IN if where in may else REFUSED)

    def test_strangers(self):
        """Keys that nobody knows, no key, another server's key: nothing of theirs is heard."""
        server = zmq.curve_keypair()
        before = self.status()
        strangers = [self.peer("ingest", (*zmq.curve_keypair(), self.server)) for _ in range(STRANGERS)]
        for peer in strangers:
            peer.socket.send_multipart([b"PACE1", b"batch", b"b", json.dumps(event(1, "/crm")).encode()])
        self.assertEqual({peer.handshake() for peer in strangers}, {REFUSED})
        for where in SOCKETS:
            self.assertNotEqual(self.peer(where).handshake(), LET_IN)
            self.assertNotEqual(self.peer(where, (*self.pairs["boss"], server[0])).handshake(), LET_IN)
        status = self.status()
        self.assertEqual(status["log_records"], before["log_records"])
        self.assertEqual(status["keys"]["refused"], STRANGERS)
        self.assertEqual(self.daemon.told().count("connections by keys"), 1, "once a minute: " + self.daemon.told())
        self.assertIn("%d connections refused" % STRANGERS, self.daemon.ctl("status").stdout)

    def test_the_kit(self):
        """With the file that pacectl makes; what the key may not send is refused beside what it may."""
        file = os.path.join(self.daemon.dir, "kit.key")
        made = json.loads(self.daemon.ctl("key", "--json", file).stdout)
        self.pairs["kit"] = (made["public_key"].encode(), b"")
        self.reload({**self.people, "kit": ("sources: [/crm]", {"ingest"}, None)})
        events = [pace.Event.make(type="sales.activity.call", source=source, id="kit", subject="ann", time="2026-03-02T10:00:00Z")
                  for source in ("/crm", "/hr")]
        keys = pace.Keys.read(file, self.server.decode())
        self.assertNotIn(keys.secret.decode(), repr(keys))
        with pace.Client("tcp://127.0.0.1:%d" % self.ports["ingest"], keys=keys, give_up_s=20) as client:
            acks = list(client.send(events))
        self.assertEqual((sum(ack.accepted for ack in acks), [one.code for ack in acks for one in ack.rejected]), (1, ["not_allowed"]))
        for wrong in ((file, "short"), (self.daemon.config, self.server.decode())):
            with self.assertRaisesRegex(ValueError, "pacectl (status|key)"):
                pace.Keys.read(*wrong)
        with self.assertRaisesRegex(ValueError, "go together"):
            pace.Keys.of_options(file, None)

    def test_the_lock_is_tried_at_the_start(self):
        """... with a key of its own making, which is no stranger's try."""
        self.assertEqual(self.status()["keys"]["refused"], 0)

    def test_the_secret_key_stays(self):
        file = os.path.join(self.daemon.dir, "state", "server.key")
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.assertEqual(self.status()["keys"]["server"].encode(), self.server)
        self.assertEqual(self.daemon.stop(), 0)
        with open(file, "w", encoding="ascii") as broken:
            broken.write("not a key")
        self.daemon.start(wait=False)
        self.assertNotEqual(self.daemon.process.wait(60), 0)
        self.assertIn("server.key holds no secret key", self.daemon.told())

    # ---- what they may ----

    def test_sources(self):
        """What another source's is, is refused one by one, and harms no neighbour; whatever routing id one takes."""
        for routing_id in (None, b"boss"):
            peer = self.peer("ingest", self.keys_of("sender"), routing_id=routing_id)
            ids = ["%s-%d" % (routing_id, i) for i in range(4)]
            answer = self.send(peer, event(ids[0], "/crm"), event(ids[1], "pacectl"), event(ids[2], "/dialer/7"), event(ids[3], "/crm/2"))
            self.assertEqual(answer["accepted"], 2, answer)
            self.assertEqual([(one["index"], one["code"], one["id"]) for one in answer["rejected"]],
                             [(1, "not_allowed", ids[1]), (3, "not_allowed", ids[3])])
            self.assertIn("pacectl", answer["rejected"][0]["reason"])
        self.assertEqual(self.status()["rejected"], {"not_allowed": 4})

    def test_published(self):
        peer = self.peer("subscribe", self.keys_of("sender"))
        self.assertEqual(peer.handshake(), LET_IN)

        def both_came():
            for number, source in ((1, "/crm"), (2, "pacectl")):
                peer.socket.send_multipart([b"t", json.dumps(event(number, source)).encode()])
            counts = self.status()["subscribe"]
            return counts["accepted"] and counts["rejected"]
        until(both_came)
        self.assertIn("not_allowed", self.daemon.ctl("quarantine", "list").stdout)
        self.assertEqual(self.status()["subscribe"]["accepted"], 1)

    def test_control(self):
        asker, boss = (self.peer("control", self.keys_of(name)) for name in ("asker", "boss"))
        self.assertTrue(self.order(asker, cmd="status")["ok"])
        for command in ("reload", "backup", "verify", "scrub", "clock", "quarantine_retry", "quarantine_drop"):
            answer = self.order(asker, cmd=command, file="/nowhere/else", number=7, to="2026-03-03T00:00:00Z")
            self.assertEqual(answer.get("code"), "not_allowed", (command, answer))
        self.assertTrue(self.order(boss, cmd="reload")["ok"])
        self.assertIn("reload was asked for by the key boss", self.daemon.told())
        self.assertNotIn("by the key asker", self.daemon.told())

    def test_nobody_here_is_taken_for_a_key(self):
        """On ipc a peer may say in its handshake who it is; that is not believed."""
        with socket.socket(socket.AF_UNIX) as raw:
            raw.connect(self.daemon.socket)
            raw.sendall(b"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL".ljust(64, b"\0"))
            raw.settimeout(20)
            greeting = b""
            while len(greeting) < 64:
                greeting += raw.recv(64 - len(greeting))
            ready = b"\5READY"
            for name, value in ((b"Socket-Type", b"DEALER"), (b"User-Id", self.pairs["asker"][0])):
                ready += bytes([len(name)]) + name + struct.pack(">I", len(value)) + value
            raw.sendall(bytes([4, len(ready)]) + ready)
            request = b'{"cmd":"reload"}'
            raw.sendall(b"\1\5PACE1" + bytes([0, len(request)]) + request)
            answer = b""
            while b'"ok"' not in answer:
                part = raw.recv(65536)
                self.assertTrue(part, answer)
                answer += part
        self.assertIn(b'"ok":true', answer)
        self.assertIn("reload was asked for by user", self.daemon.told())

    # ---- a changed list ----

    def test_reload(self):
        """A key that is added gets in at once; one that is taken out is out at once, and the others come back by themselves."""
        sender, reader = self.peer("ingest", self.keys_of("sender")), self.peer("alerts", self.keys_of("reader"))
        self.assertEqual((sender.handshake(), reader.handshake()), (LET_IN, LET_IN))
        self.reload({**PEOPLE, "reader": ("sources: [/crm]", {"ingest"}, None)})
        for peer in (sender, reader):
            self.assertEqual(peer.next_event((zmq.EVENT_DISCONNECTED,)), zmq.EVENT_DISCONNECTED)
        self.assertEqual(self.peer("alerts", self.keys_of("reader")).handshake(), REFUSED)
        again = self.peer("ingest", self.keys_of("reader"))
        self.assertEqual(self.send(again, event(1, "/crm"))["accepted"], 1)
        self.reload({name: PEOPLE[name] for name in PEOPLE if name != "reader"})
        self.assertEqual(again.next_event((zmq.EVENT_DISCONNECTED,)), zmq.EVENT_DISCONNECTED)
        self.assertEqual(self.peer("ingest", self.keys_of("reader")).handshake(), REFUSED)
        self.assertEqual(self.send(self.peer("ingest", self.keys_of("sender")), event(2, "/crm"))["accepted"], 1)

    def test_more_rights_cut_nobody(self):
        sender = self.peer("ingest", self.keys_of("sender"))
        self.assertEqual(self.send(sender, event(1, "pacectl"))["rejected"][0]["code"], "not_allowed")
        self.reload({**PEOPLE, "sender": ("sources: [\"*\"]", {"ingest"}, None), "idler": ("alerts: true", {"alerts"}, None)})
        self.assertEqual(self.send(sender, event(1, "pacectl"))["accepted"], 1)
        self.assertEqual(self.peer("alerts", self.keys_of("idler")).handshake(), LET_IN)

    # ---- pacectl ----

    def run_pacectl(self, *words, **options):
        return subprocess.run([BIN + "/pacectl", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120, check=False, encoding="utf-8", **options)

    def test_pacectl(self):
        file = os.path.join(self.daemon.dir, "mine")
        made = self.run_pacectl("key", file, "--json")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(file).st_mode), 0o600)
        self.assertIn("nothing is overwritten", self.run_pacectl("key", file).stderr)
        public = json.loads(made.stdout)["public_key"]
        call = ["--socket", "tcp://127.0.0.1:%d" % self.ports["control"], "--key", file, "--server-key"]
        shut_out = self.run_pacectl(*call, self.server.decode(), "status")
        self.assertEqual(shut_out.returncode, 3)
        self.assertIn("the keys don't fit", shut_out.stderr)
        self.pairs["asker"] = (public.encode(), None)
        self.reload(PEOPLE)
        self.assertEqual(json.loads(self.run_pacectl(*call, self.server.decode(), "status", "--json").stdout)["keys"]["listed"], len(PEOPLE))
        self.assertIn("not_allowed", self.run_pacectl(*call, self.server.decode(), "reload").stderr)
        self.assertEqual(self.run_pacectl(*call, public, "status").returncode, 3)
        self.assertEqual(self.run_pacectl(*call[:-1], "status").returncode, 2)

    def test_pacectl_sends(self):
        file, events = (os.path.join(self.daemon.dir, name) for name in ("mine", "events"))
        self.run_pacectl("key", file)
        with open(events, "w", encoding="utf-8") as to:
            to.write(json.dumps(event(1, "/crm")) + "\n" + json.dumps(event(2, "/other")))
        call = ["send", events, "--ingest", "tcp://127.0.0.1:%d" % self.ports["ingest"], "--key", file, "--server-key", self.server.decode()]
        shut_out = self.run_pacectl(*call)
        self.assertEqual(shut_out.returncode, 3, shut_out.stderr)
        self.assertIn("the keys don't fit", shut_out.stderr)
        with open(file, encoding="ascii") as made:
            public = made.read().split('"')[1]
        self.pairs["sender"] = (public.encode(), None)
        self.reload(PEOPLE)
        sent = self.run_pacectl(*call)
        self.assertEqual(sent.returncode, 1, sent.stderr)
        self.assertIn("2: not_allowed: ", sent.stderr)


if __name__ == "__main__":
    unittest.main()
