#!/usr/bin/python3
"""Imports CSV files into paced: each row becomes an event, as a mapping says.

Rows that can't be read are told with file, line and column, and don't stop the others. It may be killed and started again
at any time: nothing is lost and nothing counts twice, since the same row always becomes the same event.

Exit status: 0 all rows were taken (or known already), 1 some weren't, 2 the call or the mapping is wrong, 3 paced can't be
reached.
"""
import argparse
import collections
import csv
import hashlib
import os
import signal
import sys
import threading
from typing import Any, Iterator

import pace

HEAD_BYTES = 256  # by which a file is known again; it may grow
FIELD_MAX = 128 * 1024


class FileError(Exception):
    """A file that can't be imported at all."""


class Report:
    """Counts, and sentences on standard error: the first hundred bad rows, then only their number."""

    def __init__(self, most: int) -> None:
        self.bad, self.skipped, self.most = 0, 0, most
        self.acks: collections.Counter[str] = collections.Counter()

    def row(self, place: str, says: str) -> None:
        self.bad += 1
        if self.bad <= self.most:
            print(f"{place}: {says}", file=sys.stderr)
        if self.bad == self.most + 1:
            print(f"more than {self.most} rows are wrong; the rest is only counted (see --most-errors)", file=sys.stderr)

    def ack(self, ack: pace.Ack) -> None:
        self.acks.update(accepted=ack.accepted, duplicate=ack.duplicate, superseded=ack.superseded)
        for refusal in ack.rejected:
            name, line, _ = refusal.event.origin
            self.row(f"{name}:{line}", f"{refusal.code}: {refusal.reason}")


def rows_of(file: Any, name: str, mapping: pace.Mapping, report: Report) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header by line; broken ones are told."""
    reader = csv.reader(file, delimiter=mapping.delimiter)
    header = [cell.strip() for cell in next(reader, [])]
    if not header:
        raise FileError(f"{name}:1: there is no header; the first line must name the columns")
    doubles = [column for column, n in collections.Counter(header).items() if n > 1 and column in mapping.columns()]
    if doubles:
        raise FileError(f"{name}:1: the column \"{doubles[0]}\" is there twice")
    for column in sorted(mapping.columns() - set(header)):
        raise FileError(f"{name}:1: there is no column \"{column}\"; the columns are: {', '.join(header)[:300]}")
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            report.row(f"{name}:{line}", f"can't be read: {error}; is a quotation mark missing?")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            report.row(f"{name}:{line}", f"has {len(cells)} fields; the header has {len(header)}")
        elif any("\udc80" <= c <= "\udcff" for cell in cells for c in cell):
            report.row(f"{name}:{line}", f"isn't valid {mapping.encoding}; set csv.encoding in the mapping")
        else:
            yield line, dict(zip(header, cells))


def events_of(path: str, mapping: pace.Mapping, report: Report, done: int) -> Iterator[pace.Event]:
    """The events of a file, without the first `done` good rows. Their origin: (file, line, number of good rows)."""
    name, good = os.path.basename(path), 0
    alike: collections.Counter[str] = collections.Counter()

    def occurrence(digest: str) -> int:
        alike[digest] += 1
        return alike[digest]

    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    with open(path, encoding=encoding, errors="surrogateescape", newline="") as file:
        for line, row in rows_of(file, name, mapping, report):
            try:
                event = mapping.event(row, origin=(name, line, good + 1), occurrence=occurrence)
            except pace.RowError as error:
                report.row(f"{name}:{line}:{error.column}", error.says)
                continue
            if event is None:
                report.skipped += 1
                continue
            good += 1
            if good > done:
                yield event


def identity(path: str, mapping: pace.Mapping) -> str:
    """Which file this is, for the checkpoint: another beginning, or another mapping, begins anew."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    return hashlib.sha256(head + mapping.digest.encode()).hexdigest()[:16] + ":" + os.path.basename(path)


def import_file(path: str, mapping: pace.Mapping, client: pace.Client, checkpoint: pace.Checkpoint | None,
                report: Report) -> None:
    key = identity(path, mapping)
    done = checkpoint.get(key, 0) if checkpoint else 0
    for ack in client.send(events_of(path, mapping, report, done)):
        report.ack(ack)
        if checkpoint:
            checkpoint.set(key, ack.events[-1].origin[2])


def run_dry(paths: list[str], mapping: pace.Mapping, report: Report, show: bool) -> int:
    n = 0
    for path in paths:
        for event in events_of(path, mapping, report, 0):
            n += 1
            if show:
                print(event.json().decode())
    told = f"{n} events would be sent, {report.skipped} rows left out, {report.bad} rows are wrong"
    print(told, file=sys.stderr if show else sys.stdout)
    return 1 if report.bad else 0


def run(options: argparse.Namespace, mapping: pace.Mapping, report: Report) -> int:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    checkpoint = pace.Checkpoint(options.state) if options.state else None
    code = 0
    with pace.Client(options.ingest, reply_timeout_s=options.reply_timeout, give_up_s=options.give_up, stop=stop,
                     on_wait=lambda says: print(f"waiting: {says}", file=sys.stderr),
                     keys=pace.Keys.of_options(options.key, options.server_key)) as client:
        try:
            for path in options.files:
                import_file(path, mapping, client, checkpoint, report)
        except pace.Stopped:
            print("stopped; start it again and it goes on where it was", file=sys.stderr)
            code = 1
        except pace.Unreachable as error:
            print(error, file=sys.stderr)
            code = 3
    acks = report.acks
    print(f"{acks['accepted']} accepted, {acks['duplicate']} known already, {acks['superseded']} superseded, "
          f"{report.skipped} left out, {report.bad} wrong")
    return code or (1 if report.bad else 0)


def positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e6:
        raise ValueError(text)
    return number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0],
                                     epilog="Mappings are described in the kit's README.md.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="CSV with a header line")
    parser.add_argument("--mapping", required=True, metavar="YAML", help="what becomes of the columns")
    parser.add_argument("--ingest", default="ipc:///run/paced/ingest.sock", metavar="ENDPOINT",
                        help="where paced takes events (default: %(default)s)")
    parser.add_argument("--key", metavar="FILE", help="over TCP: the pair of keys that `pacectl key` made")
    parser.add_argument("--server-key", metavar="KEY", help="... and paced's public key, as `pacectl status` shows it")
    parser.add_argument("--state", metavar="FILE", help="remembers what was acknowledged, so that a restart goes on "
                        "there; without it all is sent again, which is safe")
    parser.add_argument("--dry-run", action="store_true", help="send nothing; say what is wrong")
    parser.add_argument("--show", action="store_true", help="with --dry-run: print the events")
    parser.add_argument("--reply-timeout", type=positive, default=10.0, metavar="S",
                        help="connect anew after so many seconds without an answer (default: %(default)g)")
    parser.add_argument("--give-up", type=positive, default=60.0, metavar="S",
                        help="end with status 3 after so many seconds without paced (default: %(default)g)")
    parser.add_argument("--most-errors", type=int, default=100, metavar="N",
                        help="how many bad rows are told one by one (default: %(default)d)")
    options = parser.parse_args()
    csv.field_size_limit(FIELD_MAX)
    report = Report(options.most_errors)
    try:
        mapping = pace.read_mapping(options.mapping)
        if options.dry_run:
            return run_dry(options.files, mapping, report, options.show)
        return run(options, mapping, report)
    except pace.MappingError as error:
        print(error, file=sys.stderr)
        return 2
    except (FileError, UnicodeError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or options.mapping}: {error.strerror}", file=sys.stderr)
        return 1
    except (ValueError, pace.ProtocolError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
