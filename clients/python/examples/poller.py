#!/usr/bin/python3
"""Polls a command or a URL for lists of JSON objects and sends them to paced as events, as a mapping says.

What is asked for next is remembered durably, only once what came before is acknowledged. So it may be killed at any
time; after a restart a few objects are sent again, which is safe. SIGTERM ends it cleanly.

Exit status: 0 asked to stop, 1 with --once: something failed, 2 the call or the mapping is wrong.
"""
import argparse
import datetime
import json
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Iterator

import pace

ANSWER_MAX = 64 * 1024 * 1024
BACKOFF_MAX_S = 300.0
SYNCED_EVERY_S = 900.0
PAGES_MOST = 10000  # without a rest


class PollError(Exception):
    """This poll has failed; a later one may not."""


def tell(says: str) -> None:
    print(f"poller: {says}", file=sys.stderr, flush=True)


def fetch(poll: Any, cursor: str, stop: threading.Event) -> bytes:
    """The answer's bytes. {cursor} stands in the command's words and in the URL for where to go on."""
    if poll.command:
        return run_command([word.replace("{cursor}", cursor) for word in poll.command], poll.timeout_s, stop)
    request = urllib.request.Request(poll.url.replace("{cursor}", urllib.parse.quote(cursor, safe="")),
                                     headers=dict(poll.headers))
    try:
        with urllib.request.urlopen(request, timeout=poll.timeout_s) as answer:
            body: bytes = answer.read(ANSWER_MAX + 1)
    except (OSError, ValueError, urllib.error.URLError) as error:
        raise PollError(f"{poll.url}: {error}") from None
    if len(body) > ANSWER_MAX:
        raise PollError(f"{poll.url}: the answer has more than {ANSWER_MAX >> 20} MiB")
    return body


def run_command(words: list[str], timeout_s: float, stop: threading.Event) -> bytes:
    try:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    except (OSError, ValueError) as error:
        raise PollError(f"{words[0]}: {error}") from None
    until = time.monotonic() + timeout_s
    while True:
        try:
            body, _ = process.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            if stop.is_set() or time.monotonic() > until:
                process.kill()
                process.communicate()
                if stop.is_set():
                    raise pace.Stopped("asked to stop") from None
                raise PollError(f"{words[0]}: hasn't ended after {timeout_s:g} s") from None
    if process.returncode != 0:
        raise PollError(f"{words[0]}: ended with status {process.returncode}")
    return body


def walk(value: Any, path: str) -> Any:
    """The member at a.b.c; None where there is none. A whole name wins over a path."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


class Row(dict[str, Any]):
    """An object whose columns are paths: owner.id."""

    def get(self, path: str, default: Any = None) -> Any:
        found = walk(dict(self), path)
        return default if found is None else found


def items_of(body: bytes, path: str) -> list[Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise PollError("the answer isn't JSON") from None
    items = walk(answer, path) if path else answer
    if not isinstance(items, list):
        raise PollError(f"the answer has no list{' at ' + path if path else ''}")
    return items


def order(cursor: str) -> tuple[int, int, str]:
    """Cursors that are digits are ordered as numbers, others as texts."""
    return (0, len(cursor.lstrip("0")), cursor.lstrip("0")) if cursor.isascii() and cursor.isdigit() else (1, 0, cursor)


class Poller:
    def __init__(self, mapping: pace.Mapping, client: pace.Client, checkpoint: pace.Checkpoint) -> None:
        assert mapping.poll is not None
        self.mapping, self.poll, self.client, self.checkpoint = mapping, mapping.poll, client, checkpoint
        self.cursor = str(checkpoint.get("cursor", self.poll.start))
        self.synced_at = -SYNCED_EVERY_S

    def events(self, items: list[Any]) -> Iterator[pace.Event]:
        alike: dict[str, int] = {}

        def occurrence(digest: str) -> int:
            alike[digest] = alike.get(digest, 0) + 1
            return alike[digest]

        for n, item in enumerate(items):
            if not isinstance(item, dict):
                tell(f"item {n}: isn't an object")
                continue
            try:
                event = self.mapping.event(Row(item), origin=f"item {n}", occurrence=occurrence)
            except pace.RowError as error:
                tell(f"item {n}:{error.column}: {error.says}")
                continue
            if event is not None:
                yield event

    def send(self, events: Iterator[pace.Event]) -> int:
        n = 0
        for ack in self.client.send(events):
            n += ack.accepted
            for refusal in ack.rejected:
                tell(str(refusal))
        return n

    def next_cursor(self, items: list[Any]) -> str:
        if not self.poll.cursor:
            return self.cursor
        values = [walk(item, self.poll.cursor) for item in items]
        known = [str(value) for value in values if isinstance(value, (str, int, float)) and str(value)]
        if items and not known:
            raise PollError(f"none of the items has a {self.poll.cursor}, so it isn't known where to go on")
        return max([self.cursor, *known] if self.cursor else known or [""], key=order)

    def page(self) -> bool:
        """Asks once and sends what came; true if there may be more at once."""
        items = items_of(fetch(self.poll, self.cursor, self.client.stop), self.poll.items)
        cursor = self.next_cursor(items)
        n = self.send(self.events(items))
        if n:
            tell(f"{n} new events of {len(items)} objects")
        if cursor == self.cursor:
            return False
        # Only now: what lies before it is acknowledged.
        self.checkpoint.set("cursor", cursor)
        self.cursor = cursor
        return True

    def tell_synced(self, through: datetime.datetime) -> None:
        """Tells paced up to when this source is complete."""
        if not self.poll.synced or time.monotonic() - self.synced_at < SYNCED_EVERY_S:
            return
        text = through.isoformat(timespec="seconds")
        self.send(iter([pace.Event.make(type="sales.source.synced", source=self.mapping.source, id=f"synced-{text}",
                                        time=text, data={"through": text})]))
        self.synced_at = time.monotonic()

    def run_once(self) -> None:
        begun = datetime.datetime.now(datetime.timezone.utc)
        pages = 0
        while self.page() and pages < PAGES_MOST:
            pages += 1
        self.tell_synced(begun)

    def run(self, stop: threading.Event) -> None:
        backoff_s = 1.0
        while not stop.is_set():
            try:
                self.run_once()
                backoff_s, rest_s = 1.0, self.poll.every_s
            except PollError as error:
                rest_s = backoff_s * random.uniform(.5, 1)
                tell(f"{error}; trying again in {rest_s:.0f} s")
                backoff_s = min(2 * backoff_s, BACKOFF_MAX_S)
            stop.wait(rest_s)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0],
                                     epilog="Mappings are described in the kit's README.md.")
    parser.add_argument("mapping", metavar="YAML", help="what is polled, and what becomes of it")
    parser.add_argument("--state", required=True, metavar="FILE", help="where it remembers what to ask for next")
    parser.add_argument("--ingest", default="ipc:///run/paced/ingest.sock", metavar="ENDPOINT",
                        help="where paced takes events (default: %(default)s)")
    parser.add_argument("--key", metavar="FILE", help="over TCP: the pair of keys that `pacectl key` made")
    parser.add_argument("--server-key", metavar="KEY", help="... and paced's public key, as `pacectl status` shows it")
    parser.add_argument("--once", action="store_true", help="ask until nothing new comes, then end")
    parser.add_argument("--reply-timeout", type=float, default=10.0, metavar="S",
                        help="connect anew after so many seconds without an answer (default: %(default)g)")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        mapping = pace.read_mapping(options.mapping)
        if mapping.poll is None:
            print(f"{options.mapping}: poll: is missing; it says what is asked", file=sys.stderr)
            return 2
        with pace.Client(options.ingest, reply_timeout_s=options.reply_timeout, stop=stop, on_wait=tell,
                         keys=pace.Keys.of_options(options.key, options.server_key)) as client:
            poller = Poller(mapping, client, pace.Checkpoint(options.state))
            if options.once:
                poller.run_once()
            else:
                poller.run(stop)
    except pace.Stopped:
        pass
    except PollError as error:
        tell(str(error))
        return 1
    except OSError as error:
        print(f"{error.filename or options.mapping}: {error.strerror}", file=sys.stderr)
        return 2
    except (ValueError, pace.ProtocolError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
