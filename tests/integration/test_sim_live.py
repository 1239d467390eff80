#!/usr/bin/env python3
"""pace-sim --live: managers answer what they are warned of, each in their own way; what isn't a warning changes nothing."""
import json
import os
import subprocess
import sys
import tempfile
from datetime import date

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from simulated import SIM, check, end  # noqa: E402

SIZE = ("--seed", "5", "--reps", "18", "--teams", "3", "--days", "110", "--slip", "none", "--plain")
START = date(2025, 9, 1)
WARNED = 60  # a day


def live(told, *more):
    """The events of a simulation that hears `told`: lines by day, as the morning of that day brings them."""
    with subprocess.Popen([SIM, "--live", *SIZE, *more], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sim:
        events, day = [], 0
        for line in sim.stdout:
            if line != b"\n":
                events.append(json.loads(line))
                continue
            day += 1
            sim.stdin.write(b"".join(json.dumps(warning).encode() + b"\n" for warning in told.get(day, [])) + b"\n")
            sim.stdin.flush()
    check(sim.returncode == 0 and day == 110, f"exit {sim.returncode} after {day} days")
    return events


def warning(kind, rep, indicator, push=True):
    return {"subject": rep, "data": {"kind": kind, "indicator": indicator, "push": push}}


def organisation():
    """A rep of each kind of manager, and what the role is watched for."""
    with tempfile.TemporaryDirectory() as folder:
        truth, config = os.path.join(folder, "truth.json"), os.path.join(folder, "paced.yaml")
        subprocess.run([SIM, "--loop", *SIZE, "--truth", truth, "--config", config], stdout=subprocess.DEVNULL, check=True)
        with open(truth) as file:
            coaches = {row["team"]: row["coaches"] for row in json.load(file)["managers"]}
        with open(config) as file:
            lines = [line.strip().split(": {team: ") for line in file if ": {team: " in line]
    reps = {}
    for rep, rest in lines:
        reps.setdefault(coaches[rest.split(",")[0]], []).append((rep, "emails"))
    return reps


def about(events, rep, indicator):
    """Days after the warning on which a session was about it, of those that a promise came from or that followed such a one."""
    days = [(date.fromisoformat(event["time"][:10]) - START).days - WARNED for event in events
            if event["type"] == "sales.coaching.session" and event["subject"] == rep and indicator in event["data"].get("topics", [])]
    return [day for day in days if day >= 0]


def promises(events, rep):
    return [event for event in events if event["type"] == "sales.commitment.made" and event["subject"] == rep]


def test_silence():
    """Nothing said, or nobody who says anything: the same bytes; managers only do what they always do."""
    quiet = live({})
    done = subprocess.run([SIM, "--live", *SIZE], input=b"", capture_output=True)
    check(done.returncode == 0, f"an end instead of answers: exit {done.returncode}")
    check([json.loads(line) for line in done.stdout.splitlines() if line] == quiet, "is as if nothing had been said")
    check(not any(event["type"].startswith("sales.commitment.") for event in quiet), "and nobody promises anything")
    check(any(event["type"] == "sales.coaching.session" for event in quiet), "but one-on-ones are held")


def test_answers():
    reps = organisation()
    check(set(reps) == {"well", "late", "never"}, f"managers of each kind: {set(reps)}")
    pushed, other, back = (reps["well"][i] for i in (0, 1, 2))
    told = {WARNED: [warning("slip", *pushed), warning("slip", *reps["late"][0]), warning("relapsed", *reps["never"][0]),
                     warning("slip", *other, push=False), warning("slip", *back), warning("good_news", *reps["well"][3]),
                     warning("slip", "nobody", "emails"), warning("slip", reps["well"][3][0], "no such")],
            WARNED + 1: [warning("recovered", *back)]}
    events = live(told)
    check(events == live(told), "the same warnings give the same events")
    first = {name: min(about(events, *who), default=None) for name, who in
             (("pushed", pushed), ("not pushed", other), ("late", reps["late"][0]), ("never", reps["never"][0]))}
    print(first, [len(promises(events, who[0])) for who in (pushed, other, back)])
    check(first["pushed"] is not None and 1 <= first["pushed"] <= 8, f"who coaches well answers within days: {first}")
    check(first["not pushed"] is not None and 14 <= first["not pushed"] <= 24, f"what isn't pushed two weeks later: {first}")
    check(first["late"] is not None and 15 <= first["late"] <= 30, f"late: {first}")
    check(first["never"] is None, f"never: {first}")
    check(promises(events, pushed[0]) or promises(events, other[0]), "something is promised")
    check(not promises(events, back[0]) and not promises(events, reps["well"][3][0]), "what is over or no slip isn't answered")


def test_a_score_is_a_mean():
    reps = [rep for managed in organisation().values() for rep, _ in managed]
    events = live({WARNED: [warning("slip", rep, "discovery") for rep in reps]})
    made = [event["data"] for rep in reps for event in promises(events, rep)]
    targets = [data["target"] for data in made if data.get("indicator") == "discovery" and "target" in data]
    print("scores promised:", targets)
    check(targets and all(0 < target <= 100 for target in targets), "a score that is promised is one, not a sum of several days'")


def test_wrong_lines():
    done = subprocess.run([SIM, "--live", *SIZE], input=b"{\n\n", capture_output=True)
    check(done.returncode == 1 and b"JSON" in done.stderr, f"exit {done.returncode}: {done.stderr[:200]}")
    for odd in (b"[]\n\n", b"{}\n\n", b'{"data":{"kind":3},"subject":7}\n\n'):
        done = subprocess.run([SIM, "--live", *SIZE], input=odd, capture_output=True)
        check(done.returncode == 0, f"{odd}: exit {done.returncode}: {done.stderr[:200]}")


if __name__ == "__main__":
    test_silence()
    test_answers()
    test_a_score_is_a_mean()
    test_wrong_lines()
    end()
