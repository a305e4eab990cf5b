"""References to other accounts: looked up by an attribute, also those that the same plan makes."""

from keepstep.core.assemble import assemble
from keepstep.core.basis import Basis, Memory
from keepstep.core.directory_schema import users_schema
from keepstep.core.link import Link
from keepstep.core.mapping import MappingSpec, compile_mapping
from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.core.schema import AttributeType, Schema
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Completeness, NativeKey, Record, Snapshot, Verdict

SOURCE = Schema(objects="persons", attributes={name: AttributeType(name=name) for name in ("id", "boss")})
TARGET = users_schema()
OU = "OU=Staff,DC=corp,DC=example"


def basis(refers: str = "manager", **row: str) -> Basis:
    rule = SyncRule.model_validate(
        {"source": "hr.persons", "target": "corp.users", "mapping": "m", "correlate": [["employeeID", "id"]]}
    )
    rows = {
        "cn": "{{ id }}",
        "sAMAccountName": "{{ id }}",
        "employeeID": "{{ id }}",
        "container": OU,
        refers: {"from": "{{ boss }}", "find": "employeeID", **row},
    }
    spec = MappingSpec.model_validate({"into": "corp.users", "rows": rows})
    mapping = compile_mapping(spec, SOURCE, TARGET, place="mappings.m")
    return Basis(name="r", rule=rule, mapping=mapping, source_schema=SOURCE, schema=TARGET, digest="d")


def snapshot(records: list[Record]) -> Snapshot:
    verdict = Verdict(completeness=Completeness.COMPLETE, reason="all", records=len(records))
    return Snapshot(side="s", verdict=verdict, records=tuple(records))


def person(number: int | str, boss: int | str = "") -> Record:
    return Record(NativeKey(f"p{number}"), {"id": (str(number),), "boss": (str(boss),) if boss else ()})


def name(number: int | str) -> str:
    return f"CN={number},{OU}"


def user(number: int | str, manager: int | str = "", **more: str) -> Record:
    held = {"cn": str(number), "sAMAccountName": str(number), "employeeID": str(number), "container": OU, **more}
    held |= {"distinguishedName": name(number), "enabled": "true"} | ({"manager": name(manager)} if manager else {})
    return Record(NativeKey(f"g{number}"), {key: (text,) for key, text in held.items()})


def plan(people: list[Record], users: list[Record], **row: str) -> Plan:
    held = {one.key[1:] for one in users}
    links = {one.key: Link(one.key, NativeKey(f"g{one.key[1:]}")) for one in people if one.key[1:] in held}
    return assemble(basis(**row), snapshot(people), snapshot(users), Memory(links=links))


def managers(made: Plan) -> dict[str, str]:
    found = {a.name: delta.after[0] for a in made.actions for delta in a.deltas if delta.name == "manager"}
    return {who: found[who] for who in sorted(found)}


def by_name(made: Plan) -> dict[str, Action]:
    return {action.name: action for action in made.actions}


def applied(made: Plan, users: list[Record]) -> list[Record]:
    """Do the plan in its order, as a directory would: nobody can refer to who is not there."""
    held = {user.key: dict(user.attributes) for user in users}
    for action in sorted(made.actions, key=lambda action: action.wave):
        there = {attributes["distinguishedName"][0] for attributes in held.values()}
        after = {delta.name: delta.after for delta in action.deltas}
        assert set(after.get("manager", ())) <= there
        key = action.target_key or NativeKey(f"g{after['employeeID'][0]}")
        held.setdefault(key, {"distinguishedName": (name(after["cn"][0]),)} if "cn" in after else {}).update(after)
    return [Record(key, attributes) for key, attributes in held.items()]


def test_an_account_that_is_there_is_referred_to_by_its_name() -> None:
    made = plan([person(1), person(2, 1)], [user(1), user(2)])
    assert managers(made) == {"2": name(1)}
    assert not plan([person(1), person(2, 1)], [user(1), user(2, 1)]).actions


def test_a_chain_of_five_levels_is_made_in_one_plan_the_highest_first() -> None:
    people = [person(n, n - 1 if n > 1 else "") for n in (5, 3, 1, 4, 2)]
    made = plan(people, [])
    assert managers(made) == {str(n): name(n - 1) for n in range(2, 6)}
    assert [action.wave for action in made.actions] == [0, 1, 2, 3, 4]
    assert by_name(made)["3"].needs == (by_name(made)["2"].id,)
    assert plan(people, applied(made, [])).empty


def test_a_circle_is_made_but_for_one_reference_that_the_next_plan_sets() -> None:
    people = [person(1, 3), person(2, 1), person(3, 2)]
    made = plan(people, [])
    assert len(made.actions) == 3
    assert len(managers(made)) == 2
    assert [f.reason for f in made.findings] == [
        '"manager" refers to an account that waits for this one; the next plan sets it'
    ]
    users = applied(made, [])
    second = plan(people, users)
    assert [action.kind for action in second.actions] == [ActionKind.UPDATE]
    assert not second.findings
    assert plan(people, applied(second, users)).empty


def test_somebody_who_is_there_already_gets_a_manager_who_is_made_by_the_plan() -> None:
    people = [person(1), person(2, 1), person(3, 1)]
    made = plan(people, [user(2), user(3)])
    assert managers(made) == {"2": name(1), "3": name(1)}
    assert [action.kind for action in made.actions] == [ActionKind.CREATE, ActionKind.UPDATE, ActionKind.UPDATE]
    assert plan(people, applied(made, [user(2), user(3)])).empty


def test_a_manager_who_is_nowhere_is_reported_by_attribute_and_the_person_stays_in() -> None:
    made = plan([person(1, 9), person(2, 9)], [user(2, 1)])
    assert [action.kind for action in made.actions] == [ActionKind.CREATE]
    assert {f.reason for f in made.findings} == {
        'no account has the "employeeID" that "manager" names; it is left as it is'
    }
    assert {f.source_key for f in made.findings} == {"p1", "p2"}


def test_with_skip_who_has_no_manager_is_left_out_and_so_is_who_refers_to_them() -> None:
    people = [person(1, 9), person(2, 1), person(3, 2), person(4)]
    made = plan(people, [], when_empty="skip")
    assert not made.actions
    assert {f.source_key for f in made.findings} == {"p1", "p2", "p3", "p4"}


def test_a_key_that_several_accounts_have_is_never_guessed() -> None:
    users = [user(2), user(7, employeeID="1"), user(8, employeeID="1")]
    made = plan([person(2, 1)], users)
    assert not made.actions
    reason = 'several accounts have the "employeeID" that "manager" names'
    assert [f.reason for f in made.findings if f.source_key] == [f"{reason}; it is left as it is"]
    made = plan([person(2, 1)], users, when_empty="skip")
    assert [f.reason for f in made.findings if f.source_key] == [f"left out: {reason}"]


def test_a_row_that_only_adds_keeps_who_is_there_beside_whom_the_plan_makes() -> None:
    held = user(2, secretary=name(7))
    links = {NativeKey("p2"): Link(NativeKey("p2"), held.key)}
    rows = basis("secretary", values="add")
    made = assemble(rows, snapshot([person(1), person(2, 1)]), snapshot([held]), Memory(links=links))
    (delta,) = by_name(made)["2"].deltas
    assert (delta.name, delta.after) == ("secretary", (name(7), name(1)))
