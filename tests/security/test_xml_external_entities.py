"""XML external entities: an application or a workbook tries to have files read, addresses called, memory filled."""

import io
import json
import zipfile

import openpyxl
import pytest
import yaml

from tests.lab.answering import Told, answering, told

CANARY = "canary-of-a-file"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
SOAP = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
ATTACKS = {
    "a file": '<!DOCTYPE r [<!ENTITY x SYSTEM "file://FILE">]><r><u><id>1</id><name>&x;</name></u></r>',
    "an address": '<!DOCTYPE r [<!ENTITY x SYSTEM "URL/entity">]><r><u><id>1</id><name>&x;</name></u></r>',
    "a parameter entity": '<!DOCTYPE r [<!ENTITY % x SYSTEM "URL/dtd"> %x;]><r><u><id>1</id><name>a</name></u></r>',
    "an external document type": '<!DOCTYPE r SYSTEM "URL/dtd"><r><u><id>1</id><name>a</name></u></r>',
    "a public document type": '<!DOCTYPE r PUBLIC "-//X//X" "URL/dtd"><r><u><id>1</id><name>a</name></u></r>',
    "an entity of its own": '<!DOCTYPE r [<!ENTITY x "boom">]><r><u><id>1</id><name>&x;</name></u></r>',
    "a billion laughs": f'<!DOCTYPE r [<!ENTITY l0 "ha">{LAUGHS}]><r><u><id>1</id><name>&l9;</name></u></r>',
    "quadratic growth": f'<!DOCTYPE r [<!ENTITY x "{"a" * 50_000}">]><r><u><id>1</id><name>{"&x;" * 5000}</name></u></r>',
    "a SOAP answer with a document type": '<!DOCTYPE s [<!ENTITY x SYSTEM "file://FILE">]>' + SOAP.format("&x;"),
}


@pytest.fixture
def trap(tmp_path):
    """A file and a server that nobody has any business with."""
    file = tmp_path / "canary"
    file.write_text(CANARY)
    with answering(lambda _: told({})) as server:
        yield file, server


def reading(hr, body, kind="application/xml"):
    """Let the application answer with *body* to a test of an endpoint that reads XML."""
    hr.server.answer = lambda _: Told(body, kind=kind)
    spec = {"url": "{base_url}/users", "format": "xml", "records": "r.u"}
    return hr.run("endpoint", "test", "hr", "list-users", "--spec", "-", text=json.dumps(spec))


@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_is_expanded_and_nothing_is_fetched(hr, trap, attack, charset):
    file, server = trap
    text = attack.replace("FILE", str(file)).replace("URL", server.url)
    result = reading(hr, text.encode(charset))
    assert result.exit_code == 1, result.output
    assert "document type" in result.output
    assert CANARY not in result.output
    assert server.asked == []


def test_an_include_is_text_like_any_other(hr, trap):
    file, server = trap
    text = (
        '<r xmlns:xi="http://www.w3.org/2001/XInclude"><u><id>1</id><name>a</name>'
        f'<xi:include href="file://{file}" parse="text"/><xi:include href="{server.url}/x"/></u></r>'
    )
    assert CANARY not in reading(hr, text.encode()).output
    assert server.asked == []


def test_a_style_sheet_and_a_schema_are_not_fetched(hr, trap):
    _, server = trap
    text = (
        f'<?xml-stylesheet href="{server.url}/x.xsl" type="text/xsl"?>'
        '<r xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:noNamespaceSchemaLocation="{server.url}/x.xsd"><u><id>1</id><name>a</name></u></r>'
    )
    reading(hr, text.encode())
    assert server.asked == []


@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"])
@pytest.mark.parametrize("name", ["a file", "an address", "a parameter entity", "a billion laughs"])
def test_a_workbook_expands_and_fetches_nothing_either(cli, trap, part, name):
    file, server = trap
    head = ATTACKS[name].replace("FILE", str(file)).replace("URL", server.url).partition("]>")[0] + "]>"
    use = "&l9;" if "laughs" in name else "&x;" if "%" not in head else ""
    book = io.BytesIO()
    sheet = openpyxl.Workbook()
    sheet.active.append(["id", "name"])
    sheet.active.append(["1", "PLACE"])
    sheet.save(book)
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(cli.home / "people.xlsx", "w") as new:
        for entry in old.namelist():
            text = old.read(entry).decode()
            if entry == part:
                declared, _, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
                text = f"{declared}?>{head}{rest}" if declared else f"{head}{rest}"
            new.writestr(entry, text.replace("PLACE", use))
    people = {"kind": "table", "file": "people.xlsx", "key": "id"}
    (cli.home / "keepstep.yaml").write_text(yaml.safe_dump({"version": 1, "connections": {"people": people}}))
    result = cli.run("people", "people", "--json")
    assert CANARY not in result.output
    assert "haha" not in result.output
    assert server.asked == []
