#!/usr/bin/env python3
"""ingest_simulated.py BIN [--days N] [--reps N] [--json]: the whole way, from pace-sim's file to the durable acknowledgement.

One real daemon over ipc with default sync, one `pacectl send`. Wall time includes reading, sending, decoding, deciding,
closing the days and every commit. Memory is RssAnon, so the store's mapped pages don't count.
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


def map_size(config, size):
    with open(config, "a") as file:
        file.write(f"store: {{map_size: {size}}}\n")


def measure_send(daemon, events):
    cpu_s, begin = daemon.cpu_s(), time.monotonic()
    out, err = daemon.sender(events).communicate()
    wall_s = time.monotonic() - begin
    counts = json.loads(out)
    if counts["rejected"] or counts["sent"] != counts["accepted"] + counts["duplicate"] + counts["superseded"]:
        raise RuntimeError(f"not all was taken: {counts} {err.decode()}")
    return counts["sent"], wall_s, daemon.cpu_s() - cpu_s


def of_a_thousand_reps(bin_dir, days):
    """Throughput, memory, backtest and restart with one organisation."""
    with tempfile.TemporaryDirectory() as folder:
        events, config, _ = simulate(bin_dir, folder, "--reps", "1000", "--days", str(days))
        map_size(config, "16GiB")
        with Daemon(bin_dir, folder, config) as daemon:
            n, wall_s, cpu_s = measure_send(daemon, events)
            again_s = measure_send(daemon, events)[1]
            rss = daemon.rss_anon_bytes()
            daemon.kill()
            restart_s = daemon.start()
            store = sum(os.path.getsize(os.path.join(root, name))
                        for root, _, names in os.walk(os.path.join(folder, "state")) for name in names)
        begin = time.monotonic()
        subprocess.run([os.path.join(bin_dir, "pacectl"), "backtest", "--config", config, "--events", events, "--json"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        backtest_s = time.monotonic() - begin
    return {"events": n, "acknowledged_per_s": n / wall_s, "daemon_cpu_us_per_event": cpu_s / n * 1e6,
            "known_already_per_s": n / again_s, "backtest_per_s": n / backtest_s, "rss_anon_mib_1000_reps": rss / 2**20,
            "store_bytes_per_event": store / n, "restart_s": restart_s}


def of_many_reps(bin_dir, reps):
    with tempfile.TemporaryDirectory() as folder:
        events, config, _ = simulate(bin_dir, folder, "--reps", str(reps), "--days", "2")
        map_size(config, "16GiB")
        with Daemon(bin_dir, folder, config) as daemon:
            n, wall_s, _ = measure_send(daemon, events)
            return {f"events_{reps}_reps": n, f"acknowledged_per_s_{reps}_reps": n / wall_s,
                    f"rss_anon_mib_{reps}_reps": daemon.rss_anon_bytes() / 2**20}


def of_a_year(bin_dir):
    """A year at once: days are closed all the way, and what comes late has them computed anew."""
    with tempfile.TemporaryDirectory() as folder:
        events, config, _ = simulate(bin_dir, folder, "--reps", "100", "--days", "365")
        map_size(config, "16GiB")
        with Daemon(bin_dir, folder, config) as daemon:
            n, wall_s, _ = measure_send(daemon, events)
            return {"events_100_reps_a_year": n, "acknowledged_per_s_100_reps_a_year": n / wall_s}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("--days", type=int, default=60, help="of 1000 reps: about 17,000 events a day")
    parser.add_argument("--reps", type=int, default=100000, help="how many are many")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = of_a_thousand_reps(args.bin, args.days)
    result.update(of_a_year(args.bin))
    result.update(of_many_reps(args.bin, args.reps))
    for name, value in result.items():
        print(f"{name:36s} {value:14,.1f}" if isinstance(value, float) else f"{name:36s} {value:14,d}")
    if args.json:
        print(json.dumps({name: round(value, 3) for name, value in result.items()}))


if __name__ == "__main__":
    main()
