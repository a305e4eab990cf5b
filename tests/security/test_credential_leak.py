"""Credential leak: another host tries to get what is meant for the connection's own address."""

import json
import ssl

import pytest
import yaml

from tests.integration.endpoint_world import PEOPLE, page
from tests.lab.answering import answering, told
from tests.lab.certificates import certificate_for

HIDDEN = "not-for-anybody"
PROOFS = {
    "basic": {"type": "basic", "username": "k", "password": {"secret": "s"}},
    "bearer": {"type": "bearer", "token": {"secret": "s"}},
    "key in a header": {"type": "api_key", "key": {"secret": "s"}},
    "key in the query": {"type": "api_key", "key": {"secret": "s"}, "place": "query", "param": "key"},
    "oauth2": {"type": "oauth2", "client_id": "k", "client_secret": {"secret": "s"}, "token_url": "/token"},
    "session": {"type": "session", "username": "k", "password": {"secret": "s"}},
}


def configure(cli, base_url, endpoint=None, **app):
    endpoint = {"url": "{base_url}/users", "records": "data.users", **(endpoint or {})}
    users = {"list": "list-users", "key": "id", "attributes": {"name": "name"}}
    app = {"kind": "rest", "preset": "plain", "base_url": base_url, "timeout": 5, **app}
    app |= {"endpoints": {"list-users": endpoint}, "objects": {"users": users}}
    whole = {"version": 1, "egress": {"allow": ["127.0.0.1", "127.0.0.2"]}, "connections": {"app": app}}
    (cli.home / "keepstep.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))


def everything(*servers):
    """All that came to *servers*, as one text."""
    return "\n".join(str(asked) for server in servers for asked in server.asked)


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
@pytest.mark.parametrize("status", [302, 307, 308])
def test_a_redirect_takes_no_credentials_along(cli, proof, status):
    cli.good("secret", "set", "s", text=f"{HIDDEN}\n")
    with answering(page) as own, answering(page, at="127.0.0.2") as other:
        own.answer = lambda asked: told({}, status, Location=f"{other.url}{asked.path}")
        configure(cli, own.url, authorization=proof)
        assert cli.run("people", "app.users").exit_code != 0
        assert own.asked
        assert other.asked == []


@pytest.mark.parametrize("proof", [PROOFS["bearer"], PROOFS["key in the query"]], ids=["bearer", "key in the query"])
def test_a_next_page_at_another_host_takes_no_credentials_along(cli, proof):
    cli.good("secret", "set", "s", text=f"{HIDDEN}\n")
    with answering(page) as own, answering(page, at="127.0.0.2") as other:
        own.answer = lambda _: told({"data": {"users": PEOPLE}, "next": f"{other.url}/users?page=2"})
        configure(cli, own.url, {"paging": {"style": "next_url", "cursor": "next"}}, authorization=proof)
        said = cli.run("people", "app.users")
        assert said.exit_code != 0
        assert HIDDEN in everything(own)
        assert other.asked == []
        assert HIDDEN not in said.output


def test_an_endpoint_at_another_host_gets_no_credentials_of_the_connection(cli):
    cli.good("secret", "set", "s", text=f"{HIDDEN}\n")
    with answering(page) as own, answering(page, at="127.0.0.2") as other:
        configure(cli, own.url, {"url": f"{other.url}/users"}, authorization=PROOFS["bearer"])
        assert "goes to another address than its connection" in cli.run("people", "app.users").output
        assert other.asked == []
        configure(cli, own.url, {"url": f"{other.url}/users"})
        assert len(json.loads(cli.good("people", "app.users", "--json"))) == len(PEOPLE)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The certificate of the server, and the one of Keepstep with its key."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("server", "client"):
        (folder / name).mkdir()
    cert, context = certificate_for(folder / "server", "app.example")
    shown, _ = certificate_for(folder / "client", "keepstep.example")
    context.load_verify_locations(shown)
    return cert, context, shown, (folder / "client" / "key.pem").read_text()


def test_a_client_certificate_is_shown_to_the_connections_own_address_only(cli, certificates):
    cert, context, shown, key = certificates
    cli.good("secret", "set", "key", text=key)
    context.verify_mode = ssl.CERT_OPTIONAL
    certificate = {"file": shown, "key": {"secret": "key"}}
    with answering(page, tls=context) as own, answering(page, at="127.0.0.1", tls=context) as other:
        configure(cli, own.url, ca_file=cert, client_certificate=certificate)
        assert len(json.loads(cli.good("people", "app.users", "--json"))) == len(PEOPLE)
        configure(cli, own.url, {"url": f"{other.url}/users"}, ca_file=cert, client_certificate=certificate)
        cli.run("people", "app.users")
        assert [asked.shown for asked in own.asked] == [True]
        assert not any(asked.shown for asked in other.asked)


def test_without_the_certificate_that_a_server_asks_for_nobody_is_read(cli, certificates):
    cert, context, shown, key = certificates
    cli.good("secret", "set", "key", text=key)
    context.verify_mode = ssl.CERT_REQUIRED
    with answering(page, tls=context) as own:
        configure(cli, own.url, ca_file=cert)
        assert cli.run("people", "app.users").exit_code != 0
        assert own.asked == []
        configure(cli, own.url, ca_file=cert, client_certificate={"file": shown, "key": {"secret": "key"}})
        assert len(json.loads(cli.good("people", "app.users", "--json"))) == len(PEOPLE)


@pytest.mark.parametrize("key", ["no key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", "x" * 100_000])
def test_a_key_that_is_none_is_told_without_it_and_asks_nobody_at_the_terminal(cli, certificates, key):
    cert, context, shown, _ = certificates
    cli.good("secret", "set", "key", text=key)
    with answering(page, tls=context) as own:
        configure(cli, own.url, ca_file=cert, client_certificate={"file": shown, "key": {"secret": "key"}})
        said = cli.run("people", "app.users")
        assert said.exit_code != 0
        assert "the client certificate" in said.output
        assert key.strip() not in said.output
        assert own.asked == []
