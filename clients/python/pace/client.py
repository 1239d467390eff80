"""Acknowledged sending: nothing that an Ack was given for can be lost, whatever is killed in between.

The conversation is described in docs/protocol.md. Events are sent again until they are answered; that is always safe,
since paced knows each by its source and id.
"""
import collections
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Iterator

import zmq
import zmq.auth

from .event import Event, EventError

MAGIC = b"PACE1"
BATCH_EVENTS = 256
BATCH_BYTES = 256 * 1024
BATCHES_OUTSTANDING = 64
STEP_S = 0.2  # how soon a stop is noticed
# Never 0: libzmq 4.3.4 ends the program if the connection breaks while a socket that doesn't linger is closed amid a
# message (clients/libpace/link.c has the same).
LINGER_MS = 50
KEY_CHARACTERS = 40


class ProtocolError(Exception):
    """The other side doesn't speak as docs/protocol.md says."""


class Unreachable(Exception):
    """No answer within `give_up_s`. What was acknowledged before is stored."""


class Stopped(Exception):
    """The `stop` event was set. What wasn't acknowledged has to be sent again."""


@dataclass(frozen=True)
class Refusal:
    """One event that paced refuses; sending it again doesn't help."""
    event: Event
    code: str
    reason: str

    def __str__(self) -> str:
        name = self.event.attributes.get("id") if self.event.origin is None else self.event.origin
        return f"{name}: {self.code}: {self.reason}"


@dataclass
class Ack:
    """What became of events that were sent: in order, without holes; those that aren't refused are stored."""
    events: list[Event]
    accepted: int = 0
    duplicate: int = 0
    superseded: int = 0
    rejected: list[Refusal] = field(default_factory=list)


@dataclass
class _Batch:
    id: bytes
    events: list[Event]
    body: bytes
    waiting: bool = False  # sent, not answered
    ack: Ack | None = None


@dataclass(frozen=True)
class Keys:
    """For TCP: whom one talks to, and who one is, each a CURVE key in Z85."""
    server: bytes
    public: bytes
    secret: bytes = field(repr=False)

    @classmethod
    def read(cls, path: str, server: str) -> "Keys":
        """The pair that `pacectl key` put into a file; server: what `pacectl status` shows as paced's public key.

        ValueError: one of them is no such thing. OSError: the file can't be read."""
        if len(server) != KEY_CHARACTERS:
            raise ValueError(f"{server!r} is not a key of {KEY_CHARACTERS} characters; \"pacectl status\" on the daemon's machine shows it")
        try:
            public, secret = zmq.auth.load_certificate(path)
        except ValueError:
            secret = None
        if secret is None:
            raise ValueError(f"{path} has no pair of keys; \"pacectl key FILE\" makes one")
        return cls(server.encode("ascii", "replace"), public, secret)

    @classmethod
    def of_options(cls, key: str | None, server_key: str | None) -> "Keys | None":
        """What a program's --key and --server-key say; as `read`."""
        if key is None and server_key is None:
            return None
        if key is None or server_key is None:
            raise ValueError("--key and --server-key go together: who one is, and whom one talks to")
        return cls.read(key, server_key)


class Client:
    """A connection to paced's ingest socket. One thread at a time; `send` may be called again and again.

    reply_timeout_s: without an answer for so long the connection is made anew and all unanswered is sent again.
    give_up_s: raise Unreachable when nothing was answered for so long; None: never. stop: raise Stopped once it is set.
    on_wait: called with a sentence when there is something to wait for, once per reason. keys: for an endpoint that asks for
    them (docs/protocol.md, From another machine)."""

    def __init__(self, endpoint: str = "ipc:///run/paced/ingest.sock", *, reply_timeout_s: float = 10.0,
                 give_up_s: float | None = None, stop: threading.Event | None = None,
                 on_wait: Callable[[str], None] | None = None, keys: Keys | None = None) -> None:
        self.endpoint, self.reply_timeout_s, self.give_up_s = endpoint, reply_timeout_s, give_up_s
        self.stop = stop or threading.Event()
        self._on_wait = on_wait
        self._keys = keys
        self._told: str | None = None
        self._context = zmq.Context()
        self._socket: zmq.Socket[bytes] | None = None
        self._numbers = itertools.count(1)
        self._credit, self._max_bytes = 0, 1 << 20
        self._answered_at = time.monotonic()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close(linger=LINGER_MS)
            self._socket = None
        self._context.term()

    # ---- sending ----

    def send(self, events: Iterable[Event]) -> Iterator[Ack]:
        """Sends what the iterable gives and yields an Ack for each run of events, in their order.

        Events are only asked for as paced can take them. Leave the loop early and what wasn't acknowledged may or may
        not be stored. An exception of the iterable is raised after all before it was acknowledged."""
        source = _Source(events, lambda: self._max_bytes)
        self._answered_at = time.monotonic()
        pending: collections.deque[_Batch] = collections.deque()
        if self._socket is None:
            self._connect()
        while True:
            filled = self._fill(source, pending)
            while pending and pending[0].ack is not None:
                ack = pending.popleft().ack
                assert ack is not None
                yield ack
            if not pending and source.done:
                if source.error is not None:
                    raise source.error
                return
            if pending:
                self._step(pending, 0.0 if filled else self.reply_timeout_s)

    def _fill(self, source: "_Source", pending: "collections.deque[_Batch]") -> bool:
        """Sends a new batch if there is credit, unless older ones wait to be sent again. True: there may be another."""
        outstanding = sum(len(batch.events) for batch in pending)
        if source.done or len(pending) >= BATCHES_OUTSTANDING:
            return False
        if any(not batch.waiting and batch.ack is None for batch in pending):
            return False
        if outstanding and outstanding + BATCH_EVENTS > self._credit:
            return False
        events, lines, too_large = source.take(min(BATCH_EVENTS, self._credit))
        if not events:
            return False
        batch = _Batch(b"%d" % next(self._numbers), events, b"\n".join(lines))
        if too_large:
            batch.ack = Ack(events, rejected=[Refusal(events[0], *too_large)])
        else:
            self._transmit(batch)
        pending.append(batch)
        return True

    def _transmit(self, batch: _Batch) -> None:
        assert self._socket is not None
        try:
            self._socket.send_multipart([MAGIC, b"batch", batch.id, batch.body], zmq.NOBLOCK)
        except zmq.Again:
            pass  # as if it had got lost on the way: it is sent again in time
        batch.waiting = True

    def _step(self, pending: "collections.deque[_Batch]", patience_s: float) -> None:
        """Takes one answer, or sends again what has to be. patience_s 0: only if one is there already."""
        if not any(batch.waiting for batch in pending):
            for batch in pending:
                if batch.ack is None:
                    self._transmit(batch)
        frames = self._receive(patience_s)
        if frames is None and not patience_s:
            return
        if frames is None:
            self._wait_for("no answer; connecting anew and sending again what wasn't answered")
            self._connect()
            for batch in pending:
                if batch.ack is None:
                    self._transmit(batch)
            return
        self._take_answer(frames, pending)

    def _take_answer(self, frames: list[bytes], pending: "collections.deque[_Batch]") -> None:
        verb, body = frames[1], _json(frames[-1])
        batch = next((batch for batch in pending if len(frames) == 4 and batch.id == frames[2]), None)
        if verb == b"error" and (len(frames) != 4 or not frames[2]):
            raise ProtocolError(f"paced doesn't understand this client: {body.get('reason')}")
        if batch is None or not batch.waiting:
            return  # an answer that came twice
        batch.waiting = False
        if verb == b"ack":
            batch.ack = _ack(batch, body)
            self._told = None
        elif verb == b"error":
            code, reason = str(body.get("code")), str(body.get("reason"))
            batch.ack = Ack(batch.events, rejected=[Refusal(event, code, reason) for event in batch.events])
        elif verb == b"retry":
            self._wait_for(f"paced asks to wait: {body.get('reason')}")
            # All that is on its way is answered first; then everything refused goes out again, in order.
            if not any(other.waiting for other in pending):
                after_ms = body.get("after_ms")
                self._sleep(after_ms / 1000 if isinstance(after_ms, (int, float)) and 0 <= after_ms <= 60000 else 1)
        else:
            raise ProtocolError(f"paced answered with an unknown word: {verb[:40]!r}")

    # ---- the connection ----

    def _connect(self) -> None:
        """A new connection, welcomed: what may be outstanding is known afterwards."""
        while True:
            if self._socket is not None:
                self._socket.close(linger=LINGER_MS)
            self._socket = self._context.socket(zmq.DEALER)
            self._socket.setsockopt(zmq.LINGER, LINGER_MS)
            self._socket.setsockopt(zmq.RECONNECT_IVL, 50)
            self._socket.setsockopt(zmq.RECONNECT_IVL_MAX, 1000)
            self._socket.setsockopt(zmq.MAXMSGSIZE, 4 << 20)
            if self._keys is not None:
                self._socket.setsockopt(zmq.CURVE_PUBLICKEY, self._keys.public)
                self._socket.setsockopt(zmq.CURVE_SECRETKEY, self._keys.secret)
                self._socket.setsockopt(zmq.CURVE_SERVERKEY, self._keys.server)
            try:
                self._socket.connect(self.endpoint)
            except zmq.ZMQError as error:
                raise ValueError(f"{self.endpoint} isn't an endpoint that can be connected to: {error}; expected "
                                 "ipc:///path or tcp://127.0.0.1:port") from None
            self._socket.send_multipart([MAGIC, b"hello"])
            frames = self._receive(self.reply_timeout_s)
            if frames is not None and frames[1] == b"welcome":
                welcome = _json(frames[-1])
                self._credit, self._max_bytes = _size(welcome, "credit_events"), _size(welcome, "max_bytes")
                return
            known = " and is this key listed there, with its sources, and the server's key right?" if self._keys else "?"
            self._wait_for(f"{self.endpoint} doesn't answer; is paced running{known}")

    def _receive(self, timeout_s: float) -> list[bytes] | None:
        """The next answer; None: there was none in time."""
        assert self._socket is not None
        until = time.monotonic() + timeout_s
        while True:
            if self.stop.is_set():
                raise Stopped("asked to stop")
            left_s = until - time.monotonic()
            if self._socket.poll(int(max(0.0, min(left_s, STEP_S)) * 1000)):
                frames = self._socket.recv_multipart()
                if len(frames) not in (3, 4) or frames[0] != MAGIC:
                    raise ProtocolError(f"{self.endpoint} isn't paced's ingest socket")
                self._answered_at = time.monotonic()
                return frames
            if left_s <= 0:
                self._check_patience()
                return None

    def _check_patience(self) -> None:
        silent_s = time.monotonic() - self._answered_at
        if self.give_up_s is not None and silent_s >= self.give_up_s:
            raise Unreachable(f"{self.endpoint} hasn't answered for {silent_s:.0f} s; is paced running?")

    def _sleep(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped("asked to stop")

    def _wait_for(self, reason: str) -> None:
        if self._on_wait is not None and reason != self._told:
            self._on_wait(reason)
        self._told = reason


class _Source:
    """The caller's events as lines, a batch at a time."""

    def __init__(self, events: Iterable[Event], max_bytes: Callable[[], int]) -> None:
        self._events, self._max_bytes = iter(events), max_bytes
        self._kept: tuple[Event, bytes] | None = None
        self.done = False
        self.error: BaseException | None = None

    def _next(self) -> tuple[Event, bytes] | None:
        kept, self._kept = self._kept, None
        if kept is not None or self.done:
            return kept
        try:
            event = next(self._events)
            return event, event.json()
        except StopIteration:
            pass
        except Exception as error:  # the caller's: raised once all before it is acknowledged
            self.error = error
        self.done = True
        return None

    def take(self, most: int) -> tuple[list[Event], list[bytes], tuple[str, str] | None]:
        """Events with their lines; or one that can't be sent, with the code and the reason."""
        events: list[Event] = []
        lines: list[bytes] = []
        n_bytes = 0
        while len(events) < most and n_bytes < BATCH_BYTES:
            following = self._next()
            if following is None:
                break
            event, line = following
            if len(line) > self._max_bytes():
                if not events:
                    return [event], [], ("too_large", f"the event has {len(line)} bytes; at most "
                                                      f"{self._max_bytes()} are possible")
                self._kept = following
                break
            if events and n_bytes + len(line) + 1 > min(BATCH_BYTES, self._max_bytes()):
                self._kept = following
                break
            events.append(event)
            lines.append(line)
            n_bytes += len(line) + 1
        # Who kept one isn't done yet, even where the iterable has ended.
        return events, lines, None


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise ProtocolError("an answer isn't a JSON object")
    return value


def _size(welcome: dict[str, Any], name: str) -> int:
    value = welcome.get(name)
    if not isinstance(value, int) or value < 1:
        raise ProtocolError(f"the welcome has no {name}")
    return value


def _ack(batch: _Batch, body: dict[str, Any]) -> Ack:
    try:
        return Ack(batch.events, int(body["accepted"]), int(body["duplicate"]), int(body["superseded"]),
                   [Refusal(batch.events[entry["index"]], str(entry["code"]), str(entry["reason"]))
                    for entry in body["rejected"]])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ProtocolError(f"an ack can't be read: {error!r}") from None


__all__ = ["Ack", "Client", "EventError", "ProtocolError", "Refusal", "Stopped", "Unreachable"]
