"""Values that must be free when an account is made, and values that are only added."""

import pytest

from keepstep.core.assemble import assemble
from keepstep.core.basis import Basis, Memory
from keepstep.core.directory_schema import users_schema
from keepstep.core.link import Link
from keepstep.core.mapping import MappingSpec, compile_mapping
from keepstep.core.plan import ActionKind, Plan
from keepstep.core.schema import AttributeType, Schema
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Completeness, NativeKey, Record, Snapshot, Verdict

SOURCE = Schema(
    objects="persons",
    attributes={name: AttributeType(name=name, multi=name == "groups") for name in ("id", "login", "other", "ou", "groups")},
)  # fmt: skip
TARGET = users_schema()
OU = "OU=Staff,DC=corp,DC=example"


def basis(**rows: object) -> Basis:
    rule = SyncRule.model_validate(
        {"source": "hr.persons", "target": "corp.users", "mapping": "m", "correlate": [["employeeID", "id"]]}
    )
    standard = {"employeeID": "{{ id }}", "sAMAccountName": {"from": "{{ login }}", "on_clash": "suffix"}}
    spec = MappingSpec.model_validate({"into": "corp.users", "rows": {"cn": "{{ id }}", **standard, **rows}})
    mapping = compile_mapping(spec, SOURCE, TARGET, place="mappings.m")
    return Basis(name="r", rule=rule, mapping=mapping, source_schema=SOURCE, schema=TARGET, digest="d")


def snapshot(records: list[Record]) -> Snapshot:
    verdict = Verdict(completeness=Completeness.COMPLETE, reason="all", records=len(records))
    return Snapshot(side="s", verdict=verdict, records=tuple(records))


def record(key: str, **attributes: str | tuple[str, ...]) -> Record:
    return Record(
        NativeKey(key), {name: (held,) if isinstance(held, str) else held for name, held in attributes.items()}
    )


def person(number: int, login: str, **more: str | tuple[str, ...]) -> Record:
    return record(f"p{number}", id=str(number), login=login, **more)


def plan(people: list[Record], users: list[Record], memory: Memory | None = None, **rows: object) -> Plan:
    return assemble(basis(**rows), snapshot(people), snapshot(users), memory or Memory())


def created(made: Plan, name: str) -> list[str]:
    creates = [action for action in made.actions if action.kind is ActionKind.CREATE]
    return [delta.after[0] for action in creates for delta in action.deltas if delta.name == name]


@pytest.mark.parametrize(
    ("row", "login", "taken", "chosen"),
    [
        ({"on_clash": "suffix"}, "ana", ["ana", "ana2"], "ana3"),
        ({"on_clash": "increment"}, "ana", ["ana"], "ana2"),
        ({"on_clash": "increment"}, "ana7", ["ana7", "ana8"], "ana9"),
        ({"on_clash": "increment"}, "u099", ["u099"], "u100"),
        ({"on_clash": "next", "formats": ["{{ other }}"]}, "ana", ["ana"], "o"),
        ({"on_clash": "next", "formats": ["{{ other }}"]}, "ana", ["ana", "o"], "ana2"),
        (
            {"on_clash": "next", "formats": [{"parts": [{"attribute": "login"}, {"text": "-x"}]}], "otherwise": "skip"},
            "ana",
            ["ana"],
            "ana-x",
        ),
    ],
)
def test_a_clash_is_settled_as_the_row_says(
    row: dict[str, object], login: str, taken: list[str], chosen: str
) -> None:  # fmt: skip
    users = [record(f"g{name}", sAMAccountName=name.upper(), cn=name) for name in taken]
    made = plan([person(1, login, other="o")], users, sAMAccountName={"from": "{{ login }}", **row})
    assert created(made, "sAMAccountName") == [chosen]


def test_skip_leaves_the_person_out_with_the_reason_and_nobody_else() -> None:
    row = {"from": "{{ login }}", "on_clash": "skip"}
    made = plan(
        [person(1, "ana"), person(2, "ivo"), person(3, "ivo")], [record("g", sAMAccountName="ana")], sAMAccountName=row
    )
    assert created(made, "sAMAccountName") == ["ivo"]
    reason = 'left out: its "sAMAccountName" belongs to another account of the domain, and the row says skip'
    assert [finding.reason for finding in made.findings if finding.source_key in {"p1", "p3"}] == [reason] * 2


def test_after_the_formats_skip_leaves_out() -> None:
    row = {"from": "{{ login }}", "on_clash": "next", "formats": ["{{ other }}"], "otherwise": "skip"}
    made = plan(
        [person(1, "ana", other="o")],
        [record("a", sAMAccountName="ana"), record("b", sAMAccountName="o")],
        sAMAccountName=row,
    )
    assert not created(made, "sAMAccountName")


def test_a_common_name_is_unique_in_its_container_only() -> None:
    rows = {"cn": {"from": "{{ other }}", "on_clash": "suffix"}, "container": "OU={{ ou }},DC=corp,DC=example"}
    people = [person(n, f"l{n}", other="Ana", ou=ou) for n, ou in enumerate(["Staff", "staff", "Sales"])]
    held = [record("g", sAMAccountName="x", cn="ANA", container=OU)]
    assert created(plan(people, held, **rows), "cn") == ["Ana2", "Ana3", "Ana"]


def test_an_attribute_that_many_may_share_is_unique_where_its_row_says_so() -> None:
    row = {"from": "{{ other }}@corp.example", "on_clash": "suffix", "scope": "domain"}
    people = [person(1, "a", other="ana"), person(2, "b", other="ana")]
    held = [record("g", sAMAccountName="x", mail="Ana@corp.example")]
    assert created(plan(people, held, mail=row), "mail") == ["ana2@corp.example", "ana3@corp.example"]
    refused = plan(people[:1], held, mail=row | {"on_clash": "refuse"})
    assert [finding.reason for finding in refused.findings if finding.source_key] == [
        'its "mail" belongs to another account of the domain'
    ]


def test_what_was_chosen_once_stays() -> None:
    row = {"from": "{{ login }}", "on_clash": "increment"}
    memory = Memory(links={NativeKey("p1"): Link(NativeKey("p1"), NativeKey("g"))})
    held = record("g", sAMAccountName="ana2", cn="1", employeeID="1")
    assert not plan([person(1, "ana")], [held], memory, sAMAccountName=row).actions


def test_a_row_that_adds_never_removes() -> None:
    row = {"from": "{{ groups }}", "values": "add"}
    held = record("g", sAMAccountName="ana", cn="1", employeeID="1", memberOf=("CN=A,DC=x", "CN=B,DC=x"))
    memory = Memory(links={NativeKey("p1"): Link(NativeKey("p1"), NativeKey("g"))})
    assert not plan([person(1, "ana", groups=("cn=b,dc=x",))], [held], memory, memberOf=row).actions
    (action,) = plan([person(1, "ana", groups=("CN=C,DC=x", "cn=b,dc=x"))], [held], memory, memberOf=row).actions
    (delta,) = action.deltas
    assert delta.after == ("CN=A,DC=x", "CN=B,DC=x", "CN=C,DC=x")


def test_a_photo_comes_as_base64_or_as_a_data_url_and_its_bytes_are_counted() -> None:
    row = {"from": "{{ other }}"}
    for text in ("aGVs bG8=\n", "data:image/jpeg;base64,aGVsbG8="):
        assert created(plan([person(1, "ana", other=text)], [], thumbnailPhoto=row), "thumbnailPhoto") == ["aGVsbG8="]
    large = plan([person(1, "ana", other="A" * 136_540)], [], thumbnailPhoto=row)
    assert [f.reason for f in large.findings if f.source_key] == [
        'left out: attribute "thumbnailPhoto" has 102405 bytes, the schema allows 102400'
    ]
    bad = plan([person(1, "ana", other="no photo!")], [], thumbnailPhoto=row)
    assert "must be Base64" in bad.findings[0].reason
