"""Whatever a value holds: the parser at the other end gets the same text back, or there is a named refusal."""

import csv
import io
import json
from collections.abc import Callable
from http.client import parse_headers
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.encoding import Spot, encode
from keepstep.core.endpoint import EndpointSpec, Request, build_request
from keepstep.core.ldap_filter import Equal, parse
from keepstep.errors import MacroError

PIECES = (
    *("a", " ", "..", "/", "?", "&", "=", "#", "%", "%2e", "+", '"', "'", "<", ">", "]]>", "\\", "\r", "\n", "\t", "\0"),
    *("*", "(", ")", ",", ";", "{{ x }}", "{key}", "=cmd|' /C calc'!A0", "@", "-", "é", "\U0001f600", "\ud800", "\x85"),
    "\ufffe",
)  # fmt: skip
hostile = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=8).map("".join))


def got(spot: Spot, text: str, read: Callable[[str], str]) -> None:
    try:
        written = encode(text, spot)
    except MacroError as refused:
        assert refused.message
        assert len(text) < 3 or text not in refused.message
    else:
        assert read(written) == text


@given(hostile)
def test_the_parsers_of_urls_get_the_text_back(text: str) -> None:
    got(Spot.URL_PATH, text, lambda part: unquote(urlsplit(f"https://x.example/a/{part}/b").path.split("/")[2]))
    if text:
        got(Spot.QUERY, text, lambda part: parse_qs(urlsplit(f"https://x.example/?q={part}&r=1").query)["q"][0])
        got(Spot.FORM, text, lambda part: parse_qs(f"q={part}&r=1")["q"][0])


@given(hostile)
def test_the_parser_of_headers_gets_the_text_back(text: str) -> None:
    def read(part: str) -> str:
        sent = b"X-A: 1\r\nX-Of: " + part.encode() + b"\r\nX-B: 2\r\n\r\n"
        headers = parse_headers(io.BytesIO(sent))
        assert headers.keys() == ["X-A", "X-Of", "X-B"]
        # The parser reads bytes as Latin-1; what is sent is UTF-8.
        return str(headers["X-Of"]).encode("latin-1").decode()

    got(Spot.HEADER, text, read)


@given(hostile)
def test_the_parsers_of_json_xml_and_csv_get_the_text_back(text: str) -> None:
    got(Spot.JSON, text, lambda part: json.loads(f'{{"a": "{part}"}}')["a"])
    got(Spot.XML, text, lambda part: ET.fromstring(f"<a>{part}</a>".encode()).text or "")
    got(Spot.XML, text, lambda part: ET.fromstring(f'<a b="{part}"/>'.encode()).get("b", ""))
    got(Spot.CSV, text, lambda cell: next(csv.reader(io.StringIO(f"a,{cell},b\r\n", newline="")))[1])


@given(hostile.filter(bool))
def test_the_parsers_of_names_and_filters_get_the_text_back(text: str) -> None:
    from ldap.dn import str2dn

    got(Spot.DN, text, lambda part: str2dn(f"CN={part},DC=x")[0][0][1])
    got(Spot.FILTER, text, lambda part: _equal(f"(cn={part})"))


def _equal(text: str) -> str:
    found = parse(text)
    assert isinstance(found, Equal)
    return found.value.decode()


@given(hostile)
def test_a_cell_is_never_a_formula(text: str) -> None:
    try:
        cell = next(csv.reader(io.StringIO(encode(text, Spot.CSV), newline="")))[0]
    except MacroError:
        return
    assert cell[:1] not in {"=", "@", "\t", "\r"}
    assert cell[:1] not in {"+", "-"} or not set(cell[1:]) - set("0123456789 .,")


@given(hostile, hostile)
def test_a_whole_request_says_what_its_values_say(key: str, name: str) -> None:
    spec = EndpointSpec.model_validate(
        {
            "method": "POST",
            "url": "{base_url}/people/{{ key }}/of?k={{ key }}",
            "params": {"name": "{{ name }}"},
            "body": {"name": "{{ name }}", "list": ["<{{ key }}>"]},
        }
    )
    try:
        request: Request = build_request("x", spec, "https://x.example/api", {"key": key, "name": name})
    except MacroError:
        return
    url = urlsplit(request.url)
    assert url.netloc == "x.example"
    assert [unquote(part) for part in url.path.split("/")[2:]] == ["people", key, "of"]
    assert parse_qs(url.query, keep_blank_values=True) == {"k": [key], "name": [name]}
    assert json.loads(request.body) == {"name": name, "list": [f"<{key}>"]}
