#!/usr/bin/env python3
"""loop.py BIN [--seed N] [--runs N] [--quick] [--json]: do cases that are coached close sooner, and do the verdicts on promises hold?

Each run simulates a year (pace-sim --loop), has `pacectl backtest` warn and `pace-sim score` compare. Which managers coach well,
late or never is given by the teams' numbers, so the three kinds differ by chance and by coaching only. A case that wasn't over at
the end, or became the new normal, is known to be longer only (Kaplan & Meier 1958); the mean within so many days is the area under
that curve; intervals of 90 % by resampling slips within each kind.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter

KINDS = ("well", "late", "never")
WITHIN_DAYS = 60  # working days; slips that nobody answers last 50 to 90
RESAMPLED = 1000
YEAR = ("--loop", "--reps", "60", "--teams", "9", "--days", "365")
VERDICTS = ("kept", "late", "broken", "withdrawn", "unverifiable", "")


def program(bin_dir, name, *args, output):
    with open(output, "wb") as file:
        subprocess.run([os.path.join(bin_dir, name), *args], stdout=file, check=True, timeout=1200)


def year(bin_dir, seed, size):
    """The score of one simulated year."""
    with tempfile.TemporaryDirectory() as folder:
        truth, config, events, result, score = (os.path.join(folder, name) for name in
                                                ("truth.json", "paced.yaml", "events.ndjson", "result.json", "score.json"))
        program(bin_dir, "pace-sim", *size, "--seed", str(seed), "--truth", truth, "--config", config, output=events)
        program(bin_dir, "pacectl", "backtest", "--config", config, "--events", events, "--json", output=result)
        program(bin_dir, "pace-sim", "score", "--truth", truth, "--alerts", result, "--json", output=score)
        with open(score) as file:
            return json.load(file)


def survival(waits):
    """[(day, share still open after it)], at days on which a case closed."""
    steps, still, at_risk = [], 1.0, len(waits)
    for days, open_ in sorted((days, not over) for days, over in waits):
        if not open_:
            still *= 1 - 1 / at_risk
            steps.append((days, still))
        at_risk -= 1
    return steps


def median(waits):
    return next((days for days, still in survival(waits) if still <= .5), None)


def mean_within(waits):
    area, last, still = 0.0, 0, 1.0
    for days, after in survival(waits):
        if days >= WITHIN_DAYS:
            break
        area, last, still = area + still * (days - last), days, after
    return area + still * (WITHIN_DAYS - last)


def interval(values):
    """The middle 90 %; None, never reached, is the longest."""
    ordered = sorted(values, key=lambda value: (value is None, value or 0))
    return ordered[len(ordered) // 20], ordered[-1 - len(ordered) // 20]


def resample(waits, statistic, rng):
    return [statistic([rng.choice(waits) for _ in waits]) for _ in range(RESAMPLED)]


def sum_up(scores, seed):
    rng, rows, means = random.Random(seed), {}, {}
    for kind in KINDS:
        answers = [row for score in scores for row in score["answers"] if row["manager"] == kind]
        waits = [(row["days"], row["over"]) for row in answers if row["told"]]
        if not waits:
            continue
        means[kind] = resample(waits, mean_within, rng)
        rows[kind] = {
            "slips": len(answers), "warned": len(waits), "coached": sum(row["coached"] is not None for row in answers),
            "over": sum(over for _, over in waits), "new_normal": sum(row["rebased"] for row in answers),
            "median_days": median(waits), "median_interval": interval(resample(waits, median, rng)),
            "mean_within_days": mean_within(waits), "mean_interval": interval(means[kind])}
    if "well" in rows and "never" in rows:
        rows["never"]["longer_than_well_days"] = rows["never"]["mean_within_days"] - rows["well"]["mean_within_days"]
        rows["never"]["longer_interval"] = interval([a - b for a, b in zip(means["never"], means["well"])])
    return rows


def promises(scores):
    counts = Counter((row["by"], row["meant"], row["verdict"]) for score in scores for row in score["promises"])
    kinds = sorted({(by, meant) for by, meant, _ in counts}, reverse=True)
    return [{"by": by, "meant": meant, **{verdict or "none": counts[by, meant, verdict] for verdict in VERDICTS}} for by, meant in kinds]


def days(value):
    return f"> {WITHIN_DAYS}" if value is None else f"{value:.0f}"


def print_tables(rows, said):
    print(f"{'manager':9} {'slips':>6} {'warned':>7} {'coached':>8} {'over':>6} {'new normal':>11} "
          f"{'median days':>18} {'mean within ' + str(WITHIN_DAYS):>20}")
    for kind, row in rows.items():
        spans = ["{} ({}-{})".format(days(row[name]), *map(days, row[span]))
                 for name, span in (("median_days", "median_interval"), ("mean_within_days", "mean_interval"))]
        print(f"{kind:9} {row['slips']:6} {row['warned']:7} {row['coached']:8} {row['over']:6} {row['new_normal']:11} "
              f"{spans[0]:>18} {spans[1]:>20}")
    if "longer_than_well_days" in rows.get("never", {}):
        row = rows["never"]
        low, high = row["longer_interval"]
        print(f"Never coached: {row['longer_than_well_days']:.0f} working days longer ({low:.0f} to {high:.0f}) than coached well, "
              f"of the first {WITHIN_DAYS} after the warning.")
    print(f"\n{'promise of':11} {'meant to be':13}" + "".join(f"{verdict or 'no verdict':>13}" for verdict in VERDICTS))
    for row in said:
        print(f"{row['by']:11} {row['meant']:13}" + "".join(f"{row[verdict or 'none']:13}" for verdict in VERDICTS))


def main():
    parser = argparse.ArgumentParser(prog="bench loop")
    parser.add_argument("bin")
    parser.add_argument("--seed", type=int, default=11, help="of the first year; each further one has the next")
    parser.add_argument("--runs", type=int, default=8, help="years")
    parser.add_argument("--quick", action="store_true", help="two years")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    runs = 2 if options.quick else options.runs
    scores = []
    for i in range(runs):
        scores.append(year(options.bin, options.seed + i, YEAR))
        print(f"year {i + 1} of {runs}: {scores[-1]['found']} of {len(scores[-1]['planted'])} planted slips found", file=sys.stderr)
    rows, said = sum_up(scores, options.seed), promises(scores)
    print_tables(rows, said)
    if options.json:
        print(json.dumps({"runs": runs, "seed": options.seed, "within_days": WITHIN_DAYS, "managers": rows, "promises": said}))


if __name__ == "__main__":
    main()
