"""strangers: keys that nobody listed knock at the TCP endpoint, hundreds a second, beside connections that say nothing, nonsense, or stop
within a greeting. A connector whose key is listed sends meanwhile, and the daemon is killed amidst it: each
batch is answered, what was acknowledged is there, and nothing of theirs."""
import contextlib
import json
import random
import socket
import threading
import time

import zmq

from daemon_process import free_ports, until
from torture_lab import LINGER_MS, Lost, Target, Work, batches_held, demand, demand_kept

COUNT = 50
SHARE = 2
STRANGERS = 24
LIVES_BATCHES = 12     # at most, of one life
OPEN = 64              # of their connections of a kind: then the oldest makes way for a new one
PAUSE_S = .003         # before the next one, at most
PIECES = {"reps": 6, "days": 84, "batches": 60}
GREETING = b"\xff\0\0\0\0\0\0\0\1\x7f\3\0CURVE".ljust(64, b"\0")
BODY = b'{"specversion":"1.0","id":"%d","source":"/stranger","type":"sales.activity.call","subject":"ann","time":"2026-03-02T10:00:00Z"}\n'


class Keyed(Target):
    """A target whose events come over TCP by a key that is listed."""

    def __init__(self, args, folder, rng, listed=()):
        """listed: public keys that are listed, too."""
        self.port, self.pair, self.server = free_ports(1)[0], zmq.curve_keypair(), None
        keys = "".join("  k%d: {key: %s, sources: [\"*\"]}\n" % (n, json.dumps(key.decode()))
                       for n, key in enumerate([self.pair[0], *listed]))
        self.work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES,
                         config="sockets: {ingest: [\"ipc://{runtime}/ingest.sock\", \"tcp://127.0.0.1:%d\"]}\nkeys:\n%s" % (self.port, keys))
        super().__init__(args.bin, folder, self.work.config)
        self.start()
        self.server = self.ask("status")["keys"]["server"].encode()

    def connect(self, one, pair):
        one.setsockopt(zmq.LINGER, LINGER_MS)
        one.curve_publickey, one.curve_secretkey, one.curve_serverkey = (*pair, self.server)
        one.connect(f"tcp://127.0.0.1:{self.port}")
        return one

    def socket(self, name):
        if name == "ingest" and name not in self.sockets:
            self.sockets[name] = self.connect(self.context.socket(zmq.DEALER), self.pair)
        return super().socket(name)


class Strangers(threading.Thread):
    """All of them, from a thread and a context of their own."""

    def __init__(self, target, rng, pairs):
        super().__init__(daemon=True)
        self.target, self.rng, self.pairs = target, random.Random(rng.random()), pairs
        self.stopping, self.failed = threading.Event(), None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.join()
        demand(not self.failed, f"the strangers ended: {self.failed!r}")

    def knock(self, context, n):
        """With a key, and a batch for when it is let in."""
        one = self.target.connect(context.socket(zmq.DEALER), self.pairs[n % len(self.pairs)])
        with contextlib.suppress(zmq.Again):  # refused already
            one.send_multipart([b"PACE1", b"batch", b"b", BODY % n], zmq.DONTWAIT)
        return one

    def say(self):
        """Without one: what is said may be anything, and while the daemon is dead nobody listens."""
        one = socket.socket()
        try:
            one.connect(("127.0.0.1", self.target.port))
            one.sendall(self.rng.choice((b"", GREETING[:self.rng.randrange(64)], GREETING, GREETING + self.rng.randbytes(200),
                                         self.rng.randbytes(100))))
        except OSError:
            pass
        return one

    def go_on(self, context):
        knocking, saying, n = [], [], 0
        while not self.stopping.wait(self.rng.random() * PAUSE_S):
            knocking.append(self.knock(context, n))
            saying.append(self.say())
            n += 1
            for held in (knocking, saying):
                if len(held) > OPEN:
                    held.pop(0).close()
        for one in knocking + saying:
            one.close()

    def run(self):
        try:
            with zmq.Context() as context:
                self.go_on(context)
        except Exception as error:  # told by whoever waits for us
            self.failed = error


def send(target, batches):
    """How long each answer took, in ms."""
    times = []
    for batch in batches:
        begin = time.monotonic()
        verb, body = target.send(batch)
        times.append((time.monotonic() - begin) * 1000)
        demand(verb == "ack" and not body["rejected"], f"{verb}: {body}")
    return times


def refused(target):
    return target.ask("status")["keys"]["refused"]


def life(target, rng):
    """To a kill amidst a batch: times of the answers, and how often strangers were refused."""
    work = target.work
    until(lambda: refused(target) >= STRANGERS, target.log)
    first = batches_held(work, target.ask("status")) % len(work.batches)
    last = min(first + 1 + rng.randrange(LIVES_BATCHES), len(work.batches))
    times = send(target, work.batches[first:last])
    n_refused = refused(target)
    if last < len(work.batches):
        target.socket("ingest").send_multipart([b"PACE1", b"batch", b"x", b"".join(work.batches[last])])
        time.sleep(rng.random() * .01)  # when it dies is the random thing
    target.kill()
    demand_kept(target, work, last, whole=False)
    target.start()
    return times, n_refused


def lives(args, folder, rng, listed=0):
    """The times of the answers of each life, and refused strangers. listed: so many of them are listed."""
    pairs = [zmq.curve_keypair() for _ in range(STRANGERS)]
    times, n_refused = [], 0
    with Keyed(args, folder, rng, [public for public, _ in pairs[:listed]]) as target:
        with Strangers(target, rng, pairs):
            for _ in range(args.count):
                of_life = life(target, rng)
                times, n_refused = times + of_life[0], n_refused + of_life[1]
            demand_kept(target, target.work, 0, whole=True)
    return sorted(times), n_refused


def run(args, folder):
    times, n_refused = lives(args, folder, random.Random(args.seed))
    return (f"{args.count} kills; {len(times)} batches, each answered: p50 {times[len(times) // 2]:.0f} ms, slowest {times[-1]:.0f}; "
            f"{n_refused} strangers refused; 0 batches lost, 0 events of theirs")


def control(args, folder):
    """One of them is listed by mistake: then his events must be seen."""
    args.count = 1
    try:
        lives(args, folder, random.Random(args.seed + 1), listed=1)
    except Lost as error:
        return f"a stranger who is listed is seen: {error}"
    raise Lost("a stranger who is listed sent events, and nobody saw them")
