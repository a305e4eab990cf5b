"""A million people fit into 2 GB: measured on a tenth of them, in a process of its own."""

import subprocess
import sys

_MEASURE = """
import os
from keepstep.emulator import Emulator

def resident():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

before = resident()
emulator = Emulator(people=100_000)
assert emulator.count == 100_000
print((resident() - before) // 100_000)
"""


def test_a_person_takes_less_than_1500_bytes():
    done = subprocess.run([sys.executable, "-c", _MEASURE], capture_output=True, text=True, check=True, timeout=120)
    assert 0 < int(done.stdout) < 1500
