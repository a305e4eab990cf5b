"""Macros in requests: checked when they are saved, encoded for their place, and never silently about somebody else."""

import json

import pytest

from keepstep.core.encoding import Spot, encode
from keepstep.core.endpoint import EndpointSpec, Request, build_request
from keepstep.core.macro_context import MacroContext
from keepstep.core.macro_tree import Names
from keepstep.core.request_filling import RequestTexts
from keepstep.core.request_text import compile_request_text
from keepstep.core.secret import Secret, SecretRef
from keepstep.errors import ConfigurationError, IdentifierEmpty, MacroError

BASE = "https://app.example/api/"
GIVEN = {
    "key": "a/b?c=d&e",
    "sn": ("Kovač",),
    "mails": ("a@x", "b@x"),
    "nothing": (),
    "enabled": "true",
    "number": 7,
    "env.office": ("Zagreb",),
    "now": ("2027-01-04T07:00:00Z",),
    "run.id": "4f0c",
    "connection.name": "hr",
}
CONTEXT = MacroContext(variables={"office": "Zagreb"}, now="2027-01-04T07:00:00Z")


def opened(reference: SecretRef) -> Secret:
    return Secret(f"text-of-{reference.secret}")


def build(**spec: object) -> Request:
    endpoint = EndpointSpec.model_validate({"url": "{base_url}/people", **spec})
    return build_request("people", endpoint, BASE, GIVEN, texts=RequestTexts(CONTEXT, opened))


def body(tree: object, **spec: object) -> object:
    return json.loads(build(method="POST", body=tree, **spec).body)


def test_macros_and_placeholders_stand_side_by_side_in_a_url() -> None:
    made = build(url="{base_url}/{key}/{{ sn | lower }}?q={{ key }}&of={{ env.office }}")
    assert made.url == "https://app.example/api/a%2Fb%3Fc%3Dd%26e/kova%C4%8D?q=a%2Fb%3Fc%3Dd%26e&of=Zagreb"
    assert build(url="{{ connection.base_url }}/x/{{key}}").url == "https://app.example/api/x/a%2Fb%3Fc%3Dd%26e"


def test_parameters_and_headers_read_the_time_the_run_and_the_connection() -> None:
    made = build(
        params={"since": '{{ now | plus(days=2) | date("%d-%m-%Y") }}'},
        headers={"X-Run": "{{ run.id }} of {{ connection.name }}"},
    )
    assert made.url.endswith("?since=06-01-2027")
    assert dict(made.headers)["X-Run"] == "4f0c of hr"


def test_a_leaf_that_is_one_macro_alone_becomes_the_value_itself() -> None:
    tree = {"a": "{{ sn }}", "b": "{{ enabled | to_bool }}", "c": "{{ number | to_int }}", "d": "{{ nothing }}"}
    assert body(tree) == {"a": "Kovač", "b": True, "c": 7, "d": None}
    assert body({"a": "Dr. {{ sn }}", "b": "Dr. {{ nothing }}"}) == {"a": "Dr. Kovač", "b": None}


def test_in_a_list_a_macro_alone_stands_for_all_its_values() -> None:
    assert body({"to": ["{{ mails }}", "c@x", "{{ nothing }}", "<{{ sn }}>"]}) == {
        "to": ["a@x", "b@x", "c@x", "<Kovač>"]
    }


@pytest.mark.parametrize(
    "spec",
    [
        {"method": "POST", "body": {"to": "{{ mails }}"}},
        {"method": "POST", "body": {"to": "<{{ mails }}>"}},
        {"params": {"to": "{{ mails }}"}},
        {"headers": {"To": "{{ mails }}"}},
        {"url": "{base_url}/{{ mails }}"},
    ],
)
def test_several_values_where_one_is_needed_are_told_without_them(spec: dict[str, object]) -> None:
    with pytest.raises(MacroError, match=r"\{\{ mails \}\} has 2 values; use first or join") as caught:
        build(**spec)
    assert "a@x" not in caught.value.message


@pytest.mark.parametrize(
    ("spec", "place"),
    [
        ({"url": "{base_url}/people/{{ nothing }}"}, "url: {{ nothing }} gives nothing, and this URL path"),
        ({"url": "{base_url}/people?id={{ nothing }}&x={{ sn }}"}, "url: {{ nothing }} gives nothing, and this query"),
        ({"params": {"id": "x{{ nothing }}"}}, "parameter id: {{ nothing }} gives nothing"),
        ({"method": "DELETE", "body": {"ids": ["{{ nothing }}"]}}, "body: {{ nothing }} gives nothing"),
        ({"method": "DELETE", "body": {"id": "a{{ nothing }}"}}, "body: {{ nothing }} gives nothing"),
        ({"method": "DELETE", "body": "<id>{{ nothing }}</id>", "body_type": "xml"}, "body: {{ nothing }} gives nothing"),
    ],
)  # fmt: skip
def test_an_identifier_that_is_empty_stops_the_call(spec: dict[str, object], place: str) -> None:
    with pytest.raises(IdentifierEmpty) as caught:
        build(**spec)
    assert f'endpoint "people", {place}' in caught.value.message
    assert caught.value.code == "identifier_empty"


def test_a_placeholder_that_is_empty_in_a_url_stops_the_call_too() -> None:
    endpoint = EndpointSpec.model_validate({"url": "{base_url}/people/{key}"})
    with pytest.raises(IdentifierEmpty):
        build_request("people", endpoint, BASE, {"key": ""})


@pytest.mark.parametrize("key", [".", ".."])
@pytest.mark.parametrize("url", ["{base_url}/people/{key}", "{base_url}/people/{{ key }}", "{base_url}/{{ key }}/x"])
def test_no_value_leads_to_another_folder(url: str, key: str) -> None:
    with pytest.raises(MacroError, match="leads to another address"):
        build_request("people", EndpointSpec(url=url), BASE, {"key": key})


def test_two_values_do_not_lead_to_another_folder_together() -> None:
    with pytest.raises(MacroError, match="leads to another address"):
        build_request("people", EndpointSpec(url="{base_url}/{{ key }}{{ key }}"), BASE, {"key": "."})


def test_a_header_whose_macros_give_nothing_is_not_sent() -> None:
    assert "X-Of" not in dict(build(headers={"X-Of": "of {{ nothing }}"}).headers)


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "a\0b", " a", "a\t", "\x7f"])
def test_a_header_never_holds_what_would_break_out_or_be_lost(value: str) -> None:
    endpoint = EndpointSpec.model_validate({"url": "{base_url}/", "headers": {"X-Of": "{{ key }}"}})
    with pytest.raises(MacroError, match=r'endpoint "people", header X-Of: \{\{ key \}\}: the value'):
        build_request("people", endpoint, BASE, {"key": value})


def test_xml_and_text_bodies_are_filled_where_they_stand() -> None:
    soap = '<a n="{{ key }}">{{ sn }} {not_a_place}</a>'
    assert build(method="POST", body=soap, body_type="xml").body.decode() == (
        '<a n="a/b?c=d&amp;e">Kovač {not_a_place}</a>'
    )
    assert build(method="POST", body="{{ sn }}{x}", body_type="text").body.decode() == "Kovač{x}"


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("<![CDATA[{{ sn }}]]>", "a CDATA section"),
        ("<!-- {{ sn }} -->", "a comment"),
        ("<a {{ sn }}='1'/>", "a tag"),
        ("<{{ sn }}/>", "a tag"),
        ("<?x {{ sn }}?>", "a processing instruction"),
    ],
)
def test_xml_macros_stand_only_where_a_value_can_be_told_from_the_markup(text: str, spot: str) -> None:
    with pytest.raises(MacroError, match=f"stands in {spot}"):
        compile_request_text(text, names=Names.of(["sn"]), label="body", place=Spot.XML)


def test_xml_macros_stand_between_tags_and_in_quotes_of_either_kind() -> None:
    text = "<?xml version='1.0'?><!-- < --><a b='{{ sn }}' c=\"{{ sn }}\"><![CDATA[<]]>{{ sn }}</a>"
    made = compile_request_text(text, names=Names.of(["sn"]), label="body", place=Spot.XML)
    assert made.render({"sn": ("<'\">",)}).text.count("&lt;&apos;&quot;&gt;") == 3


def test_fields_of_a_form_are_texts() -> None:
    tree = {"a": "{{ sn }}", "b": "{{ enabled | to_bool }}", "c": "{{ nothing }}", "d": "{key}"}
    assert build(method="POST", body=tree, body_type="form").body.decode() == (
        "a=Kova%C4%8D&b=true&c=&d=a%2Fb%3Fc%3Dd%26e"
    )


def test_secrets_go_out_in_parameters_headers_and_bodies_and_are_masked_in_every_form() -> None:
    made = build(
        method="POST",
        params={"key": "{{ secret.one }}"},
        headers={
            "X-Proof": "Basic {{ ('me:' ~ secret.two) | base64_encode }}",
            "X-Cut": "{{ secret.two | slice(0, 9) }}",
        },
        body={"token": "{{ secret.three }}", "name": "{{ sn }}"},
    )
    assert "key=text-of-one" in made.url
    assert json.loads(made.body)["token"] == "text-of-three"
    shown = made.display()
    assert "Kovač" in shown
    for part in ("text-of", "bWU6dGV4dC1vZi10d28", "one", "three"):
        assert part not in shown


def test_secrets_are_refused_in_urls_when_they_are_saved() -> None:
    with pytest.raises(MacroError, match=r'"secret.one" cannot be used in URLs'):
        build(url="{base_url}/{{ secret.one }}")


@pytest.mark.parametrize("url", ["https://{{ key }}.example/x", "https://app.example{{ key }}/x", "https://{{ key }}"])
def test_no_macro_chooses_the_host(url: str) -> None:
    with pytest.raises(MacroError, match="which no macro may choose"):
        build(url=url)


def test_a_failing_macro_is_told_with_its_place_and_without_its_value() -> None:
    with pytest.raises(MacroError) as caught:
        build(headers={"X-N": "{{ sn | to_int }}"})
    assert caught.value.message.startswith('endpoint "people", header X-N: to_int of attribute "sn": ')
    assert "Kova" not in caught.value.message


def test_what_is_no_name_of_a_secret_is_an_error_for_a_person() -> None:
    with pytest.raises(ConfigurationError, match="names no secret"):
        build(headers={"X-Key": '{{ attribute("secret.connection:hr") }}'})


def test_a_secret_that_cannot_be_opened_here_is_an_error_that_names_it() -> None:
    endpoint = EndpointSpec.model_validate({"url": "{base_url}/", "headers": {"X": "{{ secret.one }}"}})
    with pytest.raises(ConfigurationError, match='secret "one" is not at hand'):
        build_request("people", endpoint, BASE, {})


@pytest.mark.parametrize(
    ("place", "text", "why"),
    [
        (Spot.CSV, "=1+1", "begins like a formula"),
        (Spot.CSV, "@x", "begins like a formula"),
        (Spot.CSV, "-1-1", "begins like a formula"),
        (Spot.CSV, "\tx", "begins like a formula"),
        (Spot.XML, "\x00", "XML 1.0 cannot hold"),
        (Spot.XML, "\ufffe", "XML 1.0 cannot hold"),
        (Spot.HEADER, "a\nb", "line break"),
        *((place, "\ud800", "not Unicode text") for place in Spot),
    ],
)
def test_what_a_place_cannot_hold_is_refused(place: Spot, text: str, why: str) -> None:
    with pytest.raises(MacroError, match=why):
        encode(text, place)


@pytest.mark.parametrize(("text", "cell"), [("+385 91", '"+385 91"'), ("-7", '"-7"'), ('a"b,\n', '"a""b,\n"')])
def test_a_number_with_its_sign_is_no_formula(text: str, cell: str) -> None:
    assert encode(text, Spot.CSV) == cell
