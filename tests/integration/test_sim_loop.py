#!/usr/bin/env python3
"""pace-sim --loop: managers and reps answer what was planted, and what the truth says of it is in the events, by a recount."""
import hashlib
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import date, timedelta

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from simulated import check, end, run, simulate, standing  # noqa: E402

# Of the coaching of `pace-sim --loop --seed 7 --reps 24 --days 220`: any compiler and sanitizer must reproduce it.
DIGEST = "e0ab49fdfde0c8aaf5c71043260ee9bf43f0aef45fd7624b460c619ec766873d"
LOOP = ("sales.coaching.session", "sales.commitment.", "sales.recognition.", "sales.goal.acknowledged", "sales.training.",
        "sales.growth.")
WHERE = {
    "calls": lambda e: e["type"] == "sales.activity.call" and e["data"]["direction"] == "outbound",
    "emails": lambda e: e["type"] == "sales.activity.email" and not e["data"].get("automatic"),
}


class World:
    def __init__(self, *args):
        lines, self.truth, config = simulate("--loop", *args)
        self.reps = [line.strip().split(": {team: ") for line in config.splitlines() if ": {team: " in line]
        self.events = [json.loads(line) for line in lines]
        self.managers = {row["team"]: row["coaches"] for row in self.truth["managers"]}
        self.loop = [event for event in self.events if event["type"].startswith(LOOP)]

    def by_day(self, rep, indicator):
        """Final records of a rep who is known by one name."""
        days = Counter()
        for event in standing(event for event in self.events if event.get("subject") == rep):
            if WHERE[indicator](event):
                days[date.fromisoformat(event["time"][:10])] += 1
        return days


def test_same_bytes():
    args = ("--loop", "--seed", "7", "--reps", "24", "--days", "220")
    first = run(*args).stdout
    check(first == run(*args).stdout, "the same seed gives the same bytes")
    kept = b"\n".join(line for line in first.splitlines() if json.loads(line)["type"].startswith(LOOP))
    digest = hashlib.sha256(kept).hexdigest()
    check(digest == DIGEST, f"the committed digest: {digest}")


def test_sessions(world):
    """Managers who coach well do so every two weeks, late ones half as often, the others never; the calendar repeats some."""
    sessions = [event for event in world.loop if event["type"] == "sales.coaching.session"]
    own = [event for event in sessions if event["source"] == "/coach"]
    again = [event for event in sessions if event["source"] == "/calendar"]
    per_team = Counter(event["data"]["manager"][len("lead."):] for event in own)
    by_kind = defaultdict(list)
    for team, kind in world.managers.items():
        by_kind[kind].append(per_team[team])
    print({kind: counts for kind, counts in by_kind.items()})
    check(set(world.managers.values()) == {"well", "late", "never"}, "there are managers of each kind")
    check(max(by_kind["never"]) == 0 < min(by_kind["late"]) < min(by_kind["well"]), f"who coaches how often: {dict(by_kind)}")
    check(.1 < len(again) / len(own) < .3, f"{len(again)} of {len(own)} sessions come a second time")
    twins = {(event["subject"], event["time"], event["data"]["manager"]) for event in own}
    check(all((event["subject"], event["time"], event["data"]["manager"]) in twins for event in again), "and are the same")


def test_answers(world):
    """Every slip of a coached team is a topic from the day that the truth gives; lifted ones follow a promise or words."""
    slips = [slip for slip in world.truth["slips"] if not slip["left"]]
    check(len(slips) >= 12, f"{len(slips)} slips are planted")
    for slip in slips:
        (indicator,) = slip["rates"]
        about = sorted(event["time"][:10] for event in world.loop if event["subject"] == slip["rep"] and
                       event["type"] == "sales.coaching.session" and indicator in event["data"].get("topics", []) and
                       slip["from"] <= event["time"][:10])
        if slip["manager"] == "never":
            check(slip["coached"] is None and slip["lifted"] is None, f"nobody coached {slip}")
        elif slip["coached"]:
            check(slip["coached"] in about, f"coached on {slip['coached']}: {about}")
        if slip["lifted"]:
            check(slip["coached"] < slip["lifted"] <= slip["until"], f"the order of days: {slip}")
    check(sum(slip["lifted"] is not None for slip in slips) >= 3, "coaching helps some")
    check({slip["manager"] for slip in slips} == {"well", "late", "never"}, "slips under managers of each kind")


def mean(days, begin, end):
    """Per day with any, since leave isn't looked up: a little too much where few are made."""
    worked = [days[begin + timedelta(days=i)] for i in range((end - begin).days) if days[begin + timedelta(days=i)]]
    return sum(worked) / max(1, len(worked))


def test_lift():
    """Who keeps the promise is back at the usual after the climb; who is never coached stays where the slip left them."""
    size = ("--plain", "--reps", "18", "--teams", "3")
    few = World(*size, "--days", "1")
    slips = [(rep, "calls" if "role: sdr" in rest else "emails") for rep, rest in few.reps if "aliases" not in rest]
    args = [arg for rep, indicator in slips for arg in ("--slip", f"{rep}:{indicator}:2025-11-03:.4")]
    world, tried = World(*size, "--days", "240", *args), Counter()
    for slip in world.truth["slips"]:
        ((indicator, rate),) = slip["rates"].items()
        days = world.by_day(slip["rep"], indicator)
        begin, climb = (date.fromisoformat(slip[name] or "2026-02-02") for name in ("from", "lifted"))
        back = climb + timedelta(days=7)
        ratios = [mean(days, *span) / rate for span in ((begin, climb), (back, back + timedelta(days=60)))]
        print(f"{slip['rep']} {indicator}, {slip['manager']}: {ratios[0]:.2f} of the usual, then {ratios[1]:.2f}")
        check(abs(ratios[0] - .4) < .25, f"fallen to {ratios[0]:.2f}: {slip}")
        check(abs(ratios[1] - (1 if slip["lifted"] else .4)) < .3, f"then {ratios[1]:.2f}: {slip}")
        check(slip["until"] == str(climb + timedelta(days=6)) if slip["lifted"] else slip["until"] is None, f"the end: {slip}")
        tried[slip["manager"], slip["lifted"] is not None] += 1
    print(dict(tried))
    check(tried["well", True] >= 2 and tried["late", True] >= 2 and tried["never", False] >= 2, f"climbs: {dict(tried)}")
    check(tried["never", True] == 0, "nobody climbs who isn't coached")


def test_promises(world):
    """The truth's promises are those of the events; those that were moved were told so in time or not, as was meant."""
    made = {event["data"]["commitment"]: event for event in world.loop if event["type"] == "sales.commitment.made"}
    told = defaultdict(list)
    for event in world.loop:
        if event["type"].startswith("sales.commitment.") and not event["type"].endswith(".made"):
            told[event["data"]["commitment"]].append((event["type"][len("sales.commitment."):], event["time"][:10], event["data"]))
    truth = {row["commitment"]: row for row in world.truth["commitments"]}
    check(set(made) == set(truth) and len(truth) >= 8, f"the same promises: {len(truth)}")
    for key, row in truth.items():
        data = made[key]["data"]
        check(data["due"] == row["due"] and made[key]["time"][:10] == row["made"] and data["by"] == row["by"], f"{key}: {row}")
        check(data.get("target") == row.get("target"), f"{key}: target {data}, {row}")
        changes = [(day, more) for kind, day, more in told[key] if kind == "changed"]
        if row["meant"] in ("renegotiated", "moved"):
            check(all((day < row["due"]) == (row["meant"] == "renegotiated") == ("agreed_by" in more) for day, more in changes),
                  f"{key}: {row} {changes}")
        check(bool(changes) <= (row["meant"] in ("renegotiated", "moved")), f"{key}: {row} {changes}")
        check(any(kind == "withdrawn" for kind, _, _ in told[key]) <= (row["meant"] == "withdrawn"), f"{key}: {row}")
    check({row["by"] for row in truth.values()} == {"rep", "manager"}, "reps and managers promise")


def warning(kind, rep, raised_on, indicator=None, **more):
    data = {"kind": kind, "team": "north", "push": True, "since": raised_on, "raised_on": raised_on, **more}
    if indicator:
        data["indicator"] = indicator
    return {"subject": rep, "data": data}


def slip(rep, manager, coached=None, lifted=None, until=None):
    return {"rep": rep, "left": False, "from": "2026-03-02", "until": until, "factor": .5, "rates": {"calls": 20},
            "manager": manager, "coached": coached, "lifted": lifted}


def test_score():
    """Days from the warning to the end for good; a false recovery isn't one, nor is a new normal; the last verdict counts."""
    truth = {"start": "2025-09-01", "days": 300, "managers": [], "slips": [
        slip("ann", "well", "2026-03-20", "2026-03-21", "2026-03-27"), slip("bob", "well"), slip("cid", "never"),
        slip("dan", "never"), slip("eve", "late", "2026-04-20")],
        "commitments": [{"commitment": f"k{i}", "rep": "ann", "by": by, "made": "2026-03-20", "due": "2026-03-27", "meant": meant}
                        for i, (by, meant) in enumerate((("rep", "kept"), ("rep", "broken"), ("manager", "broken")))]}
    raised = [warning("slip", "ann", "2026-03-10", "calls"), warning("recovered", "ann", "2026-03-12", "calls"),
              warning("relapsed", "ann", "2026-03-13", "calls"), warning("recovered", "ann", "2026-04-07", "calls"),
              warning("slip", "bob", "2026-02-20", "calls"),  # open when the slip begins
              warning("slip", "cid", "2026-03-10", "calls"), warning("rebased", "cid", "2026-05-05", "calls"),
              warning("slip", "dan", "2026-02-16", "calls"), warning("recovered", "dan", "2026-02-25", "calls"),
              warning("commitment_verdict", "ann", "2026-03-27", "calls", commitment="k0", verdict="renegotiated"),
              warning("commitment_verdict", "ann", "2026-03-28", "calls", commitment="k0", verdict="broken"),
              warning("commitment_verdict", "ann", "2026-03-29", "calls", commitment="k0", verdict="kept"),
              warning("commitment_verdict", "ann", "2026-03-29", "calls", commitment="k9", verdict="kept")]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "truth.json")
        with open(path, "w") as file:
            json.dump(truth, file)
        stdin = "\n".join(json.dumps(event) for event in raised).encode()
        score = json.loads(run("score", "--truth", path, "--alerts", "-", "--json", stdin=stdin).stdout)
        table = run("score", "--truth", path, "--alerts", "-", stdin=stdin).stdout.decode()
    rows = [(row["rep"], row["told"], row["back"], row.get("days"), row.get("over"), row["rebased"]) for row in score["answers"]]
    check(rows == [("ann", "2026-03-10", "2026-04-07", 20, True, False), ("bob", "2026-03-02", None, 84, False, False),
                   ("cid", "2026-03-10", None, 78, False, True), ("dan", None, None, None, None, False),
                   ("eve", None, None, None, None, False)], f"rows: {rows}")
    check([row["verdict"] for row in score["promises"]] == ["kept", "", ""], f"verdicts: {score['promises']}")
    lines = [line.split() for line in table.splitlines()]
    check(["well", "2", "2", "1", "1", "0", "8", "d", "20", "d"] in lines, table)
    check(["never", "2", "1", "0", "0", "1", "-", "-"] in lines, table)
    check(["rep", "kept", "1", "1", "0", "0", "0", "0", "0"] in lines, table)


def test_limits():
    done = run("--loop", "--reps", "50001", "--days", "1")
    check(done.returncode == 2 and b"--loop" in done.stderr, f"too many: {done.returncode} {done.stderr[:200]}")
    check(run("--loop", "--reps", "1", "--days", "1").returncode == 0, "one rep, one day")


if __name__ == "__main__":
    test_same_bytes()
    year = World("--seed", "3", "--reps", "60", "--teams", "9", "--days", "330")
    test_sessions(year)
    test_answers(year)
    test_promises(year)
    test_lift()
    test_score()
    test_limits()
    end()
