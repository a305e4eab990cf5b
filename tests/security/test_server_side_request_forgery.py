"""Server-side request forgery: whoever may write an address tries to make Keepstep knock inside the network."""

import json
import socket
from contextlib import ExitStack, contextmanager

import pytest
import yaml

from tests.integration.endpoint_world import PEOPLE, page
from tests.lab.answering import answering, told
from tests.lab.certificates import certificate_for
from tests.lab.mailing import mail_server
from tests.lab.proxying import proxying

ENDPOINT = {"url": "{base_url}/users", "records": "data.users"}
USERS = {"list": "list-users", "key": "id", "attributes": {"name": "name"}}
ENCODINGS = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "017700000001",
    "0177.0.0.1",
    "127.0.0.1.",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0.0.0.0",
    "0",
    "[::]",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "168.63.129.16",
    "[fe80::1]",
    "224.0.0.1",
    "[ff02::1]",
    "255.255.255.255",
]


def configure(cli, base_url, *, allow=(), **more):
    """Have one application at *base_url* in the configuration."""
    app = {"kind": "rest", "preset": "plain", "base_url": base_url, "timeout": 5}
    app |= {"endpoints": {"list-users": ENDPOINT}, "objects": {"users": USERS}, **more.pop("app", {})}
    whole = {"version": 1, "egress": {"allow": list(allow), **more.pop("egress", {})}, "connections": {"app": app}}
    (cli.home / "keepstep.yaml").write_text(yaml.safe_dump({**whole, **more}, sort_keys=False))


def refused(cli):
    """Try the application; return why nothing was sent."""
    result = cli.run("connection", "check", "app", "--json")
    assert result.exit_code == 1, result.output
    return result.output


def reached(cli):
    """Whether the people of the application are read."""
    return len(json.loads(cli.good("people", "app.users", "--json"))) == len(PEOPLE)


@contextmanager
def listening(*addresses):
    """Be a server at each of *addresses*, all at one port; gives the port and who was asked."""
    with ExitStack() as stack:
        first = stack.enter_context(answering(page, at=addresses[0]))
        port = int(first.url.rpartition(":")[2])
        rest = [stack.enter_context(answering(page, at=address, port=port)) for address in addresses[1:]]
        yield port, [first, *rest]


def names(monkeypatch, **known):
    """Have a name server that gives each name its next list of addresses; the last one stays."""
    ask = socket.getaddrinfo

    def answer(host, port, *arguments, **options):
        answers = known.get((host or "").partition(".")[0])
        if answers is None:
            return ask(host, port, *arguments, **options)
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize("host", ENCODINGS)
def test_no_address_outside_the_internet_is_called_however_it_is_written(cli, host):
    with listening("127.0.0.1") as (port, (server,)):
        configure(cli, f"https://{host}:{port}")
        said = refused(cli)
        assert any(words in said for words in ("egress.allow", "not a valid URL", "cannot be resolved")), said
        assert server.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "app.corp.example", "127.1", "2130706433"])
def test_an_address_without_tls_is_refused_when_the_configuration_is_checked(cli, host):
    configure(cli, f"http://{host}:1", allow=["10.0.0.0/8"])
    assert "egress.allow" in cli.bad("config", "check")


def test_what_is_listed_is_called_and_nothing_else_at_the_same_port(cli):
    with listening("127.0.0.1", "127.0.0.2") as (port, (here, there)):
        configure(cli, f"http://127.0.0.1:{port}", allow=["127.0.0.1"])
        assert reached(cli)
        configure(cli, f"https://127.0.0.2:{port}", allow=["127.0.0.1"])
        assert "127.0.0.2, a loopback address" in refused(cli)
        assert here.asked
        assert there.asked == []


def test_a_name_that_leads_inside_is_refused_by_the_address_it_leads_to(cli, monkeypatch):
    names(monkeypatch, app=[["127.0.0.1"]])
    with listening("127.0.0.1") as (port, (server,)):
        configure(cli, f"https://app.example:{port}")
        assert "app.example leads to 127.0.0.1, a loopback address" in refused(cli)
        assert server.asked == []


def test_a_name_that_leads_elsewhere_at_its_second_look_gains_nothing(cli, monkeypatch):
    with listening("127.0.0.2", "127.0.0.1") as (port, (good, bad)):
        # `http:` is used for names that are listed only, so the name is; where it leads is what is tried
        configure(cli, f"http://app.example:{port}", allow=["127.0.0.2", "app.example"])
        names(monkeypatch, app=[["127.0.0.2"], ["169.254.169.254"]])
        assert reached(cli)
        assert "169.254.169.254, a metadata address" in refused(cli)
        assert good.asked
        assert bad.asked == []


def test_a_bad_address_among_good_ones_is_never_tried(cli, monkeypatch, tmp_path):
    cert, _ = certificate_for(tmp_path, "app.example")
    with listening("127.0.0.1") as (port, (bad,)):
        # nobody listens at the good address, so that the next one of the name would be tried
        configure(cli, f"https://app.example:{port}", allow=["127.0.0.2"], app={"ca_file": cert})
        names(monkeypatch, app=[["127.0.0.2", "127.0.0.1"]])
        assert cli.run("connection", "check", "app").exit_code == 1
        assert bad.asked == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(cli, status):
    with listening("127.0.0.1", "127.0.0.2") as (port, (here, there)):
        here.answer = lambda _: told({}, status, Location=f"http://127.0.0.2:{port}/latest/meta-data")
        configure(cli, f"http://127.0.0.1:{port}", allow=["127.0.0.1", "127.0.0.2"])
        assert "redirects to another address, which is not followed" in cli.run("people", "app.users").stderr
        assert there.asked == []


@pytest.mark.parametrize("target", ["http://127.0.0.2:{}/x", "//127.0.0.2:{}/x", "http://127.0.0.1@127.0.0.2:{}/x"])
def test_a_next_page_at_another_address_is_not_fetched(cli, target):
    with listening("127.0.0.1", "127.0.0.2") as (port, (here, there)):
        here.answer = lambda _: told({"data": {"users": PEOPLE}, "next": target.format(port)})
        app = {"endpoints": {"list-users": {**ENDPOINT, "paging": {"style": "next_url", "cursor": "next"}}}}
        configure(cli, f"http://127.0.0.1:{port}", allow=["127.0.0.1", "127.0.0.2"], app=app)
        assert cli.run("people", "app.users").exit_code != 0
        assert here.asked
        assert there.asked == []


def test_a_token_is_not_asked_for_inside_the_network(cli):
    cli.good("secret", "set", "client", text="not-for-anybody\n")
    with listening("127.0.0.1", "127.0.0.2") as (port, (here, there)):
        proof = {"type": "oauth2", "client_id": "k", "client_secret": {"secret": "client"}}
        proof["token_url"] = f"https://127.0.0.2:{port}/token"
        configure(cli, f"http://127.0.0.1:{port}", allow=["127.0.0.1"], app={"authorization": proof})
        said = refused(cli)
        assert "127.0.0.2, a loopback address" in said
        assert "not-for-anybody" not in said
        assert here.asked == there.asked == []


def test_a_chat_and_a_mail_server_inside_the_network_are_not_called(cli):
    with listening("127.0.0.1") as (port, (chat,)), mail_server() as mail:
        cli.good("secret", "set", "chat", text=f"https://127.0.0.1:{port}/hook/not-for-anybody\n")
        by_mail = {"kind": "email", "host": "127.0.0.1", "port": mail.port, "tls": "none", "from": "k@corp.example"}
        channels = {"chat": {"kind": "chat", "url": {"secret": "chat"}}, "mail": {**by_mail, "to": ["i@corp.example"]}}
        configure(cli, "https://app.example", channels=channels)
        for name in channels:
            said = cli.run("channel", "test", name)
            assert said.exit_code == 1, said.output
            assert "127.0.0.1, a loopback address" in said.output
            assert "not-for-anybody" not in said.output
        assert (chat.asked, mail.mails, mail.receivers) == ([], [], [])


def test_an_anchor_inside_the_network_is_not_called(cli):
    with listening("127.0.0.1") as (port, (server,)):
        web = {"kind": "https", "url": f"https://127.0.0.1:{port}/in"}
        log = {"kind": "syslog", "host": "127.0.0.1", "port": port}
        configure(cli, "https://app.example", audit={"anchors": {"web": web, "log": log}})
        cli.good("secret", "set", "one", text="text\n")
        cli.run("audit", "checkpoint")
        assert cli.good("audit", "anchors").count("127.0.0.1, a loopback address") == 2
        assert server.asked == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return certificate_for(tmp_path_factory.mktemp("tls"), "app.example")


def test_what_is_not_listed_goes_through_the_proxy_with_proof_to_the_proxy_alone(cli, certificate):
    cert, context = certificate
    cli.good("secret", "set", "proxy", text="proxy-password\n")
    cli.good("secret", "set", "app", text="app-password\n")
    with answering(page, tls=context) as server, proxying(("127.0.0.1", int(server.url.rpartition(":")[2]))) as proxy:
        way = {"proxy": {"url": proxy.url, "user": "keepstep", "password": {"secret": "proxy"}}}
        proof = {"type": "bearer", "token": {"secret": "app"}}
        configure(cli, "https://app.example", egress=way, app={"ca_file": cert, "authorization": proof})
        proxy.wanted = "Basic a2VlcHN0ZXA6cHJveHktcGFzc3dvcmQ="
        assert reached(cli)
        assert all(head.startswith("CONNECT app.example:443 ") for head in proxy.heads)
        assert not any("Bearer" in head for head in proxy.heads)
        assert all("proxy-authorization" not in asked.headers for asked in server.asked)
        proxy.wanted = "Basic another"
        assert "check user and password of egress.proxy" in refused(cli)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "10.0.0.1", "inside.example"])
def test_the_proxy_is_not_asked_for_what_lies_inside(cli, monkeypatch, host):
    names(monkeypatch, inside=[["10.1.2.3"]])
    with answering(page) as server, proxying(("127.0.0.1", int(server.url.rpartition(":")[2]))) as proxy:
        configure(cli, f"https://{host}", egress={"proxy": {"url": proxy.url}})
        assert "egress.allow" in refused(cli)
        assert proxy.heads == []


def test_what_is_listed_does_not_go_through_the_proxy(cli):
    with answering(page) as server, proxying(("127.0.0.1", 1)) as proxy:
        configure(cli, server.url, allow=["127.0.0.1"], egress={"proxy": {"url": proxy.url}})
        assert reached(cli)
        assert proxy.heads == []
