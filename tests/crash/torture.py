#!/usr/bin/env python3
"""torture.py BIN [KIND ...] [--count N] [--seed N] [--share]: breaks what can break, and sees whether the promises hold.

Every kind is a module torture_KIND.py: run() does it `count` times and returns what it found in a sentence, or raises Lost;
control() is the same with the promise broken on purpose, and must see that. Exit 1: a promise was broken, or a control saw
nothing. --share: the small counts of the test suite.
"""
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.dirname(HERE)]
import debian_python  # noqa: E402, F401

import argparse  # noqa: E402
import importlib  # noqa: E402
import random  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
import traceback  # noqa: E402

from torture_lab import Gone, Lost, preload  # noqa: E402

# The kinds, what is promised, and the library that they need below paced.
KINDS = {
    "kill": ("killed under load: acknowledged is durable, each event counts once", None),
    "cut": ("the power fails: acknowledged is durable", "preload_io"),
    "fault": ("the disk refuses a call: it ends, and nothing acknowledged is lost", "preload_io"),
    "oom": ("an allocation fails: nothing is lost, and it serves again", "preload_alloc"),
    "flip": ("the store is damaged: no answer is wrong", None),
    "full": ("the map or the disk is full: refused with a reason, and on it goes", "preload_io"),
    "overload": ("ten times too much: sent = acknowledged + refused + in flight, questions answered", None),
    "flood": ("mad clients bring it to its limit of memory: nothing acknowledged is lost", None),
    "strangers": ("keys that nobody listed knock again and again: each of ours is answered, nothing of theirs is taken", None),
    "clock": ("the clock jumps: the same trace", None),
    "poison": ("an event crashes it: refused from the third time on, its neighbours go on", None),
    "migrate": ("a store of an earlier layout, its first start broken: nothing is lost", "preload_io"),
    "subscriber": ("a subscriber is killed: no gaps after replay", None),
}


def one(kind, step, args):
    """(whether it held, what was found, seconds)."""
    module = importlib.import_module(f"torture_{kind}")
    this = argparse.Namespace(**vars(args))
    this.count = args.count or (module.SHARE if args.share else module.COUNT)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        try:
            found, held = getattr(module, step)(this, folder), True
        except (Lost, Gone) as error:
            found, held = str(error), False
        except Exception:  # whatever it is, it is told beside the others
            found, held = traceback.format_exc(), False
    return held, found, time.monotonic() - begin


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("bin")
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"all, or some of: {' '.join(KINDS)}")
    parser.add_argument("--count", type=int, help="how often; by default what RELIABILITY asks for")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 30))
    parser.add_argument("--share", action="store_true", help="a small share of it, for the test suite")
    parser.add_argument("--but", action="append", default=[], choices=KINDS, help="leave out a kind")
    parser.add_argument("--no-control", action="store_true", help="leave out the negative controls")
    parser.add_argument("--reps", type=int, default=60, help="kill: how large the organisation is")
    parser.add_argument("--slice", type=int, default=15000, help="kill: at most so many lines at a time")
    parser.add_argument("--kill-share", type=float, default=.7)
    parser.add_argument("--within-ms", type=float, default=120, help="kill: so long after the start at most")
    args = parser.parse_args()
    unknown = [kind for kind in args.kinds if kind not in KINDS and kind != "all"]
    if unknown:
        parser.error(f"\"{unknown[0]}\" is none of: all {' '.join(KINDS)}")
    if not args.kinds or "all" in args.kinds:
        args.kinds = list(KINDS)
    args.kinds = [kind for kind in args.kinds if kind not in args.but]
    if args.share:
        args.reps, args.slice = 12, 5000
    return args


def main():
    args = arguments()
    print(f"torture: {' '.join(args.kinds)} --seed {args.seed}", flush=True)
    rows, good = [], True
    for kind in args.kinds:
        library = KINDS[kind][1]
        if library and not preload(args.bin, library):
            rows.append((kind, "skipped", f"lib{library}.so isn't built: not with sanitizers"))
            continue
        for step in ("run", "control"):
            if step == "control" and args.no_control:
                continue
            held, found, seconds = one(kind, step, args)
            good = good and held
            name = kind if step == "run" else f"{kind}, control"
            rows.append((name, "held" if held else "BROKEN", found))
            print(f"{name} ({KINDS[kind][0]}): {'held' if held else 'BROKEN'} after {seconds:.0f} s: {found}", flush=True)
    print()
    for name, verdict, found in rows:
        print(f"{name:<20} {verdict:<8} {found.splitlines()[0] if found else ''}")
    print(f"torture: {'every promise held' if good else 'A PROMISE WAS BROKEN'} (--seed {args.seed})")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
