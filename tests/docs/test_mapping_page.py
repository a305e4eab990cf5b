"""The page about mappings says what the program does."""

import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from keepstep.core.custom_format import Alternative, CustomFormat, Part, to_text
from keepstep.core.directory_schema import users_schema
from keepstep.core.format_parts import to_parts
from keepstep.core.mapping import Clash, MappingSpec, Row, WhenEmpty, compile_mapping, map_record
from keepstep.core.schema import AttributeType, Case, Normal, Schema
from keepstep.core.values import NativeKey, Record

PAGE = (Path(__file__).parents[2] / "docs" / "mapping.md").read_text()

PERSONS = Schema(
    objects="persons",
    attributes={
        kind.name: kind
        for kind in (
            AttributeType(name="externalId", unique=True),
            AttributeType(name="firstName"),
            AttributeType(name="lastName"),
            AttributeType(name="email", multi=True, case=Case.IGNORE, unique=True),
            AttributeType(name="phone", multi=True, normal=Normal.DIGITS, unique=True),
        )
    },
    open_prefixes=("customAttributes.",),
)


def mappings() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        found.update(YAML(typ="safe").load(block).get("mappings", {}))
    return found


def test_the_words_of_a_row_are_those_of_the_program() -> None:
    words = {field.alias or name for name, field in Row.model_fields.items()}
    described = set(re.findall(r"^\| `(\w+)` \| [^|]*\| [^|]*\|$", PAGE.split("## Absent")[0], re.MULTILINE))
    assert described == words
    for choice in (*WhenEmpty, *Clash, "always", "create"):
        assert f"`{choice}`" in PAGE


def test_a_person_is_made_of_a_user_as_the_page_says() -> None:
    spec = MappingSpec.model_validate(mappings()["staff-to-persons"])
    made = compile_mapping(spec, users_schema(), PERSONS, place="mappings.staff-to-persons")
    user = {
        "objectGUID": ("6f0c0001-0000-4000-8000-000000000001",),
        "givenName": ("Ana",),
        "sn": ("Kovač",),
        "mail": ("Ana.Kovac@corp.example",),
        "mobile": ("+385 91 000 0001",),
        "msDS-cloudExtensionAttribute1": ("17",),
    }
    assert map_record(made, Record(NativeKey("1"), user)).attributes == {
        "externalId": ("6f0c0001-0000-4000-8000-000000000001",),
        "firstName": ("Ana",),
        "lastName": ("Kovač",),
        "email": ("ana.kovac@corp.example",),
        "phone": ("385910000001",),
        "customAttributes.Department": ("unknown",),
        "customAttributes.Cost Centre": ("17",),
    }


def test_a_composed_user_is_made_as_the_page_says() -> None:
    spec = MappingSpec.model_validate(mappings()["composed"])
    made = compile_mapping(spec, PERSONS, users_schema(), place="mappings.composed")
    person = {
        "firstName": ("Đurđa",),
        "lastName": ("Kovačević Babić",),
        "customAttributes.Department": ("Inside_Sales",),
        "customAttributes.City": ("Split",),
    }
    assert map_record(made, Record(NativeKey("1"), person)).attributes == {
        "sAMAccountName": ("dbabic",),
        "cn": ("Đurđa Kovačević Babić",),
        "title": ("Inside Sales",),
    }
    person["customAttributes.Department"] = ("SALES",)
    assert map_record(made, Record(NativeKey("1"), person)).attributes["title"] == ("Sales, Split",)


def test_a_value_that_is_taken_has_the_next_formats_the_page_says() -> None:
    spec = MappingSpec.model_validate(mappings()["unique"])
    made = compile_mapping(spec, PERSONS, users_schema(), place="mappings.unique")
    ana = Record(NativeKey("1"), {"firstName": ("Ana",), "lastName": ("Kovac",)})
    row = made.row("sAMAccountName")
    assert row is not None
    assert map_record(made, ana).attributes["sAMAccountName"] == ("kovac",)
    assert list(row.other_values(ana)) == [("akovac",), ("ana.kovac",)]
    scopes = {row.kind.name: row.scope for row in made.choosing}
    assert scopes == {"sAMAccountName": "forest", "cn": "container", "mail": "domain"}


def test_a_manager_is_found_by_the_key_the_page_says() -> None:
    spec = MappingSpec.model_validate(mappings()["with-managers"])
    made = compile_mapping(spec, PERSONS, users_schema(), place="mappings.with-managers")
    (row,) = made.references
    assert row.kind.name == "manager"
    assert row.find is not None
    assert row.find.name == "employeeID"


def test_groups_and_photos_are_given_as_the_page_says() -> None:
    spec = MappingSpec.model_validate(mappings()["with-groups"])
    made = compile_mapping(spec, PERSONS, users_schema(), place="mappings.with-groups")
    held = {
        "externalId": ("e1",),
        "customAttributes.Department": ("R, D",),
        "customAttributes.Photo": ("data:image/png;base64,aGVs bG8=",),
    }
    assert map_record(made, Record(NativeKey("1"), held)).attributes == {
        "sAMAccountName": ("e1",),
        "memberOf": ("CN=R\\, D,OU=Groups,DC=corp,DC=example",),
        "thumbnailPhoto": ("aGVsbG8=",),
    }
    assert made.only_on_create == made.added == {"memberOf"}


def test_the_keys_of_a_custom_format_are_those_of_the_program() -> None:
    section = PAGE.split("## Custom formats")[1].split("What can stand in")[0]
    for key in (*Part.model_fields, *CustomFormat.model_fields, *Alternative.model_fields):
        assert f"`{key}`" in section or f"{key}:" in section, key


def test_the_two_spellings_of_a_format_are_as_shown() -> None:
    (written, text, parts) = re.findall(
        r"mapping try corp.users '(.*?)' .*\nas an expression\n  (.*)\nas parts\n  (.*)\n", PAGE
    )[0]
    form = CustomFormat.model_validate(YAML(typ="safe").load(written))
    assert to_text(form) == text
    assert to_parts(text) == form == CustomFormat.model_validate_json(parts)


def test_the_reasons_why_an_attribute_is_not_mapped_are_those_of_the_program() -> None:
    table = PAGE.split("| Attribute | Reason |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (`\w+`.*) \| ([^|`]+) \|$", table, re.MULTILINE)
    told = {name: reason for names, reason in rows for name in re.findall(r"`(\w+)`", names)}
    assert "unicodePwd" in told
    assert told == {name: users_schema().why_not_mapped(name) for name in told}


def test_a_user_is_made_of_a_person_as_the_page_says() -> None:
    spec = MappingSpec.model_validate(mappings()["persons-to-users"])
    made = compile_mapping(spec, PERSONS, users_schema(), place="mappings.persons-to-users")
    person = {
        "firstName": ("Đurđa",),
        "lastName": ("Kovačević Babić",),
        "email": ("D.Kovacevic@corp.example", "other@corp.example"),
        "customAttributes.Department": ("R,OU=Admins",),
    }
    assert map_record(made, Record(NativeKey("1"), person)).attributes == {
        "cn": ("Đurđa Kovačević Babić",),
        "sAMAccountName": ("dkovacevicbabic",),
        "givenName": ("Đurđa",),
        "sn": ("Kovačević Babić",),
        "displayName": ("Đurđa Kovačević Babić",),
        "mail": ("d.kovacevic@corp.example",),
        "container": ("OU=R\\,OU\\=Admins,OU=Staff,DC=corp,DC=example",),
    }


def test_the_reasons_on_the_page_are_those_of_the_program() -> None:
    spec = MappingSpec.model_validate({"into": "a.b", "rows": {"firstName": "{{ employeeID | to_int }}"}})
    mapping = compile_mapping(spec, users_schema(), PERSONS, place="m")
    reason = map_record(mapping, Record(NativeKey("1"), {"employeeID": ("x",)})).skip.removeprefix("m.rows.firstName: ")
    assert f"`{reason}`" in PAGE
