#!/usr/bin/env python3
"""A small share of ./dev torture kill; test_torture_full.py has the others."""
import os
import subprocess
import sys

script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torture.py")
sys.exit(subprocess.run([sys.executable, script, sys.argv[1], "kill", "--share", "--seed",
                         sys.argv[2] if len(sys.argv) > 2 else "20261121"]).returncode)
