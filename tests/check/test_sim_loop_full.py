#!/usr/bin/env python3
"""The loop as ./dev demo shows it: slips that are coached well are over, those that nobody coaches aren't, and verdicts are as meant.

The seed is fixed, so the numbers are too; the bounds say what would be a step back (./dev bench loop has many years).
"""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, HERE)
from simulated import end, tell  # noqa: E402

BIN = sys.argv[1]
STORY = os.path.join(HERE, "story.py")


def program(command, output):
    with open(output, "wb") as file:
        subprocess.run(command, stdout=file, check=True, timeout=600)


def year(folder):
    """Paths of the events and the warnings, one a line, and of the score."""
    truth, config, events, result, alerts, score = (os.path.join(folder, name) for name in (
        "truth.json", "paced.yaml", "events.ndjson", "result.json", "alerts.ndjson", "score.json"))
    program([os.path.join(BIN, "pace-sim"), "--loop", "--seed", "3", "--reps", "40", "--teams", "7", "--truth", truth, "--config",
             config], events)
    program([os.path.join(BIN, "pacectl"), "backtest", "--config", config, "--events", events, "--json"], result)
    with open(result) as file:
        told = json.load(file)
    tell(told["events"]["rejected"] == 0, f"every event is accepted: {told['events']}")
    with open(alerts, "w") as file:
        file.writelines(json.dumps(event) + "\n" for event in told["warnings"])
    program([os.path.join(BIN, "pace-sim"), "score", "--truth", truth, "--alerts", alerts, "--json"], score)
    return events, alerts, score


def test_answers(score):
    told = [row for row in score["answers"] if row["told"]]
    tell(len(told) >= .7 * len(score["answers"]), f"{len(told)} of {len(score['answers'])} slips are warned of")
    over = {kind: [row["over"] for row in told if row["manager"] == kind] for kind in ("well", "late", "never")}
    tell(sum(over["well"]) >= 2 and sum(over["never"]) <= 1, f"what was coached well is over, what nobody coached isn't: {over}")


def test_promises(score):
    judged = [row for row in score["promises"] if row["meant"] in ("kept", "broken")]
    right = [row for row in judged if (row["verdict"] in ("kept", "late")) == (row["meant"] == "kept")]
    tell(all(row["verdict"] for row in judged), f"every promise has its verdict: {judged}")
    tell(len(judged) >= 8 and len(right) >= .75 * len(judged), f"{len(right)} of {len(judged)} verdicts are what was meant")


def test_story(events, alerts, score):
    told = subprocess.run([sys.executable, STORY, events, alerts, score, "100000"], capture_output=True, check=True).stdout.decode()
    well, never = told.strip().split("\n\n")
    for text in ("paced:   slip:", "one-on-one about it", "rep:     promises", "commitment verdict (kept)", "paced:   recovered:"):
        tell(text in well, f"the story of who was coached has \"{text}\"")
    tell("paced:   slip:" in never and "one-on-one about it" not in never and "recovered" not in never, "the other one has no end")
    days = [line[2:12] for line in well.splitlines()[1:]]
    tell(days == sorted(days), "in the order of days")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        paths = year(place)
        with open(paths[2]) as content:
            result = json.load(content)
        test_answers(result)
        test_promises(result)
        test_story(*paths)
    end()
