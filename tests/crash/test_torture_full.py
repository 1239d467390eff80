#!/usr/bin/env python3
"""A small share of every other kind of ./dev torture, each with the control that must see what is broken on purpose."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torture.py")
sys.exit(subprocess.run([sys.executable, script, sys.argv[1], "all", "--but", "kill", "--share", "--seed",
                         sys.argv[2] if len(sys.argv) > 2 else "20261122"]).returncode)
