"""torture_lab.py - what all kinds of torture share: the work that is sent, a recount of it that has none of paced's code, a
daemon that is spoken to over the wire, and the demand that is made of it in the end."""
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from daemon_process import LINGER_MS  # noqa: E402
from lab import simulate, what_was_said  # noqa: E402

PATIENCE_S = 120  # under a sanitizer or beside other work


class Lost(Exception):
    """A promise was broken."""


class Gone(Exception):
    """The daemon ended, or doesn't answer."""


def demand(condition, text):
    if not condition:
        raise Lost(text)


class Recount:
    """What the store must hold, counted without any of its code."""

    def __init__(self):
        self.ids, self.revisions = set(), {}
        self.accepted = self.superseded = 0

    def take(self, line):
        event = json.loads(line)
        source, ident = event["source"], event["id"]
        if (source, ident) in self.ids:
            return
        self.ids.add((source, ident))
        record, revision = (source, event.get("record", ident)), event.get("revision", 0)
        if revision < self.revisions.get(record, 0):
            self.superseded += 1
        else:
            self.accepted += 1
            self.revisions[record] = revision


class Work:
    """A simulated organisation in batches, and what has to be said of it in the end."""

    def __init__(self, bin_dir, folder, seed, reps=4, days=84, batches=40, config="", lines=None):
        self.bin, self.folder, self.seed = bin_dir, folder, seed
        self.events, self.config, truth = simulate(bin_dir, folder, "--seed", str(seed), "--reps", str(reps), "--days",
                                                   str(days))
        if config:
            with open(self.config, "a") as file:
                file.write("\n" + config + "\n")
        with open(truth) as file:
            self.end = date.fromisoformat(json.load(file)["start"]) + timedelta(days=days)
        with open(self.events, "rb") as file:
            self.lines = file.readlines()[:lines]
        if lines:
            with open(self.events, "wb") as file:
                file.writelines(self.lines)
        each = max(1, min(4096, -(-len(self.lines) // batches)))
        self.batches = [self.lines[at:at + each] for at in range(0, len(self.lines), each)]
        recount, self.held = Recount(), [(0, 0)]  # after so many batches: accepted, superseded
        for batch in self.batches:
            for line in batch:
                recount.take(line)
            self.held.append((recount.accepted, recount.superseded))

    def expected(self):
        """By `pacectl backtest`, to the day before the end: that one has begun, for reps far in the east."""
        if not hasattr(self, "said"):
            result = subprocess.run([os.path.join(self.bin, "pacectl"), "backtest", "--config", self.config, "--events",
                                     self.events, "--to", str(self.end - timedelta(days=1)), "--json"],
                                    capture_output=True, timeout=600, check=True)
            self.said = what_was_said(json.loads(result.stdout)["warnings"])
        return self.said


def compare_said(work, alerts):
    demand([int(alert["id"]) for alert in alerts] == list(range(1, len(alerts) + 1)), "the numbers have holes")
    mine, theirs = Counter(what_was_said(alerts)), Counter(work.expected())
    missing, surplus = theirs - mine, mine - theirs
    demand(not missing and not surplus,
           f"warnings differ from the backtest's: missing {dict(missing)}, surplus {dict(surplus)}")


class Target:
    """A daemon over a folder of its own; `environment` is added to its."""

    program = "paced"
    under = ()  # words that are to begin the command, and end by running the rest of it

    def __init__(self, bin_dir, folder, config, environment=None, patience_s=PATIENCE_S):
        self.patience_s = patience_s
        self.bin, self.folder, self.config = bin_dir, folder, config
        self.state, self.run = os.path.join(folder, "state"), os.path.join(folder, "run")
        self.environment, self.process = environment or {}, None
        self.context = zmq.Context()
        self.sockets = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def launch(self, **environment):
        self.kill()  # one that neither served nor ended
        with open(os.path.join(self.folder, "paced.log"), "ab") as log:
            self.process = subprocess.Popen(
                [*self.under, os.path.join(self.bin, self.program), "--config", self.config, "--clock", "events", "--state-dir",
                 self.state, "--runtime-dir", self.run], stderr=log, stdout=log,
                env={**os.environ, **self.environment, **environment})

    def start(self, **environment):
        """The seconds until it answers; Gone where it ends instead."""
        begin = time.monotonic()
        self.launch(**environment)
        self.ask("hello")
        return time.monotonic() - begin

    def socket(self, name):
        if name not in self.sockets:
            socket = self.context.socket(zmq.DEALER)
            socket.setsockopt(zmq.LINGER, LINGER_MS)
            socket.setsockopt(zmq.RECONNECT_IVL, 2)
            socket.connect(f"ipc://{self.run}/{name}.sock")
            self.sockets[name] = socket
        return self.sockets[name]

    def close(self):
        """What lingers is gone afterwards: the daemon that is started next gets nothing that was meant for this one."""
        for socket in self.sockets.values():
            socket.close()
        self.sockets = {}
        self.context.term()
        self.context = zmq.Context()

    def receive(self, name):
        socket = self.socket(name)
        until = time.monotonic() + self.patience_s
        while not socket.poll(20):
            if self.process.poll() is not None and not socket.poll(50):
                raise Gone(f"paced ended with {self.process.returncode}")
            if time.monotonic() > until:
                raise Gone(f"no answer within {self.patience_s} s")
        return socket.recv_multipart()

    def exchange(self, name, frames):
        self.socket(name).send_multipart(frames)
        return self.receive(name)

    def ask(self, command, **arguments):
        return json.loads(self.exchange("control", [b"PACE1", json.dumps({"cmd": command, **arguments}).encode()])[1])

    def send(self, batch):
        """(verb, body) of the answer to a batch of lines."""
        return self.send_several([b"".join(batch)])[0]

    def send_several(self, bodies):
        """As send, of bodies that are under way together."""
        for number, body in enumerate(bodies):
            self.socket("ingest").send_multipart([b"PACE1", b"batch", b"%d" % number, body])
        answers = [self.receive("ingest") for _ in bodies]
        demand([int(answer[2]) for answer in answers] == list(range(len(bodies))), "answers in another order")
        return [(answer[1].decode(), json.loads(answer[3])) for answer in answers]

    def kill(self):
        self.close()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self):
        """The exit code of a friendly end."""
        self.close()
        self.process.terminate()
        return self.process.wait(timeout=self.patience_s)

    def ended(self):
        """The exit code of an end by itself."""
        self.close()
        try:
            return self.process.wait(timeout=self.patience_s)
        except subprocess.TimeoutExpired:
            raise Lost("paced neither serves nor ends") from None

    def alerts(self, ask=None):
        """All of them. ask(command, ...) in place of this one's own: for who expects to be refused."""
        items, since = [], 0
        while True:
            page = (ask or self.ask)("alerts", since=since)
            items += page["items"]
            if "next" not in page:
                return items
            since = page["next"]

    def log(self, lines=8):
        """Its last lines; None: all of them."""
        with open(os.path.join(self.folder, "paced.log"), errors="replace") as file:
            return "".join(file.readlines()[-lines if lines else 0:])


def batches_held(work, status):
    """How many whole batches the store holds by the recount."""
    held = (status["accepted"], status["superseded"])
    demand(held in work.held, f"the store holds {held[0]} accepted and {held[1]} superseded: no number of whole batches")
    return max(n for n, counts in enumerate(work.held) if counts == held)


def send_all(target, work, first=0):
    """Every batch from one on, each waited for: (accepted, duplicate, superseded)."""
    sums = Counter()
    for batch in work.batches[first:]:
        verb, body = target.send(batch)
        demand(verb == "ack" and not body["rejected"], f"{verb}: {body}")
        sums.update({name: body[name] for name in ("accepted", "duplicate", "superseded")})
    return sums


def demand_verified(target):
    """The state is the fold of the log; while another config is being folded with that can't be asked yet."""
    until = time.monotonic() + target.patience_s
    verdict = target.ask("verify")
    while not verdict["ok"] and verdict["code"] == "busy" and time.monotonic() < until:
        time.sleep(.05)  # between two looks at the condition
        verdict = target.ask("verify")
    demand(verdict["ok"] and verdict["equal"] and verdict["index_ok"] and verdict["alerts_ok"], f"verify: {verdict}")


def demand_all(target, work, kept):
    """The rest is sent with all of it once more; then everything has to be as if nothing had happened. `kept`: batches
    that were there."""
    sums = send_all(target, work)
    demand(sums["accepted"] + sums["superseded"] ==
           sum(work.held[-1]) - sum(work.held[kept]), f"sent again: {dict(sums)}, {kept} batches were there")
    status = target.ask("status")
    demand((status["accepted"], status["superseded"]) == work.held[-1], "something is missing or counts twice")
    target.ask("clock", to=f"{work.end}T12:00:00Z")
    demand_verified(target)
    compare_said(work, target.alerts())


def demand_kept(target, work, acknowledged, whole, soon_s=None):
    """It starts, within so many seconds, and has what was acknowledged: (batches, seconds). `whole`: all else is demanded, too."""
    try:
        took_s = target.start()
        kept = batches_held(work, target.ask("status"))
        demand(kept >= acknowledged, f"{acknowledged} batches were acknowledged, {kept} are there")
        demand(soon_s is None or took_s < soon_s, f"it served again after {took_s:.1f} s")
        if whole:
            demand_all(target, work, kept)
    except Gone as error:
        raise Lost(f"{error}: {target.log()}") from None
    finally:
        target.kill()
    return kept, took_s


def seen_to_lose(what, tries, least):
    """A control: what was seen once so many of the tries were lost, or told as wrong."""
    lost = n = 0
    for n, one in enumerate(tries, 1):
        try:
            lost += bool(one())
        except Lost:
            lost += 1
        if lost == least:
            return f"{what}: {lost} of {n} were seen as lost or wrong, as they must"
    raise Lost(f"{what}: only {lost} of {n} were seen as lost or wrong: nothing is looked at")


def preload(bin_dir, name):
    """The path of a library in tests/crash; None where it wasn't built (a sanitizer would have to come first)."""
    path = os.path.join(os.path.dirname(os.path.abspath(bin_dir)), "lib", f"lib{name}.so")
    return path if os.path.exists(path) else None
