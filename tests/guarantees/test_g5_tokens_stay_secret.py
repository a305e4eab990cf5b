"""G5 with applications that a person describes: tokens, codes, keys in the query and secrets in macros stay secret."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.guarantees.test_g5_secrets_stay_secret import TOOLS, Story
from tests.guarantees.world import BASE, HEAD
from tests.lab.authorized import CLIENT, CLIENT_SECRET, AuthorizedApplication
from tests.lab.loopback import ALLOWED
from tests.lab.recording import Recorded, Recording, Reply, recording_server

CODE = "plant-one-time-code/Xy1+{}"
REFUSED_CODE = "plant-code-that-was-refused=Qw2"
STRAY_CODE = "plant-code-of-somebody-else;Er3"
KEY = "plant Query/key+&=7%41{x}"
PASSWORD = 'plant"Login\\pw{x}&Gh5'
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
IN_HEADER = "plant-Header;key=4,~Zx"
IN_PARAM = "plant Param&key/5+%Yw"
IN_BODY = 'plant"Body\\key 6{{y}}Vb'
WAYS = ("consent", "query", "token", "macro")
SECRETS = {"client": CLIENT_SECRET, "key": KEY, "password": PASSWORD}
SECRETS |= {"in-header": IN_HEADER, "in-param": IN_PARAM, "in-body": IN_BODY}
SEEN_BACK = ("authorization", "x-key")
"""Headers that a talkative application repeats when it refuses."""


@dataclass
class Talkative:
    """An application behind each kind of proof, that says back all it was sent when it refuses."""

    inner: AuthorizedApplication
    refusing: bool = False
    holding: bool = False
    reached: Event = field(default_factory=Event)
    released: Event = field(default_factory=Event)

    def __call__(self, request: Recorded) -> Reply:
        if not request.path.startswith("/users"):
            return self.inner(request)
        if self.holding:
            self.reached.set()
            self.released.wait(30)
        if self.refusing:
            sent = [value for name, value in request.headers if name in SEEN_BACK]
            sent += [f"{name}={value}" for name, value in request.query] + [request.body.decode()]
            said = {"error": {"code": "bad", "message": f"refused: {' '.join(sent)}", "errors": sent}}
            return Reply(said, 400, {"X-Seen": sent[0]} if sent else {})
        return self.inner(request)


def proven(application: AuthorizedApplication, request: Recorded) -> bool:
    if request.all("x-key") == [f"Key {IN_HEADER}"]:
        return ("k", IN_PARAM) in request.query and request.json["pass"] == IN_BODY
    values = request.all("authorization")
    return bool(values and application.bearer(request)) or ("api key", KEY) in request.query


def connection(url: str, authorization: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "kind": "rest",
        "preset": "plain",
        "base_url": url,
        "timeout": 5,
        "authorization": authorization,
        "endpoints": {
            "list-users": {
                "url": "{base_url}/users",
                "paging": {"style": "next_url", "cursor": "next"},
                "records": "users",
                **more,
            }
        },
        "objects": {"users": {"list": "list-users", "key": "id", "attributes": {"name": "name"}}},
    }


def configuration(url: str) -> dict[str, object]:
    consent = {
        "type": "oauth2_code",
        "client_id": CLIENT,
        "client_secret": {"secret": "client"},
        "authorize_url": f"{url}/oauth/authorize",
        "token_url": "/oauth/token",
        "callback": "https://keepstep.example/callback",
    }
    token = {
        "type": "token",
        "url": "/login",
        "params": {"pass": "{password}"},
        "headers": {"X-Login": "svc:{login}"},
        "body": {"user": "svc", "password": "{password}"},
        "values": {"password": {"secret": "password"}, "login": {"secret": "client"}},
        "token_path": "data.accessToken",
    }
    macros = {
        "method": "POST",
        "reads": True,
        "params": {"k": "{{ secret.in-param }}"},
        "headers": {"X-Key": "Key {{ secret.in-header }}"},
        "body": {"pass": "{{ secret.in-body }}", "basic": '{{ ("svc:" ~ secret.in-body) | base64_encode }}'},
    }
    connections: dict[str, object] = {
        "consent": connection(url, consent),
        "query": connection(url, {"type": "api_key", "place": "query", "param": "api key", "key": {"secret": "key"}}),
        "token": connection(url, token),
        "macro": connection(url, {"type": "none"}, **macros),
        "corp": {"kind": "ldif", "file": "directory.ldif", "base": BASE},
    }
    row = {"sAMAccountName": "u{{ id }}", "cn": "{{ name }}", "displayName": "{{ name }}"}
    return {
        "version": 1,
        "egress": ALLOWED,
        "connections": connections,
        "mappings": {"in": {"into": "corp.users", "rows": row}},
        "rules": {
            f"from-{name}": {
                "source": f"{name}.users",
                "target": "corp.users",
                "mapping": "in",
                "correlate": [["sAMAccountName", "id"]],
            }
            for name in connections
            if name != "corp"
        },
    }


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The life of an installation with three applications, told once."""
    folder = tmp_path_factory.mktemp("g5-tokens")
    told = Story(home=folder / "home", out=folder / "exports", secrets=dict(SECRETS))
    told.out.mkdir()
    inner = AuthorizedApplication(lambda request: proven(inner, request), expires_in=30)
    application = Talkative(inner)
    with ExitStack() as stack:
        server = stack.enter_context(recording_server(application))
        inner.server = server
        set_up(told, configuration(server.url))
        consents(told, inner)
        daily_work(told)
        trouble(told, application)
        told.files("at the end")
        told.secrets |= passed(server)
    yield told


def set_up(told: Story, spec: dict[str, object]) -> None:
    told.run("init")
    for name, text in told.secrets.items():
        told.run("secret", "set", name, text=f"{text}\n")
    (told.home / "directory.ldif").write_text(HEAD)
    file = told.out / "new.yaml"
    file.write_text(json.dumps(spec))
    told.run("config", "apply", str(file), "--offline")
    told.run("config", "check", code=None)
    (told.out / "exported.yaml").write_text(told.run("config", "export"))


def consents(told: Story, application: AuthorizedApplication) -> None:
    """Say yes: first with the answer to another question, then to a server that refuses the code, then well."""
    consent(told, application, STRAY_CODE, code=2, state="another")
    application.refusing = "invalid_grant"
    consent(told, application, REFUSED_CODE, code=1)
    application.refusing = ""
    consent(told, application, REFUSED_CODE, code=1, PYTHONPATH=str(TOOLS), PRYING_FOR="/oauth/token")
    consent(told, application, CODE)


def consent(
    told: Story,
    application: AuthorizedApplication,
    one_time: str,
    *,
    code: int = 0,
    state: str = "",
    **environment: str,
) -> None:
    """Authorize as a person does who pastes the address that the browser was sent to."""
    command = ("connection", "authorize", "consent", "--paste")
    with told.start(*command, **environment) as process:
        told.look(process, command)
        assert process.stdout
        shown = [process.stdout.readline() for _ in range(4)]
        asked = dict(parse_qsl(urlsplit(shown[3].decode().strip()).query))
        answer = application.consent({**asked, **({"state": state} if state else {})}, code=one_time)
        out, err = process.communicate(f"{answer}\n".encode(), timeout=60)
    told.keep(command, *shown, out, err)
    assert process.returncode == code, (out, err)


def daily_work(told: Story) -> None:
    told.run("connection", "check", "query", "--json", code=None)
    told.both(*(("endpoint", "test", name, "list-users") for name in WAYS))
    told.both(*(("people", name, "--out", str(told.out / f"{name}.csv")) for name in WAYS))
    planned = (("plan", f"from-{name}", "--out", str(told.out / f"{name}.plan")) for name in ("consent", "macro"))
    told.both(*planned, code=None)
    told.run("apply", str(told.out / "consent.plan"), "--yes", code=None)
    told.run("secret", "list", "--json")
    told.run("audit", "list", "--json")
    told.run("doctor", code=None)


def trouble(told: Story, application: Talkative) -> None:
    application.refusing = True
    told.both(*(("endpoint", "test", name, "list-users") for name in WAYS), code=None)
    told.both(*(("people", name) for name in WAYS), ("plan", "from-macro"), code=1)
    application.refusing = False
    killed(told, application)
    application.inner.refusing = "invalid_client"
    told.run("people", "consent", code=1)
    application.inner.refusing = ""
    for part, names in (("/users", WAYS), ("/oauth/token", ("consent",)), ("/login", ("token",))):
        told.both(*(("people", name) for name in names), code=1, PYTHONPATH=str(TOOLS), PRYING_FOR=part)
    application.inner.refresh.clear()
    told.run("people", "consent", code=1)


def killed(told: Story, application: Talkative) -> None:
    """Kill a read right after its token was refreshed and kept, and keep what is on the disk then."""
    application.holding = True
    with told.start("people", "consent") as process:
        assert application.reached.wait(30)
        told.files("after the kill")
        process.kill()
        told.keep(("people, killed",), *process.communicate())
    application.holding = False
    application.released.set()


def passed(server: Recording) -> dict[str, str]:
    """Return every secret that went over the wire, by what it is."""
    found: dict[str, str] = {}
    for number, request in enumerate(server.requests):
        for value in request.all("authorization"):
            found[f"access token {number}"] = value.rpartition(" ")[2]
        if request.path == "/oauth/token":
            kinds = {"refresh_token", "code", "code_verifier"} & request.form.keys()
            found |= {f"{kind} {number}": request.form[kind] for kind in kinds}
    return {name: text for name, text in found.items() if text not in SECRETS.values()}


# ---------------------------------------------------------------- what was found


def test_the_story_holds_what_it_should(story: Story):
    places = "\n".join(story.seen)
    for part in ("keepstep.db", "keepstep.db-wal", ".plan", "consent.csv", "exported.yaml", "crash/", "cmdline"):
        assert part in places, part
    assert sum("/crash/" in place for place in story.seen) >= 6
    for kind in ("access token", "refresh_token", "code ", "code_verifier"):
        assert any(name.startswith(kind) for name in story.secrets), kind
    assert {CODE, REFUSED_CODE} <= set(story.secrets.values())


def test_no_token_code_or_key_is_anywhere(story: Story):
    story.secrets |= {"a code that nobody asked for": STRAY_CODE}
    assert story.leaks() == []


def test_what_an_application_says_back_is_shown_masked(story: Story):
    shown = [text for place, text in story.seen.items() if "output of endpoint test" in place]
    assert sum("refused: •••".encode() in text or b"refused: " in text for text in shown) == len(WAYS)
    assert all("•••".encode() in text for text in shown)


def test_crash_reports_of_calls_for_tokens_name_none(story: Story):
    reports = [path.read_text() for path in (Path(story.home) / "crash").iterdir()]
    told = [text for text in reports if "/oauth/token" in text or "/login" in text]
    assert len(told) >= 3
    assert all("•••" in text for text in told)
    verifiers = [shown for text in told for shown in re.findall("code_verifier=(.{3})", text)]
    assert verifiers == ["•••"]  # that of a code which never left
