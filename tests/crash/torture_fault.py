"""fault: the disk refuses call number n, for every n, once and for good. The daemon acknowledges nothing more and ends; the next
start finds all that was acknowledged."""
import os
import random
import shutil

from torture_disk import UNLINK, read_record
from torture_lab import PATIENCE_S, Gone, Lost, Target, Work, batches_held, demand, demand_all, preload

COUNT = 1000
SHARE = 12
PIECES = {"reps": 3, "days": 70, "batches": 60, "lines": 1800}
CONTROL = 40
WHOLE_EVERY = 5


def target_of(args, folder, work, patience_s=PATIENCE_S, **environment):
    return Target(args.bin, folder, work.config, {"LD_PRELOAD": preload(args.bin, "preload_io"),
                                                  "TORTURE_DIR": os.path.join(folder, "state"), **environment}, patience_s)


def count_calls(args, folder, work):
    path = os.path.join(folder, "record")
    with target_of(args, folder, work, TORTURE_RECORD=path) as target:
        target.start()
        for batch in work.batches:
            demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
        demand(target.stop() == 0, "it doesn't stop cleanly")
    return sum(1 for op in read_record(path) if op.op != UNLINK)


def until_it_ends(target, work, fail):
    """Sends until something fails: (batches acknowledged, exit code; None: nothing failed)."""
    acknowledged = 0
    try:
        target.start(TORTURE_FAIL=fail)
        for batch in work.batches:
            verb, body = target.send(batch)
            if verb != "ack":
                demand(verb == "retry", f"{verb}: {body}")
                break
            acknowledged += 1
    except Gone:
        pass
    if acknowledged == len(work.batches) and target.process.poll() is None:
        return acknowledged, target.stop() or None
    return acknowledged, target.ended()


def one(target, work, fail, whole):
    """The exit code; raises Lost."""
    shutil.rmtree(target.state, ignore_errors=True)
    acknowledged, code = until_it_ends(target, work, fail)
    demand(code is None or code > 0, f"it ended by signal {-(code or 0)}: {target.log()}")
    try:
        target.start()
        kept = batches_held(work, target.ask("status"))
        demand(kept >= acknowledged, f"{acknowledged} batches were acknowledged, {kept} are there")
        if whole:
            demand_all(target, work, kept)
    except Gone as error:
        raise Lost(f"{error}: {target.log()}") from None
    finally:
        target.kill()
    return code


def points_of(rng, calls, count):
    """Every call once and for good, or so many of these, drawn evenly."""
    every = [f"{n}{how}" for n in range(1, calls + 1) for how in ("", "+")]
    return every if count >= len(every) else rng.sample(every, count)


def run(args, folder):
    rng = random.Random(args.seed)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    calls, ended = count_calls(args, folder, work), 0
    points = points_of(rng, calls, args.count)
    with target_of(args, folder, work) as target:
        for n, fail in enumerate(points):
            try:
                ended += one(target, work, fail, n % WHOLE_EVERY == 0) is not None
            except Lost as error:
                raise Lost(f"call {fail} of {calls}: {error}") from None
    return f"{len(points)} points of {calls} calls, once and for good: {ended} ended by itself, 0 acknowledged lost"


def control(args, folder):
    """A disk that only says that it has written must be seen to lose something."""
    rng = random.Random(args.seed + 1)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    calls, lost = count_calls(args, folder, work), 0
    # In a damaged tree LMDB may go around in circles; that is lost, too.
    with target_of(args, folder, work, patience_s=5) as target:
        for n in range(CONTROL):
            try:
                one(target, work, f"{rng.randrange(calls // 4, calls)}!", True)
            except Lost:
                lost += 1
                if lost == 2:
                    return f"with a write that is only said to be made {lost} of {n + 1} lost something, as they must"
    raise Lost(f"with a write that is only said to be made {lost} of {CONTROL} lost something: nothing is looked at")
