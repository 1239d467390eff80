#!/usr/bin/env python3
"""live.py BIN FOLDER [--until TIME] ARGUMENT...: managers answer the warnings they get: pace-sim --live beside a real paced, day by
day. Leaves events.ndjson, truth.json, paced.yaml, alerts.json, pushed.txt, status.json and status.txt in the folder, which has to
be there and empty."""
import json
import os
import subprocess
import sys

import lab


def day_of(sim):
    """The lines of one day, and whether they are the last ones: then nobody waits for an answer."""
    lines = []
    for line in sim.stdout:
        if line == b"\n":
            return lines, False
        lines.append(line)
    return lines, True


def wait_refilled(daemon):
    """A year goes by in seconds here: what follows from somebody's move is folded before the next day closes."""
    while True:
        status = daemon.ask("status")
        if not status.get("refill"):
            return status


def exchange(daemon, sim, lines, last, events):
    """From the first day's lines to the end; what was warned of goes back to the managers."""
    newest, day, path = 0, 0, os.path.join(daemon.folder, "part.ndjson")
    while True:
        day += 1
        if sys.stdout.isatty():
            print(f"\r    day {day}", end="", flush=True)
        events.writelines(lines)
        with open(path, "wb") as part:
            part.writelines(lines)
        daemon.ctl("send", path)
        wait_refilled(daemon)
        if last:
            break
        alerts = daemon.ctl("alerts", "--since", str(newest), "--json").stdout.splitlines(keepends=True)
        newest = int(json.loads(alerts[-1])["id"]) if alerts else newest
        sim.stdin.write(b"".join(alerts) + b"\n")
        sim.stdin.flush()
        lines, last = day_of(sim)
    if sys.stdout.isatty():
        print("\r", end="")


def keep(daemon, name, *args):
    with open(os.path.join(daemon.folder, name), "wb") as file:
        file.write(daemon.ctl(*args).stdout)


def keep_answers(daemon):
    keep(daemon, "alerts.json", "alerts", "--json")
    keep(daemon, "status.json", "status", "--json")
    keep(daemon, "pushed.txt", "alerts", "--pushed")
    keep(daemon, "status.txt", "status")


def live(bin_dir, folder, *arguments, until=None):
    """`until`: a time to which the clock is moved at the end."""
    config = os.path.join(folder, "paced.yaml")
    command = [os.path.join(bin_dir, "pace-sim"), *arguments, "--live", "--truth", os.path.join(folder, "truth.json"), "--config",
               config]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sim:
        first, last = day_of(sim)  # by then there is the config
        with lab.Daemon(bin_dir, folder, config) as daemon, open(os.path.join(folder, "events.ndjson"), "wb") as events:
            exchange(daemon, sim, first, last, events)
            if until:
                daemon.ctl("clock", "--to", until)
            keep_answers(daemon)
            code = daemon.stop()
    if sim.returncode != 0 or code != 0:
        raise RuntimeError(f"pace-sim: exit {sim.returncode}, paced: exit {code}: {daemon.log()}")


def main():
    arguments = sys.argv[1:]
    until = arguments.pop(arguments.index("--until") + 1) if "--until" in arguments else None
    live(*[argument for argument in arguments if argument != "--until"], until=until)


if __name__ == "__main__":
    main()
