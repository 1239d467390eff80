"""simulated.py - for the scripts that hold pace-sim to its word: checks, of which one that fails doesn't end the rest, and a
simulation read back. argv[1]: the folder of the binaries."""
import json
import os
import subprocess
import sys
import tempfile

SIM = os.path.join(sys.argv[1], "pace-sim")
failed = []


def check(condition, text):
    if not condition:
        failed.append(text)
        print("FAILED:", text)


def tell(condition, text):
    """A check whose figures are worth reading when it is right, too."""
    check(condition, text)
    if condition:
        print("ok:", text)


def end():
    print(f"{len(failed)} failures")
    sys.exit(1 if failed else 0)


def run(*args, stdin=None):
    return subprocess.run([SIM, *args], input=stdin, capture_output=True, timeout=300)


def simulate(*args):
    """The events as lines, the truth and the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        truth, config = os.path.join(folder, "truth.json"), os.path.join(folder, "paced.yaml")
        done = run(*args, "--truth", truth, "--config", config)
        check(done.returncode == 0, f"{args}: exit {done.returncode}: {done.stderr.decode()}")
        with open(truth) as file, open(config) as text:
            return done.stdout.decode().splitlines(), json.load(file), text.read()


def standing(events):
    """Of each (source, record) the greatest revision, without those that were deleted."""
    records = {}
    for event in events:
        key = (event["source"], event.get("record", event["id"]))
        if key not in records or event.get("revision", 0) > records[key].get("revision", 0):
            records[key] = event
    return [event for event in records.values() if event["type"] != "sales.record.deleted"]
