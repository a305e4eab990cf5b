"""The other side of a measurement, each in a process of its own: an emulated Infobip, and a plain web server."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from bench.harness import ROOT

PAGE = 1000
LIST = "/people/2/persons"

NGINX = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    keepalive_requests 1000000;
    client_max_body_size 16m;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ application/json json; }}
    server {{
        listen 127.0.0.1:{port};
        location = /people/2/persons {{
            root {folder};
            rewrite ^ /page-$arg_page.json break;
        }}
        location = /call {{
            default_type application/json;
            return 200 '{{"id": 1}}';
        }}
    }}
}}
"""


def serve(*, people: int, limits: bool, faults: Sequence[str]) -> None:
    """Serve an emulator until the process is ended; the first line of output is its address.

    Its limits hold in any second, not only in the seconds of some clock.
    """
    from keepstep.emulator import Emulator, parse_rules
    from keepstep.emulator import serve as serve_emulator

    strict = parse_rules(("rate_window=sliding",))
    emulator = Emulator(rules=strict, people=people, seed=7, limits=limits, faults=tuple(faults))
    asyncio.run(serve_emulator(emulator, port=0, ready=lambda url: print(url, flush=True)))


@contextmanager
def emulator(*, people: int, limits: bool = False, faults: Sequence[str] = ()) -> Generator[str]:
    """Give the address of an emulated account with *people* fictional persons."""
    given = json.dumps({"people": people, "limits": limits, "faults": list(faults)})
    with subprocess.Popen(
        (sys.executable, "-m", "bench.cell", "servers:serve", given), stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        try:
            url = process.stdout.readline().strip() if process.stdout else ""
            if not url:
                raise RuntimeError("the emulator did not start")
            yield url
        finally:
            process.terminate()


def asked(url: str) -> bytes:
    """Return what the emulator answers to a GET."""
    with urlopen(Request(url, headers={"Authorization": "App demo-key"}), timeout=60) as answer:
        return answer.read()


def counters(url: str) -> dict[str, int]:
    """Return how often each operation of the emulator was called and refused."""
    return json.loads(asked(f"{url}/_emulator/counters"))


def write_pages(url: str, people: int, folder: Path) -> None:
    """Write the list of an emulator's persons as one file a page, and the empty page behind them."""
    for page in range(1, people // PAGE + 2):
        query = f"orderBy=createdAt:asc&includeTotalCount=true&limit={PAGE}&page={page}"
        (folder / f"page-{page}.json").write_bytes(asked(f"{url}{LIST}?{query}"))


@contextmanager
def nginx(folder: Path) -> Generator[str]:
    """Give the address of an nginx that answers the list from the page files of *folder*, and anything at /call."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    user = "user root;" if Path(folder).owner() == "root" else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, port=port, user=user))
    with subprocess.Popen(
        (program, "-c", str(configuration), "-p", str(folder), "-e", str(folder / "error.log"))
    ) as process:
        try:
            _until_listening(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _until_listening(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nginx did not start")
