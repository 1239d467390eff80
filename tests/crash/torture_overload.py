"""overload: connectors that send ten times what is taken, far beyond their credit, beside published events, a subscriber that never
reads and one that is frozen. Each batch sent is acknowledged, refused or in flight; questions are answered meanwhile; memory is
bounded; in the end the store holds what was acknowledged."""
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

import zmq

from torture_lab import LINGER_MS, Lost, Target, Work, demand

COUNT = 60  # seconds
SHARE = 3
SENDERS = 10
BATCH = 500
CREDIT = 1000          # events
WAITING = 100          # batches that a sender has unanswered at most: fifty times its credit
ANSWER_GOAL_MS = 100
ANSWER_MOST_MS = 2000  # what is demanded: ten senders and other work are beside it
MEMORY_MOST_MIB = 1024
SILENCE_S = 60         # so long without an answer, and there won't be one
PIECES = {"reps": 20, "days": 56, "batches": 40, "config": f"ingest: {{credit_events: {CREDIT}}}"}


def template(work):
    """Bodies with a mark that each sender replaces, so that every batch is new."""
    lines = [line for line in work.lines if b'"sales.activity.' in line][:BATCH * 20]
    return [b"".join(lines[at:at + BATCH]).replace(b'"id":"', b'"id":"MARK-') for at in range(0, len(lines), BATCH)]


class Sender(threading.Thread):
    """Sends as fast as the socket takes it, whatever is answered."""

    def __init__(self, target, number, bodies):
        super().__init__(daemon=True)
        self.number, self.bodies, self.stopping = number, bodies, threading.Event()
        self.sent = self.acknowledged = self.refused = self.accepted = self.events = 0
        self.failed = None
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, LINGER_MS)
        self.socket.setsockopt(zmq.SNDHWM, WAITING)
        self.socket.connect(f"ipc://{target.run}/ingest.sock")

    def unanswered(self):
        return self.sent - self.acknowledged - self.refused

    def take(self, answer):
        if answer[1] == b"ack":
            body = json.loads(answer[3])
            self.acknowledged += 1
            self.accepted += body["accepted"] + body["superseded"]
            if body["rejected"]:
                self.failed = str(body["rejected"][0])
        elif answer[1] == b"retry":
            self.refused += 1
        else:
            self.failed = str(answer)

    def offer(self):
        if self.unanswered() >= WAITING:
            return False
        body = self.bodies[self.sent % len(self.bodies)].replace(b"MARK", b"%d-%d" % (self.number, self.sent))
        try:
            self.socket.send_multipart([b"PACE1", b"batch", b"%d" % self.sent, body], zmq.DONTWAIT)
        except zmq.Again:
            return False
        self.sent += 1
        self.events += body.count(b"\n")
        return True

    def run(self):
        while not self.stopping.is_set():
            offered = self.offer()
            while self.socket.poll(0 if offered else 5):
                self.take(self.socket.recv_multipart())

    def drain(self):
        self.join()
        while self.unanswered() and self.socket.poll(SILENCE_S * 1000):
            self.take(self.socket.recv_multipart())
        self.socket.close()


def frozen_subscriber(target):
    """A process that subscribes and is stopped where it stands."""
    code = ("import zmq,sys,time;s=zmq.Context().socket(zmq.SUB);s.setsockopt(zmq.SUBSCRIBE,b'');"
            f"s.connect('ipc://{target.run}/alerts.sock');print('on',flush=True);time.sleep(3600)")
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    return process


def dead_subscriber(target):
    """A socket that nobody ever reads."""
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.LINGER, LINGER_MS)
    socket.setsockopt(zmq.RCVHWM, 1)
    socket.setsockopt(zmq.SUBSCRIBE, b"")
    socket.connect(f"ipc://{target.run}/alerts.sock")
    return socket


def rss_mib(target):
    with open(f"/proc/{target.process.pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:")) / 1024


def question(target, seconds):
    """(sorted answer times in ms, most memory in MiB) over so long."""
    times, memory, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        begin = time.monotonic()
        demand(target.ask("status")["ok"], "status is refused")
        times.append((time.monotonic() - begin) * 1000)
        memory = max(memory, rss_mib(target))
        time.sleep(.05)  # twenty questions a second
    return sorted(times), memory


def balance(senders):
    sums = {name: sum(getattr(sender, name) for sender in senders)
            for name in ("sent", "acknowledged", "refused", "accepted")}
    sums["in flight"] = sums["sent"] - sums["acknowledged"] - sums["refused"]
    return sums


def run(args, folder):
    work = Work(args.bin, folder, random.Random(args.seed).randrange(1 << 30), **PIECES)
    bodies = template(work)
    with Target(args.bin, folder, work.config) as target:
        target.start()
        frozen, dead = frozen_subscriber(target), dead_subscriber(target)
        senders = [Sender(target, n, bodies) for n in range(SENDERS)]
        try:
            for sender in senders:
                sender.start()
            times, memory = question(target, args.count)
            meanwhile = balance(senders)
            for sender in senders:
                sender.stopping.set()
            for sender in senders:
                sender.drain()
            total, status = balance(senders), target.ask("status")
        finally:
            frozen.kill()
            frozen.wait()
            dead.close()
        failed = [sender.failed for sender in senders if sender.failed]
        demand(not failed, f"an answer: {failed[:1]}")
        demand(total["in flight"] == 0, f"unanswered, and none for {SILENCE_S} s: {total}")
        demand(meanwhile["in flight"] * BATCH > 10 * CREDIT, f"it wasn't too much: {meanwhile}")
        demand(status["accepted"] + status["superseded"] == total["accepted"],
               f"acknowledged {total['accepted']}, stored {status['accepted'] + status['superseded']}")
        demand(memory < MEMORY_MOST_MIB, f"{memory:.0f} MiB of memory")
        demand(times[-1] < ANSWER_MOST_MS, f"a question took {times[-1]:.0f} ms")
        target.kill()
        target.start()
        kept = target.ask("status")
        demand(kept["accepted"] + kept["superseded"] == total["accepted"], "after a kill something is missing")
    answered = [times[int(len(times) * share)] for share in (.5, .99)]
    slow = sum(ms > ANSWER_GOAL_MS for ms in times)
    return (f"{args.count} s, {total['sent']} batches of {BATCH} = {total['acknowledged']} acknowledged + {total['refused']} refused "
            f"+ {total['in flight']} in flight ({meanwhile['in flight']} while it went on); {len(times)} questions: p50 "
            f"{answered[0]:.0f} ms, p99 {answered[1]:.0f} ms, slowest {times[-1]:.0f} ms, {slow} over {ANSWER_GOAL_MS} ms; memory "
            f"{memory:.0f} MiB; a frozen and a dead subscriber held nobody up; {os.getloadavg()[0]:.1f} processes wanted to run")


def control(args, folder):
    """Within its credit nothing may be refused: then the demand for refusals must fail."""
    work = Work(args.bin, folder, random.Random(args.seed + 1).randrange(1 << 30), **PIECES)
    with Target(args.bin, folder, work.config) as target:
        target.start()
        sender = Sender(target, 0, template(work))
        for _ in range(20):
            demand(sender.offer(), "the socket doesn't take it")
            sender.take(sender.socket.recv_multipart())
        sender.socket.close()
    if sender.refused or sender.acknowledged != 20:
        raise Lost(f"{sender.refused} of 20 within the credit were refused")
    return "within the credit nothing is refused, and that is seen"
