"""full: the map of the store, or the disk below it, is full. New events are refused with a reason or the daemon ends; nothing
acknowledged is lost, questions are answered, and after room was made it goes on within seconds."""
import os
import random
import shutil
import time

from torture_lab import Gone, Lost, Target, Work, batches_held, demand, demand_all, demand_verified, preload

COUNT = 50
SHARE = 2
SMALL, LARGE = "16MiB", "256MiB"
ROOM_FROM, ROOM_TO = 100_000, 700_000  # bytes that the disk has, drawn evenly
GOES_ON_S = 5
SLOWEST_S = 30  # what is demanded: other work may be beside it
PIECES = {"reps": 6, "days": 84, "batches": 60, "config": f"store: {{map_size: {SMALL}}}"}


def filler(rep, n, many):
    """Notes with long names, of a day long before the work's: most of a full store."""
    line = ('{"specversion":"1.0","source":"/filler","id":"%d-%0200d","record":"%d-%0200d","type":"crm.note.added",'
            '"subject":"%s","time":"2025-08-30T10:00:00Z"}\n')
    return [(line % (n + i, i, n + i, i, rep)).encode() for i in range(many)]


def fill(target, rep):
    """Batches of filler until one is refused: (events that are in it, the reason, the seconds to wait for)."""
    n = 0
    while n < 200_000:
        verb, body = target.send(filler(rep, n, 1500))
        if verb == "retry":
            return n, body["reason"]
        demand(verb == "ack" and not body["rejected"], f"{verb}: {body}")
        n += 1500
    raise Lost("it was never full")


def served_again(target, batch, begin):
    """Seconds since `begin` until a batch is taken."""
    while True:
        verb, body = target.send(batch)
        took_s = time.monotonic() - begin
        if verb == "ack":
            return took_s
        demand(verb == "retry", f"{verb}: {body}")
        demand(took_s < SLOWEST_S, f"{took_s:.0f} s after room was made: {body['reason']}")
        time.sleep(.05)  # a client that was told to try again does


def rewrite(config, old, new):
    with open(config) as file:
        text = file.read()
    demand(old in text, f"{old} isn't in the config")
    with open(config, "w") as file:
        file.write(text.replace(old, new))


def of_map(args, folder, seed):
    """A full map, made larger: seconds until it goes on, and how (reload or a start)."""
    work = Work(args.bin, folder, seed, **PIECES)
    half = len(work.batches) // 2
    with Target(args.bin, folder, work.config) as target:
        target.start()
        for batch in work.batches[:half]:
            demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
        rep = target.ask("reps")["items"][0]["name"]
        n, reason = fill(target, rep)
        demand("full" in reason, f"refused because of \"{reason}\"")
        status = target.ask("status")
        demand(status["state"] == "store_full" and status["accepted"] >= n, f"status: {status}")
        demand(target.ask("why", rep=rep)["ok"] and target.ask("alerts")["ok"], "questions aren't answered")
        demand(target.send(work.batches[half])[0] == "retry", "events are taken though it is full")
        rewrite(work.config, SMALL, LARGE)
        begin, how = time.monotonic(), "reload"
        if "store.map_size" in target.ask("reload").get("restart_needed", []):
            demand(target.stop() == 0, "it doesn't stop cleanly")
            target.start()
            how = "a start"
        took_s = served_again(target, work.batches[half], begin)
        kept = target.ask("status")
        demand(kept["accepted"] == n + work.held[half + 1][0], "what was acknowledged isn't all there")
        demand_verified(target)
    return took_s, how


def until_no_room(target, work):
    """(batches acknowledged, exit code; None: it is still there and refuses)."""
    acknowledged = 0
    try:
        target.start()
        for batch in work.batches:
            verb, body = target.send(batch)
            if verb == "retry" and "full" in body["reason"]:
                demand(target.ask("status")["ok"], "questions aren't answered")
                return acknowledged, None
            if verb == "retry":
                break
            demand(verb == "ack", f"{verb}: {body}")
            acknowledged += 1
    except Gone:
        pass
    demand(acknowledged < len(work.batches), "it was never full")
    return acknowledged, target.ended()


def of_disk(args, folder, seed, room):
    """A full disk, and room made on it: seconds until it goes on, and how."""
    work, path = Work(args.bin, folder, seed, **PIECES), os.path.join(folder, "room")
    with open(path, "w") as file:
        file.write(str(room))
    environment = {"LD_PRELOAD": preload(args.bin, "preload_io"), "TORTURE_DIR": os.path.join(folder, "state"),
                   "TORTURE_ROOM": path}
    with Target(args.bin, folder, work.config, environment) as target:
        acknowledged, code = until_no_room(target, work)
        demand(code is None or code > 0, f"it ended by signal {-(code or 0)}: {target.log()}")
        with open(path, "w") as file:
            file.write(str(1 << 40))
        begin = time.monotonic()
        if code is not None:
            target.start()
        kept = batches_held(work, target.ask("status"))
        demand(kept >= acknowledged, f"{acknowledged} batches were acknowledged, {kept} are there")
        took_s = served_again(target, work.batches[min(kept, len(work.batches) - 1)], begin)
        demand_all(target, work, batches_held(work, target.ask("status")))
    return took_s, "a start" if code is not None else "refused meanwhile"


def run(args, folder):
    rng, found = random.Random(args.seed), {}
    for n in range(args.count):
        place = os.path.join(folder, str(n))
        os.mkdir(place)
        seed = rng.randrange(1 << 30)
        try:
            if n % 2 == 0:
                what, (took_s, how) = "map", of_map(args, place, seed)
            else:
                room = rng.randrange(ROOM_FROM, ROOM_TO)
                what, (took_s, how) = "disk", of_disk(args, place, seed, room)
        except (Gone, Lost) as error:
            raise Lost(f"{n}, a full {'disk' if n % 2 else 'map'}, organisation {seed}: {error}") from None
        times = found.setdefault(f"{what}, {how}", [])
        times.append(took_s)
        shutil.rmtree(place)
    told = "; ".join(f"{what}: {len(times)} times, went on after {max(times):.2f} s at most" for what, times in found.items())
    slow = sum(took_s > GOES_ON_S for times in found.values() for took_s in times)
    return f"{told}; {slow} slower than {GOES_ON_S} s; 0 acknowledged lost"


def control(args, folder):
    """With all the room there is the same must be seen not to be full."""
    try:
        of_disk(args, folder, random.Random(args.seed + 1).randrange(1 << 30), 1 << 40)
    except Lost as error:
        demand("never full" in str(error), str(error))
        return "with enough room it isn't full, and that is seen"
    raise Lost("a disk with room for all was said to be full")
