"""flip: a bit of the store changes, a sector is lost, the file is cut short. LMDB has no checksums; ours must see it: whatever is
answered is what was answered before, or it is refused. A flip in a meta page may take the store back by one commit.

Two stores in turn: one with everything in it, one that keeps 30 days, where what was settled is in the pages and nowhere else. Half of the
damage is done anywhere in the file, half in a page of a table drawn evenly: most of a file is log."""
import functools
import json
import os
import random
import shutil
import subprocess
import time
from collections import Counter

from lmdb_pages import HEADS, PAGE, Pages
from torture_lab import Gone, Lost, Target, Work, demand, seen_to_lose

COUNT = 10000
SHARE = 20
PIECES = {"reps": 3, "days": 100, "batches": 12}
LARGER = {"reps": 6, "days": 110, "batches": 12}  # with runs of the index
STORES = {"all of it": "store: {map_size: 64MiB, dedup_memory: 1MiB}",
          "30 days": "store: {map_size: 64MiB, dedup_memory: 1MiB, keep_days: 30}"}
TABLES = {"meta", "log", "dict", "page", "alert", "roster", "index", "base", "fact", "rest"}  # that must have been hit
EAGER = 2000  # records
PARTS = 8
CONTROL = 40
# Not log_records: what is made anew may be noted in the log.
STATUS = ("accepted", "superseded", "conflicts", "alerts", "reps", "teams", "sources", "open_cases", "watched_days",
          "last_closed", "now", "quarantined")


class Refused(Exception):
    """An answer with a code instead of a wrong one."""


def ask(target, command, **arguments):
    answer = target.ask(command, **arguments)
    if not answer["ok"]:
        raise Refused(f"{command}: {answer['code']}")
    return answer


def answers(target):
    """All that a person could ask, as text."""
    status = ask(target, "status")
    alerts = target.alerts(functools.partial(ask, target))
    told = [{name: status[name] for name in STATUS}, status["kept"]["since"], alerts]
    for command in ("reps", "sources", "commitments", "changes", "quarantine"):
        told.append(ask(target, command)["items"])
    for rep in told[3]:
        told.append(ask(target, "rep", rep=rep["name"]))
        told.append(ask(target, "why", rep=rep["name"], on=status["last_closed"]))
    for source in told[4]:
        source.pop("rejected", None)
    return json.dumps(told)


def send_again(target, work, part):
    """One of PARTS parts of all events is asked for in the index: what is said of it. `retry` says nothing."""
    told = []
    for batch in work.batches:
        verb, body = target.send(batch[part::PARTS])
        if verb == "retry":
            raise Refused(body["reason"])
        told.append({name: body[name] for name in ("accepted", "duplicate", "superseded", "rejected")})
    return told


def place(path, rng):
    """(a byte of the file, what it belongs to): anywhere, or in a table drawn evenly."""
    tables = Pages(path).by_table()
    if rng.random() < .5:
        at = rng.randrange(os.path.getsize(path))
        return at, next(name for name, pages in tables.items() if at // PAGE in pages)
    name = rng.choice(sorted(tables))
    return rng.choice(tables[name]) * PAGE + rng.randrange(PAGE), name


def damage(path, rng):
    """Words for what was done to the file, and in what."""
    size, what = os.path.getsize(path), rng.random()
    at, table = place(path, rng)
    if what < .05:
        os.truncate(path, at)
        return f"cut short at {at} of {size}", "the end"
    with open(path, "r+b") as file:
        if what < .1:
            file.seek(at // 512 * 512)
            file.write(bytes(512))
            return f"zeros in the sector of {at} ({table})", table
        file.seek(at)
        byte, bit = file.read(1)[0], rng.randrange(8)
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))
    return f"bit {bit} of byte {at} ({table})", table


class Store:
    """A good one, kept beside, and what it answers; `before`: one commit earlier."""

    def __init__(self, args, folder, seed, pieces, settings):
        self.work = Work(args.bin, folder, seed, config=settings, **pieces)
        self.target = Target(args.bin, folder, self.work.config)
        self.target.program = "paced_eager"
        self.target.start(EAGER=str(EAGER))
        for batch in self.work.batches[:-1]:
            demand(self.target.send(batch)[0] == "ack", "a batch isn't acknowledged")
        self.until_dropped()
        self.target.kill()  # a clean end would make a commit of its own
        self.target.start(EAGER=str(EAGER))
        self.before = answers(self.target)
        demand(self.target.send(self.work.batches[-1])[0] == "ack", "a batch isn't acknowledged")
        self.target.kill()
        self.target.program = "paced"
        self.good_state = self.target.state + ".good"
        shutil.copytree(self.target.state, self.good_state)
        self.target.start()
        self.good = answers(self.target)
        self.again = [send_again(self.target, self.work, part) for part in range(PARTS)]
        self.target.kill()

    def until_dropped(self):
        """Each commit drops some; an event that is known makes one."""
        until = time.monotonic() + self.target.patience_s
        while ask(self.target, "status")["kept"]["dropping"] and time.monotonic() < until:
            self.target.send(self.work.batches[-2][:1])

    def restore(self):
        shutil.rmtree(self.target.state)
        shutil.copytree(self.good_state, self.target.state)

    def look(self, parts):
        """What comes of the store as it is: one of the outcomes, or raises Lost."""
        try:
            self.target.start()
            told = answers(self.target)
            if told == self.before:
                return "the commit before"
            demand(told == self.good, "another answer")
            for part in parts:
                demand(send_again(self.target, self.work, part) == self.again[part], "another answer to what is sent again")
            verdict = ask(self.target, "verify")
            return "all right" if verdict["equal"] and verdict["alerts_ok"] and verdict["index_ok"] else "found by verify"
        except Refused:
            return "refused when asked"
        except Gone:
            self.target.close()
            try:
                code = self.target.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                return "led around in circles"  # LMDB in a damaged tree; systemd's watchdog would end it
            return "refused" if code > 0 else "ended by LMDB"
        finally:
            self.target.kill()


def stores_of(args, folder, seed, pieces):
    for n, settings in enumerate(STORES.values()):
        place = os.path.join(folder, str(n))
        os.mkdir(place)
        yield Store(args, place, seed, pieces, settings)


def told_of(counts):
    return ", ".join(f"{n} {what}" for what, n in counts.most_common())


def run(args, folder):
    rng = random.Random(args.seed)
    stores = list(stores_of(args, folder, rng.randrange(1 << 30), PIECES if args.share else LARGER))
    outcomes, hit = Counter(), Counter()
    for n in range(args.count):
        store = stores[n % len(stores)]
        store.restore()
        what, table = damage(os.path.join(store.target.state, "paced.mdb"), rng)
        try:
            outcome = store.look([n // len(stores) % PARTS])
            demand(table in (HEADS, "the end") or outcome != "the commit before", "the commit before")
        except Lost as error:
            raise Lost(f"{n}: {what}: {error}\n{store.target.log()}") from None
        outcomes[outcome] += 1
        hit[table] += 1
    missed = set(TABLES) - set(hit) if args.count > 500 else ()
    demand(not missed, f"never hit: {missed}")
    return f"{args.count} times damaged, 0 wrong answers: {told_of(outcomes)}; hit were {told_of(hit)}"


def control(args, folder):
    """With the checksum mended the same change must be seen as a wrong answer; else the answers say too little."""
    rng = random.Random(args.seed + 1)
    store = next(stores_of(args, folder, rng.randrange(1 << 30), PIECES))

    def forged():
        store.restore()
        place = str(rng.randrange(PIECES["batches"])), str(rng.randrange(4000))  # each batch is a chunk
        forge = subprocess.run([os.path.join(args.bin, "torture_forge"), store.target.state, *place], check=False)
        return forge.returncode == 0 and store.look(range(PARTS)) == "found by verify"

    return seen_to_lose("changes with the checksum mended", (forged for _ in range(CONTROL)), 2)
