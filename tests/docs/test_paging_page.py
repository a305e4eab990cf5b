"""The page about paging and records says what the program does."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

from keepstep.core.answer_format import Format, decode
from keepstep.core.columns import Columns, Envelope, texts_at
from keepstep.core.endpoint import EndpointSpec, build_request
from keepstep.core.field_path import parse_path
from keepstep.core.page_facts import PageFacts, PageState
from keepstep.core.paging import Paging

TEXT = (Path(__file__).parents[2] / "docs" / "paging.md").read_text()
BASE = "https://hr.example"
STYLES = get_args(get_args(Paging)[0])


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def endpoints() -> dict[str, EndpointSpec]:
    found: dict[str, Any] = {}
    for block in blocks("yaml"):
        found |= YAML(typ="safe").load(block)["endpoints"]
    return {name: EndpointSpec.model_validate(spec) for name, spec in found.items()}


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table after *heading*."""
    table = TEXT.split(heading, 1)[1].split("\n\n| ", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()[2:]]


def test_the_styles_are_those_of_the_program() -> None:
    known = {style for spec in STYLES for style in get_args(spec.model_fields["style"].annotation)}
    assert {row[0].strip("`") for row in rows("Seven styles")} == known


def test_the_words_are_those_of_the_program() -> None:
    known: dict[str, set[str]] = {}
    for spec in STYLES:
        for word in spec.model_fields:
            if word != "style" and not (spec.__name__ == "NoPaging" and word != "total"):
                known.setdefault(word, set()).update(get_args(spec.model_fields["style"].annotation))
    every = {style for styles in known.values() for style in styles}
    told = {}
    for word, styles, _ in rows("The words of each style"):
        named = set(re.findall(r"`(\w+)`", styles))
        told[word.strip("`")] = every - named if styles.startswith("all but") else named or every
    assert told == known


@pytest.mark.parametrize("row", rows("these are the first two calls"), ids=lambda row: row[0])
def test_the_first_two_calls_are_as_the_page_says(row: list[str]) -> None:
    name = row[0].strip("`")
    endpoint = endpoints()[name]
    state = endpoint.paging.first()
    url = "?page=2" if name == "by-next-url" else "abc"
    for told in row[1:]:
        assert isinstance(state, PageState)
        request = build_request(name, endpoint, f"{BASE}/api", {}, ask=endpoint.paging.ask(state))
        address, *body = re.findall(r"`([^`]+)`", told)
        assert request.url == BASE + address
        assert all(part.encode() in request.body for part in body)
        facts = PageFacts(
            count=getattr(endpoint.paging, "size", 100),
            total=500,
            cursor=url,
            link='<?page=2>; rel="next"',
            url=request.url,
        )
        state = endpoint.paging.next(state, facts)


def test_each_condition_is_one_of_the_program() -> None:
    for condition, _ in rows("the first that is met ends the list"):
        stop = YAML(typ="safe").load(condition.strip("`"))
        paging = {"style": "page", "number": "p", "size": 5, "total": "t", "stop": stop}
        spec = EndpointSpec.model_validate({"url": "{base_url}/x", "paging": paging})
        assert len(spec.paging.model_dump()["stop"]) == 1


def test_the_formats_are_those_of_the_program() -> None:
    told = TEXT.split("`format` is", 1)[1].split("\n")[0]
    assert set(re.findall(r"`(\w+)`", told)) == {str(kind) for kind in Format}


def read(told: str) -> tuple[str, ...] | None:
    if told in {"absent", "null"}:
        return None if told == "absent" else ()
    return tuple(re.findall(r"`([^`]+)`", told))


@pytest.mark.parametrize("row", rows("For this record"), ids=lambda row: row[0])
def test_each_path_reads_what_the_page_says(row: list[str]) -> None:
    record = json.loads(blocks("json")[0])
    assert texts_at(record, parse_path(row[0].strip("`"))) == read(row[1])


def test_xml_is_read_as_the_page_says() -> None:
    body = blocks("xml")[0].encode()
    paths = {cells[0].strip("`"): read(cells[1]) for cells in rows('total: "Envelope.Body.Users.@total"')}
    envelope = Envelope(records="Envelope.Body.Users.User", total="Envelope.Body.Users.@total")
    page = Columns({path: path for path in paths}, key="@id", envelope=envelope).page(body)
    assert page.total == 1
    assert page.records is not None
    assert [record.attributes for record in page.records] == [paths]
    assert decode("auto", body)
