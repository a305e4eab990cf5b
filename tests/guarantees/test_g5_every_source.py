"""G5 wherever secrets and master keys come from: environment, files, programs; and with webhooks, channels, workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from keepstep.emulator import Credentials, Emulator, running_in_thread
from tests.guarantees.test_g5_secrets_stay_secret import TOOLS, Story, rest
from tests.guarantees.world import BASE, HEAD, STAFF, entry
from tests.lab.loopback import ALLOWED
from tests.lab.recording import Recorded, Recording, Reply, recording_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

GIVEN = 'plant"Given\\1%+pw&Qx'
FILED = "plantFiled0a1b2c3d4e5f-778899"
IN_HEADER = "plant-Hook;header=2,~Zx"
IN_PARAM = "plant Hook&param/3+%Yw"
IN_BODY = 'plant"Hook\\body 4{{y}}Vb'
CHAT_PASSWORD = "plant-Chat/pw+5~Rt"
CHAT_TOKEN = "plant-services-T6B7C8"
IN_BASE_URL = "plant-in-url%2F9;Kj"
IN_DATABASE = "plant-database-pw-10"
UNUSED_KEY = "cGxhbnQtbWFzdGVyLWtleS10aGF0LWlzLXNob3J0"
MASTER = [b64encode(bytes(range(start, start + 32))).decode() for start in (130, 170)]
PRINT = """#!/bin/sh
env >"$1/environment-of-child-$$"
tr '\\0' ' ' </proc/$PPID/cmdline >"$1/command-line-of-parent-$$"
cat "$2"
"""


@dataclass
class Given(Story):
    """A story whose processes are given secrets in their environment, which only root can look into."""

    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        return super().start(*arguments, **{**self.environment, **environment})

    def look(self, process: subprocess.Popen[bytes], arguments: tuple[str, ...]) -> None:
        self.seen[f"cmdline of {' '.join(arguments)}"] = Path(f"/proc/{process.pid}/cmdline").read_bytes()

    def files(self, label: str) -> None:
        super().files(label)
        self.seen = {place: held for place, held in self.seen.items() if "home/secrets/" not in place}


@dataclass
class Hooked:
    """An application that is called by webhooks and by chats, and says back all it was sent when it refuses."""

    refusing: bool = False

    def __call__(self, request: Recorded) -> Reply:
        if not self.refusing:
            return Reply({"id": "1"})
        sent = [value for _, value in request.headers] + [value for _, value in request.query]
        sent += [request.path, request.body.decode("utf-8", "replace")]
        return Reply({"error": {"message": f"refused: {' '.join(sent)}", "sent": sent}}, 400, {"X-Seen": sent[-3]})


def configuration(app: str, hooks: str) -> dict[str, object]:
    webhook = {
        "method": "POST",
        "url": "{base_url}/hook",
        "params": {"k": "{{ secret.in-param }}"},
        "headers": {"X-Key": "Key {{ secret.in-header }}"},
        "body": {
            "pass": "{{ secret.in-body }}",
            "basic": '{{ ("svc:" ~ secret.in-body) | base64_encode }}',
            "name": "{{ cn }}",
        },
    }
    ways = {
        "given": {"type": "basic", "username": "keepstep", "password": {"environment": "PLANT_GIVEN"}},
        "filed": {"type": "api_key", "key": {"file": "secrets/app-key"}},
        "printed": {"type": "bearer", "token": {"command": "app-token"}},
    }
    rows = {"externalId": "{{ objectGUID }}", "firstName": "{{ givenName }}", "lastName": "{{ sn }}"}
    rule = {
        "source": "corp.users",
        "target": "given.persons",
        "mapping": "out",
        "correlate": [["externalId", "objectGUID"]],
    }
    call = {"webhook": "hooks.call"}
    return {
        "version": 1,
        "egress": ALLOWED,
        "connections": {
            "corp": {"kind": "ldif", "file": "directory.ldif", "base": BASE, "users": {"base": STAFF}},
            "hooks": {**rest(hooks, {"type": "none"}), "preset": "plain", "webhooks": {"call": webhook}},
            **{name: rest(app, way) for name, way in ways.items()},
        },
        "mappings": {"out": {"into": "given.persons", "rows": rows}},
        "rules": {"out": rule},
        "channels": {"chat": {"kind": "chat", "url": {"secret": "chat"}, "timeout": 5}},
        "templates": {"greet": {"subject": "corp.users", "start": "call", "blocks": {"call": call}}},
    }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    """The life of an installation that is given its secrets from outside, told once."""
    folder = tmp_path_factory.mktemp("g5")
    told = Given(home=folder / "home", out=folder / "exports")
    told.out.mkdir()
    (folder / "private").mkdir(mode=0o700)
    told.environment = {"KEEPSTEP_MASTER_KEY": MASTER[0], "PLANT_GIVEN": GIVEN}
    application = Hooked()
    emulator = Emulator(limits=False, credentials=Credentials(password=GIVEN, api_key=FILED))
    with running_in_thread(emulator) as app, recording_server(application) as hooks:
        printed = emulator.world.keys.open_token(3600)
        told.secrets = {"given": GIVEN, "filed": FILED, "printed": printed, "in-header": IN_HEADER}
        told.secrets |= {"in-param": IN_PARAM, "in-body": IN_BODY, "chat password": CHAT_PASSWORD}
        told.secrets |= {"chat token": CHAT_TOKEN, "in a base URL": IN_BASE_URL, "of the database": IN_DATABASE}
        for name, key in (*enumerate(MASTER), ("that is none", UNUSED_KEY)):
            told.secrets |= {f"master key {name}": key, f"master key {name}, raw": b64decode(key).decode("latin-1")}
        set_up(told, folder / "private", configuration(app, hooks.url), printed)
        address = hooks.url.replace("//", f"//bot:{quote(CHAT_PASSWORD, safe='')}@")
        chat = f"{address}/services/{CHAT_TOKEN}"
        told.run("secret", "set", "chat", text=f"{chat}\n")
        daily_work(told)
        at_work(told, hooks)
        trouble(told, folder / "private", application, emulator)
        changed_key(told)
        used = [request for request in hooks.requests if request.path.startswith("/services/")]
        assert {request.path for request in used} == {f"/services/{CHAT_TOKEN}"}
        assert all(request.header("x-key") == f"Key {IN_HEADER}" for request in hooks.to("/hook"))
        assert len(hooks.to("/hook")) == 6
    told.files("at the end")
    yield told


def set_up(told: Given, private: Path, spec: dict[str, object], printed: str) -> None:
    told.run("init")
    (told.home / "secrets").mkdir(mode=0o700)
    for path, text, mode in (
        (told.home / "secrets" / "app-key", FILED, 0o600),
        (private / "token", printed, 0o600),
        (private / "print", PRINT, 0o700),
    ):
        path.write_text(text)
        path.chmod(mode)
    arguments = [str(told.out), str(private / "token")]
    command = {"program": str(private / "print"), "arguments": arguments, "environment": ["LC_ALL"]}
    allowed = told.home / "secret-commands.yaml"
    allowed.write_text(json.dumps({"version": 1, "secret_commands": {"app-token": command}}))
    allowed.chmod(0o600)
    for name in ("in-header", "in-param", "in-body"):
        told.run("secret", "set", name, text=f"{told.secrets[name]}\n")
    (told.home / "directory.ldif").write_text("\n".join([HEAD, *(entry(number) for number in range(3))]))
    file = told.out / "new.yaml"
    file.write_text(json.dumps(spec))
    told.run("config", "apply", str(file), "--offline")


def daily_work(told: Given) -> None:
    ways = ("given", "filed", "printed")
    told.run("config", "check", code=None)
    (told.out / "exported.yaml").write_text(told.run("config", "export"))
    told.both(*(("connection", "check", name, "--json") for name in ways))
    told.both(*(("endpoint", "test", name, "list-persons") for name in ways))
    told.run("plan", "out", "--out", str(told.out / "out.plan"), code=10)
    told.run("apply", str(told.out / "out.plan"), "--yes")
    told.both(*(("people", name, "--json") for name in ways))
    told.both(("compare", "out", "--json"), ("why", "p00001"), ("why", "p00001", "--json"), ("doctor",), code=None)
    told.run("report", "make", "comparison", "--rule", "out", "--out", str(told.out / "report.html"), code=None)
    told.run("report", "make", "audit", "--out", str(told.out / "report.xlsx"), code=None)
    told.run("webhook", "test", "hooks", "call", "--user", "p00001")
    told.run("webhook", "test", "hooks", "call", "--user", "p00001", "--live", "--json")
    told.run("channel", "test", "chat", "--json", code=None)
    told.run("template", "run", "greet", "--user", "p00001", "--yes")
    (run, *_) = json.loads(told.run("run", "list", "--json"))
    told.run("run", "show", run.get("run", run.get("id")), "--json", code=None)
    told.run("audit", "export", "--out", str(told.out / "audit.jsonl"))
    told.run("secret", "list", "--json")


def at_work(told: Given, hooks: Recording) -> None:
    """Have a process that stays do a run, look into it meanwhile, and keep what is on the disk then."""
    before = len(hooks.to("/hook"))
    note = told.out.parent / "process"
    prying = os.pathsep.join(filter(None, [str(TOOLS), os.environ.get("PYTHONPATH")]))
    told.run("template", "run", "greet", "--user", "p00002", "--yes", "--detach")
    with told.start("serve", "--role", "worker", PYTHONPATH=prying, PRYING_PROCESS=str(note)) as process:
        try:
            deadline = time.monotonic() + 60
            while len(hooks.to("/hook")) == before and time.monotonic() < deadline:
                time.sleep(0.1)
            assert len(hooks.to("/hook")) > before
            told.look(process, ("serve",))
            told.seen["limits of serve"] = Path(f"/proc/{process.pid}/limits").read_bytes()
            told.seen["started with"] = b"".join(started_with(process.pid, "KEEPSTEP_MASTER_KEY"))
            told.files("while a worker is at work")
            process.send_signal(signal.SIGTERM)
            told.keep(("serve",), *process.communicate(timeout=60))
        finally:
            process.kill()
    told.seen["what the worker said of itself"] = note.read_bytes()


def started_with(pid: int, variable: str) -> Iterator[bytes]:
    """Yield what the kernel shows of *variable*; nothing where it lets nobody but root look."""
    try:
        shown = Path(f"/proc/{pid}/environ").read_bytes()
    except PermissionError:
        return
    yield from (part for part in shown.split(b"\0") if part.startswith(variable.encode()))


def trouble(told: Given, private: Path, application: Hooked, emulator: Emulator) -> None:
    application.refusing = True
    told.run("webhook", "test", "hooks", "call", "--user", "p00001", "--live", code=None)
    told.run("channel", "test", "chat", code=1)
    told.run("template", "run", "greet", "--user", "p00000", "--yes", code=None)
    application.refusing = False
    emulator.add_fault("500:times=0")
    told.both(("people", "given"), ("endpoint", "test", "filed", "list-persons"), code=None)
    emulator.clear_faults()
    told.both(
        *(("people", name) for name in ("given", "filed", "printed")),
        code=1,
        PYTHONPATH=str(TOOLS),
        PRYING_FOR="/people/",
    )
    told.run(
        "webhook",
        "test",
        "hooks",
        "call",
        "--user",
        "p00001",
        "--live",
        code=1,
        PYTHONPATH=str(TOOLS),
        PRYING_FOR="/hook",
    )
    bad = private / "bad.yaml"
    for place in (f"https://svc:{IN_BASE_URL}@app.example", f"https://app.example/?key={IN_BASE_URL} x"):
        spec = rest(place, {"type": "bearer", "token": IN_BASE_URL})
        bad.write_text(json.dumps({"version": 1, "connections": {"app": spec}}))
        told.run("config", "check", str(bad), "--offline", code=1)
    address = f"postgresql://keepstep:{IN_DATABASE}@127.0.0.1:9/keepstep"
    told.both(("doctor",), ("people", "given"), code=1, KEEPSTEP_DATABASE=address)
    told.run("channel", "test", "chat", code=1, KEEPSTEP_MASTER_KEY=UNUSED_KEY)
    told.run("secret", "set", "another", text="x\n", code=1, KEEPSTEP_MASTER_KEY=UNUSED_KEY)
    (private / "print").write_text('#!/bin/sh\ncat "$2"; cat "$2" >&2; exit 7\n')
    told.run("people", "printed", code=1)
    assert "exit code 7" in told.seen[list(told.seen)[-1]].decode()
    (told.home / "secrets" / "app-key").chmod(0o644)
    told.run("people", "filed", code=1)
    told.run("people", "given", code=1, PLANT_GIVEN="")


def changed_key(told: Given) -> None:
    told.environment["KEEPSTEP_MASTER_KEY"] = " ".join(MASTER)
    told.run("secret", "rotate-key")
    told.run("secret", "forget-key", code=1)
    told.environment["KEEPSTEP_MASTER_KEY"] = MASTER[1]
    told.run("webhook", "test", "hooks", "call", "--user", "p00001", "--live")


# ---------------------------------------------------------------- what was found


def test_the_story_holds_what_it_should(story: Given) -> None:
    places = "\n".join(story.seen)
    parts = ("keepstep.db", "keepstep.db-wal", "engine.db", "out.plan", "report.html", "report.xlsx", "audit.jsonl")
    for part in (
        *parts,
        "exported.yaml",
        "crash/",
        "cmdline of serve",
        "environment-of-child",
        "command-line-of-parent",
    ):
        assert part in places, part
    assert sum("/crash/" in place for place in story.seen) >= 4
    assert not (story.home / "master.key").exists()


def test_no_secret_is_anywhere(story: Given) -> None:
    assert story.leaks() == []


def test_what_webhooks_send_is_shown_masked(story: Given) -> None:
    shown = [text.decode() for place, text in story.seen.items() if "output of webhook test" in place]
    assert len(shown) == 5
    assert all("•••" in text for text in shown if "error: keepstep met a fault" not in text)


def test_a_program_that_prints_a_secret_is_given_none(story: Given) -> None:
    given = [text.decode() for place, text in story.seen.items() if "environment-of-child" in place]
    assert given
    names = {line.partition("=")[0] for text in given for line in text.splitlines()}
    assert names <= {"PATH", "HOME", "LANG", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}


def test_a_master_key_that_was_given_is_overwritten_where_the_kernel_shows_it(story: Given) -> None:
    shown = story.seen["started with"].replace(b"KEEPSTEP_MASTER_KEY=", b"")
    assert shown.strip(b"x") == b""


def test_no_memory_of_a_process_that_stays_goes_to_disk_or_to_others(story: Given) -> None:
    (line,) = [line for line in story.seen["limits of serve"].decode().splitlines() if "core file size" in line]
    assert line.split()[4:6] == ["0", "0"]
    assert story.seen["what the worker said of itself"] == b"0 (0, 0)"
