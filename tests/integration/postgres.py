"""A PostgreSQL server of our own for the tests: made, started and removed by them, reached by a socket only."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL = "the store tests need PostgreSQL: apt-get install -y postgresql"


def programs() -> Path:
    """Return the folder of the newest PostgreSQL server programs; an error that says what to install if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    assert on_path, INSTALL
    return Path(on_path).parent


@contextmanager
def server() -> Iterator[str]:
    """Run a server and give its address; PostgreSQL refuses to run as root, so root runs it as user postgres."""
    run_as = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="keepstep-pg-"))
    if run_as:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    control = programs() / "pg_ctl"
    options = f"-F -c listen_addresses='' -c unix_socket_directories={folder}"

    def call(*command: str | Path) -> None:
        subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=folder, **run_as)

    try:
        call(programs() / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        call(control, "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            call(control, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


def restart(url: str) -> None:
    """Cut the server off in the middle of everything, and have it back after a moment."""
    run_as = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    folder = Path(url.partition("?host=")[2])
    command = (programs() / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-m", "immediate", "-w", "restart")
    subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=folder, **run_as)
