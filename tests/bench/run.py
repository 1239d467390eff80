#!/usr/bin/env python3
"""run.py BIN [NAME] [--json] [ARGUMENT...]: the benchmarks by name, or all of them.

With --json the last line is one object: of the benchmark that was named, or of all by their names. A benchmark that has
no JSON of its own is given by its lines of text.
"""
import glob
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PARTS = {"detection": ["teams", "joint"]}  # programs of their own that a name runs too; others by their own name
COMMON = ("--seed", "--runs")  # with another option, --quick too, it runs alone


def commands(bin_dir):
    found = {os.path.basename(path)[len("bench_"):].replace("_", "-"): [path] for path in glob.glob(os.path.join(bin_dir, "bench_*"))}
    for name in ("care", "chance", "ingest", "ingest-simulated", "libpace", "loop"):
        found[name] = [sys.executable, os.path.join(HERE, f"{name.replace('-', '_')}.py"), bin_dir]
    return dict(sorted(found.items()))


def parts(name, known, arguments):
    """The programs of a name; those beside its own only where all options are such as they take."""
    if any(argument.startswith("--") and argument not in COMMON for argument in arguments):
        return [name]
    return [name, *(part for part in PARTS.get(name, []) if part in known)]


def knows_json(name):
    source = os.path.join(HERE, f"bench_{name.replace('-', '_')}.c")
    if not os.path.exists(source):
        return True
    with open(source) as file:
        return '"--json"' in file.read()


def run(name, command, arguments, as_json):
    print(f"\n== {name}", flush=True)
    if as_json and knows_json(name):
        arguments = [*arguments, "--json"]
    lines = []
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip("\n"))
    if process.returncode != 0:
        sys.exit(f"bench {name}: exit {process.returncode}")
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError):
        return {"text": lines}


def main():
    bin_dir, arguments = sys.argv[1], sys.argv[2:]
    as_json = "--json" in arguments
    arguments = [argument for argument in arguments if argument != "--json"]
    known = commands(bin_dir)
    if arguments and not arguments[0].startswith("-"):
        name = arguments.pop(0)
        if name not in known:
            sys.exit(f"bench: no \"{name}\"; there are {', '.join(known)}")
        results = {part: run(part, known[part], arguments, as_json) for part in parts(name, known, arguments)}
        result = results[name] if len(results) == 1 else results
    else:
        result = {name: run(name, command, [], as_json) for name, command in known.items()}
    if as_json:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
