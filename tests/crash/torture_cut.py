"""cut: the power fails. What the daemon wrote is recorded call by call, and played to any point: what it had not synced by
then is there in part, torn and in another order. Whatever was acknowledged must be in what is left."""
import os
import random

from torture_disk import Disk, DiskTarget, read_record, write_images
from torture_lab import Lost, Target, Work, demand, demand_kept, seen_to_lose

COUNT = 1000
SHARE = 20
PIECES = {"reps": 3, "days": 70, "batches": 40, "lines": 2400}
CONTROL = 60
WHOLE_EVERY = 5  # of so many cuts one is followed by everything else: resending, verify, the warnings


def record(args, folder, work, **environment):
    """The record, and after how many bytes of it each batch was acknowledged. Killed once on the way."""
    path = os.path.join(folder, "record")
    acknowledged = []
    with DiskTarget(args, folder, work.config, TORTURE_RECORD=path, **environment) as target:
        target.start()
        for n, batch in enumerate(work.batches):
            if n == len(work.batches) // 2:
                target.kill()
                target.start()
            demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
            acknowledged.append(os.path.getsize(path))
        demand(target.stop() == 0, "it doesn't stop cleanly")
    return read_record(path), acknowledged


def cut(target, work, disk, acknowledged, rng, whole):
    """Starts on what is left after a cut where the disk stands now."""
    write_images(target.state, disk.torn(rng))
    end = disk.ops[disk.next - 1].end
    promised = sum(1 for at in acknowledged if at < end)
    return demand_kept(target, work, promised, whole)[0] - promised


def run(args, folder):
    rng = random.Random(args.seed)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    ops, acknowledged = record(args, folder, work)
    points = sorted(rng.randrange(1, len(ops) + 1) for _ in range(args.count))
    disk, ahead = Disk(ops), 0
    with Target(args.bin, folder, work.config) as target:
        for n, point in enumerate(points):
            disk.go_to(point)
            try:
                ahead += cut(target, work, disk, acknowledged, rng, n % WHOLE_EVERY == 0) > 0
            except Lost as error:
                raise Lost(f"cut {n} after call {point} of {len(ops)}: {error}") from None
    return (f"{args.count} cuts in {len(ops)} calls, {len(acknowledged)} batches of {len(work.lines)} events: "
            f"0 acknowledged lost; {ahead} with a batch that was stored but not yet acknowledged")


def control(args, folder):
    """Without fsync something must be lost; else the cuts cut nothing."""
    rng = random.Random(args.seed + 1)
    work = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES)
    ops, acknowledged = record(args, folder, work, TORTURE_UNSYNCED="1")
    disk = Disk(ops, syncs=False)
    points = sorted(rng.randrange(len(ops) // 4, len(ops) + 1) for _ in range(CONTROL))

    def torn(point):
        disk.go_to(point)
        cut(target, work, disk, acknowledged, rng, False)

    with Target(args.bin, folder, work.config, patience_s=5) as target:
        return seen_to_lose("cuts with fsync ignored", (lambda point=point: torn(point) for point in points), 3)
