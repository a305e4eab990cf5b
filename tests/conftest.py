"""What every test may ask for."""

import os
import signal
import sys
from pathlib import Path

pytest_plugins = ["tests.lab.directory"]

# Without bytecode every program that a test starts would compile all it imports, which takes longer than the test. Where
# none may lie beside the sources, it lies apart.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if sys.pycache_prefix is None:
        sys.pycache_prefix = str(Path(__file__).resolve().parents[1] / ".make" / "bytecode")
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

# Who starts the tests in the background of a script has Ctrl-C ignored, and so would every program they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
