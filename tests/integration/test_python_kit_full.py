"""test_python_kit.py with more of everything, and another seed."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("PACED_SEED", "2")
os.environ["PACED_SCALE"] = "4"
os.execv(sys.executable, [sys.executable, os.path.join(HERE, "test_python_kit.py"), *sys.argv[1:]])
