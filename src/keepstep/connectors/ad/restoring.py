"""Bring a deleted object back: from the recycle bin with all it had, or from its tombstone with what that keeps.

MS-ADTS 3.1.1.5.3.7 (undelete): one modification removes isDeleted and sets distinguishedName, with the control that
shows what is deleted.
"""

from typing import Final

from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.rights import lacking, reanimate
from keepstep.connectors.ad.standing import ASKED, standing_of, standings
from keepstep.connectors.ldap_session.results import Kind, meaning
from keepstep.connectors.ldap_session.session import Change, Entry, Operation, Search
from keepstep.core.directory_values import guid_bytes
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.effect import Absent, Conflict, Done, Outcome, Refused
from keepstep.core.values import NativeKey
from keepstep.errors import InvalidName

_DELETED_NAME: Final = "\nDEL:"
_TOMBSTONE: Final = (
    "without the recycle bin only what a tombstone keeps is back: set the rest, password and groups anew"
)


async def restore(desk: Desk, key: NativeKey) -> Outcome:
    """Bring the object *key* back to where it was; Done if it is there, Absent if nothing of it is left."""
    if key in await standings(desk.session, desk.domain, [key], desk.shields):
        return Done(key, "it is there")
    try:
        raw = guid_bytes(key)
    except ValueError:
        return Absent()
    escaped = "".join(f"\\{byte:02x}" for byte in raw)
    found = await desk.session.find(
        Search(
            base=desk.domain,
            filter=f"(&(objectGUID={escaped})(isDeleted=TRUE))",
            attributes=(*ASKED, "lastKnownParent", "name", "msDS-LastKnownRDN"),
            deleted=True,
        )
    )
    if not found:
        return Absent()
    entry = found[0]
    goal = _goal(desk, entry)
    if isinstance(goal, Refused):
        return goal
    changes = [Change(Operation.REMOVE, "isDeleted"), Change(Operation.REPLACE, "distinguishedName", (goal.encode(),))]
    # by its name as it is now: Samba finds no deleted object by its GUID when it is to be restored
    answer = await desk.session.modify(entry.dn, changes, deleted=True)
    if not answer.good:
        if meaning(answer).kind is Kind.TAKEN:
            return Conflict("another object has taken its name or one of its identifiers meanwhile")
        return lacking(answer, "restore", reanimate())
    return Done(key, "" if await _has_recycle_bin(desk) else _TOMBSTONE)


def _goal(desk: Desk, entry: Entry) -> str | Refused:
    """Return the name that the deleted object of *entry* had; Refused if it may not, or cannot, go back there."""
    standing = standing_of(entry, desk.shields)
    if standing is None or not (standing.is_a("user") or standing.is_a("group")):
        return Refused("what was deleted is no user and no group")
    parent = standing.text("lastknownparent")
    name = (standing.text("msds-lastknownrdn") or standing.text("name")).partition(_DELETED_NAME)[0]
    try:
        place = parse_dn(parent)
        goal = str(place.child("CN", name))
    except InvalidName as exc:
        return Refused(f"where it was cannot be understood: {exc.message}")
    if not parent or any(_DELETED_NAME in rdn.value for rdn in place.rdns):
        return Refused("the container it was in is gone: restore that by hand first, or create the account anew")
    if reason := standing.protected or desk.shields.reason(goal):
        return Refused(f"the object is protected: {reason}")
    return goal


async def _has_recycle_bin(desk: Desk) -> bool:
    root = await desk.session.base("", ("configurationNamingContext",))
    where = root.values.get("configurationnamingcontext", [b""])[0].decode() if root else ""
    partitions = await desk.session.base(f"CN=Partitions,{where}", ("msDS-EnabledFeature",)) if where else None
    features = partitions.values.get("msds-enabledfeature", []) if partitions else []
    return any(feature.lower().startswith(b"cn=recycle bin feature,") for feature in features)
