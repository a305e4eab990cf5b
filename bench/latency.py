"""From the moment a change in a Samba Active Directory is confirmed to somebody else until the call that it starts arrives."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles

import yaml
from tests.lab.recording import Recorded, Reply, recording_server

from bench.directory import samba
from bench.harness import ROOT, Options, Report, Sample

CHANGES = 60
QUICK_CHANGES = 3
WAIT = 30.0


def run(options: Options) -> Report:
    """Change the title of a user again and again, and wait for the webhook that an automation fires for it.

    The domain is kept in .lab for the next time.
    """
    lab = ROOT / ".lab" / "bench-latency"
    samba(lab, "start")
    try:
        told = dict(line.split("=", 1) for line in samba(lab, "env").splitlines())
        return _measured(options, told)
    finally:
        samba(lab, "stop")


def _measured(options: Options, told: dict[str, str]) -> Report:
    import ldap

    arrived: list[tuple[str, float]] = []

    def answer(request: Recorded) -> Reply:
        arrived.append((dict(request.query)["title"], time.perf_counter()))
        return Reply({})

    with recording_server(answer) as app:
        home = _home(options.folder / "home", told, app.url)
        connection = ldap.initialize(told["LDAPS_URL"])
        connection.set_option(ldap.OPT_X_TLS_CACERTFILE, told["CA_FILE"])
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)
        connection.simple_bind_s(told["ADMIN"], told["PASSWORD"])
        dn = f"CN=latency-{os.getpid()}-{time.time_ns()},CN=Users,{told['BASE']}"
        connection.add_s(dn, [("objectClass", [b"user"]), ("sAMAccountName", [f"l{time.time_ns()}".encode()])])
        program = [sys.executable, "-m", "keepstep", "--home", str(home), "serve", "--role", "worker"]
        worker = subprocess.Popen(program, stdout=subprocess.DEVNULL)
        try:
            _warm(connection, dn, arrived)
            begun = time.perf_counter()
            cpu = _cpu(worker.pid)
            gaps = [_gap(connection, dn, f"t{number}", arrived) for number in range(_count(options))]
            used, wall = _cpu(worker.pid) - cpu, time.perf_counter() - begun
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)
    cuts = quantiles(gaps, n=20) if len(gaps) > 1 else gaps * 19
    found = {"p50 ms": cuts[9] * 1000, "p95 ms": cuts[18] * 1000, "slowest ms": max(gaps) * 1000}
    sample = Sample(cpu=used, wall=wall, peak=0, found=found)
    title = "`latency`: a change in Samba to the call that it starts, one worker, SQLite"
    samples = {"change to call": [sample]}
    return Report(title=title, items=len(gaps), samples=samples, by_wall=True, columns=tuple(found))


def _count(options: Options) -> int:
    return QUICK_CHANGES if options.quick else CHANGES


def _warm(connection: object, dn: str, arrived: list[tuple[str, float]]) -> None:
    """Change until the first change is heard: from then on the domain is watched."""
    for number in range(60):
        try:
            _gap(connection, dn, f"w{number}", arrived, wait=2.0)
        except AssertionError:
            continue
        return
    raise AssertionError("the worker heard nothing")


def _gap(connection, dn: str, title: str, arrived: list[tuple[str, float]], wait: float = WAIT) -> float:
    import ldap

    connection.modify_s(dn, [(ldap.MOD_REPLACE, "title", [title.encode()])])
    done = time.perf_counter()
    while time.perf_counter() < done + wait:
        for told, at in arrived:
            if told == title:
                time.sleep(0.3)
                return at - done
        time.sleep(0.002)
    raise AssertionError(f"no call for {title}")


def _home(folder: Path, told: dict[str, str], url: str) -> Path:
    from keepstep.core.secret import Secret
    from keepstep.settings import Settings
    from keepstep.store.key_source import create_master_key
    from keepstep.wiring import opened

    folder.mkdir()
    create_master_key(folder / "master.key")
    corp = {
        "kind": "active_directory",
        "url": told["LDAPS_URL"],
        "ca_file": told["CA_FILE"],
        "bind": {"method": "simple", "user": told["ADMIN"], "password": {"secret": "admin"}},
        "base": told["BASE"],
    }
    hook = {"url": "{base_url}/heard", "params": {"title": "{{ title }}"}}
    app = {
        "kind": "rest",
        "preset": "plain",
        "base_url": url,
        "webhooks": {"heard": hook},
    }
    trigger = {"event": "user_modified", "on": "corp.users", "where": "{{ title != '' }}"}
    automation = {"trigger": trigger, "tasks": [{"webhook": "app.heard"}]}
    whole = {
        "version": 1,
        "egress": {"allow": ["127.0.0.1"]},
        "connections": {"corp": corp, "app": app},
        "automations": {"heard": automation},
    }
    (folder / "keepstep.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    with opened(Settings(home=folder, operator="bench")) as store:
        store.vault.set("admin", Secret(told["PASSWORD"]))
    return folder


def _cpu(pid: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
