#!/usr/bin/env python3
"""chance.py BIN [--stream NAME] [--indicator NAME] [--seed N] [--draws N] [--json]: what of a real stream's slips is chance?

A stream (tests/check/test_shared_data.py) is backtested as it is, and with one indicator's events drawn anew, so that nobody slips:

- no season: each on a day drawn from all of its days;
- months: on a day of its own month, so that each rep has as many in each month as before;
- names: on its own day, with the names of all of them shuffled, so that the team has as many each day as before.

Slips and relapses in 500 watched days: 500 / arl0_days is what chance gives by construction. Exit 77: no data.
"""
import argparse
import json
import os
import random
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../check"))
from test_shared_data import DATA, STREAMS, Stream  # noqa: E402


def rate(stream, bin_dir, indicator):
    stream.backtest(bin_dir)
    row = next(row for row in stream.backtested["scores"]["indicators"] if row["indicator"] == indicator)
    return 500 * (row["slips"] + row["relapses"]) / row["watched_days"]


def days_of(events):
    """One time of each day, so that a busy one isn't drawn more often."""
    return sorted({event["time"][:10]: event["time"] for event in events}.values())


def no_season(events, dice):
    days = days_of(events)
    return [{**event, "time": dice.choice(days)} for event in events]


def months(events, dice):
    by_month = {}
    for event in events:
        by_month.setdefault(event["time"][:7], []).append(event)
    days = {month: days_of(those) for month, those in by_month.items()}
    return [{**event, "time": dice.choice(days[event["time"][:7]])} for event in events]


def names(events, dice):
    order = dice.sample(events, len(events))
    return [{**event, "subject": other["subject"]} for event, other in zip(events, order)]


def main():
    parser = argparse.ArgumentParser(prog="bench chance")
    parser.add_argument("bin_dir")
    parser.add_argument("--stream", default="maven-crm")
    parser.add_argument("--indicator", default="won")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if not os.path.isdir(DATA):
        print("no real streams: skipped")
        return 77
    bin_dir = os.path.abspath(args.bin_dir)
    form = next(form for form, _ in STREAMS if form[0] == args.stream)
    stream = Stream(*form)
    kind = next(kind for kind in form[3] if kind.split(".")[1] == args.indicator)
    events = [json.loads(line) for line in stream.bytes.splitlines()]
    drawn = [event for event in events if event["type"] == "sales." + kind]
    others = [event for event in events if event["type"] != "sales." + kind]
    found = {"as it is": [rate(stream, bin_dir, args.indicator)]}
    for draw in (no_season, months, names):
        for n in range(args.draws):
            events = others + draw(drawn, random.Random(args.seed + n))
            stream.bytes = "\n".join(map(json.dumps, sorted(events, key=lambda event: event["time"]))).encode()
            found.setdefault(draw.__name__, []).append(rate(stream, bin_dir, args.indicator))
    for name, rates in found.items():
        print(f"{args.stream} {args.indicator:10} {name:10} {statistics.mean(rates):5.2f} in 500 days"
              + (f" ({min(rates):.2f} to {max(rates):.2f} of {len(rates)})" if len(rates) > 1 else ""))
    if args.json:
        print(json.dumps({"stream": args.stream, "indicator": args.indicator, "rates": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
