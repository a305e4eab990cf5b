"""`keepstep serve` on one machine: whoever asks waits neither for work nor for what others wait for."""

import json
import os
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.api_world import Client, serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture

pytestmark = pytest.mark.timeout(180)
KEY = "KEEPSTEP_MASTER_KEY"


def test_a_worker_beside_the_server_has_its_key_is_started_again_and_ends_with_it(company, monkeypatch):  # noqa: F811 - the fixture
    company.good("operator", "add", "bench", "--service", "--role", "administrator")
    client = Client(
        "", token=json.loads(company.good("token", "create", "bench", "--name", "tests", "--json"))["token"]
    )
    file = company.home / "master.key"
    key = file.read_text().strip()
    file.unlink()
    monkeypatch.setenv(KEY, key)
    with company.process("serve", "--port", "0") as process:
        client.url = said(process, "answering at").split()[-1]
        said(process, "worker local is ready")
        (worker,) = children(process.pid)
        work = client.good("POST", "/works", {"kind": "plan", "rule": "staff"})["id"]
        until(lambda: client.get(f"/works/{work}")["state"] == "done")  # with a password that the key opens
        assert not any(key.encode() in started_with(pid) for pid in (process.pid, worker))

        os.kill(worker, signal.SIGKILL)
        assert "signal 9" in said(process, "the worker ended")
        said(process, "worker local is ready")
        (again,) = children(process.pid)

        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out.splitlines()[-1]) == (0, "stopped")
        assert all(line.startswith("{") for line in err.splitlines()), err
        assert not Path(f"/proc/{again}").exists()


def test_a_worker_beside_a_server_that_was_killed_is_gone_at_once(cli):
    with cli.process("serve", "--port", "0") as process:
        said(process, "worker local is ready")
        (worker,) = children(process.pid)
        process.kill()
        until(lambda: not Path(f"/proc/{worker}").exists(), seconds=5)


def test_nobody_waits_for_a_request_that_waits_for_the_store(company):  # noqa: F811 - the fixture
    with serving(company.home) as world:
        ana = world.operator("ana", "administrator")
        sent = ("POST", "/connections/infobip/endpoints/list-persons/test", {})
        ana.good(*sent)
        with closing(sqlite3.connect(company.home / "keepstep.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            slow = threading.Thread(target=ana.good, args=sent)
            slow.start()  # it writes down what it met
            took = []
            while slow.is_alive() and len(took) < 20:
                begun = time.monotonic()
                world.client().good("GET", "/healthz")
                took.append(time.monotonic() - begun)
                time.sleep(0.1)
            assert slow.is_alive()
            other.execute("ROLLBACK")
        slow.join(60)
        assert max(took) < 1


def said(process, words):
    return next(line for line in process.stdout if words in line).rstrip()


def children(pid):
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def started_with(pid):
    return Path(f"/proc/{pid}/environ").read_bytes()


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)
