"""fault: the disk refuses call number n, for every n, once and for good. The daemon acknowledges nothing more and ends; the next
start finds all that was acknowledged."""
import random
import shutil

from torture_disk import DiskTarget, count_calls, points_of
from torture_lab import Gone, Lost, Work, demand, demand_kept, seen_to_lose, send_all

COUNT = 1000
SHARE = 12
PIECES = {"reps": 3, "days": 70, "batches": 60, "lines": 1800}
CONTROL = 40
WHOLE_EVERY = 5


def calls_of(args, folder, work):
    def use(target):
        target.start()
        send_all(target, work)

    return count_calls(args, folder, work.config, use)[0]


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
    demand_kept(target, work, acknowledged, whole)
    return code


def run(args, folder):
    rng = random.Random(args.seed)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    calls, ended = calls_of(args, folder, work), 0
    points = points_of(rng, calls, args.count)
    with DiskTarget(args, folder, work.config) as target:
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
    calls = calls_of(args, folder, work)
    # In a damaged tree LMDB may go around in circles; that is lost, too.
    with DiskTarget(args, folder, work.config, patience_s=5) as target:
        def lie():
            one(target, work, f"{rng.randrange(calls // 4, calls)}!", True)

        return seen_to_lose("starts after a write that is only said to be made", (lie for _ in range(CONTROL)), 2)
