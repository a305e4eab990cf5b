"""Whatever somebody's attributes hold, a webhook sends exactly that, or nothing and says why."""

from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from keepstep.connectors.rest.connector import RestConnector
from keepstep.core.block_result import BlockState, Cause
from keepstep.core.connection import RestConnection
from keepstep.core.secret import Secret
from tests.lab.loopback import LOOPBACK
from tests.lab.recording import Reply, recording_server

HOSTILE = {
    "quotes": "\"double\" 'single' `back`",
    "lines": "one\ntwo\tthree",
    "end of JSON": '"}, "admin": true, {"x": "',
    "ampersand": "a=1&b=2;c",
    "end of CDATA": "<![CDATA[x]]> ]]> <!-- --> &amp; &#0;",
    "path": "../../etc/passwd",
    "percent": "%00 %2e%2e%2f 100 %",
    "CR LF": "x\r\nX-Admin: yes\r\n\r\nbody",
    "NUL": "a\x00b",
    "emoji": "👩‍👩‍👧 ✅",
    "right to left": "\u202edrow\u200f שלום",
    "macro": "{{ secret.p }} {mail} ${x} {% x %}",
    "long": "ž" * 10_000,
    "boundary": '--keepstep-0\r\nContent-Disposition: form-data; name="admin"\r\n\r\nyes',
    "dots": "..",
}  # fmt: skip
NAME = "{{ displayName }}"
BODIES = {
    "json": {"name": NAME, "list": [NAME], "in": f"<{NAME}>"},
    "xml": f'<p a="{NAME}"><name>{NAME}</name></p>',
    "form": {"name": NAME},
    "multipart": {"name": NAME},
    "text": f"<{NAME}>",
    "none": None,
}


def part_of(request):
    head = f"Content-Type: {request.header('content-type')}\r\n\r\n".encode()
    (part,) = BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts()
    assert part.get_param("name", header="content-disposition") == "name"
    return request.body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0].decode()


def read_back(kind, request):
    """What the server's own parser makes of the value, wherever it stood."""
    if kind == "json":
        tree = request.json
        assert set(tree) == {"name", "list", "in"}
        assert tree["list"] == [tree["name"]]
        assert tree["in"] == f"<{tree['name']}>"
        return tree["name"]
    if kind == "xml":
        tree = ET.fromstring(request.body)
        assert [child.tag for child in tree] == ["name"]
        assert set(tree.attrib) == {"a"}
        assert tree.attrib["a"] == tree[0].text
        return tree[0].text
    if kind == "form":
        assert set(request.form) == {"name"}
        return request.form["name"]
    if kind == "multipart":
        return part_of(request)
    return request.body.decode()[1:-1]


async def sent(value, webhook):
    """Fire *webhook* for somebody of that name; return the result and what came to the server."""
    with recording_server(lambda _: Reply({})) as server:
        spec = {
            "kind": "rest",
            "preset": "plain",
            "base_url": server.url,
            "webhooks": {"tell": {"method": "POST", "url": "{base_url}/x", **webhook}},
        }
        made = RestConnection.model_validate(spec)
        connector = RestConnector("hr", made, lambda _: Secret("hidden-key"), egress=LOOPBACK)
        firing = connector.firing
        values = {"displayName": (value,), "mail": ("m@corp.example",)}
        result = await firing.fire("tell", firing.webhook("tell"), values, key="k")
        await connector.close()
        return result, server.requests


def refused(result, requests):
    """Whether nothing was sent, and it is said why without the value."""
    if result.state is BlockState.SUCCEEDED:
        return False
    assert (result.state, result.cause) == (BlockState.FAILED, Cause.INPUT)
    assert requests == []
    return "the value" in result.detail or "the path" in result.detail


@pytest.mark.parametrize("kind", [kind for kind in BODIES if kind != "none"])
@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
async def test_a_body_says_what_the_attribute_holds(kind, value):
    result, requests = await sent(value, {"body_type": kind, "body": BODIES[kind]})
    if refused(result, requests):
        assert kind == "xml", "only XML cannot hold every character"
        assert "\x00" in value
        return
    (request,) = requests
    assert read_back(kind, request) == value
    assert "hidden-key" not in str(request)
    assert request.all("x-admin") == []


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
async def test_a_url_and_its_parameters_say_what_the_attribute_holds(value):
    result, requests = await sent(
        value, {"url": f"{{base_url}}/x/{NAME}/y", "params": {"n": NAME}, "body_type": "none"}
    )
    if "status 414" in result.detail:
        assert len(value) > 5_000, "a server takes no URL that long, and says so"
        return
    if refused(result, requests):
        assert value == ".."
        return
    (request,) = requests
    assert request.query == (("n", value),)
    assert unquote(request.path) == f"/x/{value}/y"
    assert request.path.count("/") == 3
    assert request.body == b""


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
async def test_a_header_says_what_the_attribute_holds_or_is_not_sent(value):
    result, requests = await sent(value, {"headers": {"X-Name": NAME}, "body_type": "none"})
    if refused(result, requests):
        assert any(ch in value for ch in "\r\n\0\t")
        return
    (request,) = requests
    assert request.header("x-name").encode("latin-1").decode() == value
    assert request.all("x-admin") == []
