"""What every test may ask for."""

import signal

pytest_plugins = ["tests.lab.directory"]

# Who starts the tests in the background of a script has Ctrl-C ignored, and so would every program they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
