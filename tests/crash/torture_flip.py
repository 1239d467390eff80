"""flip: a bit of the store changes, a sector is lost, the file is cut short. LMDB has no checksums; ours must see it: whatever is
answered is what was answered before, or it is refused. A flip in a meta page may take the store back by one commit."""
import json
import os
import random
import shutil
import subprocess
from collections import Counter

from torture_lab import Gone, Lost, Target, Work, demand

COUNT = 10000
SHARE = 20
PIECES = {"reps": 3, "days": 70, "batches": 12, "lines": 2400, "config": "store: {map_size: 64MiB}"}
LARGER = {"reps": 12, "days": 110, "batches": 12, "config": "store: {map_size: 64MiB, dedup_memory: 1MiB}"}  # with runs of the index
META_BYTES = 2 * 4096
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
    told = [{name: status[name] for name in STATUS}, target.alerts()]
    for command in ("reps", "sources", "commitments", "changes", "quarantine"):
        told.append(ask(target, command)["items"])
    for rep in told[2]:
        told.append(ask(target, "rep", rep=rep["name"]))
        told.append(ask(target, "why", rep=rep["name"], on=status["last_closed"]))
    for source in told[3]:
        source.pop("rejected", None)
    return json.dumps(told)


def send_again(target, work):
    """Each event is asked for in the index: it is known, or nothing is said of it."""
    for batch in work.batches:
        verb, body = target.send(batch)
        if verb == "retry":
            raise Refused(body["reason"])
        demand(verb == "ack" and body["duplicate"] == len(batch), f"events that are known: {verb}: {body}")


def damage(path, rng):
    """Words for what was done to the file, and whether it was in a meta page."""
    size, what = os.path.getsize(path), rng.random()
    at = rng.randrange(META_BYTES if rng.random() < 1 / 8 else size)
    if what < .05:
        os.truncate(path, at)
        return f"cut short at {at} of {size}", True
    with open(path, "r+b") as file:
        if what < .1:
            file.seek(at // 512 * 512)
            file.write(bytes(512))
            return f"zeros in the sector of {at}", at < META_BYTES
        file.seek(at)
        byte, bit = file.read(1)[0], rng.randrange(8)
        file.seek(at)
        file.write(bytes([byte ^ 1 << bit]))
    return f"bit {bit} of byte {at}", at < META_BYTES


def look(target, work, good, before):
    """What comes of a store as it is: one of the outcomes, or raises Lost."""
    try:
        target.start()
        told = answers(target)
        if told == before:
            return "the commit before"
        demand(told == good, "another answer")
        send_again(target, work)
        verdict = ask(target, "verify")
        return "all right" if verdict["equal"] and verdict["alerts_ok"] and verdict["index_ok"] else "found by verify"
    except Refused:
        return "refused when asked"
    except Gone:
        target.close()
        try:
            code = target.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            return "led around in circles"  # LMDB in a damaged tree; systemd's watchdog would end it
        return "refused" if code > 0 else "ended by LMDB"
    finally:
        target.kill()


def store_make(target, work):
    """The answers now, and one commit earlier. The good store is kept beside."""
    kept, told = target.state + ".good", []
    target.start()
    for n, batch in enumerate(work.batches):
        if n + 1 == len(work.batches):
            target.kill()  # a clean end would make a commit of its own
            target.start()
            told.append(answers(target))
        demand(target.send(batch)[0] == "ack", "a batch isn't acknowledged")
    target.kill()
    shutil.copytree(target.state, kept)
    target.start()
    told.append(answers(target))
    target.kill()
    return kept, told[1], told[0]


def restore(target, kept):
    shutil.rmtree(target.state)
    shutil.copytree(kept, target.state)


def run(args, folder):
    rng = random.Random(args.seed)
    work, counts = Work(args.bin, folder, rng.randrange(1 << 30), **(PIECES if args.share else LARGER)), Counter()
    with Target(args.bin, folder, work.config) as target:
        kept, good, before = store_make(target, work)
        for n in range(args.count):
            restore(target, kept)
            what, meta = damage(os.path.join(target.state, "paced.mdb"), rng)
            try:
                outcome = look(target, work, good, before)
            except Lost as error:
                raise Lost(f"{n}: {what}: {error}\n{target.log()}") from None
            demand(meta or outcome != "the commit before", f"{n}: {what}: the commit before")
            counts[outcome] += 1
    return f"{args.count} times damaged, 0 wrong answers: " + ", ".join(f"{n} {what}" for what, n in counts.most_common())


def control(args, folder):
    """With the checksum mended the same change must be seen as a wrong answer; else the answers say too little."""
    rng = random.Random(args.seed + 1)
    work, wrong = Work(args.bin, folder, rng.randrange(1 << 30), **PIECES), 0
    with Target(args.bin, folder, work.config) as target:
        kept, good, before = store_make(target, work)
        for n in range(CONTROL):
            restore(target, kept)
            if subprocess.run([os.path.join(args.bin, "torture_forge"), target.state, str(rng.randrange(4000))], check=False).returncode:
                continue
            try:
                outcome = look(target, work, good, before)
                wrong += outcome == "found by verify"
            except Lost:
                wrong += 1
            if wrong >= 2:
                return f"with the checksum mended {wrong} of {n + 1} changes were seen as wrong, as they must"
    raise Lost(f"with the checksum mended {wrong} of {CONTROL} changes were seen: nothing is looked at")
