#!/usr/bin/env python3
"""A small share of ./dev torture."""
import os
import subprocess
import sys

script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torture.py")
sys.exit(subprocess.run([sys.executable, script, sys.argv[1], "--kills", "8", "--reps", "12", "--slice", "5000",
                         "--seed", sys.argv[2] if len(sys.argv) > 2 else "20261121"]).returncode)
