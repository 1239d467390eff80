#!/usr/bin/env python3
"""story.py EVENTS ALERTS SCORE [WIDTH]: two simulated slips as their managers lived them, one coached well, one never, from what
was sent and what paced said. For ./dev demo; the score is that of `pace-sim score --json` of a year with --loop."""
import json
import sys
import textwrap
from datetime import date, timedelta

LOOP = (b'"sales.coaching.session"', b'"sales.commitment.', b'"sales.recognition.given"')
AFTER_DAYS = 20  # in which what was promised is still judged
KINDS = ("slip", "relapsed", "recovered", "rebased", "revised", "commitment_verdict")


def end_of(answer):
    return str(date.fromisoformat(answer["back"]) + timedelta(days=AFTER_DAYS)) if answer["back"] else "9999"


def alerts_of(path, answer):
    """What paced said of that rep and indicator from the warning on: (day, who, text)."""
    with open(path) as file:
        events = [json.loads(line) for line in file]
    for event in events:
        data = event["data"]
        if event.get("subject") == answer["rep"] and data.get("indicator") == answer["indicator"] and data["kind"] in KINDS and \
                answer["told"] <= data["raised_on"] <= end_of(answer):
            verdict = f" ({data['verdict']})" if "verdict" in data else ""
            yield data["raised_on"], "paced", f"{data['kind'].replace('_', ' ')}{verdict}: {data['text']}"


def said(event, indicator):
    """A line of the other half in words; None: about something else."""
    data, what = event["data"], event["type"].split(".", 2)[-1]
    if what == "session" and indicator in data.get("topics", []):
        return "manager", "one-on-one about it" + (", and was asked for help" if data.get("help_asked") else "")
    if what == "made" and (data.get("indicator") == indicator or data["by"] == "manager"):
        target = f", {data['target']:g} in all" if data.get("target", 0) >= 1 else f", {data['target']:.0%}" if "target" in data else ""
        return data["by"], f"promises {data['text']}{target}, by {data['due']} ({data['commitment']})"
    if what == "given" and data["indicator"] == indicator:
        return "manager", "a word of recognition"
    return None


def answers_of(path, answer):
    with open(path, "rb") as file:
        lines = [line for line in file if any(kind in line for kind in LOOP)]
    for event in map(json.loads, lines):
        words = said(event, answer["indicator"]) if event["subject"] == answer["rep"] else None
        if words and answer["told"] <= event["time"][:10] <= end_of(answer):
            yield (event["time"][:10], *words)


def days_between(a, b):
    return (date.fromisoformat(b) - date.fromisoformat(a)).days


def pick(answers, kind):
    """The one that was over soonest and coached after the warning, or the one that was warned of first and not over."""
    if kind == "well":
        fit = [row for row in answers if row["manager"] == kind and row["told"] and row["back"] and row["coached"] and
               row["told"] < row["coached"] < row["back"]]
        return min(fit, key=lambda row: days_between(row["told"], row["back"]), default=None)
    fit = [row for row in answers if row["manager"] == kind and row["told"]]
    return min(fit, key=lambda row: (row["over"], row["told"]), default=None)


def tell(events, alerts, answer, width):
    print(f"{answer['rep']}, {answer['indicator']}: a slip planted on {answer['from']}; the manager coaches {answer['manager']}.")
    story = sorted([*alerts_of(alerts, answer), *answers_of(events, answer)], key=lambda row: row[0])
    for day, who, text in story:
        print(textwrap.fill(f"{day}  {who + ':':8} {text}", width, initial_indent="  ", subsequent_indent=" " * 23))


def main():
    events, alerts, score = sys.argv[1:4]
    width = int(sys.argv[4]) if len(sys.argv) > 4 else 110
    with open(score) as file:
        answers = json.load(file)["answers"]
    for kind in ("well", "never"):
        answer = pick(answers, kind)
        if answer:
            tell(events, alerts, answer, width)
            print()


if __name__ == "__main__":
    main()
