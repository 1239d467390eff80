#!/usr/bin/env python3
"""Managers who answer the warnings of a real paced: the same year twice is the same bytes, and warnings are answered in days."""
import json
import os
import sys
import tempfile
from datetime import date

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import lab  # noqa: E402
import live  # noqa: E402
from simulated import end, tell  # noqa: E402

SIZE = ("--seed", "2", "--reps", "18", "--teams", "3", "--days", "130", "--slip", "a.devries:emails:2025-12-01:.3")


def year():
    with tempfile.TemporaryDirectory() as folder:
        live.live(sys.argv[1], folder, *SIZE)
        said = []
        for name in ("events.ndjson", "alerts.json", "truth.json"):
            with open(os.path.join(folder, name), "rb") as file:
                said.append(file.read())
        said[1] = [json.loads(line) for line in said[1].splitlines()]
        return said


def answered(events, alerts, truth):
    """Of the slips and relapses under managers who coach well, how many have a session with that topic within three weeks."""
    well = {row["team"] for row in truth["managers"] if row["coaches"] == "well"}
    sessions = [(event["subject"], topic, date.fromisoformat(event["time"][:10])) for event in events
                if event["type"] == "sales.coaching.session" for topic in event["data"].get("topics", []) if isinstance(topic, str)]
    slips = [(alert["subject"], alert["data"]["indicator"], date.fromisoformat(alert["data"]["raised_on"])) for alert in alerts
             if alert["data"]["kind"] in ("slip", "relapsed") and alert["data"]["push"] and alert["data"]["team"] in well and
             alert["data"]["raised_on"] < "2025-12-15"]
    return len(slips), sum(any(who == rep and topic == name and 0 <= (day - raised).days <= 21 for who, topic, day in sessions)
                           for rep, name, raised in slips)


if __name__ == "__main__":
    first, again = year(), year()
    tell((first[0], first[2]) == (again[0], again[2]), "the same events and truth again")
    tell(lab.what_was_said(first[1]) == lab.what_was_said(again[1]), "the same warnings")  # their source is each store's own
    events = [json.loads(line) for line in first[0].splitlines()]
    n, met = answered(events, first[1], json.loads(first[2]))
    tell(n >= 1 and met >= .6 * n, f"{met} of {n} pushed slips are answered by managers who coach well")
    end()
