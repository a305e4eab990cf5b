"""The process of the worker beside a server: told on its standard input where it works, until that ends."""

import json
import os
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from typer import Exit

from keepstep.cli.beside import STOPPED
from keepstep.cli.invocation import Invocation
from keepstep.cli.main import ending_told
from keepstep.cli.seclusion import seclude
from keepstep.cli.server_log import server_log
from keepstep.cli.worker_process import run_worker
from keepstep.core.secret import Secret
from keepstep.key_place import KeyPlace
from keepstep.telemetry.log import Style


def main() -> None:
    """Work until a signal comes, or the server is gone."""
    seclude()
    told: dict[str, Any] = json.loads(sys.stdin.readline() or "{}")
    if not told:
        sys.exit(0)  # the server was gone before it said anything
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    invocation = Invocation(home=Path(told["home"]), stopped=STOPPED)
    if told["key"]:
        invocation.keys = KeyPlace(text=Secret(told["key"]))
        invocation.secrets.append(Secret(told["key"]))
    try:
        with ending_told(invocation), server_log(Style(told["log"])) if told["log"] else nullcontext():
            invocation.with_store(run_worker)
    except Exit as ending:
        sys.exit(ending.exit_code)


def _end_with_the_server() -> None:
    """End this process where the server ended without a word; what was under way is taken up by the next worker."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
