#!/usr/bin/env python3
"""libpace.py BIN [--days N] [--json]: acknowledged events a second through libpace's example, with and without an outbox.

Beside them `pacectl send`, and each of them again when the daemon knows all events already: then the sender is what is
measured. Every way has a daemon of its own. With the outbox 500 events share one write to the disk.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lab import Daemon, simulate  # noqa: E402


def ways(bin_dir, folder, daemon, events):
    example = [os.path.join(bin_dir, "libpace_example"), "ipc://" + os.path.join(folder, "run", "ingest.sock")]
    return {"pacectl_send": daemon.command("send", events), "libpace": example,
            "libpace_outbox": [*example, os.path.join(folder, "outbox")]}


def seconds(command, events):
    begin = time.monotonic()
    with open(events, "rb") as file:
        subprocess.run(command, stdin=file, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begin


def measure(bin_dir, way, days):
    with tempfile.TemporaryDirectory() as folder:
        events, config, _ = simulate(bin_dir, folder, "--reps", "200", "--days", str(days))
        with open(events, "rb") as file:
            n = sum(1 for _ in file)
        with Daemon(bin_dir, folder, config) as daemon:
            command = ways(bin_dir, folder, daemon, events)[way]
            return n, n / seconds(command, events), n / seconds(command, events)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--days", type=int, default=60, help="of 200 reps: about 3,400 events a day")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = {}
    for way in ("pacectl_send", "libpace", "libpace_outbox"):
        result["events"], fresh, known = measure(args.bin, way, args.days)
        result[f"{way}_per_s"], result[f"{way}_known_per_s"] = round(fresh), round(known)
    for name, value in result.items():
        print(f"{name:36s} {value:14,d}")
    if args.json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
