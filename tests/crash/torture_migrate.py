"""migrate: a store of an earlier layout meets the daemon of today, and its first start is broken: the disk refuses a call, for every
call, once and for good, or it is killed. Whatever it was, the next start finds every event and comes to the same state as a store that took
the events today."""
import json
import lzma
import os
import random
import shutil
import time

from torture_disk import DiskTarget, count_calls, points_of
from torture_lab import Gone, Lost, Target, demand, demand_verified, seen_to_lose

COUNT = 1200
SHARE = 12
CONTROL = 60
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
ALERTS = {1: 0, 2: 38, 3: 40, 4: 40, 5: 31, 6: 34, 7: 34, 8: 34}  # of each layout's store
CLOCK = "2025-10-15T12:00:00Z"
BATCH = 500


def unpacked(name):
    with lzma.open(os.path.join(GOLDEN, name)) as file:
        return file.read()


class Golden:
    """What the stores hold, and what becomes of it in a store of today."""

    def __init__(self, bin_dir, folder):
        self.config = os.path.join(GOLDEN, "paced.yaml")
        lines = unpacked("events.ndjson.xz").splitlines(keepends=True)
        self.batches = [lines[at:at + BATCH] for at in range(0, len(lines), BATCH)]
        self.stores = {schema: unpacked(f"schema-{schema}.mdb.xz") for schema in ALERTS}
        fresh = os.path.join(folder, "fresh")
        os.mkdir(fresh)
        with Target(bin_dir, fresh, self.config) as target:
            target.start()
            for batch in self.batches:
                demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
            self.held, self.digest = self.look(target)

    def look(self, target):
        """(counts, digest) of what it has."""
        target.ask("clock", to=CLOCK)
        status = target.ask("status")
        return {name: status[name] for name in ("accepted", "superseded", "reps")}, target.ask("verify")["digest"]

    def put(self, target, schema):
        shutil.rmtree(target.state, ignore_errors=True)
        os.mkdir(target.state)
        with open(os.path.join(target.state, "paced.mdb"), "wb") as file:
            file.write(self.stores[schema])

    def demand_kept(self, target, schema):
        """All of it is there, known and folded as today."""
        held, digest = self.look(target)
        demand(held == self.held, f"{held}; in a store of today {self.held}")
        demand(digest == self.digest, "the state is another one than that of the same events today")
        demand_verified(target)
        alerts = target.alerts()
        demand([int(alert["id"]) for alert in alerts[:ALERTS[schema]]] == list(range(1, ALERTS[schema] + 1)),
               f"{len(alerts)} of {ALERTS[schema]} warnings are there")
        for batch in self.batches:
            verb, body = target.send(batch)
            demand(verb == "ack" and body["duplicate"] == len(batch), f"events that are known: {verb}: {json.dumps(body)}")


def measure(args, folder, golden, schema):
    """(calls of the disk, seconds) of an undisturbed first start."""
    def use(target):
        golden.put(target, schema)
        return target.start()

    return count_calls(args, folder, golden.config, use)


def break_start(target, how):
    """A first start with a disk that fails, or killed after so many seconds. Whether it got through."""
    if isinstance(how, float):
        target.launch()
        time.sleep(how)  # when it dies is the random thing
        target.kill()
        return False
    try:
        target.start(TORTURE_FAIL=how)
        return target.stop() == 0
    except Gone:
        target.ended()
        return False


def one(target, golden, schema, how):
    """Whether the broken start got through; raises Lost."""
    golden.put(target, schema)
    through = break_start(target, how)
    try:
        target.start()
        golden.demand_kept(target, schema)
    except (Gone, Lost) as error:
        raise Lost(f"layout {schema}, {how}: {error}: {target.log()}") from None
    finally:
        target.kill()
    return through


def ways_of(rng, calls, seconds, count):
    """Calls once and for good, and as many kills, drawn evenly."""
    faults = points_of(rng, calls, count // 2)
    return faults + [rng.random() * seconds * 1.2 for _ in range(max(1, count - len(faults)))]


def run(args, folder):
    rng, golden = random.Random(args.seed), Golden(args.bin, folder)
    n, through, kills = 0, 0, 0
    for schema in golden.stores:
        calls, seconds = measure(args, folder, golden, schema)
        with DiskTarget(args, folder, golden.config, patience_s=20) as target:
            for how in ways_of(rng, calls, seconds, -(-args.count // len(golden.stores))):
                through += one(target, golden, schema, how)
                kills += isinstance(how, float)
                n += 1
    return (f"{len(golden.stores)} layouts, {n - kills} failing calls and {kills} kills in their first start, {through} of which it "
            "got through: 0 events lost, the same state as today's")


def control(args, folder):
    """A disk that only says that it has written must be seen to lose something."""
    rng, golden = random.Random(args.seed + 1), Golden(args.bin, folder)
    schema = 3
    calls, _ = measure(args, folder, golden, schema)
    with DiskTarget(args, folder, golden.config, patience_s=5) as target:
        def lie():
            one(target, golden, schema, f"{rng.randrange(1, calls + 1)}!")

        return seen_to_lose("first starts with a write that is only said to be made", (lie for _ in range(CONTROL)), 2)
