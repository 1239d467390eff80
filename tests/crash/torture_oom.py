"""oom: allocation number n of paced's own code gives NULL, once or for good. The daemon may refuse, or end with an error; it
doesn't die of it, what was acknowledged is there, and it serves again at once."""
import os
import random
import shutil

from torture_lab import Gone, Lost, Target, Work, demand, demand_kept, preload

COUNT = 1000
SHARE = 12
PIECES = {"reps": 3, "days": 70, "batches": 12, "lines": 1500}
WHOLE_EVERY = 5
TRIES = 20   # after a "retry"
AGAIN_S = 10  # a second is promised; other work may be beside it


def target_of(args, folder, work, **environment):
    return Target(args.bin, folder, work.config, {"LD_PRELOAD": preload(args.bin, "preload_alloc"), **environment})


def question(target, work):
    """What is asked on the way, so that answering runs out of memory too."""
    for command in ("status", "reps", "sources", "alerts"):
        target.ask(command)
    target.ask("verify")


def use(target, work, **environment):
    """(batches acknowledged, exit code; None: it was still there and stopped cleanly)."""
    acknowledged = 0
    try:
        target.start(**environment)
        for n, batch in enumerate(work.batches):
            verb, body = target.send(batch)
            for _ in range(TRIES):
                if verb == "retry" and body["reason"] == "out of memory":
                    verb, body = target.send(batch)
            if verb != "ack":
                demand(verb == "retry", f"{verb}: {body}")
                if body["reason"] == "out of memory":  # for good: it refuses, and stops when it is told to
                    return acknowledged, target.stop() or None
                break
            acknowledged = n + 1
        question(target, work)
    except Gone:
        pass
    if target.process.poll() is None and acknowledged == len(work.batches):
        return acknowledged, target.stop() or None
    return acknowledged, target.ended()


def count_allocations(args, folder, work):
    path = os.path.join(folder, "count")
    with target_of(args, folder, work, TORTURE_COUNT=path) as target:
        acknowledged, code = use(target, work)
        demand(acknowledged == len(work.batches) and code is None, f"it doesn't work without a failure: {target.log()}")
    with open(path) as file:
        return int(file.read())


def one(target, work, fail, whole):
    """(exit code, seconds until it serves again)."""
    shutil.rmtree(target.state, ignore_errors=True)
    acknowledged, code = use(target, work, TORTURE_ALLOC=fail)
    demand(code is None or code > 0, f"it ended by signal {-(code or 0)}: {target.log()}")
    return code, demand_kept(target, work, acknowledged, whole, AGAIN_S)[1]


def run(args, folder):
    rng = random.Random(args.seed)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    total, ended, slowest_s, broken = count_allocations(args, folder, work), 0, 0, []
    with target_of(args, folder, work) as target:
        for n in range(args.count):
            # Few allocations of a start stand beside many of the work: half of the points are among the first.
            at = rng.randrange(1, total + 1) if n % 2 else int(total ** rng.random())
            fail = f"{at}{rng.choice(['', '+'])}"
            try:
                code, again_s = one(target, work, fail, n % WHOLE_EVERY == 0)
                ended += code is not None
                slowest_s = max(slowest_s, again_s)
            except Lost as error:
                broken.append(f"allocation {fail} of {total}: {error}")
    demand(not broken, f"{len(broken)} of {args.count} points: " + "\n".join(broken[:12]))
    return (f"{args.count} points of {total} allocations: {ended} ended by itself with an error, 0 acknowledged lost, served again "
            f"within {slowest_s:.2f} s")


def control(args, folder):
    """The failures must be felt: with all allocations failing it can't even start."""
    rng = random.Random(args.seed + 1)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    with target_of(args, folder, work) as target:
        acknowledged, code = use(target, work, TORTURE_ALLOC="1+")
        demand(acknowledged == 0 and code, "it works without memory: nothing fails")
    return "without any memory it doesn't start, as it must"
