"""debian_python.py - what imports this runs where Debian's Python packages are, or is skipped."""
import os
import sys

try:
    import yaml  # noqa: F401
    import zmq  # noqa: F401
except ImportError:
    # Debian's packages belong to Debian's Python, which needn't be the first one of the PATH.
    DEBIAN = "/usr/bin/python3"
    if os.path.realpath(sys.executable) != os.path.realpath(DEBIAN) and os.path.exists(DEBIAN):
        os.execv(DEBIAN, [DEBIAN, *sys.argv])
    print("skipped: python3-zmq or python3-yaml isn't installed")
    sys.exit(77)
