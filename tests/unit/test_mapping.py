"""Mappings: checked against both schemas when they are saved; every record gives attributes or a reason."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from keepstep.core.directory_schema import users_schema
from keepstep.core.macro_context import MacroContext
from keepstep.core.mapping import Clash, Desired, Mapping, MappingSpec, Row, WhenEmpty, compile_mapping, map_record
from keepstep.core.schema import AttributeType, Case, Normal, Schema, Syntax, UniqueScope
from keepstep.core.value_table import TableSpec, ValueTable
from keepstep.core.values import NativeKey, Record
from keepstep.errors import ConfigurationError

SOURCE = Schema(
    objects="users",
    attributes={
        name: AttributeType(name=name)
        for name in ("objectGUID", "givenName", "sn", "mail", "mobile", "department", "employeeID", "whenCreated", "l")
    },
    name_case=Case.IGNORE,
)
TARGET = Schema(
    objects="persons",
    attributes={
        kind.name: kind
        for kind in (
            AttributeType(name="id", writable=False, unique=True),
            AttributeType(name="externalId", unique=True),
            AttributeType(name="firstName", max_length=10, normal=Normal.TRIM),
            AttributeType(name="lastName", forbidden="<>]^\\-"),
            AttributeType(name="email", multi=True, case=Case.IGNORE, normal=Normal.LOWER, unique=True, max_values=2),
            AttributeType(name="phone", normal=Normal.DIGITS),
            AttributeType(name="gender", choices=("MALE", "FEMALE")),
            AttributeType(name="age", syntax=Syntax.INTEGER),
            AttributeType(name="vip", syntax=Syntax.BOOLEAN),
            AttributeType(name="birthDate", syntax=Syntax.DATE),
            AttributeType(name="container", syntax=Syntax.DN, normal=Normal.BARE_DN),
        )
    },
    open_prefixes=("customAttributes.",),
)


def mapping(**rows: object) -> Mapping:
    spec = MappingSpec.model_validate({"into": "app.persons", "rows": rows})
    return compile_mapping(spec, SOURCE, TARGET, place="mappings.m")


def desired(attributes: dict[str, tuple[str, ...] | str], **rows: object) -> Desired:
    held = {name: (values,) if isinstance(values, str) else values for name, values in attributes.items()}
    return map_record(mapping(**rows), Record(NativeKey("1"), held))


def complaint(**rows: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        mapping(**rows)
    return caught.value.message


# the spec


def test_a_row_that_is_only_a_text_is_its_from() -> None:
    spec = MappingSpec.model_validate({"into": "a.b", "rows": {"x": "{{ sn }}", "y": {"from": "z", "on": "create"}}})
    assert spec.row("x") == Row.model_validate({"from": "{{ sn }}"})
    assert spec.row("x").when_empty is WhenEmpty.KEEP
    assert spec.row("x").on_clash is Clash.REFUSE
    assert spec.row("y").on == "create"


def test_a_mapping_needs_a_row_and_knows_its_words() -> None:
    for wrong in ({"into": "a.b", "rows": {}}, {"into": "a", "rows": {"x": "y"}}, {"into": "a.b", "rows": {"x": {}}}):
        with pytest.raises(ValidationError):
            MappingSpec.model_validate(wrong)
    with pytest.raises(ValidationError):
        MappingSpec.model_validate({"into": "a.b", "rows": {"x": {"from": "y", "when_empty": "ignore"}}})


# what comes out


def test_every_row_gives_its_attribute_as_the_target_keeps_it() -> None:
    made = desired(
        {
            "givenName": " Ana ",
            "sn": "Kovač",
            "mail": ("A@x.example", "a@x.example", "B@x.example"),
            "mobile": "+385 1",
        },
        firstName="{{ givenName }}",
        lastName="{{ sn }}",
        email="{{ mail }}",
        phone="{{ mobile }}",
    )
    assert made.skip == ""
    assert made.attributes == {
        "firstName": ("Ana",),
        "lastName": ("Kovač",),
        "email": ("a@x.example", "b@x.example"),
        "phone": ("3851",),
    }


def test_an_attribute_of_an_open_family_needs_no_declaration() -> None:
    made = desired({"l": "Split"}, **{"customAttributes.City": "{{ l }}"})
    assert made.attributes == {"customAttributes.City": ("Split",)}


@pytest.mark.parametrize("empty", [{}, {"mobile": ()}, {"mobile": ""}, {"mobile": "n/a"}])
def test_an_empty_source_is_kept_cleared_or_skipped_as_the_row_says(empty: dict[str, tuple[str, ...] | str]) -> None:
    assert desired(empty, phone="{{ mobile }}") == Desired({})
    assert desired(empty, phone={"from": "{{ mobile }}", "when_empty": "clear"}) == Desired({"phone": ()})
    skipped = desired(empty, externalId="x", phone={"from": "{{ mobile }}", "when_empty": "skip"})
    assert skipped == Desired({}, 'there is no value for attribute "phone", and its row says skip')


@pytest.mark.parametrize(
    ("attribute", "values", "reason"),
    [
        ("firstName", "Maximiliane-Marie", 'attribute "firstName" has 17 characters, the schema allows 10'),
        ("lastName", "a<b", "attribute \"lastName\" has the character '<', which the target does not take"),
        ("lastName", "a^b", "attribute \"lastName\" has the character '^', which the target does not take"),
        ("externalId", ("a", "b"), 'attribute "externalId" has 2 values, the schema allows 1'),
        ("email", ("a", "b", "c"), 'attribute "email" has 3 values, the schema allows 2'),
        ("gender", "other", 'attribute "gender" must be one of MALE, FEMALE'),
        ("age", "old", 'attribute "age" must be a whole number'),
        ("vip", "yes", 'attribute "vip" must be true or false; use to_bool'),
        ("birthDate", "31.1.2000", 'attribute "birthDate" must be a date, as 2030-01-31'),
    ],
)
def test_what_the_target_refuses_leaves_the_person_out_with_the_reason(
    attribute: str, values: tuple[str, ...] | str, reason: str
) -> None:
    assert desired({"sn": values}, **{attribute: "{{ sn }}"}) == Desired({}, reason)


@pytest.mark.parametrize(
    ("attribute", "value"), [("gender", "MALE"), ("age", "-7"), ("vip", "true"), ("birthDate", "2000-01-31")]
)
def test_what_is_well_formed_passes(attribute: str, value: str) -> None:
    assert desired({"sn": value}, **{attribute: "{{ sn }}"}) == Desired({attribute: (value,)})


def test_a_macro_that_fails_for_one_record_leaves_the_person_out_and_says_where() -> None:
    made = desired({"sn": "secret-value"}, age="{{ sn | to_int }}")
    assert made == Desired(
        {},
        'mappings.m.rows.age: to_int of attribute "sn": the value is not a whole number of at most 18 digits',
    )


def test_values_cannot_break_out_of_a_distinguished_name() -> None:
    made = desired({"department": "R,OU=Admins"}, container="OU={{ department }},DC=corp,DC=example")
    assert made.attributes == {"container": ("OU=R\\,OU\\=Admins,DC=corp,DC=example",)}
    assert desired({"sn": "\ud800"}, container="OU={{ sn }},DC=x").skip.startswith(
        "mappings.m.rows.container: a name has"
    )
    assert desired({"sn": "x"}, container="{{ sn }}").skip.startswith(
        'attribute "container" must be a distinguished name'
    )


def test_a_name_with_a_hole_in_it_is_no_name() -> None:
    row = {"from": "CN={{ sn }},OU={{ department }},DC=corp", "when_empty": "skip"}
    assert desired({"sn": "Ana"}, container=row).skip.startswith('there is no value for attribute "container"')
    assert desired({"sn": "Ana", "department": "Sales"}, container=row).skip == ""


def test_a_line_break_at_the_end_of_a_block_text_does_not_count() -> None:
    assert desired({"mail": ("a", "b")}, email="{{ mail }}\n") == Desired({"email": ("a", "b")})


# what it reads and writes


def test_a_mapping_names_what_it_reads_and_writes_in_the_spelling_of_the_schemas() -> None:
    made = mapping(
        externalId={"from": "{{ OBJECTGUID }}", "on_clash": "suffix"},
        firstName={"from": "{{ GivenName }}", "on": "create"},
        lastName="{{ sn }}",
    )
    assert made.source_names == {"objectGUID", "givenName", "sn"}
    assert made.target_names == {"externalId", "firstName", "lastName"}
    assert made.only_on_create == {"externalId", "firstName"}
    assert [row.kind.name for row in made.choosing] == ["externalId"]
    assert made.row("elsewhere") is None


def test_the_digest_tells_mappings_apart() -> None:
    first = mapping(lastName="{{ sn }}")
    assert first.digest == mapping(lastName="{{ sn }}").digest
    others = [
        mapping(lastName="{{ sn}}"),
        mapping(firstName="{{ sn }}"),
        mapping(lastName={"from": "{{ sn }}", "when_empty": "clear"}),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 4


# refused when saved


def test_an_unknown_target_attribute_is_told_with_the_nearest_name() -> None:
    assert complaint(lastname="{{ sn }}") == (
        'mappings.m.rows.lastname: persons have no attribute "lastname"; did you mean "lastName"?'
    )


def test_without_a_near_name_the_hint_lists_the_attributes() -> None:
    with pytest.raises(ConfigurationError) as caught:
        mapping(zzzzzz="{{ sn }}")
    assert caught.value.hint.startswith("persons have: age, birthDate, container")


def test_an_unknown_source_attribute_is_told_with_row_and_column() -> None:
    assert complaint(lastName="{{ sur }}") == 'unknown name "sur" in mappings.m.rows.lastName, column 4'


def test_what_is_only_read_is_refused() -> None:
    assert complaint(id="{{ sn }}") == 'mappings.m.rows.id: attribute "id" cannot be mapped: it is only read'


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"gender": "none"}, 'mappings.m.rows.gender: attribute "gender" must be one of MALE, FEMALE'),
        ({"age": "old"}, 'mappings.m.rows.age: attribute "age" must be a whole number'),
        (
            {"firstName": "x" * 11},
            'mappings.m.rows.firstName: attribute "firstName" has 11 characters, the schema allows 10',
        ),
        ({"firstName": "  "}, "mappings.m.rows.firstName: the row gives nothing, for anybody"),
    ],
)
def test_a_constant_that_nobody_could_have_is_refused(row: dict[str, str], reason: str) -> None:
    assert complaint(**row) == reason


def test_clearing_an_attribute_for_everybody_is_said_with_clear() -> None:
    assert desired({}, firstName={"from": "", "when_empty": "clear"}) == Desired({"firstName": ()})


def test_a_value_is_chosen_only_where_it_is_unique_or_the_row_says_in_which_scope() -> None:
    row = {"from": "{{ sn }}", "on_clash": "suffix"}
    with pytest.raises(ConfigurationError, match="many accounts may share a value of this attribute") as caught:
        mapping(firstName=row)
    assert caught.value.hint == "say in which scope, as scope: domain; by themselves unique are: email, externalId, id"
    (made,) = mapping(firstName=row | {"scope": "domain"}).choosing
    assert made.scope is UniqueScope.DOMAIN
    assert "unique in the whole domain already" in complaint(externalId=row | {"scope": "container"})


def test_the_common_name_is_unique_in_its_container() -> None:
    target = Schema(objects="users", attributes={"cn": AttributeType(name="cn")}, name_case=Case.IGNORE)
    spec = MappingSpec.model_validate({"into": "a.b", "rows": {"cn": {"from": "{{ sn }}", "on_clash": "suffix"}}})
    (made,) = compile_mapping(spec, SOURCE, target, place="p").choosing
    assert made.scope is UniqueScope.CONTAINER


def test_what_does_not_belong_together_in_a_row_is_refused() -> None:
    for row, told in (
        ({"on_clash": "next"}, "belong together"),
        ({"formats": ["{{ sn }}"]}, "belong together"),
        ({"on_clash": "next", "formats": ["{{ sn }}"], "otherwise": "next"}, "after the formats"),
        ({"format": {"parts": [{"attribute": "sn"}]}}, "either `from` or `format`"),
    ):
        with pytest.raises(ValidationError, match=told):
            Row.model_validate({"from": "{{ sn }}", **row})


def test_only_attributes_with_several_values_can_be_added_to() -> None:
    assert mapping(email={"from": "{{ mail }}", "values": "add"}).added == {"email"}
    assert "values: add is for attributes with several values" in complaint(
        firstName={"from": "{{ sn }}", "values": "add"}
    )


def test_only_attributes_that_name_accounts_are_found_by_a_key() -> None:
    row = {"from": "{{ employeeID }}", "find": "externalId"}
    assert "does not hold names of accounts" in complaint(firstName=row)
    assert "does not hold names of accounts" in complaint(container=row)
    users = users_schema()
    spec = {"into": "a.b", "rows": {"manager": {"from": "{{ employeeID }}", "find": "employeID"}}}
    with pytest.raises(ConfigurationError, match='cannot be found by "employeID"; did you mean "employeeID"'):
        compile_mapping(MappingSpec.model_validate(spec), SOURCE, users, place="m")
    spec["rows"] = {"manager": {"from": "{{ employeeID }}", "find": "employeeID"}}
    made = compile_mapping(MappingSpec.model_validate(spec), SOURCE, users, place="m")
    kept = map_record(made, Record(NativeKey("1"), {"employeeID": ("a,b=c",)}))
    assert kept.attributes == {"manager": ("a,b=c",)}


def test_an_attribute_has_one_row_however_it_is_spelled() -> None:
    ldap = Schema(objects="users", attributes={"sn": AttributeType(name="sn")}, name_case=Case.IGNORE)
    spec = MappingSpec.model_validate({"into": "a.b", "rows": {"sn": "{{ sn }}", "SN": "{{ l }}"}})
    with pytest.raises(ConfigurationError, match=r'mappings\.m: attribute "sn" has 2 rows'):
        compile_mapping(spec, SOURCE, ldap, place="mappings.m")


def test_all_mistakes_are_told_at_once() -> None:
    assert complaint(id="{{ sn }}", lastName="{{ sur }}", gender="x").splitlines() == [
        'mappings.m.rows.id: attribute "id" cannot be mapped: it is only read',
        'unknown name "sur" in mappings.m.rows.lastName, column 4',
        'mappings.m.rows.gender: attribute "gender" must be one of MALE, FEMALE',
    ]


CONTEXT = MacroContext(
    variables={"office": "Zagreb"},
    tables={"d": ValueTable.of("d", TableSpec(values={"HR": "Human Resources"}))},
    now="2027-01-04T07:00:00Z",
)


def compiled(context: MacroContext = CONTEXT, **rows: str) -> Mapping:
    spec = MappingSpec.model_validate({"into": "app.persons", "rows": rows})
    return compile_mapping(spec, SOURCE, TARGET, place="mappings.m", context=context)


def test_rows_read_variables_and_the_time_beside_attributes() -> None:
    made = compiled(
        firstName="{{ env.office }}",
        lastName="{{ sn }} of {{ env.office }}",
        birthDate='{{ now | plus(days=2) | date("%Y-%m-%d") }}',
    )
    assert made.source_names == {"sn"}
    record = Record(NativeKey("1"), {"sn": ("Kovač",)})
    assert map_record(made, record).attributes == {
        "firstName": ("Zagreb",),
        "lastName": ("Kovač of Zagreb",),
        "birthDate": ("2027-01-06",),
    }


def test_a_row_that_only_a_variable_fills_and_is_too_long_is_refused_when_it_is_saved() -> None:
    with pytest.raises(ConfigurationError, match="has 11 characters, the schema allows 10"):
        compiled(replace(CONTEXT, variables={"office": "x" * 11}), firstName="{{ env.office }}")


def test_the_digest_knows_variables_and_tables_that_are_used_and_never_the_time() -> None:
    rows = {"customAttributes.O": "{{ env.office }} {{ now }}", "customAttributes.D": '{{ department | map("d") }}'}
    before = compiled(**rows).digest
    table = ValueTable.of("d", TableSpec(values={"HR": "People"}))
    assert compiled(replace(CONTEXT, now="2028-01-01T00:00:00Z"), **rows).digest == before
    assert compiled(replace(CONTEXT, variables={"office": "Zagreb", "other": "x"}), **rows).digest == before
    assert compiled(replace(CONTEXT, variables={"office": "Split"}), **rows).digest != before
    assert compiled(replace(CONTEXT, tables={"d": table}), **rows).digest != before


def test_a_value_that_a_table_refuses_leaves_the_person_out_without_being_named() -> None:
    made = compiled(lastName='{{ department | map("d") }}')
    assert map_record(made, Record(NativeKey("1"), {"department": ("HR",)})).attributes["lastName"] == (
        "Human Resources",
    )
    told = map_record(made, Record(NativeKey("1"), {"department": ("Secret Service",)})).skip
    assert told == 'mappings.m.rows.lastName: map of attribute "department": table "d" has no such value'


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("{{ env.ofice }}", 'unknown name "env.ofice" in mappings.m.rows.lastName, column 4; did you mean "env.office"?'),
        ('{{ sn | map("dd") }}', 'there is no table "dd" in mappings.m.rows.lastName, column 9; did you mean "d"?'),
        ("{{ sn | map(sn) }}", "map needs the name of a table, written out in quotes"),
        ("{{ secret.key }}", '"secret.key" cannot be used in mapping rows; secret.NAME is for parameters, headers and bodies'),
        ("{{ run.id }}", '"run.id" cannot be used in mapping rows'),
    ],
)  # fmt: skip
def test_names_beside_attributes_are_checked_when_a_row_is_saved(row: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        compiled(lastName=row)
    assert told in caught.value.message
