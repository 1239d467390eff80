"""poison: an event is fatal while it is decoded or taken. It may end the daemon twice; from then on it is refused with a code and
noted, and all other events are taken, each once. A kill in between isn't held against anything. An event that crashes the start, in the
log already, is told with its number."""
import json
import os
import random
import re
import signal

from torture_lab import Gone, Target, Work, compare_said, demand, demand_verified

COUNT = 100
SHARE = 4
PIECES = {"reps": 3, "days": 35, "batches": 12, "config": "quarantine: {keep_body: true}"}
OVERFLOW = 0  # of the stack
SIGNALS = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, OVERFLOW)
CONTROL_STARTS = 5
SURELY_BESIDE = 20 if os.cpu_count() > 1 else 1 << 30  # of so many one is decoded by the thread


class PoisonTarget(Target):
    program = "paced_poison"


def poison_of(rng, work, number):
    """A line that nobody has sent before, fatal by its id."""
    event = json.loads(rng.choice(work.lines))
    event.update(id=f"poison-{number}")
    event.pop("record", None)
    event.pop("revision", None)
    event.pop("sequence", None)
    return json.dumps(event).encode() + b"\n"


def start(target, rng, number):
    target.start(POISON=f"{rng.choice(('decode', 'take'))}:poison-{number}:{int(rng.choice(SIGNALS))}")


def as_list(lines):
    return b"[" + b",".join(line.strip() for line in lines) + b"]"


def pieces(rng, lines):
    """Bodies of some lines each, most of them of 4 KiB and more, so that they are decoded beside."""
    ends = sorted(rng.sample(range(1, len(lines)), 3)) + [len(lines)]
    return [lines[begin:end] for begin, end in zip([0, *ends], ends)]


def send_until_answered(target, rng, lines, number, most):
    """(crashes, what was refused): the sender sends what wasn't acknowledged again, cut another way each time."""
    crashes, form = 0, rng.choice((b"".join, as_list))
    while True:
        cut = pieces(rng, lines)
        try:
            answers = target.send_several([form(piece) for piece in cut])
        except Gone as error:
            crashes += 1
            demand(crashes <= most, f"it has ended {crashes} times: {error}")
            start(target, rng, number)
            continue
        demand(all(verb == "ack" for verb, _ in answers), f"not acknowledged: {answers}")
        return crashes, [(item["code"], piece[item["index"]]) for piece, (_, body) in zip(cut, answers)
                         for item in body["rejected"]]


def one(target, rng, work, batch, number):
    """An event that is fatal among good ones, until it is refused."""
    lines = list(batch)
    fatal = poison_of(rng, work, number)
    lines.insert(rng.randrange(len(lines)), fatal)
    target.kill()
    start(target, rng, number)
    crashes, refused = send_until_answered(target, rng, lines, number, 2)
    demand(crashes == 2 and refused == [("poison", fatal)], f"{crashes} crashes, then refused: {refused}")


def demand_start_told(target, work):
    """In the log already: told with its number, and served as soon as it can be read."""
    record = json.loads(work.lines[0])["id"]
    for _ in range(2):
        target.kill()
        try:
            target.start(POISON=f"start:{record}:{int(signal.SIGSEGV)}")
        except Gone:
            continue
        demand(False, "the start didn't crash")
    target.start()
    demand(re.search(r"record \d+ of the log has crashed paced at least twice", target.log()), f"not told: {target.log()}")
    source, kind = (json.loads(work.lines[0])[name] for name in ("source", "type"))
    demand(f" is {kind} from {source}, of " in target.log(), f"not told whose: {target.log()}")
    target.kill()
    with open(os.path.join(target.folder, "paced.log"), "w"):
        pass
    target.start()
    demand("of the log has crashed" not in target.log(), "told though it is over")


def demand_pardoned(target, notes, isolated):
    """This one doesn't crash on them any more: one is tried again, one forgotten; both may come again."""
    retried = target.ask("quarantine_retry", number=notes[-1]["number"])
    demand(retried["ok"] and retried["accepted"] == 1, f"tried again: {retried}")
    demand(target.ask("quarantine_drop", number=notes[-2]["number"])["ok"], "a note can't be dropped")
    left = target.ask("status")["poison"]["isolated"]
    demand(left == isolated - 2, f"{left} of {isolated} are refused still")


def run(args, folder):
    rng = random.Random(args.seed)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    with PoisonTarget(args.bin, folder, work.config) as target:
        target.start()
        for at, batch in enumerate(work.batches):  # in order, or sources would seem to be silent
            left = len(work.batches) - 1 - at  # with few of them, in the last batches
            for number in range(left, args.count, len(work.batches)):
                one(target, rng, work, batch, number)
            if left >= args.count:
                demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
        target.kill()
        target.start()
        status = target.ask("status")
        held = (status["accepted"], status["superseded"])
        demand(held == work.held[-1], f"{held} accepted and superseded; by recount {work.held[-1]}")
        demand(status["poison"]["isolated"] == min(args.count, 128) and status["poison"]["suspected"] == 0,
               f"{status['poison']}")
        notes = target.ask("quarantine")["items"]
        demand(all(note["code"] == "poison" for note in notes), "other codes in the quarantine")
        target.ask("clock", to=f"{work.end}T12:00:00Z")
        demand_verified(target)
        compare_said(work, target.alerts())
        beside = target.log(lines=None).count("poison: crashes beside")
        demand(beside or args.count < SURELY_BESIDE, "none of them crashed in the thread that decodes ahead")
        demand_pardoned(target, notes, min(args.count, 128))
        demand_start_told(target, work)
    return (f"{args.count} fatal events, {2 * args.count} crashes, {beside} of them in the thread that decodes ahead: each refused at its "
            "third coming, all others counted once")


def control(args, folder):
    """Where nobody notes what it was, it must crash each time."""
    rng = random.Random(args.seed + 1)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    with PoisonTarget(args.bin, folder, work.config, {"POISON_BLIND": "1"}) as target:
        lines, crashes = [*work.batches[0], poison_of(rng, work, 0)], 0
        while crashes < CONTROL_STARTS:
            start(target, rng, 0)
            try:
                verb, body = target.send(lines)
            except Gone:
                crashes += 1
                continue
            demand(False, f"{verb} after {crashes} crashes: {body}")
    return f"without the notes it crashed at each of {CONTROL_STARTS} starts, as it must"
