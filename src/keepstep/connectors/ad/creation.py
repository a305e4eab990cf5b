"""Make an account so that at no moment a half-made one can be used, and none is left when a step is refused.

The object is added disabled with all its plain attributes; then it gets its first password, then its groups, and only
then it is enabled. A create that was interrupted is finished by the same steps from where it stands.
"""

from dataclasses import replace
from typing import Final

from keepstep.connectors.ad.changing import change, change_values, memberships_of
from keepstep.connectors.ad.containers import make_units, missing_units, take_back_units
from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.first_password import choose, hand_over, withdraw
from keepstep.connectors.ad.groups import Memberships
from keepstep.connectors.ad.rights import create_child, lacking
from keepstep.connectors.ad.standing import Standing, standing_at
from keepstep.connectors.ad.wishes import Wish
from keepstep.connectors.ldap_session.results import Answer, Kind, meaning, outcome_of
from keepstep.connectors.ldap_session.session import Change, Operation, Search
from keepstep.core.directory_values import ACCOUNT_DISABLED, NORMAL_ACCOUNT, with_enabled
from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.effect import Conflict, Done, Outcome, Refused, Unknown
from keepstep.core.ldap_filter import equal
from keepstep.core.secret import Secret
from keepstep.errors import InvalidName

_NEW_USER: Final = str(NORMAL_ACCOUNT | ACCOUNT_DISABLED).encode()
_NEW_GROUP: Final = b"-2147483646"
"""groupType of a global security group, MS-ADTS 2.2.12."""

_UNIQUE: Final = ("sAMAccountName", "userPrincipalName")


async def create(desk: Desk, wish: Wish) -> Outcome:
    """Make a new object; Conflict if one of its name is there. A refused step leaves nothing behind."""
    name = _name_of(desk, wish)
    if isinstance(name, Refused):
        return name
    memberships = await memberships_of(desk, None, wish)
    if isinstance(memberships, Refused):
        return memberships
    missing = await missing_units(desk, name.parent)
    if isinstance(missing, Refused):
        return missing
    password = choose(desk, wish) if desk.kind == "user" else None
    if isinstance(password, Refused):
        return password
    units = await make_units(desk, missing)
    if not isinstance(units, tuple):
        return units
    outcome = await _make(desk, wish, name, memberships, password)
    if isinstance(outcome, Done):
        return replace(outcome, made=tuple(map(str, units)))
    await take_back_units(desk, units)
    return outcome


async def _make(
    desk: Desk, wish: Wish, name: DistinguishedName, memberships: Memberships, password: Secret | None
) -> Outcome:
    answer = await desk.session.add(str(name), _rows(desk, wish))
    if not answer.good:
        return await _not_added(desk, wish, name, answer)
    made = await standing_at(desk.session, str(name), desk.shields)
    if made is None:
        return Unknown("the object was added, and the service account may not see it: grant it the right to read")
    refused = await _furnish(desk, made, wish, memberships, password)
    return Done(made.key) if refused is None else await _take_back(desk, made, refused)


async def finish(desk: Desk, standing: Standing, wish: Wish) -> Outcome:
    """Bring an object that an interrupted create began to what was wanted; it is enabled last."""
    if desk.kind == "group" or standing.enabled:
        return await change(desk, standing, wish)
    password = choose(desk, wish) if standing.begun else None
    if isinstance(password, Refused):
        return password
    outcome = await change(desk, standing, replace(wish, enabled=None))
    if not isinstance(outcome, Done):
        return outcome
    refused = await hand_over(desk, standing, password) if password else None
    if refused is None:
        refused = await _open(desk, standing, wish)
    return outcome if refused is None else refused


def _name_of(desk: Desk, wish: Wish) -> DistinguishedName | Refused:
    account = wish.plain.get("sAMAccountName")
    if not account:
        return Refused('attribute "sAMAccountName" is needed to create an account')
    cn = wish.cn or account[0].decode()
    try:
        return (wish.container or parse_dn(desk.home)).child("CN", cn)
    except InvalidName as exc:
        return Refused(f"the name of the object: {exc.message}")


def _rows(desk: Desk, wish: Wish) -> dict[str, list[bytes]]:
    rows = {name: values for name, values in wish.plain.items() if values}
    rows["objectClass"] = [desk.kind.encode()]
    if desk.kind == "user":
        rows["userAccountControl"] = [_NEW_USER]
        return rows
    rows.setdefault("groupType", [_NEW_GROUP])
    if wish.members:
        rows["member"] = [text.encode() for text in wish.members]
    return rows


async def _furnish(
    desk: Desk, made: Standing, wish: Wish, memberships: Memberships, password: Secret | None
) -> Outcome | None:
    """Give a new account its password and groups, then enable it; None when all is in force."""
    if password is None:  # a group
        return None
    refused = await hand_over(desk, made, password)
    if refused is None:
        refused = await desk.groups.carry_out(memberships, made.address)
    return await _open(desk, made, wish) if refused is None else refused


async def _open(desk: Desk, made: Standing, wish: Wish) -> Outcome | None:
    """Enable a new account that has all the rest; in the same moment its first password is made good for one use."""
    changes: list[Change] = []
    if wish.enabled is not False:
        flags = with_enabled(made.text("useraccountcontrol"), enabled=True)
        changes.append(Change(Operation.REPLACE, "userAccountControl", (flags.encode(),)))
    if desk.spec.new_accounts.must_change_password:
        changes.append(Change(Operation.REPLACE, "pwdLastSet", (b"0",)))
    return await change_values(desk, made, changes)


async def _take_back(desk: Desk, made: Standing, refused: Outcome) -> Outcome:
    """Delete the half-made object and return *refused* with what became of it."""
    reason = getattr(refused, "reason", "a step was refused")
    if isinstance(refused, Unknown):
        return Unknown(f"{reason}; a new account was added and stands disabled until this is settled")
    answer = await desk.session.delete(made.address)
    if answer.good:
        told = f"{reason}; the half-made account was removed again{withdraw(desk, made)}"
        if isinstance(refused, Conflict):
            return Conflict(told)
        return Refused(told, lasting=not isinstance(refused, Refused) or refused.lasting)
    if meaning(answer).kind is Kind.LOST:
        return Unknown(f"{reason}; then the connection broke: a disabled account may be left")
    left = meaning(answer).sentence
    return Refused(f"{reason}; the half-made, disabled account could not be removed ({left}): delete it by hand")


async def _not_added(desk: Desk, wish: Wish, name: DistinguishedName, answer: Answer) -> Outcome:
    kind = meaning(answer).kind
    if kind is Kind.ABSENT:
        return Refused("the container does not exist, or the service account may not see it", lasting=False)
    if kind is Kind.RIGHT:
        return lacking(answer, "create", create_child(desk.kind))
    if kind is Kind.TAKEN:
        return Conflict(await _taken(desk, wish, name))
    return outcome_of(answer, "create", wish.named(answer))


async def _taken(desk: Desk, wish: Wish, name: DistinguishedName) -> str:
    """Return which of the new object's names another one has."""
    there = await standing_at(desk.session, str(name), desk.shields)
    if there is not None and there.begun and there.is_a(desk.kind):
        return (
            "an account of this name (cn) is in the container, disabled and without a password, as an interrupted "
            "create leaves it: finish or delete it"
        )
    if there is not None:
        return "another object of the container has this name (cn)"
    for attribute in _UNIQUE:
        for value in wish.plain.get(attribute, ()):
            held = equal(attribute, value.decode())
            if await desk.session.find(Search(base=desk.domain, filter=held, attributes=("objectGUID",))):
                return f'another object of the domain has this "{attribute}"'
    return "another object has one of its unique values"
