import pytest

from keepstep.connectors.rest.preset import load_preset, parse_preset
from keepstep.core.field_path import Step
from keepstep.core.schema import Case
from keepstep.errors import ConfigurationError

SMALL = """
version: 1
title: Small
endpoints:
  list: {url: "{base_url}/people", records: items, paging: {style: cursor, cursor: next, param: after}}
  one: {url: "{base_url}/people/{key}"}
objects:
  people:
    key: id
    list: list
    get: one
    attributes: {id: {writable: false}, name: {}}
problems: {shapes: [{text: error}], rules: []}
"""


def test_another_application_is_another_file():
    preset = parse_preset("small", SMALL)
    assert preset.objects["people"].schema_of("people").attribute("name").writable
    assert not preset.objects["people"].schema_of("people").whole


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("list: list", "list: lost", "lost"),
        ("records: items", "recrods: items", "recrods"),
        ("style: cursor", "style: curser", "paging"),
        ("records: items", "records: items, limit: fast", "fast"),
        ('{base_url}/people"', 'people"', "url"),
        ("version: 1", "version: 2", "version"),
        ("title: Small", "title: [", "YAML"),
    ],
)
def test_a_preset_that_is_wrong_is_refused_with_the_place(old, new, told):
    with pytest.raises(ConfigurationError, match=told):
        parse_preset("small", SMALL.replace(old, new))


def test_a_preset_that_does_not_exist_names_those_that_do():
    with pytest.raises(ConfigurationError) as caught:
        load_preset("infobib")
    assert "infobip" in caught.value.hint


def test_the_infobip_preset_holds_what_the_api_documents():
    spec = load_preset("infobip").objects["persons"]
    schema = spec.schema_of("persons")
    email = schema.attribute("email")
    assert (email.case, email.multi, email.unique, email.max_length) == (Case.IGNORE, True, True, 255)
    assert schema.attribute("phone").normalise(("+44 1632 960123",)) == ("441632960123",)
    assert schema.attribute("externalId").case is Case.EXACT
    assert {kind.name for kind in schema.unique} == {"id", "externalId", "email", "phone"}
    assert schema.attribute("customAttributes.Anything at all").writable
    assert schema.attribute("customAttributes.") is None
    assert schema.whole
    for character in '&<>"/\\:(){}=;#\r\n':
        assert schema.attribute("firstName").refusal((f"A{character}",))


def test_paths_lead_to_where_each_version_of_the_api_keeps_a_value():
    spec = load_preset("infobip").objects["persons"]
    assert spec.path("email") == (Step("contactInformation"), Step("email", many=True), Step("address"))
    assert spec.path("email", "v3")[0] == Step("contactInformation", many=True, where=("type", "EMAIL"))
    assert spec.path("customAttributes.A.b") == (Step("customAttributes"), Step("A.b"))
    with pytest.raises(KeyError):
        spec.path("nobody")
