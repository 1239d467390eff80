"""kill: -9 under load. A simulated organisation is sent in slices of random length; the daemon is killed in the middle of a
slice or right after its acknowledgement, sometimes with the sender. Each round has a store of its own, until there were
enough kills. At the end the daemon must say exactly what `pacectl backtest` says about the same file."""
import json
import os
import random
import tempfile
import time
from itertools import islice

from lab import Daemon
from torture_lab import Lost, Recount, Work, compare_said, demand

COUNT = 500
SHARE = 8
DAYS = 140  # of pace-sim; ends on a Sunday, so that what is due last is the weekend


class Round:
    def __init__(self, args, folder, rng):
        self.args, self.rng = args, rng
        self.work = Work(args.bin, folder, rng.randrange(1 << 30), reps=args.reps, days=DAYS,
                         config="store: {dedup_memory: 1MiB}")  # sealed and merged every 16,384 entries
        self.daemon = Daemon(args.bin, folder, self.work.config)
        self.recount = Recount()
        self.kills = self.sender_kills = self.slices = self.runs = 0

    def again(self):
        self.daemon.kill()
        self.kills += 1
        self.daemon.start()

    def check_kept(self):
        """Nothing that was acknowledged is missing, and nothing counts twice."""
        status = self.daemon.ask("status")
        self.runs = max(self.runs, status["index_runs"])
        demand(status["accepted"] == self.recount.accepted and status["superseded"] == self.recount.superseded,
               f"accepted {status['accepted']}, superseded {status['superseded']}; by recount {self.recount.accepted}, "
               f"{self.recount.superseded}")

    def send(self, path, lines):
        """Sends a slice until it is acknowledged, whatever is killed meanwhile."""
        while True:
            sender = self.daemon.sender(path)
            if self.rng.random() < self.args.kill_share:
                time.sleep(self.rng.random() * self.args.within_ms / 1000)  # when it dies is the random thing
                both = self.rng.random() < .2
                if both:
                    sender.kill()
                    self.sender_kills += 1
                self.again()
                if both:
                    sender.communicate()
                    continue
            out, err = sender.communicate(timeout=300)
            demand(sender.returncode == 0, f"send: exit {sender.returncode}: {err.decode()}")
            counts = json.loads(out)
            total = sum(counts[name] for name in ("accepted", "duplicate", "superseded", "rejected"))
            demand(counts["sent"] == total == lines and counts["rejected"] == 0, f"{lines} lines sent: {counts}")
            return

    def run(self, folder):
        with self.daemon, open(self.work.events, "rb") as file:
            path = os.path.join(folder, "slice.ndjson")
            while lines := list(islice(file, self.rng.randrange(200, self.args.slice))):
                with open(path, "wb") as part:
                    part.writelines(lines)
                self.send(path, len(lines))
                self.slices += 1
                for line in lines:
                    self.recount.take(line)
                if self.rng.random() < self.args.kill_share / 2:
                    self.again()
                self.check_kept()
            self.check_end()

    def check_end(self):
        self.again()
        everything = json.loads(self.daemon.ctl("send", self.work.events, "--json").stdout)
        demand(everything["duplicate"] == everything["sent"] and everything["accepted"] == 0,
               f"everything was sent again: {everything}")
        self.daemon.ctl("clock", "--to", f"{self.work.end}T12:00:00Z")
        demand(self.daemon.ctl("verify", check=False).returncode == 0, "verify: the state is not the fold of the log")
        alerts = self.daemon.alerts()
        compare_said(self.work, alerts)
        demand(self.daemon.stop() == 0, "it doesn't stop cleanly")
        print(f"  seed {self.work.seed}: {sum(self.work.held[-1])} events in {self.slices} slices, {self.kills} kills "
              f"({self.sender_kills} with the sender), {len(alerts)} warnings as in the backtest, "
              f"up to {self.runs} runs of the index", flush=True)


def run(args, folder):
    rng, kills, events = random.Random(args.seed), 0, 0
    while kills < args.count:
        with tempfile.TemporaryDirectory(dir=folder) as place:
            this = Round(args, place, rng)
            try:
                this.run(place)
            except (Lost, RuntimeError) as error:
                raise Lost(f"after {kills + this.kills} kills, organisation {this.work.seed}: {error}\n"
                           f"{this.daemon.log()}") from None
            kills += this.kills
            events += sum(this.work.held[-1])
    return f"{kills} kills, {events} events: 0 acknowledged lost, 0 counted twice"


def control(args, folder):
    """A recount of one event less must not agree: what is compared is compared."""
    rng = random.Random(args.seed + 1)
    work = Work(args.bin, folder, rng.randrange(1 << 30), reps=3, days=14)
    recount = Recount()
    with Daemon(args.bin, folder, work.config) as daemon:
        daemon.ctl("send", work.events)
        for line in work.lines:
            recount.take(line)
        status = daemon.ask("status")
    demand((status["accepted"], status["superseded"]) == (recount.accepted, recount.superseded), "the recount is wrong")
    recount.take(b'{"source":"/nobody","id":"one that was never sent"}')
    demand(status["accepted"] != recount.accepted, "the recount doesn't count")
    return "an event that was never sent is missed, as it must be"
