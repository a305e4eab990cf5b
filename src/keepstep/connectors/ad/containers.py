"""The containers that objects go to: those that are there, and organizational units made where they are missing."""

from typing import Final

from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.rights import create_child, lacking
from keepstep.connectors.ldap_session.results import Kind, meaning
from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.effect import Outcome, Refused

UNIT: Final = "organizationalUnit"

_ABSENT: Final = "the container does not exist, or the service account may not see it"

Units = tuple[DistinguishedName, ...]
"""Organizational units, the outermost first."""


async def missing_units(desk: Desk, container: DistinguishedName) -> Units | Refused:
    """Return what has to be made so that *container* is there; Refused if nothing may be made, or it is protected."""
    if reason := desk.shields.reason(str(container)):
        return Refused(f"the container may not be touched: {reason}")
    missing: list[DistinguishedName] = []
    place = container
    while await desk.session.base(str(place), ("objectGUID",)) is None:
        if why_not := _unmakeable(desk, place):
            return Refused(why_not, lasting=False)
        missing.insert(0, place)
        place = place.parent
    return tuple(missing)


def _unmakeable(desk: Desk, place: DistinguishedName) -> str:
    if not desk.spec.new_accounts.create_missing_containers:
        return _ABSENT
    base = parse_dn(desk.spec.base)
    if place == base or not place.is_below(base):
        return f"{_ABSENT}; nothing is made outside of the connection's base"
    if not is_unit(place):
        return f"{_ABSENT}; only organizational units (OU=) are made"
    return ""


def is_unit(place: DistinguishedName) -> bool:
    """Return whether *place* is named as an organizational unit is."""
    return len(place.rdn.pairs) == 1 and place.rdn.type.casefold() == "ou"


async def make_units(desk: Desk, missing: Units) -> Units | Outcome:
    """Return which of *missing* were made here, once all are there; what another one made meanwhile is taken.

    When one is refused, those made before it are taken back.
    """
    made: list[DistinguishedName] = []
    for unit in missing:
        answer = await desk.session.add(str(unit), {"objectClass": [UNIT.encode()]})
        if answer.good:
            made.append(unit)
        elif meaning(answer).kind is not Kind.TAKEN:
            await take_back_units(desk, tuple(made))
            return lacking(answer, "create an organizational unit", create_child(UNIT))
    return tuple(made)


async def take_back_units(desk: Desk, made: Units) -> None:
    """Delete units that were made for an object that is not made after all; one that is in use by now stays."""
    for unit in reversed(made):
        await desk.session.delete(str(unit))
