#!/usr/bin/env python3
"""care.py BIN [--events N] [--rate N] [--seconds N] [--rounds N] [--reps N] [--quick] [--json]: acknowledgements beside long work.

One real daemon that has --events, 20 a rep and day up to today, takes --rate events a second in batches of 64, while nothing else is done,
then while its store is scrubbed, verified and copied, over and over, and once it was started again with shorter store.keep_days, for as long as it
drops days; in rounds, one after the other. Told is how long acknowledgements took (from the moment at which a batch was due), the
medians of the rounds, and each against the idle one of the same round.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ingest  # noqa: E402

WORK = ("idle", "scrub", "verify", "backup", "drop")
LEAST_KEEP_DAYS = 30
REP_DAY = 20  # as in ingest/traffic.h
MEASURES = ("ack_p50_ms", "ack_p99_ms", "ack_max_ms")


class Beside(threading.Thread):
    """Asks for the same work again and again, until it is told to stop."""

    def __init__(self, daemon, folder, work):
        super().__init__()
        self.daemon_at, self.file, self.work, self.done, self.over = daemon, os.path.join(folder, "copy"), work, 0, threading.Event()
        self.failed = None

    def run(self):
        while not self.over.is_set() and not self.failed:
            words = [self.work] + ([self.file] if self.work == "backup" else [])
            done = subprocess.run(self.daemon_at.command(*words), capture_output=True)
            if done.returncode != 0:
                self.failed = done.stderr.decode()
            self.done += 1
            if self.work == "backup":
                os.unlink(self.file)


def tell(work, row):
    print(f"{work:8s} " + ", ".join(f"{name} {value:,.2f}" for name, value in row.items()), flush=True)
    return row


def one(lab, daemon, work, args):
    beside = Beside(daemon, lab.folder, work)
    if work != "idle":
        beside.start()
    try:
        told = lab.load(daemon, "--seconds", args.seconds, "--rate", args.rate, "--batch", 64)
    finally:
        beside.over.set()
        if work != "idle":
            beside.join()
    if beside.failed:
        raise RuntimeError(beside.failed)
    row = {name: told[name] for name in MEASURES}
    row.update(per_s=told["per_s"], times=beside.done)
    return tell(work, row)


def drop(lab, daemon, args, keep_days):
    """A second at a time, while days are dropped; of some of them the longest is told."""
    daemon.stop()
    with open(lab.config) as file:
        text = re.sub(r"(keep_days: \d+, )?map_size", f"keep_days: {keep_days}, map_size", file.read())
    with open(lab.config, "w") as file:
        file.write(text)
    daemon.start()
    rows = []
    while daemon.ask("status")["kept"]["dropping"]:
        rows.append(lab.load(daemon, "--seconds", 1, "--rate", args.rate, "--batch", 64))
    if not rows:
        raise RuntimeError(f"no days were dropped that are older than {keep_days}; there are too few events a round, or too many reps")
    row = {name: max(told[name] for told in rows) for name in MEASURES}
    row.update(per_s=statistics.median(told["per_s"] for told in rows), times=len(rows),
               drop_p99_ms=daemon.ask("status")["turns"]["parts"]["drop"]["p99_ms"])
    return tell("drop", row)


def one_round(lab, daemon, args, keep_days):
    row = {work: one(lab, daemon, work, args) for work in WORK[:-1]}
    return row | {"drop": drop(lab, daemon, args, keep_days)}


def measure(args):
    days = args.events // (args.reps * REP_DAY)
    with tempfile.TemporaryDirectory() as folder:
        lab = ingest.Lab(args, folder)
        with lab.daemon("paced") as daemon:
            lab.load(daemon, "--events", args.events, "--days", days, "--back", days)
            rounds = [one_round(lab, daemon, args, max(LEAST_KEEP_DAYS, days * (args.rounds - n) // (args.rounds + 1)))
                      for n in range(args.rounds)]
    result = {}
    for work in WORK:
        result[work] = {name: statistics.median(row[work][name] for row in rounds) for name in (*MEASURES, "per_s")}
        result[work]["p99_ratio"] = statistics.median(row[work]["ack_p99_ms"] / row["idle"]["ack_p99_ms"] for row in rounds)
    return result


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--events", type=int, default=4000000)
    parser.add_argument("--rate", type=int, default=20000)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reps", type=int, default=1000)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.entries = args.events
    if args.quick:
        args.events, args.seconds, args.rounds, args.reps = 300000, 3, 2, 100
    result = measure(args)
    if args.json:
        print(json.dumps(result))
        return
    print(f"\n{'':8s}{'p50 ms':>10s}{'p99 ms':>10s}{'max ms':>10s}{'p99 / idle':>12s}{'events/s':>12s}")
    for work, row in result.items():
        print(f"{work:8s}{row['ack_p50_ms']:10.2f}{row['ack_p99_ms']:10.2f}{row['ack_max_ms']:10.2f}{row['p99_ratio']:12.2f}{row['per_s']:12,.0f}")


if __name__ == "__main__":
    main()
