"""G5: secrets stay secret: what was sealed is nowhere else, in no form, whatever was done and whatever went wrong."""

from __future__ import annotations

import html
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from keepstep.emulator import Credentials, Emulator, running_in_thread
from tests.guarantees.world import BASE, HEAD, STAFF, entry
from tests.lab.loopback import ALLOWED

BASIC = 'plant"Basic\\7%+pw&Qx4<zN'
SESSION = "plant-Session=8 pw'Rk2"
OAUTH = "plant-OAuth/9+client~Sd7"
API_KEY = "plantKey0a1b2c3d4e5f-66778899"
WRONG = "plant-Wrong-5s0me:thing"
DIRECTORY = "plant-Bind{{10}}pw-Tv6"
SPARE = "plant-Nobody-uses-this-11"
NUMBERS = count(1)
pytestmark = pytest.mark.timeout(900)  # the story starts the program some fifty times
TOOLS = Path(__file__).with_name("prying")


def forms(secret: str) -> Iterator[bytes]:
    """Yield *secret* as it would look in a file, a URL, a header, a log line or a database."""
    raw = secret.encode()
    texts = {
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
    }
    texts |= {quote(secret), quote(secret, safe=""), quote_plus(secret), raw.hex(), raw.hex().upper()}
    texts.add(secret.replace("'", "''"))
    for shift in range(3):  # base64 of a longer text shows its middle in one of three ways
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(b"\0" * shift + raw).decode().rstrip("=")
            texts.add(whole[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6])
    yield from (text.encode() for text in texts)
    yield secret.encode("utf-16-le")


def inside(content: bytes) -> Iterator[bytes]:
    """Yield *content*, and what is packed in it."""
    yield content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            yield from (packed.read(name) for name in packed.namelist())


@dataclass
class Story:
    """Everything that was done with one home folder, and everything that it left behind."""

    home: Path
    out: Path
    secrets: dict[str, str] = field(default_factory=dict)
    seen: dict[str, bytes] = field(default_factory=dict)

    def run(self, *arguments: str, text: str = "", code: int | None = 0, **environment: str) -> str:
        """Call the program as a process; keep what it printed, and what others could see of it meanwhile."""
        with self.start(*arguments, **environment) as process:
            self.look(process, arguments)
            stdout, stderr = process.communicate(text.encode(), timeout=60)
        self.keep(arguments, stdout, stderr)
        assert code is None or process.returncode == code, (arguments, process.returncode, stdout, stderr)
        return stdout.decode()

    def both(self, *commands: tuple[str, ...], **options: Any) -> None:
        """Call the program for each of *commands*, two at a time."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda command: self.run(*command, **options), commands))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "keepstep", *arguments, "--home", str(self.home)]
        pipe = subprocess.PIPE
        seen = {**os.environ, **environment}
        if "PYTHONPATH" in environment and "PYTHONPATH" in os.environ:  # else an installed version would be tried
            seen["PYTHONPATH"] = os.pathsep.join([environment["PYTHONPATH"], os.environ["PYTHONPATH"]])
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=seen)

    def look(self, process: subprocess.Popen[bytes], arguments: tuple[str, ...]) -> None:
        for name in ("cmdline", "environ"):
            self.seen[f"{next(NUMBERS)} {name} of {' '.join(arguments)}"] = Path(
                f"/proc/{process.pid}/{name}"
            ).read_bytes()

    def keep(self, arguments: tuple[str, ...], *told: bytes) -> None:
        self.seen[f"{next(NUMBERS)} output of {' '.join(arguments)}"] = b"\n".join(told)

    def files(self, label: str) -> None:
        """Keep the home folder and the exports as they are now."""
        for folder in (self.home, self.out):
            for path in folder.rglob("*"):
                if path.is_file() and path.name != "master.key":
                    self.seen[f"{label}: {path.relative_to(folder.parent)}"] = path.read_bytes()

    def leaks(self) -> list[str]:
        wanted = {name: tuple(forms(text)) for name, text in self.secrets.items()}
        bare = {name: text.replace("\\", "").encode() for name, text in self.secrets.items()}
        return [
            f"{name} in {place}"
            for place, content in self.seen.items()
            for part in inside(content)
            for name, shapes in wanted.items()
            if any(shape in part for shape in shapes) or bare[name] in part.replace(b"\\", b"")
        ]


def rest(url: str, authorization: dict[str, object]) -> dict[str, object]:
    plain = {"kind": "rest", "base_url": url, "timeout": 3, "pace": 1.0}
    return {**plain, "authorization": authorization}


def configuration(url: str, session_url: str, oauth_url: str) -> dict[str, object]:
    connections: dict[str, object] = {
        "basic": rest(url, {"type": "basic", "username": "keepstep", "password": {"secret": "basic"}}),
        "key": rest(url, {"type": "api_key", "key": {"secret": "key"}}),
        "bearer": rest(url, {"type": "bearer", "token": {"secret": "bearer"}}),
        "session": rest(session_url, {"type": "session", "username": "keepstep", "password": {"secret": "session"}}),
        "oauth": rest(oauth_url, {"type": "oauth2", "client_id": "keepstep", "client_secret": {"secret": "oauth"}}),
        "wrong": rest(url, {"type": "basic", "username": "keepstep", "password": {"secret": "wrong"}}),
        "gone": rest("http://127.0.0.1:9", {"type": "basic", "username": "keepstep", "password": {"secret": "basic"}}),
        "corp": {"kind": "ldif", "file": "directory.ldif", "base": BASE, "users": {"base": STAFF}},
        "dc": {
            "kind": "active_directory",
            "url": "ldaps://127.0.0.1:9",
            "base": BASE,
            "timeout": 3,
            "bind": {"method": "simple", "user": "svc", "password": {"secret": "directory"}},
        },
    }
    targets = [name for name in connections if name not in {"corp", "dc"}]
    rows = {"externalId": "{{ objectGUID }}", "firstName": "{{ givenName }}", "lastName": "{{ sn }}"}
    return {
        "version": 1,
        "egress": ALLOWED,
        "connections": connections,
        "mappings": {f"to-{name}": {"into": f"{name}.persons", "rows": rows} for name in targets},
        "rules": {
            f"to-{name}": {
                "source": "corp.users",
                "target": f"{name}.persons",
                "mapping": f"to-{name}",
                "correlate": [["externalId", "objectGUID"]],
            }
            for name in targets
        },
    }


AUTHORIZED = ("basic", "key", "bearer", "session", "oauth")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The whole life of an installation, told once."""
    folder = tmp_path_factory.mktemp("g5")
    told = Story(home=folder / "home", out=folder / "exports")
    told.out.mkdir()
    emulators = [
        Emulator(limits=False, credentials=Credentials(password=password, api_key=key))
        for password, key in ((BASIC, API_KEY), (SESSION, "no-key-1"), (OAUTH, "no-key-2"))
    ]
    with ExitStack() as stack:
        urls = [stack.enter_context(running_in_thread(emulator)) for emulator in emulators]
        bearer = emulators[0].world.keys.open_token(3600)
        told.secrets = {"basic": BASIC, "session": SESSION, "oauth": OAUTH, "key": API_KEY, "bearer": bearer}
        told.secrets |= {"wrong": WRONG, "directory": DIRECTORY, "spare": SPARE}
        set_up(told, configuration(*urls))
        daily_work(told)
        trouble(told, emulators[0])
        for emulator in emulators:
            keys = emulator.world.keys
            told.secrets |= {f"token {token[:6]}": token for token in (*keys._sessions, *keys._tokens)}
    master = (told.home / "master.key").read_text().strip().rpartition(":")[2]
    told.secrets |= {"master key": master, "master key, raw": b64decode(master).decode("latin-1")}
    told.files("at the end")
    yield told


def set_up(told: Story, spec: dict[str, object]) -> None:
    told.run("init")
    for name, text in told.secrets.items():
        told.run("secret", "set", name, text=f"{text}\n")
    told.run("secret", "list", "--json")
    (told.home / "directory.ldif").write_text("\n".join([HEAD, *(entry(number) for number in range(3))]))
    file = told.out / "new.yaml"
    file.write_text(json.dumps(spec))
    told.run("config", "diff", str(file), code=10)
    told.run("config", "apply", str(file), "--offline")
    told.run("config", "check", code=None)
    (told.out / "exported.yaml").write_text(told.run("config", "export"))
    told.run("connection", "list", "--json")


def daily_work(told: Story) -> None:
    told.both(*(("connection", "check", name, "--json") for name in AUTHORIZED))
    told.both(*(("endpoint", "test", name, "list-persons") for name in AUTHORIZED))
    for name in AUTHORIZED:
        told.run("plan", f"to-{name}", "--out", str(told.out / f"{name}.plan"), code=None)
        told.run("apply", str(told.out / f"{name}.plan"), "--yes")
    told.run("compare", "to-basic", "--json")
    told.both(*(("people", "session", "--out", str(told.out / f"people.{form}")) for form in ("csv", "json", "xlsx")))
    (run, *_) = json.loads(told.run("run", "list", "--json"))
    told.run("run", "show", run["id"])
    told.run("audit", "list", "--json")
    told.run("doctor", code=None)
    told.run("doctor", "--json", code=None)


def trouble(told: Story, emulator: Emulator) -> None:
    bad = ("wrong", "gone", "dc")
    told.both(*(("connection", "check", name) for name in bad), *(("people", name) for name in bad), code=1)
    told.both(("endpoint", "test", "wrong", "list-persons"), ("plan", "to-wrong"), ("plan", "to-gone"), code=1)
    for fault in ("500:times=0", "html-200", "token-expired-midway:times=3"):
        emulator.add_fault(fault)
        told.both(("endpoint", "test", "basic", "list-persons"), ("people", "key"), code=None)
        emulator.clear_faults()
    killed(told, emulator)
    told.run("secret", "set", "basic", text=f"{BASIC}\n")
    told.run("secret", "remove", "spare")
    for part, names in (("/auth/1", ("session", "oauth")), ("/people/", AUTHORIZED)):
        told.both(*(("people", name) for name in names), code=1, PYTHONPATH=str(TOOLS), PRYING_FOR=part)
    told.run("secret", "set", "", text=f"{SPARE}\n", code=None)
    told.run("secret", "set", "bad name", SPARE[:5], code=None)
    sealed = told.home / "master.key"
    key = sealed.read_text()
    sealed.unlink()
    told.run("people", "basic", code=1)
    sealed.write_text(key.replace(key[-8:-4], "AAAA"))
    sealed.chmod(0o600)
    told.run("people", "basic", code=1)
    sealed.write_text(key)
    told.run("people", "basic")


def killed(told: Story, emulator: Emulator) -> None:
    """Kill an apply while it waits for an answer, and keep what is on the disk then."""
    (told.home / "directory.ldif").write_text("\n".join([HEAD, *(entry(n, sn=f"New{n}") for n in range(4))]))
    told.run("plan", "to-basic", "--out", str(told.out / "killed.plan"), code=None)
    emulator.add_fault("latency:ms=3000,operation=upsert_patch")
    with told.start("apply", str(told.out / "killed.plan"), "--yes", "--override-guards", "--reason", "r") as process:
        told.look(process, ("apply, killed",))
        deadline = time.monotonic() + 30
        while not (told.home / "keepstep.db-wal").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1)
        process.kill()
        told.keep(("apply, killed",), *process.communicate())
    emulator.clear_faults()
    told.files("after the kill")


# ---------------------------------------------------------------- what was found


@pytest.mark.parametrize("secret", [BASIC, SESSION, OAUTH, API_KEY, DIRECTORY])
def test_the_search_finds_a_secret_in_every_form(tmp_path, secret):
    told = Story(home=tmp_path, out=tmp_path, secrets={"it": secret})
    raw = secret.encode()
    shown = {
        "plain": b"password=" + raw + b";",
        "a header": b"Basic " + b64encode(b"keepstep:" + raw),
        "a header, one letter longer": b"Basic " + b64encode(b"keepstepp:" + raw),
        "a header, two letters longer": b"Basic " + b64encode(b"keepsteppp:" + raw + b":more"),
        "hex": raw.hex().encode(),
        "a URL": quote(secret, safe="").encode(),
        "a form": quote_plus(secret).encode(),
        "JSON": json.dumps({"a": secret}).encode(),
        "repr": repr([secret]).encode(),
        "repr of JSON of JSON": repr([json.dumps(json.dumps(secret))]).encode(),
        "what Active Directory takes": f'"{secret}"'.encode("utf-16-le"),
    }
    for name, content in shown.items():
        told.seen = {name: content}
        assert told.leaks() == [f"it in {name}"], name
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheet.xml", secret)
    told.seen = {"xlsx": packed.getvalue()}
    assert told.leaks() == ["it in xlsx"]


def test_the_story_holds_what_it_should(story):
    places = "\n".join(story.seen)
    for part in (
        "keepstep.db",
        "keepstep.db-wal",
        ".plan",
        "people.xlsx",
        "people.csv",
        "exported.yaml",
        "crash/",
        "cmdline",
    ):
        assert part in places, part
    assert sum("/crash/" in place for place in story.seen) >= len(AUTHORIZED)
    assert any(name.startswith("token eyJ") for name in story.secrets)
    assert sum(name.startswith("token ") for name in story.secrets) >= 3


def test_no_secret_is_anywhere(story):
    assert story.leaks() == []


class Echo(BaseHTTPRequestHandler):
    """An application that sends back what it was sent."""

    def do_GET(self) -> None:
        body = json.dumps({"persons": [], "totalCount": 0, "seen": dict(self.headers.items())}).encode()
        self.send_response(200)
        self.send_header("X-Seen", self.headers["Authorization"])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_what_an_application_sends_back_is_shown_without_the_secret(tmp_path):
    told = Story(home=tmp_path / "home", out=tmp_path, secrets={"basic": BASIC, "key": API_KEY})
    told.run("init")
    for name, text in told.secrets.items():
        told.run("secret", "set", name, text=f"{text}\n")
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            spec = configuration(*[f"http://127.0.0.1:{server.server_port}"] * 3)
            (told.home / "keepstep.yaml").write_text(json.dumps(spec))
            for name in told.secrets:
                assert "•••" in told.run("endpoint", "test", name, "list-persons")
        finally:
            server.shutdown()
            thread.join()
    assert told.leaks() == []


def test_crash_reports_are_for_their_owner_only_and_name_no_secret(story):
    reports = list((story.home / "crash").iterdir())
    assert len(reports) >= len(AUTHORIZED)
    for report in reports:
        assert report.stat().st_mode & 0o077 == 0
        assert "•••" in report.read_text()


def test_the_vault_and_the_home_are_for_their_owner_only(story):
    assert story.home.stat().st_mode & 0o077 == 0
    for name in ("master.key", "keepstep.db", "keepstep.yaml"):
        assert (story.home / name).stat().st_mode & 0o077 == 0, name
