"""
Holiday files through the real programs: what --check says of missing and broken ones, that the backtest reads the same
files, and that --print-config prints what is read back.
"""
import os
import subprocess
import sys
import tempfile

BIN = sys.argv[1]
CONFIG = """organisation: {tz: Europe/Amsterdam, holidays: [holidays/nl.ics, 2026-12-24]}
people: {reps: {ann: {workweek_odd: {}, joined: 2026-01-01}}, roles: {sdr: {ramp: [0.25, 0.5]}}}
indicators: {calls: {count: sales.activity.call, guard: none}}
"""
EVENT = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART%s\nEND:VEVENT\nEND:VCALENDAR\n"


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


def run(*command):
    done = subprocess.run([os.path.join(BIN, command[0]), *command[1:]], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def expect(what, is_, should_be):
    if is_ != should_be:
        sys.exit("%s: is\n%r\nand should be\n%r" % (what, is_, should_be))


def check_files(folder, config):
    broken = "%s:1:49: organisation.holidays: holidays/nl.ics:3: DTSTART \"2026-04-27\" is not a day or time; write " \
             "e.g. DTSTART;VALUE=DATE:20261225\n" % config
    missing = "%s:1:49: organisation.holidays: the file %s/holidays/nl.ics can't be read: there is no such file, " \
              "directory or entry\n" % (config, folder)
    expect("a missing file", run("paced", "--check", config), (1, "", missing))
    write(folder, "holidays/nl.ics", EVENT % ":2026-04-27")
    expect("a broken file", run("paced", "--check", config), (1, "", broken))
    code, _, told = run("pacectl", "backtest", "--config", config, "--events", os.devnull)
    expect("the same for a backtest", (code, told), (1, broken))
    write(folder, "holidays/nl.ics", EVENT % ";VALUE=DATE:20260427")
    expect("a good file", run("paced", "--check", config), (0, "", ""))


def check_print(folder, config):
    code, once, told = run("paced", "--print-config", config)
    expect("printing", (code, told), (0, ""))
    again = write(folder, "again.yaml", once)
    expect("printing what was printed", run("paced", "--print-config", again), (0, once, ""))


def main():
    with tempfile.TemporaryDirectory() as folder:
        config = write(folder, "paced.yaml", CONFIG)
        check_files(folder, config)
        check_print(folder, config)
    print("holiday files: checked, printed, read back")


main()
