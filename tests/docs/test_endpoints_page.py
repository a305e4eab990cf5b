"""The page about endpoints: its tables, and its three applications against a real server of each kind."""

import base64
import json
import threading
from contextlib import contextmanager
from urllib.request import Request, urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server
from xml.sax.saxutils import escape, quoteattr

import pytest
from scim2_server.applications.wsgi import WSGIApplication
from scim2_server.memory import InMemoryStorage
from scim2_server.utils import load_default_provider

from keepstep.connectors.rest.preset import application_of
from keepstep.core.application import JoinSpec, ObjectSpec
from keepstep.core.endpoint import EndpointSpec
from keepstep.core.request_body import BodyType
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand
from tests.docs.tables import documented, keys_of, page, section, tables
from tests.integration.cli_world import Cli
from tests.integration.corp_ldif import TREE
from tests.lab.recording import Reply, recording_server

PAGE = page("endpoints.md")
EXAMPLES = [block.split("```")[0] for block in PAGE.split("```yaml\n")[1:]]
COUNT = 230


def example(address):
    (text,) = [text for text in EXAMPLES if address in text]
    return text


def test_every_key_of_an_endpoint_is_described_with_its_default():
    assert documented(section(PAGE, "The keys of an endpoint")) == keys_of(EndpointSpec)


def test_every_body_type_is_described():
    rows = tables(section(PAGE, "The keys of an endpoint"))[1]
    assert {row[0].strip("`") for row in rows} == set(BodyType)


def test_the_keys_of_joins_and_objects_are_keys():
    joins = {row[0].strip("`") for row in tables(section(PAGE, "Several endpoints, one object"))[0]}
    assert joins == set(JoinSpec.model_fields)
    objects = {row[0].strip("`") for row in tables(section(PAGE, "The keys of an object"))[0]}
    assert objects < set(ObjectSpec.model_fields)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_is_right(text):
    assert understand(parse(text, name="endpoints.md"), application_of).connections


@pytest.fixture
def cli(tmp_path):
    cli = Cli(tmp_path / "home")
    cli.good("init")
    cli.home.joinpath("corp.ldif").write_text(TREE)
    return cli


def person(number):
    return {
        "login": f"user{number:03}",
        "first": "Đurđa" if number % 50 == 0 else f"First & <{number}>",
        "last": f"Last {number}",
        "mail": f"user{number:03}@corp.example",
    }


def brought(cli, text, side):
    """Bring everybody into the directory by configuration alone; nothing is left to do afterwards."""
    cli.home.joinpath("keepstep.yaml").write_text(f'{text}\negress: {{allow: ["127.0.0.1"]}}\n')
    cli.good("config", "check")
    shown = json.loads(cli.good("people", side, "--json"))
    planned = cli.run("plan", "people", "--json")
    assert planned.exit_code == 10, planned.output
    cli.good("apply", json.loads(planned.stdout)["digest"])
    assert cli.run("plan", "people").exit_code == 0
    corp = cli.home.joinpath("corp.ldif").read_text()
    for number in (1, 50, COUNT):
        one = person(number)
        assert f"sAMAccountName: {one['login']}\n" in corp
        assert f"mail: {one['mail']}\n" in corp
        name = base64.b64encode(one["first"].encode()).decode()
        assert f"givenName:: {name}\n" in corp or f"givenName: {one['first']}\n" in corp
    assert corp.count("objectClass: user\n") == COUNT
    return shown


class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments):
        """Say nothing."""


class Guarded(WSGIApplication):
    """The SCIM server of others, which lets nobody in without the token."""

    def __call__(self, environ, start_response):
        if environ.get("HTTP_AUTHORIZATION") != "Bearer scim-secret":
            start_response("401 Unauthorized", [("Content-Type", "application/json")])
            return [b"{}"]
        return super().__call__(environ, start_response)


@contextmanager
def scim_server():
    with make_server(
        "127.0.0.1", 0, Guarded(InMemoryStorage(), load_default_provider()), handler_class=Quiet
    ) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v2"
        finally:
            server.shutdown()
            thread.join()


def created(url, number):
    one = person(number)
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": one["login"],
        "name": {"givenName": one["first"], "familyName": one["last"]},
        "emails": [{"value": f"home{number}@home.example", "type": "home"}, {"value": one["mail"], "type": "work"}],
    }
    headers = {"Content-Type": "application/scim+json", "Authorization": "Bearer scim-secret"}
    with urlopen(Request(f"{url}/Users", json.dumps(user).encode(), headers)) as answer:
        assert answer.status == 201


def test_a_scim_service_that_others_wrote(cli):
    cli.good("secret", "set", "scim-token", text="scim-secret\n")
    with scim_server() as url:
        for number in range(1, COUNT + 1):
            created(url, number)
        brought(cli, example("scim.example").replace("https://scim.example/v2", url), "scim")


class Staffing:
    """Fifty people a page, the next one in a Link header, for whoever has a token."""

    def __init__(self):
        self.url = ""

    def __call__(self, request):
        if request.path == "/api/oauth/token":
            assert request.form["client_secret"] == "staffing-key"
            assert request.form["scope"] == "people.read"
            return Reply({"access_token": "token-1", "token_type": "Bearer", "expires_in": 3600})
        if request.header("authorization") != "Bearer token-1":
            return Reply({"message": "who are you?"}, status=401)
        if request.path == "/api/people":
            query = dict(request.query)
            page = int(query.get("page", "1"))
            numbers = range((page - 1) * 50 + 1, min(page * 50, COUNT) + 1)
            link = f'<{self.url}/api/people?per_page=50&page={page + 1}>; rel="next", </api/people>; rel="first"'
            headers = {"Link": link} if page * 50 < COUNT else {"Link": '</api/people>; rel="first"'}
            return Reply([{"id": number, "login": person(number)["login"]} for number in numbers], headers=headers)
        one = person(int(request.path.rsplit("/", 1)[1]))
        return Reply(
            {"profile": {"first_name": one["first"], "last_name": one["last"], "mails": [one["mail"], "x@y.example"]}}
        )


def test_pages_by_link_header_with_oauth_and_a_call_for_everybody(cli):
    cli.good("secret", "set", "staffing-secret", text="staffing-key\n")
    application = Staffing()
    with recording_server(application) as server:
        application.url = server.url
        text = example("staffing.example").replace("https://staffing.example", server.url)
        brought(cli, text, "staffing.people")


def employees(request):
    query = dict(request.query)
    if query.get("apikey") != "payroll-secret":
        return Reply({"message": "no key"}, status=401)
    if request.path == "/services/mails":
        rows = "".join(f'{number},"{person(number)["mail"]}"\r\n' for number in range(1, COUNT + 1))
        return Reply(f"number,mail\r\n{rows}".encode(), headers={"Content-Type": "text/csv; charset=utf-8"})
    assert query["site"] == "ZG"
    start, count = int(query.get("after", "0")), int(query["count"])
    numbers = range(start + 1, min(start + count, COUNT) + 1)
    cursor = f" next={quoteattr(str(start + count))}" if start + count < COUNT else ""
    rows = "".join(
        f'<p:employee number="{number}"><account>{one["login"]}</account>'
        f"<name><first>{escape(one['first'])}</first><last>{one['last']}</last></name></p:employee>"
        for number, one in ((number, person(number)) for number in numbers)
    )
    text = f'<?xml version="1.0" encoding="utf-16"?><p:employees xmlns:p="urn:payroll"{cursor}>{rows}</p:employees>'
    return Reply(text.encode("utf-16"), headers={"Content-Type": "application/xml"})


def test_xml_by_cursor_with_a_key_in_the_query_joined_with_a_table(cli):
    cli.good("secret", "set", "payroll-key", text="payroll-secret\n")
    with recording_server(employees) as server:
        text = example("payroll.example").replace("https://payroll.example", server.url)
        brought(cli, text, "payroll.employees")
        assert all(dict(request.query)["apikey"] == "payroll-secret" for request in server.requests)
