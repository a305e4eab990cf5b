"""Put first on PYTHONPATH: looks over the program's shoulder, as a bad library or a debugger might.

PRYING_FOR: requests to addresses with this part fail with a fault that tells all it knows.
PRYING_OUT: the passwords of new accounts are written to this file.
PRYING_PROCESS: whether the process may be dumped, and how large a core it may write, are written to this file at its end.
"""

import atexit
import os
from pathlib import Path


def fail_telling_all(part):
    import aiohttp

    request = aiohttp.ClientSession._request

    async def tell_all(self, method, url, **options):
        if part in str(url):
            raise RuntimeError(f"cannot send {method} {url} with {options}")
        return await request(self, method, url, **options)

    aiohttp.ClientSession._request = tell_all


def note_passwords(file):
    from keepstep.connectors.ad import first_password

    compose = first_password.compose_password

    def noted(*given, **named):
        password = compose(*given, **named)
        with Path(file).open("a", encoding="utf-8") as notes:
            notes.write(password + "\n")
        return password

    first_password.compose_password = noted


def note_process(file):
    import ctypes
    import resource

    dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)  # PR_GET_DUMPABLE
    Path(file).write_text(f"{dumpable} {resource.getrlimit(resource.RLIMIT_CORE)}", encoding="utf-8")


if "PRYING_FOR" in os.environ:
    fail_telling_all(os.environ["PRYING_FOR"])
if "PRYING_OUT" in os.environ:
    note_passwords(os.environ["PRYING_OUT"])
if "PRYING_PROCESS" in os.environ:
    atexit.register(note_process, os.environ["PRYING_PROCESS"])
