"""Tests that fill a disk of their own."""
import subprocess
import sys


def skip_unless_mounted():
    tried = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    if tried.returncode:
        print("skipped: a tmpfs can't be mounted here")
        sys.exit(77)
