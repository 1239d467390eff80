#!/usr/bin/env python3
"""torture.py BIN [--kills N] [--seed S] [--reps N]: kill -9 under load, with an independent recount.

A simulated organisation is sent in slices of random length. The daemon is killed at random moments, in the middle of a
slice or right after its acknowledgement; sometimes the sender is killed with it and the slice is sent again. What was
acknowledged must be there after each kill; each (source, id) must count once; and at the end the daemon must say exactly
what `pacectl backtest` says about the same file. Each round has a store of its own, until there were enough kills.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import date, timedelta
from itertools import islice

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lab import Daemon, simulate, what_was_said  # noqa: E402


class Lost(Exception):
    """A promise was broken."""


def demand(condition, text):
    if not condition:
        raise Lost(text)


class Recount:
    """What the store must hold, counted without any of its code."""

    def __init__(self):
        self.ids, self.revisions = set(), {}
        self.accepted = self.superseded = 0

    def take(self, line):
        event = json.loads(line)
        source, ident = event["source"], event["id"]
        if (source, ident) in self.ids:
            return
        self.ids.add((source, ident))
        record, revision = (source, event.get("record", ident)), event.get("revision", 0)
        if revision < self.revisions.get(record, 0):
            self.superseded += 1
        else:
            self.accepted += 1
            self.revisions[record] = revision


class Round:
    def __init__(self, args, folder, rng):
        self.args, self.folder, self.rng = args, folder, rng
        self.seed = rng.randrange(1 << 30)
        self.events, self.config, truth = simulate(args.bin, folder, "--seed", str(self.seed), "--reps", str(args.reps),
                                                   "--days", "140")
        with open(self.config, "a") as file:
            file.write("\nstore: {dedup_memory: 1MiB}\n")  # sealed and merged every 16,384 entries
        with open(truth) as file:
            start = json.load(file)["start"]
        self.end = date.fromisoformat(start) + timedelta(days=140)  # a Monday: what is due then is the weekend
        self.daemon = Daemon(args.bin, folder, self.config)
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
                time.sleep(self.rng.random() * self.args.within_ms / 1000)
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

    def run(self):
        with self.daemon, open(self.events, "rb") as file:
            path = os.path.join(self.folder, "slice.ndjson")
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
        total = self.recount.accepted + self.recount.superseded
        self.again()
        everything = json.loads(self.daemon.ctl("send", self.events, "--json").stdout)
        demand(everything["duplicate"] == everything["sent"] and everything["accepted"] == 0,
               f"everything was sent again: {everything}")
        self.daemon.ctl("clock", "--to", f"{self.end}T12:00:00Z")
        demand(self.daemon.ctl("verify", check=False).returncode == 0, "verify: the state is not the fold of the log")
        alerts = self.daemon.alerts()
        demand([int(alert["id"]) for alert in alerts] == list(range(1, len(alerts) + 1)), "the numbers have holes")
        self.compare(alerts, total)
        demand(self.daemon.stop() == 0, "it doesn't stop cleanly")

    def compare(self, alerts, total):
        result = subprocess.run([os.path.join(self.args.bin, "pacectl"), "backtest", "--config", self.config, "--events",
                                 self.events, "--json"], capture_output=True, timeout=600, check=True)
        mine = what_was_said(alerts)
        theirs = what_was_said(json.loads(result.stdout)["warnings"])
        missing, surplus = Counter(theirs) - Counter(mine), Counter(mine) - Counter(theirs)
        demand(not missing and not surplus, f"warnings differ from the backtest's: missing {dict(missing)}, "
                                            f"surplus {dict(surplus)}")
        print(f"  seed {self.seed}: {total} events in {self.slices} slices, {self.kills} kills "
              f"({self.sender_kills} with the sender), {len(mine)} warnings as in the backtest, "
              f"up to {self.runs} runs of the index", flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("which", nargs="?", default="all", choices=["all", "kill"])
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--reps", type=int, default=60)
    parser.add_argument("--slice", type=int, default=15000, help="at most so many lines at a time")
    parser.add_argument("--kill-share", type=float, default=.7)
    parser.add_argument("--within-ms", type=float, default=120, help="a kill comes so long after the start at most")
    return parser.parse_args()


def main():
    args = arguments()
    rng = random.Random(args.seed)
    print(f"torture: {args.kills} kills, --seed {args.seed}", flush=True)
    kills = 0
    while kills < args.kills:
        with tempfile.TemporaryDirectory() as folder:
            this = Round(args, folder, rng)
            try:
                this.run()
            except (Lost, RuntimeError) as error:
                print(f"FAILED after {kills + this.kills} kills (--seed {args.seed}, organisation {this.seed}): {error}")
                print(this.daemon.log())
                return 1
            kills += this.kills
    print(f"torture: {kills} kills, 0 acknowledged lost, 0 counted twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
