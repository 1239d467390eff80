"""subscriber: whoever reads the warnings is killed again and again, and goes on from the last number it had written down. In the
end it must have them all, in order, without a hole."""
import json
import os
import random
import signal
import subprocess
import time

import zmq

from torture_lab import LINGER_MS, Lost, Target, Work, demand

COUNT = 100
SHARE = 8
PIECES = {"reps": 40, "days": 140, "batches": 200}
SMALLER = {"reps": 12, "days": 126, "batches": 40}


class Reader:
    """`pacectl alerts --follow` into a file, and what of the file is whole."""

    def __init__(self, target, folder):
        self.target, self.path, self.process, self.numbers = target, os.path.join(folder, "alerts"), None, []

    def start(self):
        since = str(self.numbers[-1] if self.numbers else 0)
        with open(self.path, "wb") as file:
            self.process = subprocess.Popen(
                [os.path.join(self.target.bin, "pacectl"), "--socket", f"{self.target.run}/control.sock", "alerts", "--follow",
                 "--json", "--since", since], stdout=file, stderr=subprocess.DEVNULL)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.take()

    def take(self):
        """A line that was cut off isn't known."""
        with open(self.path, "rb") as file:
            lines = file.read().split(b"\n")[:-1]
        numbers = [int(json.loads(line)["id"]) for line in lines]
        first = self.numbers[-1] + 1 if self.numbers else 1
        demand(numbers == list(range(first, first + len(numbers))), f"after {first - 1} came {numbers[:5]}")
        self.numbers += numbers

    def catch_up(self, last):
        until = time.monotonic() + self.target.patience_s
        while not self.has(last):
            demand(time.monotonic() < until, f"{last} didn't come")
            time.sleep(.02)  # between two looks at the file
        self.kill()

    def has(self, last):
        if self.numbers and self.numbers[-1] >= last:
            return True
        with open(self.path, "rb") as file:
            return any(int(json.loads(line)["id"]) == last for line in file.read().split(b"\n")[:-1])


def run(args, folder):
    rng = random.Random(args.seed)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **(SMALLER if args.share else PIECES))
    at = sorted(rng.randrange(len(work.batches)) for _ in range(args.count))
    daemon_kills = 0
    with Target(args.bin, folder, work.config) as target:
        target.start()
        reader = Reader(target, folder)
        reader.start()
        try:
            for n, batch in enumerate(work.batches):
                for _ in range(at.count(n)):
                    time.sleep(rng.random() * .01)  # when it dies is the random thing
                    reader.kill()
                    if rng.random() < .1:
                        target.kill()
                        target.start()
                        daemon_kills += 1
                    reader.start()
                demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
            target.ask("clock", to=f"{work.end}T12:00:00Z")
            last = target.ask("status")["alerts"]
            reader.catch_up(last)
        finally:
            if reader.process.poll() is None:
                reader.process.kill()
                reader.process.wait()
        demand(reader.numbers == list(range(1, last + 1)), "there is a hole")
    return f"{args.count} kills of the subscriber, {daemon_kills} of the daemon, {last} warnings: 0 gaps after replay"


def control(args, folder):
    """A subscriber that only listens and never asks for the rest must miss some; else nobody was away."""
    rng = random.Random(args.seed + 1)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **SMALLER)
    heard = set()
    with Target(args.bin, folder, work.config) as target:
        target.start()
        for batch in work.batches:
            socket = zmq.Context.instance().socket(zmq.SUB) if rng.random() < .5 else None
            if socket:
                socket.setsockopt(zmq.LINGER, LINGER_MS)
                socket.setsockopt(zmq.SUBSCRIBE, b"alert.")
                socket.connect(f"ipc://{target.run}/alerts.sock")
            demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
            while socket and socket.poll(20):
                heard.add(int(socket.recv_multipart()[1]))
            if socket:
                socket.close()
        last = target.ask("status")["alerts"]
    if len(heard) >= last:
        raise Lost("whoever only listens misses nothing: no number could be missed")
    return f"who only listens heard {len(heard)} of {last}, as must be"
