"""Authorization code with PKCE: a person says yes once, in a browser, and Keepstep goes on by itself."""

import asyncio
import json
import socket
import subprocess
import threading
from contextlib import contextmanager
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from keepstep.connectors.rest.connector import RestConnector
from keepstep.connectors.rest.consent import Consent
from keepstep.connectors.rest.tokens import TokensInMemory
from keepstep.core.connection import RestConnection
from keepstep.core.oauth import challenge
from keepstep.core.secret import Secret
from keepstep.errors import CredentialsRefused, StoreError, UsageError
from keepstep.ports import Query
from tests.integration.cli_world import cli
from tests.integration.test_rest_authorization import APPLICATION, SECRETS, with_bearer
from tests.lab.authorized import CLIENT, CLIENT_SECRET, Clock
from tests.lab.loopback import ALLOWED, LOOPBACK
from tests.lab.recording import recording_server

__all__ = ["cli"]

STATE = "plant-state-0123456789"
VERIFIER = "plant-verifier-" + "v" * 40
QUERY = Query(objects="users", attributes=("name",))


def free_callback():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/callback"


class World:
    """One application, its authorization server, one connection, and the tokens that are kept of it."""

    def __init__(self, server, application, **options):
        self.server, self.application = server, application
        self.clock = Clock()
        self.tokens = TokensInMemory(self.clock.now)
        self.authorization = {
            "type": "oauth2_code",
            "client_id": CLIENT,
            "client_secret": {"secret": "client"},
            "authorize_url": f"{server.url}/oauth/authorize?tenant=corp",
            "token_url": f"{server.url}/oauth/token",
            "scope": "users.read offline_access",
            "extra": {"prompt": "consent"},
            "callback": free_callback(),
            **options,
        }
        self.spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "base_url": server.url,
                "authorization": self.authorization,
            }
        )

    def resolve(self, ref):
        return Secret(SECRETS[ref.secret])

    def consent(self):
        return Consent("hr", self.spec, self.resolve, self.tokens, random=(STATE, VERIFIER), egress=LOOPBACK)

    def connector(self):
        return RestConnector(
            "hr", self.spec, self.resolve, application=APPLICATION, tokens=self.tokens, egress=LOOPBACK
        )

    async def authorize(self):
        consent = self.consent()
        await consent.take(self.application.consent(asked(consent.address)))
        await consent.close()

    async def read(self):
        """Read as a new process does: with nothing but what is kept."""
        connector = self.connector()
        try:
            verdict = await connector.read(QUERY, lambda _: None)
            assert verdict.complete, verdict.reason
        finally:
            await connector.close()

    @property
    def grants(self):
        return [request.form["grant_type"] for request in self.server.to("/oauth/token")]


@contextmanager
def world(application=None, **options):
    application = application or with_bearer()
    with recording_server(application) as server:
        application.server = server
        yield World(server, application, **options)


def asked(address):
    pairs = parse_qsl(urlsplit(address).query, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


async def browse(address):
    def get():
        try:
            with urlopen(address, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as exc:
            return exc.code, exc.read().decode()

    return await asyncio.to_thread(get)


async def waiting(consent, seconds=5):
    """Begin to wait for a browser, and return once somebody listens."""
    task = asyncio.create_task(consent.wait(seconds))
    for _ in range(200):
        if await browse(consent.callback.replace("/callback", "/favicon.ico")) if await reachable(consent) else None:
            break
    return task


async def reachable(consent):
    parts = urlsplit(consent.callback)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port)
    except OSError:
        await asyncio.sleep(0.01)
        return False
    writer.close()
    return True


def test_the_address_to_open_holds_what_the_rfcs_ask_for():
    with world() as made:
        address = made.consent().address
    assert address.startswith(f"{made.server.url}/oauth/authorize?tenant=corp&")
    assert asked(address) == {
        "tenant": "corp",
        "prompt": "consent",
        "response_type": "code",
        "client_id": CLIENT,
        "redirect_uri": made.authorization["callback"],
        "scope": "users.read offline_access",
        "state": STATE,
        "code_challenge": challenge(VERIFIER),
        "code_challenge_method": "S256",
    }
    assert VERIFIER not in address


def test_the_challenge_is_the_one_of_the_rfc():
    """RFC 7636 appendix B."""
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_the_answer_that_a_browser_brings_is_exchanged_for_tokens():
    with world() as made:
        consent = made.consent()
        answer = made.application.consent(asked(consent.address))
        task = await waiting(consent)
        status, text = await browse(answer)
        await task
        await consent.close()
        await made.read()
    assert status == 200
    assert "may close this page" in text
    (exchanged,) = made.server.to("/oauth/token")
    assert exchanged.form == {
        "grant_type": "authorization_code",
        "client_id": CLIENT,
        "client_secret": CLIENT_SECRET,
        "code": "plant-one-time-code-Xy1",
        "redirect_uri": made.authorization["callback"],
        "code_verifier": VERIFIER,
    }
    assert {request.header("authorization") for request in made.server.to("/users")} == {
        "Bearer plant-access-token-1-Zq"
    }


async def test_only_the_answer_to_this_question_is_taken_and_only_once():
    with world() as made:
        consent = made.consent()
        answer = made.application.consent(asked(consent.address))
        task = await waiting(consent)
        for wrong in (
            answer.replace(STATE, "another-state"),
            answer.replace(f"&state={STATE}", ""),
            answer + "&state=again",
            answer.replace("code=", "other="),
        ):
            status, text = await browse(wrong)
            assert status == 400
            assert "plant" not in text
        assert (await browse(consent.callback.replace("/callback", "/other")))[0] == 404
        assert not task.done()
        assert (await browse(answer))[0] == 200
        await task
        assert not await reachable(consent)
        await consent.close()
    assert made.grants == ["authorization_code"]


async def test_a_browser_that_says_nothing_does_not_hold_up_the_answer():
    with world() as made:
        consent = made.consent()
        task = await waiting(consent)
        parts = urlsplit(consent.callback)
        _, silent = await asyncio.open_connection(parts.hostname, parts.port)
        assert (await browse(made.application.consent(asked(consent.address))))[0] == 200
        await task
        silent.close()
        await consent.close()


async def test_a_no_of_the_server_is_told():
    with world() as made:
        consent = made.consent()
        task = await waiting(consent)
        no = f"{consent.callback}?error=access_denied&error_description=%3Cb%3Enot+today&state={STATE}"
        _, text = await browse(no)
        with pytest.raises(CredentialsRefused, match="access_denied <b>not today"):
            await task
        await consent.close()
    assert "&lt;b&gt;not today" in text
    assert made.grants == []


async def test_nobody_is_waited_for_without_end():
    with world() as made:
        consent = made.consent()
        with pytest.raises(CredentialsRefused, match="nobody came back"):
            await consent.wait(0.05)
        await consent.close()


async def test_a_callback_that_is_in_use_or_elsewhere_is_told_with_the_way_around():
    with world() as made, socket.create_server(("127.0.0.1", 0)) as taken:
        made.authorization["callback"] = f"http://127.0.0.1:{taken.getsockname()[1]}/callback"
        for callback in (made.authorization["callback"], "https://keepstep.example/callback"):
            authorization = made.spec.authorization.model_copy(update={"callback": callback})
            made.spec = made.spec.model_copy(update={"authorization": authorization})
            consent = made.consent()
            with pytest.raises(UsageError) as caught:
                await consent.wait(1)
            assert "--paste" in caught.value.hint
            await consent.close()


async def test_a_public_client_sends_its_name_and_no_secret():
    with world(client_secret=None) as made:
        await made.authorize()
    (exchanged,) = made.server.to("/oauth/token")
    assert exchanged.form["client_id"] == CLIENT
    assert "client_secret" not in exchanged.form


async def test_tokens_are_refreshed_before_their_end_and_each_new_refresh_token_is_kept():
    with world() as made:
        await made.authorize()
        for _ in range(3):
            made.clock.forward(3530)
            await made.read()
            made.clock.forward(15)
            await made.read()
            await made.read()
    assert made.grants == ["authorization_code", "refresh_token", "refresh_token", "refresh_token"]
    used = [request.form["refresh_token"] for request in made.server.to("/oauth/token")[1:]]
    assert len(set(used)) == 3
    assert made.tokens.grants["hr"].refresh.reveal() in made.application.refresh


async def test_a_server_that_keeps_its_refresh_token_is_asked_with_the_same_one():
    """RFC 6749 section 6: no new one in the answer means that the old one goes on."""
    with world() as made:
        await made.authorize()
        made.application.rotates = False
        for _ in range(2):
            made.clock.forward(3600)
            await made.read()
    assert len({request.form["refresh_token"] for request in made.server.to("/oauth/token")[1:]}) == 1


async def test_a_refused_token_is_refreshed_once_for_all_calls_and_never_sent_again():
    with world() as made:
        await made.authorize()
        made.application.forget_tokens()
        connector = made.connector()
        verdicts = await asyncio.gather(*(connector.read(QUERY, lambda _: None) for _ in range(4)))
        await connector.close()
        await made.read()
    assert all(verdict.complete for verdict in verdicts)
    assert made.grants == ["authorization_code", "refresh_token"]


async def test_a_call_that_is_refused_after_a_refresh_is_not_tried_a_third_time():
    with world() as made:
        await made.authorize()
        made.application.proven = lambda _: False
        with pytest.raises(CredentialsRefused) as caught:
            await made.read()
    assert len(made.server.to("/users")) == 2
    assert made.grants == ["authorization_code", "refresh_token"]
    assert "plant" not in f"{caught.value!r} {caught.value.hint}"


class Overtaken(TokensInMemory):
    """Another process keeps *theirs* right after this one has looked."""

    def __init__(self, now, ours, theirs):
        super().__init__(now)
        self.grants["hr"], self.theirs = ours, theirs

    def granted(self, connection):
        found = super().granted(connection)
        self.grants["hr"] = self.theirs
        return found


async def test_a_refresh_that_another_process_did_is_used():
    """Both found the token old; the second one's refresh token is worthless, and what the first one kept is good."""
    with world() as made:
        await made.authorize()
        made.clock.forward(3600)
        before = made.tokens.grants["hr"]
        await made.read()
        after = made.tokens.grants["hr"]
        made.tokens = Overtaken(made.clock.now, before, after)
        await made.read()
    assert made.grants == ["authorization_code", "refresh_token", "refresh_token"]
    assert made.server.to("/users")[-1].header("authorization") == f"Bearer {after.access.reveal()}"


class FullDisk(TokensInMemory):
    """Keeps nothing."""

    def keep(self, connection, grant):
        raise StoreError("the disk is full")


async def test_no_token_is_used_before_what_refreshes_it_is_kept():
    with world() as made:
        await made.authorize()
        made.clock.forward(3600)
        full = FullDisk(made.clock.now)
        full.grants |= made.tokens.grants
        made.tokens = full
        with pytest.raises(StoreError):
            await made.read()
    assert made.grants == ["authorization_code", "refresh_token"]
    assert made.server.to("/users") == []


@pytest.mark.parametrize("case", ["never", "withdrawn", "no refresh token", "another client", "another server"])
async def test_who_has_to_be_authorized_again_is_told_the_command(case):
    application = with_bearer(gives_refresh=case != "no refresh token")
    with world(application) as made:
        if case != "never":
            await made.authorize()
        if case == "withdrawn":
            application.refresh.clear()
        if case.startswith("another"):
            changed = {"client_id": "other"} if case == "another client" else {"token_url": "http://127.0.0.1:1/token"}
            authorization = made.spec.authorization.model_copy(update=changed)
            made.spec = made.spec.model_copy(update={"authorization": authorization})
        made.clock.forward(3600)
        with pytest.raises(CredentialsRefused) as caught:
            await made.read()
    assert "keepstep connection authorize hr" in caught.value.hint
    assert "plant" not in f"{caught.value!r} {caught.value.hint}"
    assert made.server.to("/users") == []


async def test_a_wrong_client_secret_is_not_taken_for_a_consent_that_ended():
    with world() as made:
        await made.authorize()
        made.application.refusing = "invalid_client"
        made.clock.forward(3600)
        with pytest.raises(CredentialsRefused, match="invalid_client") as caught:
            await made.read()
    assert "connection authorize" not in caught.value.hint


# ---------------------------------------------------------------- the command


def configured(cli, made):
    spec = {"kind": "rest", "base_url": made.server.url}
    text = {"version": 1, "egress": ALLOWED, "connections": {"hr": {**spec, "authorization": made.authorization}}}
    (cli.home / "keepstep.yaml").write_text(json.dumps(text))
    cli.good("secret", "set", "client", text=f"{CLIENT_SECRET}\n")


def shown_address(text):
    return next(line.strip() for line in text.splitlines() if "/oauth/authorize" in line)


def test_the_command_waits_for_the_browser_and_keeps_the_tokens_sealed(cli):
    with world() as made:
        configured(cli, made)
        with cli.process("connection", "authorize", "hr", "--wait", "20") as process:
            lines = [process.stdout.readline() for _ in range(4)]
            assert lines[1].strip() == made.authorization["callback"]
            answer = made.application.consent(asked(lines[3].strip()))
            for _ in range(200):
                try:
                    with urlopen(answer, timeout=5) as page:
                        assert b"may close this page" in page.read()
                    break
                except OSError:
                    threading.Event().wait(0.02)
            out, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, "")
        assert 'connection "hr" is authorized' in out
    assert cli.good("secret", "list").splitlines() == [
        "client",
        "connection:hr  (the authorization of connection hr)",
    ]
    assert [one["name"] for one in json.loads(cli.good("secret", "list", "--json"))["secrets"]] == [
        "client",
        "connection:hr",
    ]
    assert "connection_authorize" in cli.good("audit", "list")
    for path in cli.home.rglob("*"):
        if path.is_file():
            assert b"plant-refresh-token" not in path.read_bytes()
            assert b"plant-access-token" not in path.read_bytes()


def test_the_address_can_be_pasted(cli):
    with world(callback="https://keepstep.example/callback") as made:
        configured(cli, made)
        with cli.process("connection", "authorize", "hr", "--paste", stdin=subprocess.PIPE) as process:
            lines = [process.stdout.readline() for _ in range(4)]
            answer = made.application.consent(asked(lines[3].strip()))
            out, err = process.communicate(f"{answer}\n", timeout=20)
        assert (process.returncode, err) == (0, "")
        assert 'connection "hr" is authorized' in out
        assert "connection:hr" in cli.good("secret", "list")
        cli.good("secret", "remove", "connection:hr")
        assert "connection:hr" not in cli.good("secret", "list")
        told = cli.bad("people", "hr")
        assert "nobody has authorized it yet" in told
        assert "keepstep connection authorize hr" in told


def test_what_is_pasted_and_wrong_changes_nothing(cli):
    with world() as made:
        configured(cli, made)
        for pasted in ("", "nonsense", "http://127.0.0.1/?code=a&state=b", "ž?state=ž"):
            told = cli.bad("connection", "authorize", "hr", "--paste", text=f"{pasted}\n", code=2)
            assert "not the answer that is waited for" in told
    assert made.server.requests == []
    assert cli.good("secret", "list").split() == ["client"]


def test_no_secret_can_be_set_under_a_name_that_belongs_to_a_connection(cli):
    assert "cannot be the name" in cli.bad("secret", "set", "connection:hr", text="x\n", code=2)


def test_what_needs_no_consent_is_told(cli):
    spec = {"kind": "rest", "base_url": "https://a.example", "authorization": {"type": "none"}}
    ldif = {"kind": "ldif", "file": "d.ldif", "base": "DC=a"}
    (cli.home / "keepstep.yaml").write_text(json.dumps({"version": 1, "connections": {"hr": spec, "corp": ldif}}))
    for name in ("hr", "corp"):
        assert "needs no consent" in cli.bad("connection", "authorize", name, code=2)
    assert 'did you mean "hr"' in cli.bad("connection", "authorize", "hr1")
