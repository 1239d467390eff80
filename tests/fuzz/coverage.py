#!/usr/bin/env python3
"""coverage.py BUILD CORPUS: of a build with --coverage, how many lines of each decoder the corpora reach, by gcov.

A corpus is replayed by its target alone, so that a decoder counts for the target that is there for it. What no input can reach is
counted too: memory that runs out, a store that fails. Exit 1: the decoders of a target are reached in less than 95 % of their lines.
"""
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict

AIM = 95

# What reads bytes that come from outside or from a disk, by the target that is there for it.
DECODERS = {
    "event": ["daemon/io/json.cpp", "daemon/io/json_quick.cpp", "daemon/io/json_event.cpp", "daemon/io/json_canonical.cpp", "daemon/io/json_text.c",
              "daemon/core/event/draft.c", "daemon/core/event/draft_text.c"],
    "ingest": ["daemon/io/ingest.c", "daemon/io/ingest_reply.c", "daemon/io/intake.c", "daemon/io/intake_retry.c"],
    "control": ["daemon/io/control.c", "daemon/io/control_orders.c", "daemon/io/control_queries.c",
                "daemon/io/control_reports.c", "daemon/io/control_events.c", "daemon/io/control_counts.c",
                "daemon/io/control_cases.c", "daemon/io/control_growth.c", "daemon/io/control_quarantine.c"],
    "record": ["daemon/core/log/log_unpack.c"],
    "outbox": ["clients/libpace/outbox_record.c"],
    "config": ["daemon/io/yaml.c", "daemon/core/schema/schema.c", "daemon/core/schema/schema_types.c",
               "daemon/core/schema/schema_number.c", "daemon/core/schema/schema_money.c", "daemon/core/schema/schema_days.c",
               "daemon/core/schema/schema_week.c", "daemon/core/schema/schema_event.c", "daemon/core/schema/schema_endpoint.c",
               "daemon/core/schema/schema_finish.c", "daemon/core/schema/schema_check.c", "daemon/core/schema/schema_print.c"],
    "tzfile": ["daemon/io/tzfile.c", "daemon/core/time/tzrule.c"],
    "ical": ["daemon/io/ical.c", "daemon/io/ical_lines.c", "daemon/io/ical_values.c", "daemon/io/ical_events.c"],
}


def counters(build):
    for folder, _, names in os.walk(build):
        for name in names:
            if name.endswith(".gcda"):
                yield os.path.join(folder, name)


def lines_of(build, source):
    """{line: how often} of a source, by what the last run left."""
    wanted = "/" + os.path.basename(source) + ".gcda"
    lines = defaultdict(int)
    for path in counters(build):
        if not path.endswith(wanted):
            continue
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gcov", "--json-format", path], cwd=folder, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=True)
            for name in os.listdir(folder):
                with gzip.open(os.path.join(folder, name)) as file:
                    for part in json.load(file)["files"]:
                        if part["file"].endswith(source):
                            for line in part["lines"]:
                                lines[line["line_number"]] += line["count"]
    return lines


def tell(target, source, lines, reached, missed):
    share = 100 * reached / lines if lines else 0
    print(f"{target:<8} {source:<36} {lines:>6} {share:>7.1f} %    {missed}", flush=True)


def main():
    build, corpus = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    short, wanted = 0, sys.argv[3:] or list(DECODERS)
    print(f"{'target':<8} {'decoder':<36} {'lines':>6} {'reached':>8}      not reached")
    for target in wanted:
        for path in list(counters(build)):
            os.unlink(path)
        subprocess.run([os.path.join(build, "bin", "fuzz_" + target), os.path.join(corpus, target)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        there = reached = 0
        for source in DECODERS[target]:
            lines = lines_of(build, source)
            missed = [line for line, count in sorted(lines.items()) if not count]
            there += len(lines)
            reached += len(lines) - len(missed)
            tell(target, source, len(lines), len(lines) - len(missed), " ".join(map(str, missed))[:100])
        tell(target, "all of them", there, reached, "")
        short += 100 * reached < AIM * there or not there
    print(f"{short} targets below {AIM} %" if short else f"every target reaches {AIM} % of its decoders' lines and more")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
