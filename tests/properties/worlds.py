"""Two small sides and a rule, as hypothesis strategies; and a target that does what a plan says."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from keepstep.core.basis import Basis, Memory
from keepstep.core.link import Link, LinkState
from keepstep.core.mapping import MappingSpec, compile_mapping
from keepstep.core.plan import ActionKind, Plan
from keepstep.core.schema import AttributeType, Case, Normal, Schema
from keepstep.core.situation import Situation
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Completeness, NativeKey, Record, Snapshot, Verdict

SOURCE = Schema(
    objects="users",
    attributes={
        name: AttributeType(name=name, unique=name == "objectGUID")
        for name in ("objectGUID", "givenName", "sn", "mail", "mobile", "department", "enabled")
    },
    display=("givenName sn",),
)
TARGET = Schema(
    objects="persons",
    attributes={
        kind.name: kind
        for kind in (
            AttributeType(name="externalId", unique=True),
            AttributeType(name="firstName", max_length=255),
            AttributeType(name="lastName", max_length=255, forbidden="<>"),
            AttributeType(name="email", multi=True, case=Case.IGNORE, normal=Normal.LOWER, unique=True),
            AttributeType(name="phone", multi=True, normal=Normal.DIGITS, unique=True),
            AttributeType(name="department"),
            AttributeType(name="status"),
        )
    },
    display=("firstName lastName", "email"),
    identifying=("externalId", "email", "phone"),
    whole=True,
)
MAPPING = MappingSpec.model_validate(
    {
        "into": "app.persons",
        "rows": {
            "externalId": "{{ objectGUID }}",
            "firstName": "{{ givenName }}",
            "lastName": "{{ sn }}",
            "email": {"from": "{{ mail | lower }}", "when_empty": "clear"},
            "phone": {"from": "{{ mobile | digits }}", "when_empty": "keep"},
            "department": {"from": "{{ department }}", "when_empty": "clear"},
        },
    }
)
REACTIONS = {
    "unmatched": "create",
    "linked": "update",
    "target_missing": "create",
    "source_deleted": "delete",
    "source_disabled": "delete",
    "stale": "forget",
}


def basis(reactions: dict[str, str] | None = None, **more: object) -> Basis:
    rule = SyncRule.model_validate(
        {
            "source": "corp.users",
            "target": "app.persons",
            "mapping": "m",
            "correlate": [["externalId", "objectGUID"], ["email", "mail"]],
            "reactions": REACTIONS if reactions is None else reactions,
            **more,
        }
    )
    mapping = compile_mapping(MAPPING, SOURCE, TARGET, place="mappings.m")
    return Basis(name="staff", rule=rule, mapping=mapping, source_schema=SOURCE, schema=TARGET, digest="basis")


def snapshot(side: str, records: list[Record], completeness: Completeness = Completeness.COMPLETE) -> Snapshot:
    verdict = Verdict(completeness=completeness, reason="as told", records=len(records))
    return Snapshot(side=side, verdict=verdict, records=tuple(records))


def user(number: int, **attributes: str) -> Record:
    held = {name: (text,) for name, text in attributes.items() if text}
    return Record(NativeKey(f"guid-{number}"), {"objectGUID": (f"guid-{number}",), "enabled": ("true",), **held})


def person(number: int, **attributes: str | tuple[str, ...]) -> Record:
    held = {n: v if isinstance(v, tuple) else (v,) for n, v in attributes.items() if v}
    return Record(NativeKey(f"{number}"), held)


names = st.sampled_from(["Mira", "Ivo", "O'Neill", "Kovač", "{{7*7}}", "李", "a\\b"])
mails = st.sampled_from([f"p{i}@example.org" for i in range(8)] + ["P1@Example.org", ""])
mobiles = st.sampled_from(["+385 91 000 0001", "385910000002", "+385910000003", ""])
departments = st.sampled_from(["Sales", "Audit", ""])


@st.composite
def sources(draw: st.DrawFn, *, leavers: bool = True) -> list[Record]:
    numbers = draw(st.lists(st.integers(0, 9), unique=True, max_size=8))
    return [
        user(
            number,
            givenName=draw(names),
            sn=draw(names),
            mail=draw(mails),
            mobile=draw(mobiles),
            department=draw(departments),
            enabled=draw(st.sampled_from(["true", "true", "true", "false"])) if leavers else "true",
        )
        for number in numbers
    ]


@st.composite
def targets(draw: st.DrawFn) -> list[Record]:
    """Persons whose identifiers are each held once, as the real service sees to it."""
    people: list[Record] = []
    used: set[str] = set()
    for number in draw(st.lists(st.integers(100, 109), unique=True, max_size=8)):
        external = draw(st.sampled_from([f"guid-{i}" for i in range(10)] + [""]))
        mail, phone = draw(mails).lower(), "".join(filter(str.isdigit, draw(mobiles)))
        held = {
            "externalId": "" if external in used else external,
            "email": "" if mail in used else mail,
            "phone": "" if phone in used else phone,
        }
        if any(held.values()):
            used.update(held.values())
            people.append(person(number, firstName=draw(names), department=draw(departments), **held))
    return people


@st.composite
def memories(draw: st.DrawFn, source: list[Record], target: list[Record]) -> Memory:
    keys = [record.key for record in source] + [NativeKey("guid-gone-1"), NativeKey("guid-gone-2")]
    accounts = [record.key for record in target] + [NativeKey("999")]
    pairs = draw(st.lists(st.tuples(st.sampled_from(keys), st.sampled_from(accounts)), max_size=6))
    links: dict[NativeKey, Link] = {}
    for here, there in pairs:
        if here not in links and all(link.target_key != there for link in links.values()):
            links[here] = Link(here, there)
    return Memory(links=links, accept_size=True)


class UniquenessViolated(AssertionError):
    """An action wrote an identifier that another account held at that moment."""


def carry_out(plan: Plan, target: list[Record], memory: Memory) -> tuple[list[Record], Memory]:
    """Do the plan action by action, as a strict target would; refuse a duplicate identifier at any moment."""
    people = {record.key: dict(record.attributes) for record in target}
    links = dict(memory.links)
    fresh = max([5000, *(int(key) for key in people)])
    done: set[str] = set()
    for action in sorted(plan.actions, key=lambda action: action.wave):
        assert set(action.needs) <= done
        done.add(action.id)
        key = action.target_key
        if action.kind is ActionKind.CREATE:
            fresh += 1
            key = NativeKey(str(fresh))
            people[key] = {}
        assert key is not None
        if action.kind is ActionKind.DELETE:
            del people[key]
            if action.source_key and action.situation is Situation.SOURCE_DELETED:
                links.pop(action.source_key, None)
            elif action.source_key:
                links[action.source_key] = Link(action.source_key, key, LinkState.REMOVED)
            continue
        for delta in action.deltas:
            assert people[key].get(delta.name, ()) == (delta.before or ())
            people[key][delta.name] = delta.after
            _must_be_free(people, key, delta.name)
        assert any(people[key].get(name) for name in TARGET.identifying)
        if action.source_key:
            links[action.source_key] = Link(
                action.source_key, key, LinkState.LEFT if action.leaver else LinkState.ACTIVE
            )
    for link in plan.links:
        links = {here: old for here, old in links.items() if old.target_key != link.target_key}
        links[link.source_key] = link
    for action in plan.actions:
        if action.kind is not ActionKind.DELETE and action.source_key:
            mine = links[action.source_key]
            links = {h: o for h, o in links.items() if o.target_key != mine.target_key or h == action.source_key}
    for gone in plan.forget:
        links.pop(gone, None)
    after = [Record(key, {n: v for n, v in held.items() if v}) for key, held in people.items()]
    return after, replace(memory, links=links)


def _must_be_free(people: dict[NativeKey, dict[str, tuple[str, ...]]], key: NativeKey, name: str) -> None:
    kind = TARGET.attributes[name]
    if not kind.unique:
        return
    mine = set(kind.comparable(people[key].get(name, ())))
    for other, held in people.items():
        if other != key and mine & set(kind.comparable(held.get(name, ()))):
            raise UniquenessViolated(name)
