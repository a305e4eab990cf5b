"""What keeps the process to itself: its memory goes into no core dump, and nobody but root looks into it."""

import ctypes
import resource
import sys
from contextlib import suppress
from typing import Final

from keepstep.key_place import KEY_VARIABLE

_PR_SET_DUMPABLE: Final = 4  # prctl(2)
_ENV_START: Final = 47  # proc_pid_stat(5): field 50, counted from the one behind the name of the program


def seclude() -> None:
    """Have no core dump written, and /proc/PID of this process belong to root; a master key in it is overwritten.

    What the system refuses stays as the system has it: a process in a container may have no right to this.
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        return
    with suppress(OSError, ValueError, IndexError):
        _overwrite(KEY_VARIABLE)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _overwrite(variable: str) -> None:
    """Overwrite *variable* where the kernel shows what a process was started with; `os.environ` keeps its own copy."""
    with open("/proc/self/stat", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - no path of anybody's
        start, end = map(int, file.read().rpartition(")")[2].split()[_ENV_START : _ENV_START + 2])
    with open("/proc/self/mem", "r+b", buffering=0) as memory:  # noqa: PTH123
        memory.seek(start)
        name = f"{variable}=".encode()
        block = b"\0" + memory.read(end - start)
        at = block.find(b"\0" + name)
        if at >= 0:
            value = block[at + 1 + len(name) :].partition(b"\0")[0]
            memory.seek(start + at + len(name))
            memory.write(b"x" * len(value))
