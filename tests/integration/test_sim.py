#!/usr/bin/env python3
"""pace-sim: the same seed gives the same bytes, and what it says about itself is true, by an independent recount."""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from simulated import SIM, check, end, run, simulate, standing  # noqa: E402

# Of `pace-sim --seed 7 --reps 12 --days 40`: any compiler and any sanitizer must reproduce it.
DIGEST = "a230c20624e1979d32023cd205d12a191e1d1eb10cb5732148f8a594cd935a0c"
WHERE = {
    "calls": lambda e: e["type"] == "sales.activity.call" and e["data"]["direction"] == "outbound",
    "emails": lambda e: e["type"] == "sales.activity.email" and not e["data"].get("automatic"),
    "meetings_set": lambda e: e["id"][0] == "s" and e["type"] == "sales.activity.meeting",
    "meetings_held": lambda e: e["id"][0] == "m" and e.get("data", {}).get("outcome") == "held",
    "demos": lambda e: e["type"] == "sales.activity.demo" and e["data"]["outcome"] == "held",
}
RATIOS = ("connect_rate", "show_rate", "speed_to_lead", "demo_to_proposal")


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def arrival(event):
    return instant(event.get("recordedtime", event["time"]))


class World:
    """A simulation read back, with its final records."""

    def __init__(self, *args):
        self.lines, self.truth, self.config = simulate(*args)
        self.events = [json.loads(line) for line in self.lines]
        self.start = date.fromisoformat(self.truth["start"])
        self.end = self.start + timedelta(days=self.truth["days"])
        self.aliases = self.read_aliases()
        self.records = standing(self.events)
        self.tally = self.count()
        self.trials = self.count_trials()

    def read_aliases(self):
        aliases = {row["rep"]: row["rep"] for row in self.truth["roster"]}
        for line in self.config.splitlines():
            name, found, rest = line.partition(": {team: ")
            if found:
                name = name.strip()
                aliases[name] = name
                if "aliases: [" in rest:
                    for alias in json.loads("[" + rest.split("aliases: [")[1].split("]")[0] + "]"):
                        aliases[alias] = name
        return aliases

    def count(self):
        tally = defaultdict(Counter)
        for event in self.records:
            for name, counts in WHERE.items():
                if counts(event):
                    rep = self.aliases[event["subject"]]
                    tally[rep, name][date.fromisoformat(event["time"][:10])] += 1
        return tally

    def count_trials(self):
        """By (rep, ratio) and day of the trial: how many there were, how many succeeded."""
        trials = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        proposals, answers = defaultdict(list), {}
        for event in self.records:
            if event["type"] == "sales.activity.proposal":
                proposals[event["data"]["opportunity"]].append(instant(event["time"]))
            elif event["type"] == "sales.activity.message":
                answers[event["data"]["lead"]] = instant(event["time"])
        for event in self.records:
            data, type_, when = event.get("data", {}), event["type"], instant(event["time"])
            name, success = None, False
            if type_ == "sales.activity.call" and data["direction"] == "outbound" and "opportunity" not in data:
                name, success = "connect_rate", data["outcome"] == "connected"
            elif type_ == "sales.activity.appointment":
                name, success = "show_rate", data["outcome"] == "held"
            elif type_ == "sales.lead.assigned":
                name = "speed_to_lead"
                success = data["lead"] in answers and answers[data["lead"]] <= when + timedelta(hours=1)
            elif type_ == "sales.activity.demo" and data["outcome"] == "held":
                name = "demo_to_proposal"
                success = any(when <= sent <= when + timedelta(days=14) for sent in proposals[data["opportunity"]])
            if name:
                cell = trials[self.aliases[event["subject"]], name][date.fromisoformat(event["time"][:10])]
                cell[0] += 1
                cell[1] += success
        return trials

    def ratio(self, rep, indicator, begin, end):
        cells = [cell for day, cell in self.trials[rep, indicator].items() if begin <= day < end]
        return sum(cell[0] for cell in cells), sum(cell[1] for cell in cells)

    def workdays(self, rep, begin, end):
        off = {date.fromisoformat(text) for text in self.truth["days_off"]}
        leaves = [(date.fromisoformat(leave["from"]), date.fromisoformat(leave["to"]))
                  for leave in self.truth["leaves"] if leave["rep"] == rep]
        row = next((row for row in self.truth["roster"] if row["rep"] == rep), {"fridays_off": 0})
        begin = max(begin, date.fromisoformat(row.get("joined", "1970-01-01")))
        end = min(end, date.fromisoformat(row.get("left", "9999-01-01")))
        day, days = begin, []
        while day < end:
            free = day.weekday() == 4 and row["fridays_off"] and (row["fridays_off"] == 1 or day.isocalendar()[1] % 2)
            if day.weekday() < 5 and not free and day not in off and not any(a <= day <= b for a, b in leaves):
                days.append(day)
            day += timedelta(days=1)
        return days

    def mean(self, rep, indicator, begin, end):
        days = self.workdays(rep, begin, end)
        return sum(self.tally[rep, indicator][day] for day in days) / max(1, len(days))


def test_same_bytes():
    args = ("--seed", "7", "--reps", "12", "--days", "40")
    first, again = run(*args).stdout, run(*args).stdout
    check(first == again, "the same seed gives the same bytes")
    check(run("--seed", "8", *args[2:]).stdout != first, "another seed gives other bytes")
    check(hashlib.sha256(first).hexdigest() == DIGEST,
          "the bytes of seed 7 have changed: " + hashlib.sha256(first).hexdigest())


def test_form(world):
    ids, again, late, very_late, deleted, revised, automatic = set(), 0, 0, 0, 0, 0, 0
    previous = datetime.min.replace(tzinfo=None)
    offsets = Counter()
    for line, event in zip(world.lines, world.events):
        key = (event["source"], event["id"])
        if key in ids:
            again += 1
            continue
        ids.add(key)
        own = event["type"].startswith("sales.source.")
        check(event["specversion"] == "1.0" and (own or event["subject"] in world.aliases), "known form: " + line)
        check(("record" in event) == ("revision" in event), "record and revision together: " + line)
        now = arrival(event).replace(tzinfo=None) - arrival(event).utcoffset()
        check(now >= previous, "in order of arrival: " + line)
        previous = now
        days = (arrival(event) - instant(event["time"])).days
        fresh = event.get("revision", 0) in (0, 3) and event["type"] != "sales.activity.proposal"
        late += fresh and days >= 1
        very_late += fresh and days >= 8
        deleted += event["type"] == "sales.record.deleted"
        revised += event.get("revision", 0) > 1
        automatic += bool(event.get("data", {}).get("automatic"))
        offsets[event["time"][19:]] += 1
    n = len(ids)
    print(f"{n} events; again {again}, late {late}, very late {very_late}, deleted {deleted}, "
          f"revised {revised}, automatic {automatic}, offsets {dict(offsets)}")
    check(.005 < again / n < .02, "about one in a hundred is sent twice")
    check(.05 < late / n < .15, "5 to 15 % arrive days later")
    check(0 < very_late < late / 4, "some arrive more than a week later")
    check(min(deleted, revised, automatic) > 20, "records are deleted, revised, and made by sequences")
    check({"+02:00", "+01:00", "Z", "-04:00", "-05:00"} <= set(offsets), "zones, on both sides of DST")


def test_quiet_rates():
    """Without slips the rates are the truth's: each within chance, all together closely. A factor of 1 names them."""
    names = sorted(set(World("--reps", "30", "--days", "10", "--slip", "none").aliases.values()))
    world = World("--plain", "--reps", "30", "--days", "200", *(arg for rep in names for arg in ("--slip", f"{rep}:all:2025-09-01:1")))
    counted, expected = Counter(), Counter()
    end = world.end - timedelta(days=30)  # what arrives later isn't there yet
    for slip in world.truth["slips"]:
        n = len(world.workdays(slip["rep"], world.start, end))
        for indicator, rate in slip["rates"].items():
            if indicator in RATIOS:
                trials, successes = world.ratio(slip["rep"], indicator, world.start, end)
                counted[indicator] += successes
                expected[indicator] += trials * rate
                continue
            if indicator not in WHERE:
                continue
            mean = world.mean(slip["rep"], indicator, world.start, end)
            counted[indicator] += mean
            expected[indicator] += rate
            z = (mean - rate) / ((rate + .3 * rate * rate) / n) ** .5
            check(abs(z) < 4.5, f"{slip['rep']} {indicator}: {mean:.2f} a day, the truth says {rate:.2f}")
    for indicator in (*WHERE, *RATIOS):
        ratio = counted[indicator] / expected[indicator]
        print(f"{indicator}: {ratio:.3f} of the truth")
        check(abs(ratio - 1) < .05, f"{indicator}: {ratio:.3f} of what the truth says")


def test_leave(world):
    """On leave nothing is done by hand; the lines of earlier work still arrive."""
    by_hand = sum(world.tally[leave["rep"], indicator][date.fromisoformat(leave["from"]) + timedelta(days=i)]
                  for leave in world.truth["leaves"] for indicator in ("calls", "emails", "meetings_set", "demos")
                  for i in range((date.fromisoformat(leave["to"]) - date.fromisoformat(leave["from"])).days + 1))
    check(len(world.truth["leaves"]) > 30 and by_hand == 0, f"{by_hand} records on leave")


def test_planted(world):
    """Each slip of the truth shows in the final records with about its factor, from its day on."""
    check(len(world.truth["slips"]) == 6, "one rep in seven slips, and one leaves")
    for slip in world.truth["slips"]:
        begin = date.fromisoformat(slip["from"])
        end = date.fromisoformat(slip["until"]) + timedelta(days=1) if slip["until"] else world.end
        rep = slip["rep"]
        for indicator, rate in slip["rates"].items():
            if indicator in RATIOS and not slip["left"]:
                (trials, successes), (trials_before, before) = (world.ratio(rep, indicator, *span)
                                                                for span in ((begin, end), (world.start, begin)))
                ratio = successes / trials / (before / trials_before)
                print(f"{rep} {indicator}: planted {slip['factor']}, measured {ratio:.2f}")
                check(abs(ratio - slip["factor"]) < .2, f"{rep} {indicator}: {ratio:.2f}, planted {slip['factor']}")
                continue
            if indicator not in WHERE:
                continue
            if slip["left"]:
                check(world.mean(rep, indicator, begin, end) == 0, f"{rep} left, but {indicator} go on")
                continue
            if rate < 2:
                continue
            ratio = world.mean(rep, indicator, begin, end) / world.mean(rep, indicator, world.start, begin)
            print(f"{rep} {indicator}: planted {slip['factor']}, measured {ratio:.2f}")
            check(abs(ratio - slip["factor"]) < .2, f"{rep} {indicator}: {ratio:.2f}, planted {slip['factor']}")
    check(any(slip["left"] for slip in world.truth["slips"]), "one leaves without notice")


def test_dip(world):
    dip = world.truth["dips"][0]
    begin, end = date.fromisoformat(dip["from"]), date.fromisoformat(dip["to"]) + timedelta(days=1)
    reps = [line.split(":")[0].strip() for line in world.config.splitlines() if f": {{team: {dip['team']}," in line]
    inside = sum(world.mean(rep, "calls", begin, end) for rep in reps)
    before = sum(world.mean(rep, "calls", world.start, begin) for rep in reps)
    check(abs(inside / before - dip["factor"]) < .12, f"the team's dip is {inside / before:.2f}")


def test_explicit():
    rep = sorted(set(World("--reps", "16", "--days", "10").aliases.values()))[0]
    world = World("--plain", "--reps", "16", "--days", "120", "--slip", f"{rep}:calls:2025-11-03:.2:2025-11-28")
    inside = world.mean(rep, "calls", date(2025, 11, 3), date(2025, 11, 29))
    outside = world.mean(rep, "calls", date(2025, 9, 1), date(2025, 11, 3))
    check(len(world.truth["slips"]) == 1 and not world.truth["dips"], "only what was asked for")
    check(.1 < inside / outside < .35, f"planted .2, measured {inside / outside:.2f}")


def test_ratio_slip():
    """A share falls, and what it is a share of stays as it was."""
    names = list(dict.fromkeys(World("--reps", "16", "--days", "10").aliases.values()))
    for rep, indicator, volume in ((names[0], "connect_rate", "calls"), (names[0], "speed_to_lead", "calls"),
                                   (names[8], "demo_to_proposal", "demos")):
        world = World("--plain", "--reps", "16", "--days", "300", "--slip", f"{rep}:{indicator}:2026-01-05:.4")
        begin, end = date(2026, 1, 5), world.end - timedelta(days=30)
        (trials, successes), (trials_before, before) = (world.ratio(rep, indicator, *span)
                                                        for span in ((begin, end), (world.start, begin)))
        factor = successes / trials / (before / trials_before)
        kept = world.mean(rep, volume, begin, end) / world.mean(rep, volume, world.start, begin)
        print(f"{rep} {indicator}: planted .4, measured {factor:.2f} ({before}/{trials_before}, {successes}/{trials}); {volume}: {kept:.2f}")
        check(.2 < factor < .6 and .7 < kept < 1.45, f"{rep} {indicator}: {factor:.2f} of its share, {kept:.2f} of {volume}")


def test_deals(world):
    """Each deal is one story: created once, in one state, in order; one in three of those proposed is won."""
    stories = defaultdict(list)
    for event in world.records:
        if event["type"].startswith("sales.opportunity."):
            stories[event["data"]["opportunity"]].append((instant(event["time"]), event["type"][18:], event["data"]))
    won = proposed = 0
    amounts = []
    for key, story in stories.items():
        story.sort(key=lambda fact: fact[0])
        types = [fact[1] for fact in story]
        if types[0] != "created":
            continue
        amounts.append(story[0][2]["amount"])
        check(types.count("created") == 1 and types.count("won") <= 1, f"{key}: {types}")
        ends = [i for i, type_ in enumerate(types) if type_ in ("won", "lost", "deleted")]
        check(all(i == len(types) - 1 or types[i + 1] == "reopened" for i in ends), f"{key} goes on after its end: {types}")
        proposed += any(fact[2].get("stage") == "proposal" and fact[1] == "changed" for fact in story)
        won += "won" in types
    amounts.sort()
    print(f"{len(stories)} deals, {proposed} proposed, {won} won, median amount {amounts[len(amounts) // 2]}")
    check(.25 < won / proposed < .4 and 9000 < amounts[len(amounts) // 2] < 15000, "a third of the proposals is won")


def test_config():
    """paced has nothing to say against the config, whatever roles the organisation has."""
    paced = os.path.join(sys.argv[1], "paced")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "paced.yaml")
        for reps in ("1", "12", "40", "4000", "4001"):
            run("--reps", reps, "--days", "1", "--config", path)
            done = subprocess.run([paced, "--check", path], capture_output=True)
            check(done.returncode == 0 and not done.stderr, f"{reps} reps: {done.stderr[:300]}")


def test_wrong_arguments():
    for args, said in [
        (("--reps", "0"), b"--reps"), (("--reps", "x"), b"--reps"), (("--seed", "-1"), b"--seed"),
        (("--days", "99999"), b"--days"), (("--start", "2025-02-30"), b"--start"), (("file",), b"file"),
        (("--teams", "50", "--reps", "10"), b"50 teams"), (("--nonsense",), b"usage"),
        (("--slip", "a:b"), b"REP:INDICATOR"), (("--slip", "nobody:calls:2025-11-03:.5"), b"nobody"),
        (("--slip", "a.devries:demos:2025-11-03:.5"), b"demos"), (("--slip", "a.devries:calls:2024-01-01:.5"), b"2024"),
        (("--slip", "a.devries:calls:2025-11-03:x"), b"factor"), (("--slip", "a.devries:calls:2025-11-03:1.2.3"), b"factor"),
        (("--slip", "a.devries:calls:2025-11-03:.5:2025-11-02"), b"before the first"),
        (("--dip", "north:2025-11-03:.5"), b"TEAM:DATE"), (("--dip", "nowhere:2025-11-03:.5:2025-12-01"), b"nowhere"),
        (("score",), b"usage"), (("score", "--truth", "x"), b"usage"),
    ]:
        done = run(*args)
        check(done.returncode == 2 and said in done.stderr and not done.stdout,
              f"{args}: exit {done.returncode}, says {done.stderr}")
    check(run("--truth", "/nowhere/at/all").returncode == 1, "a file that can't be written")


def warning(kind, subject, raised_on, indicator=None, team="north", push=True, members=()):
    data = {"kind": kind, "raised_on": raised_on, "since": raised_on, "team": team, "push": push}
    if members:
        data["members"] = members
    if indicator:
        data["indicator"] = indicator
    return {"specversion": "1.0", "subject": subject, "data": data}


TRUTH = {
    "slips": [
        {"rep": "ann", "left": False, "from": "2026-03-02", "until": "2026-04-10", "factor": .5, "rates": {"calls": 20, "emails": 9}},
        {"rep": "bob", "left": True, "from": "2026-03-09", "until": None, "factor": 0, "rates": {"calls": 20, "emails": 9}},
        {"rep": "cid", "left": False, "from": "2026-03-16", "until": None, "factor": .2, "rates": {"demos": 1},
         "moves": ["pipeline"]},
    ],
    "dips": [{"team": "south", "from": "2026-03-02", "to": "2026-03-27", "factor": .65}],
    "decoys": [
        {"decoy": "leave", "rep": "eve", "kinds": ["no_data"], "indicators": [], "from": "2026-06-01", "to": "2026-06-12"},
        {"decoy": "leave", "rep": "eve", "kinds": ["slip"], "indicators": [], "from": "2026-06-01", "to": "2026-06-12"},
        {"decoy": "rate", "rep": "ann", "kinds": ["slip"], "indicators": ["emails"], "from": "2026-03-02", "to": "2026-04-10"},
        {"decoy": "change", "team": "south", "kinds": ["team_shift"], "indicators": ["calls"], "from": "2026-03-11", "to": "2026-03-11"},
    ],
    "days_off": ["2026-05-01"],
    "leaves": [{"rep": "ann", "from": "2026-03-04", "to": "2026-03-05"}, {"rep": "eve", "from": "2026-06-01", "to": "2026-06-12"}],
}


def test_score():
    first = [warning("slip", "ann", "2026-03-01", "calls"),       # before it began: chance
             warning("slip", "ann", "2026-03-10", "calls"),       # found; 7 weekdays less 2 of leave
             warning("slip", "ann", "2026-03-20", "calls"),       # again: neither found twice nor chance
             warning("no_data", "bob", "2026-03-13", push=False)]  # found: a rep who left is silent
    rest = [warning("slip", "cid", "2026-03-31", "calls"),        # another indicator: chance
            warning("slip", "cid", "2026-03-30", "pipeline"),    # falls with the demos
            warning("slip", "dan", "2026-05-08", "calls"),        # a week after the holiday
            warning("relapsed", "eve", "2026-06-15", "calls", push=False),  # just back from leave
            warning("no_data", "eve", "2026-06-08"), warning("no_data", "dan", "2026-06-08"),
            warning("slip", "fay", "2026-03-18", "calls", team="south"),
            warning("team_shift", "south", "2026-03-11", "calls", team="south"),
            warning("team_shift", "north", "2026-03-11", "calls", members=["dan", "bob"]),
            warning("team_shift", "north", "2026-03-18", "demos", members=["dan", "cid"]),  # found, as the team's
            warning("recovered", "ann", "2026-04-20", "calls")]
    with tempfile.TemporaryDirectory() as folder:
        truth = os.path.join(folder, "truth.json")
        with open(truth, "w") as file:
            json.dump(TRUTH, file)
        stdin = "\n".join(json.dumps(event) for event in first) + "\n" + json.dumps({"items": rest}, indent=1)
        done = run("score", "--truth", truth, "--alerts", "-", "--expected", "2.5", "--json", stdin=stdin.encode())
        check(done.returncode == 0, done.stderr.decode())
        score = json.loads(done.stdout)
        expected = {"found": 3, "median_delay_days": 5.0, "other_slips": 5, "other_pushed": 4, "other_on_leave": 1,
                    "other_in_dip": 1, "other_after_days_off": 1, "expected": 2.5, "asked": 2, "asked_about_leave": 1,
                    "other_team_shifts": 1, "followed": 1,
                    "decoys": [{"decoy": "leave", "n": 2, "quiet": 1}, {"decoy": "rate", "n": 1, "quiet": 1},
                               {"decoy": "change", "n": 1, "quiet": 0}],
                    "kinds": {"slip": 7, "relapsed": 1, "recovered": 1, "rebased": 0, "no_data": 3, "source_silent": 0,
                              "team_shift": 3, "revised": 0}}
        check({key: score[key] for key in expected} == expected, f"counts: {score}")
        rows = [(row["rep"], row["indicator"], row["change_percent"], row.get("delay_days")) for row in score["planted"]]
        check(rows == [("ann", "calls", -50, 5), ("ann", "emails", -50, None), ("bob", "all", -100, 5),
                       ("cid", "demos", -80, 3)], f"rows: {rows}")
        check(score["dips"][0]["delay_days"] == 8, f"the dip: {score['dips']}")
        text = run("score", "--truth", truth, "--alerts", "-", stdin=b"").stdout.decode()
        check(text.count("missed") == 5 and "0 found" in text, "nothing raised, nothing found:\n" + text)
        for bad in (b"{", b"{}", b"[1]", b"\0", b'{"data":{"kind":3}}'):
            check(run("score", "--truth", truth, "--alerts", "-", stdin=bad).returncode == 1, f"alerts {bad}")
        check(run("score", "--truth", os.devnull, "--alerts", "-", stdin=b"").returncode == 1, "an empty truth")


def test_many():
    """Many reps are simulated in bounded memory: what is pending is kept, nothing else."""
    command = f"ulimit -v 400000; exec '{SIM}' --reps 20000 --days 3"
    if subprocess.run(["sh", "-c", f"ulimit -v 400000; exec '{SIM}' --version"], capture_output=True).returncode != 0:
        print("no bound on memory here (a sanitizer needs more): not tried")
        return
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=300)
    check(done.returncode == 0 and done.stdout.count(b"\n") > 600000, "20,000 reps within 400 MB of address space")


if __name__ == "__main__":
    year = World("--days", "270")
    test_same_bytes()
    test_form(year)
    test_leave(year)
    test_planted(year)
    test_dip(year)
    test_quiet_rates()
    test_explicit()
    test_ratio_slip()
    test_deals(year)
    test_config()
    test_wrong_arguments()
    test_score()
    test_many()
    end()
