"""flood: local clients gone mad send whole batches and messages of 4 MiB beyond all credit, until the daemon holds so much memory
that the kernel kills it (MemoryMax; here: a control group of FLOOD_MIB), or where that takes more than FLOOD_S or no such group can be
had, this script. What waits for the main thread is bounded by messages a client, not by bytes, so what is promised is that nothing
acknowledged is lost, and that it serves again."""
import contextlib
import random
import signal
import time

from memory_limit import MemoryLimit
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


def held_mib(target):
    """0: it has just ended."""
    try:
        return rss_mib(target)
    except (StopIteration, FileNotFoundError):
        return 0


def flood(target, work, number):
    """What the clients sent, and what the daemon held in the end, in MiB, when it was killed amidst it."""
    clients = [Mad(target, n, bodies_of(work, n, number)) for n in range(CLIENTS)]
    memory, until = 0, time.monotonic() + FLOOD_S
    try:
        for client in clients:
            client.start()
        while memory < FLOOD_MIB and time.monotonic() < until and target.process.poll() is None:
            memory = max(memory, held_mib(target))
            time.sleep(.01)  # between two looks at it
        target.kill()
        demand(target.process.returncode == -signal.SIGKILL, "it ended by itself")
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


def limit():
    """None: this machine gives no such group, or not to us."""
    try:
        return MemoryLimit(FLOOD_MIB << 20)
    except OSError:
        return None


def floods(args, folder, seed, least):
    """least(clients): how many events of a flood must be there after it."""
    with contextlib.ExitStack() as stack:
        group = limit()
        if group:
            stack.enter_context(group)
        return floods_within(args, folder, seed, least, group)


def floods_within(args, folder, seed, least, group):
    work = Work(args.bin, folder, random.Random(seed).randrange(1 << 30), **PIECES)
    peak, slowest, sent, acknowledged, before = 0, 0, 0, 0, 0
    with Target(args.bin, folder, work.config) as target:
        target.under = group.under if group else []
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
        by_kernel = group.killed() if group else 0
    return (f"{args.count} floods of {CLIENTS} clients, {sent} messages, {acknowledged} of them acknowledged: 0 lost; up to {peak:.0f} MiB "
            f"when killed, {by_kernel} times by the kernel; serving again after {slowest:.1f} s at most")


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
