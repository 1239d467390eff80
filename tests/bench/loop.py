#!/usr/bin/env python3
"""loop.py BIN [--seed N] [--runs N] [--quick] [--json]: do cases that are coached close sooner, and do the verdicts on promises hold?

Each run simulates a year (pace-sim --loop), has `pacectl backtest` warn and `pace-sim score` compare. Which managers coach well,
late or never is given by the teams' numbers, so the three kinds differ by chance and by coaching only. A case that wasn't over at
the end, or became the new normal, is known to be longer only (Kaplan & Meier 1958); the mean within so many days is the area under
that curve; intervals of 90 % by resampling slips within each kind.

Then a real paced is asked what it makes of it (`pacectl effects`): one larger organisation in which the e-mails of every other rep fall by half,
so that there are enough of one indicator's slips to tell anything from chance.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lab import Daemon, simulate  # noqa: E402

KINDS = ("well", "late", "never")
WITHIN_DAYS = 60  # working days; slips that nobody answers last 50 to 90
RESAMPLED = 1000
YEAR = ("--loop", "--reps", "60", "--teams", "9", "--days", "365")
LARGE = ("--loop", "--reps", "110", "--teams", "11", "--days", "365", "--no-roster")
FALLS = ("2026-01-12", "2026-02-09", "2026-03-09", "2026-04-13")  # one after the other, each for a quarter of those who fall
ASKED = (("kept", "after a promise that was kept"), ("broken", "... that was broken"), ("keeping", "kept less broken, in points"),
         ("slips_coached", "21 to 40 days into a slip, coached"), ("slips_not_coached", "... not coached"),
         ("coaching", "what coaching adds, in points"))
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


def reps_of(config):
    with open(config) as file:
        return sorted(set(re.findall(r"^\s+([a-z]\.[a-z0-9]+): \{", file.read(), re.M)))


def report(bin_dir, seed):
    """What the daemon's own report says of the e-mails."""
    with tempfile.TemporaryDirectory() as folder:
        size = (*LARGE, "--seed", str(seed))
        reps = reps_of(simulate(bin_dir, folder, *size, "--slip", "none")[1])
        falls = [word for n, rep in enumerate(reps[::2]) for word in ("--slip", f"{rep}:emails:{FALLS[n % len(FALLS)]}:0.5")]
        events, config, _ = simulate(bin_dir, folder, *size, *falls)
        with Daemon(bin_dir, folder, config) as daemon:
            if daemon.sender(events).wait():
                raise RuntimeError("not all was taken")
            while daemon.ask("status").get("refill"):
                time.sleep(.1)  # between two looks at the condition
            return next(item for item in daemon.ask("effects")["items"] if item["indicator"] == "emails")


def print_report(item):
    print("\nWhat `pacectl effects` says of e-mails that fell by half:")
    for name, words in ASKED:
        found = item[name]
        change = found.get("change", found) if found else None
        told = "too few to tell" if not change else "{:+.0f} % ({:+.0f} to {:+.0f})".format(
            *(100 * change[part] for part in ("value", "low", "high")))
        print(f"  {words:38} {told}" + (f", {found['n']} of them" if found and "n" in found else ""))


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
    emails = report(options.bin, options.seed)
    print_report(emails)
    if options.json:
        print(json.dumps({"effects": emails, "runs": runs, "seed": options.seed, "within_days": WITHIN_DAYS, "managers": rows, "promises": said}))


if __name__ == "__main__":
    main()
