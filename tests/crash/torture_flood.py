"""flood: local clients gone mad send whole batches and messages of 4 MiB beyond all credit, until the daemon holds so much memory
that the system kills it (MemoryMax; here: this script, at FLOOD_MIB or after FLOOD_S). What waits for the main thread is bounded by
messages a client, not by bytes, so what is promised is that nothing acknowledged is lost, and that it serves again."""
import random
import time

from torture_lab import Gone, Lost, Target, Work, demand
from torture_overload import Sender, balance, rss_mib

COUNT = 20
SHARE = 1
CLIENTS = 4
FLOOD_MIB = 400
FLOOD_S = 10
SOON_S = 20            # a start on a busy machine; how long it took is told
EVENTS = 2500          # of a batch: nearly 1 MiB
LARGE_BYTES = (4 << 20) - 64
PIECES = {"reps": 20, "days": 56, "batches": 40}


class Mad(Sender):
    """Never minds how much is unanswered. Every other one's messages are larger than any that is taken."""

    def unanswered(self):
        return 0

    def take(self, answer):
        if answer[1] == b"error":
            self.refused += 1
        else:
            super().take(answer)


def bodies_of(work, number, flood):
    lines = [line for line in work.lines if b'"sales.activity.' in line]
    rounds = [lines[at:at + EVENTS] for at in range(0, len(lines) - EVENTS, EVENTS)][:3] or [lines[:EVENTS]]
    bodies = [b"".join(part).replace(b'"id":"', b'"id":"%d-MARK-' % flood) for part in rounds]
    return bodies if number % 2 else [b"x" * LARGE_BYTES]


def flood(target, work, number):
    """What the clients sent, and what the daemon held in the end, in MiB, when it was killed amidst it."""
    clients = [Mad(target, n, bodies_of(work, n, number)) for n in range(CLIENTS)]
    memory, until = 0, time.monotonic() + FLOOD_S
    try:
        for client in clients:
            client.start()
        while memory < FLOOD_MIB and time.monotonic() < until:
            demand(target.process.poll() is None, "it ended by itself")
            memory = max(memory, rss_mib(target))
            time.sleep(.01)  # between two looks at it
        target.kill()
    finally:
        for client in clients:
            client.stopping.set()
        for client in clients:
            client.join()
            while client.socket.poll(0):
                client.take(client.socket.recv_multipart())
            client.socket.close()
    failed = [client.failed for client in clients if client.failed]
    demand(not failed, f"an answer: {failed[:1]}")
    return clients, memory


def held(status):
    return status["accepted"] + status["superseded"]


def floods(args, folder, seed, least):
    """least(clients): how many events of a flood must be there after it."""
    work = Work(args.bin, folder, random.Random(seed).randrange(1 << 30), **PIECES)
    peak, slowest, sent, acknowledged, before = 0, 0, 0, 0, 0
    with Target(args.bin, folder, work.config) as target:
        target.start()
        for number in range(args.count):
            clients, memory = flood(target, work, number)
            seconds = target.start()
            demand(seconds < SOON_S, f"it took {seconds:.0f} s to serve again")
            there, must = held(target.ask("status")), before + least(clients)
            demand(there >= must, f"flood {number}: {there} events are there of {must}")
            total = balance(clients)
            peak, slowest, before = max(peak, memory), max(slowest, seconds), there
            sent, acknowledged = sent + total["sent"], acknowledged + total["acknowledged"]
        demand(target.ask("verify")["equal"], "the log, folded anew, isn't the state in use")
    return (f"{args.count} floods of {CLIENTS} clients, {sent} messages, {acknowledged} of them acknowledged: 0 lost; up to {peak:.0f} MiB "
            f"when killed; serving again after {slowest:.1f} s at most")


def run(args, folder):
    return floods(args, folder, args.seed, lambda clients: balance(clients)["accepted"])


def control(args, folder):
    """As if all that was sent had been acknowledged: then some must be missing."""
    args.count = 1
    try:
        floods(args, folder, args.seed + 1, lambda clients: sum(client.events for client in clients))
    except (Lost, Gone) as error:
        return f"what wasn't acknowledged is missed: {error}"
    raise Lost("nothing was on its way when it was killed")
