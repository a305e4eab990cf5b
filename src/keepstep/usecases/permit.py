"""Whether whoever asks may do it to these people: judged by where they are in the directory now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from keepstep.core.authority import Reach, visible
from keepstep.core.plan import Action, ActionKind, Plan
from keepstep.core.right import Right
from keepstep.core.schema import ReadOnly, Schema
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.values import NativeKey
from keepstep.errors import NotPermitted
from keepstep.ports import Ports, Query
from keepstep.usecases.heed_circuit import fetched

PLACE: Final = "distinguishedName"
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: a right, and what it is to reach beside the people."""

    right: Right
    reach: Reach


def is_directory(schema: Schema) -> bool:
    """Return whether names (DN) of it can be believed: what an application calls so, whoever writes there decides."""
    kind = schema.attribute(PLACE)
    return kind is not None and kind.read_only is ReadOnly.SYSTEM


async def places_of(ports: Ports, side: Side, keys: Sequence[NativeKey]) -> dict[NativeKey, str]:
    """Return the names (DN) of those of *keys* that are there; nothing for a side that is no directory."""
    connector = ports.connector(side.connection)
    if not is_directory(await connector.schema(side.objects)):
        return {}
    found: dict[NativeKey, str] = {}
    query = Query(objects=side.objects, attributes=(PLACE,))
    for start in range(0, len(keys), _AT_ONCE):
        records = await fetched(ports, side, query, keys[start : start + _AT_ONCE])
        for key, record in records.items():
            if values := record.attributes.get(PLACE):
                found[key] = values[0]
    return found


async def seen_subjects(ports: Ports, right: Right, side: Side, subjects: Sequence[Subject]) -> list[Subject]:
    """Return those of *subjects* of *side* whom *right* reaches where they are now; NotPermitted without it at all."""
    reach = Reach(connection=side.connection)
    if ports.authority.everywhere(right, reach):
        return list(subjects)
    ports.authority.require(right, reach)
    places = await places_of(ports, side, [one.key for one in subjects])
    seen = visible(ports.authority, right, side.connection, [places.get(one.key) for one in subjects])
    return [one for one, reached in zip(subjects, seen, strict=True) if reached]


async def permit_subjects(ports: Ports, wanted: Wanted, subjects: Sequence[Subject]) -> None:
    """NotPermitted unless each of *subjects* is reached, where they are now, by one role that allows all of it."""
    authority, reach = ports.authority, wanted.reach
    authority.require(wanted.right, reach)
    by_side: dict[Side, list[Subject]] = {}
    for subject in subjects:
        by_side.setdefault(subject.side, []).append(subject)
    refused = 0
    for side, some in by_side.items():
        there = replace(reach, connection=side.connection)
        if authority.everywhere(wanted.right, there):
            continue
        places = await places_of(ports, side, [one.key for one in some])
        for one in some:
            refused += not authority.may(wanted.right, replace(there, place=places.get(one.key)))
    if refused:
        raise NotPermitted(
            f"{refused:,} of {len(subjects):,} are outside of the containers that {authority.operator} reaches",
            hint="leave them out, or ask an administrator",
        )


async def permit_plan(ports: Ports, plan: Plan, rule: SyncRule) -> None:
    """NotPermitted if one action of *plan* is not allowed to whoever asks; nothing was written then."""
    authority = ports.authority
    for side in (rule.source_side, rule.target_side):
        authority.require(Right.APPLY_PLANS, Reach(rule=plan.rule, connection=side.connection))
    left = [action for action in plan.actions if not authority.everywhere(*_asked(action, rule, plan.rule))]
    places = await _places(ports, left, rule) if left else {}
    refused = [
        action
        for action in left
        for right, reach in [_asked(action, rule, plan.rule)]
        if not all(authority.may(right, replace(reach, place=place)) for place in _touched(action, places))
    ]
    if refused:
        raise NotPermitted(
            f"{len(refused):,} of {len(plan.actions):,} changes of this plan are not allowed to {authority.operator};"
            f" the first is to {refused[0].kind} one of {rule.target}",
            hint="whose account it is, `keepstep plan show` says; ask an administrator for a role that reaches it",
        )


async def _places(ports: Ports, actions: Sequence[Action], rule: SyncRule) -> dict[NativeKey, str]:
    """Return where the accounts of *actions* are: on the side that is a directory, by the key there."""
    found: dict[NativeKey, str] = {}
    for side, keys in (
        (rule.target_side, [action.target_key for action in actions]),
        (rule.source_side, [action.source_key for action in actions]),
    ):
        found |= await places_of(ports, side, [key for key in keys if key is not None])
    return found


def _asked(action: Action, rule: SyncRule, name: str) -> tuple[Right, Reach]:
    """Return what *action* needs, wherever the account is."""
    return Right.APPLY_PLANS, Reach(
        connection=rule.target_side.connection,
        rule=name,
        change=str(action.kind),
        attributes=() if action.kind is ActionKind.DELETE else [delta.name for delta in action.deltas],
    )


def _touched(action: Action, places: dict[NativeKey, str]) -> Iterator[str | None]:
    """Yield where the account is, and where it goes; None for what is not known."""
    goes = [value for delta in action.deltas if delta.name == "container" for value in delta.after]
    yield from goes
    where = places.get(action.target_key or NativeKey("")) or places.get(action.source_key or NativeKey(""))
    if where is not None or not (goes and action.kind is ActionKind.CREATE):
        yield where
