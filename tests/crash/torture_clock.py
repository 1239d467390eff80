"""clock: jumps forward and back, summer time, leap days, 2038, zones of all reps. What is said at every arrival and in the end is the
same however the clock came there, with restarts in between: an identical trace for each seed, in memory."""
import os
import subprocess

from torture_lab import demand

COUNT = 10000
SHARE = 100
CONTROL = 20


def trace(args, seed, count, *more):
    result = subprocess.run([os.path.join(args.bin, "torture_clock"), str(seed), str(count), *more], capture_output=True, check=False)
    demand(result.returncode in (0, 1) and result.stdout, f"exit {result.returncode}: {result.stderr.decode()[-2000:]}")
    return int(result.stdout.split()[0]), result.stderr.decode()


def run(args, folder):
    seed = args.seed % 1_000_000
    equal, told = trace(args, seed, args.count)
    demand(equal == args.count, f"{args.count - equal} of {args.count} seeds from {seed} on differ: {told[:2000]}")
    return f"{args.count} seeds from {seed} on: identical traces"


def control(args, folder):
    """One zone without summer time must be seen."""
    equal, _ = trace(args, args.seed % 1_000_000, CONTROL, "zone")
    demand(equal < CONTROL, "a zone without summer time makes no difference: nothing is compared")
    return f"with another zone {CONTROL - equal} of {CONTROL} traces differ, as some must"
