"""Change one object that exists: its values, its name and place, its groups."""

from dataclasses import replace
from typing import Final

from keepstep.connectors.ad.containers import make_units, missing_units, take_back_units
from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.groups import Memberships, member_changes
from keepstep.connectors.ad.rights import create_child, delete_child, lacking, refusal
from keepstep.connectors.ad.standing import Standing
from keepstep.connectors.ad.wishes import Wish
from keepstep.connectors.ldap_session.results import Kind, meaning, outcome_of
from keepstep.connectors.ldap_session.session import Change, Operation
from keepstep.core.directory_values import with_enabled
from keepstep.core.distinguished_name import DistinguishedName, Rdn
from keepstep.core.effect import Conflict, Done, Outcome, Refused
from keepstep.core.schema import Syntax

_DELETED: Final = frozenset({"userPrincipalName"})
"""What Samba clears when asked to delete it, and does not when asked to replace it by nothing (Windows does both)."""


async def change(desk: Desk, standing: Standing, wish: Wish) -> Outcome:
    """Make the object as *wish* says; Done if it was so already.

    Values first and all at once (a disable is never held up by the rest), then name and place, then groups. When a
    later step is refused, the outcome says what is in force already.
    """
    memberships = await memberships_of(desk, standing, wish)
    if isinstance(memberships, Refused):
        return memberships
    if wish.members is not None and (reason := await desk.groups.within(standing)):
        return Refused(f"the members of the group may not be changed: {reason}")
    name = _new_name(standing, wish)
    moves = str(name) != str(standing.name)
    missing = await missing_units(desk, name.parent) if moves else ()
    if isinstance(missing, Refused):
        return missing
    refused = await change_values(desk, standing, plain_changes(standing, wish))
    if refused is not None:
        return refused
    made = await make_units(desk, missing)
    if not isinstance(made, tuple):
        return _partly(made, "values")
    if moves and (refused := await _move(desk, standing, name)) is not None:
        await take_back_units(desk, made)
        return _partly(refused, "values")
    refused = await desk.groups.carry_out(memberships, standing.address)
    if refused is not None:
        return _partly(refused, "values, name and place")
    if wish.members is not None and (refused := await _change_members(desk, standing, wish)) is not None:
        return _partly(refused, "values, name and place")
    return Done(standing.key, made=tuple(map(str, made)))


async def memberships_of(desk: Desk, standing: Standing | None, wish: Wish) -> Memberships | Refused:
    """Return the groups to join and to leave; nothing if the wish does not speak of groups."""
    if wish.member_of is None:
        return Memberships()
    return await desk.groups.plan(wish.member_of, standing.texts("memberof") if standing else ())


def plain_changes(standing: Standing, wish: Wish) -> list[Change]:
    """Return one modification for what differs from how the object stands."""
    changes = [
        Change(Operation.REPLACE if values or name not in _DELETED else Operation.REMOVE, name, values)
        for name, values in wish.plain.items()
        if sorted(values) != sorted(standing.values.get(name.lower(), ()))
    ]
    if wish.enabled is not None and wish.enabled is not standing.enabled:
        flags = with_enabled(standing.text("useraccountcontrol"), enabled=wish.enabled)
        changes.append(Change(Operation.REPLACE, "userAccountControl", (flags.encode(),)))
    if wish.unlock and standing.locked:
        # MS-ADTS 2.2.16: the lock bit is read from lockoutTime, and zero releases it
        changes.append(Change(Operation.REPLACE, "lockoutTime", (b"0",)))
    return changes


async def change_values(desk: Desk, standing: Standing, changes: list[Change]) -> Outcome | None:
    """Write *changes* in one modification; None when they are in force."""
    if not changes:
        return None
    answer = await desk.session.modify(standing.address, changes)
    if answer.good:
        return None
    names = [part.name for part in changes]
    if answer.misses_object:
        references = [name for name in names if (kind := desk.schema.attribute(name)) and kind.syntax is Syntax.DN]
        return outcome_of(answer, "change", references)
    return await refusal(desk.session, answer, f"change of {_listed(names)}", standing.address, names)


def _listed(names: list[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6} more"


def _new_name(standing: Standing, wish: Wish) -> DistinguishedName:
    rdn = standing.name.rdn if wish.cn is None else Rdn(((standing.name.rdn.type, wish.cn),))
    parent = standing.name.parent
    if wish.container is not None and wish.container != parent:
        parent = wish.container
    return DistinguishedName((rdn, *parent.rdns))


async def _move(desk: Desk, standing: Standing, name: DistinguishedName) -> Outcome | None:
    answer = await desk.session.move(standing.address, str(name.rdn), str(name.parent))
    if answer.good:
        return None
    if meaning(answer).kind is Kind.TAKEN:
        return Conflict("another object of the container has this name (cn)")
    if meaning(answer).kind is not Kind.RIGHT:
        return outcome_of(answer, "move or rename")
    if name.parent == standing.name.parent:
        return await refusal(desk.session, answer, "rename", standing.address, ("cn", "name"))
    here = await desk.session.base(str(name.parent), ("allowedChildClassesEffective",))
    classes = here.values.get("allowedchildclasseseffective", []) if here else []
    right = delete_child(desk.kind) if desk.kind.encode() in classes else create_child(desk.kind)
    return lacking(answer, "move", right)


async def _change_members(desk: Desk, standing: Standing, wish: Wish) -> Outcome | None:
    steps = member_changes(wish.members or (), standing.texts("member"))
    if isinstance(steps, Refused):
        return steps
    for changes in steps:
        answer = await desk.session.modify(standing.address, changes)
        if not answer.good:
            if answer.code == 32:
                return Refused('attribute "member" names an object that does not exist')
            return await refusal(desk.session, answer, 'change of "member"', standing.address, ("member",))
    return None


def _partly(outcome: Outcome, done: str) -> Outcome:
    """Return *outcome* with what is in force already, where it tells a reason."""
    return replace(outcome, reason=f"{outcome.reason}; {done}: in force") if isinstance(outcome, Refused) else outcome
