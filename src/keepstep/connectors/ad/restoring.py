"""Bring a deleted object back: from the recycle bin with all it had, or from its tombstone with what that keeps.

MS-ADTS 3.1.1.5.3.7 (undelete): one modification removes isDeleted and sets distinguishedName, with the control that
shows what is deleted.
"""

from typing import Final

from keepstep.connectors.ad.desk import Desk
from keepstep.connectors.ad.rights import lacking, reanimate
from keepstep.connectors.ad.session import Change, Operation, Search
from keepstep.connectors.ad.standing import standings
from keepstep.core.directory_values import guid_bytes
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.values import NativeKey
from keepstep.errors import InvalidName
from keepstep.ports import Absent, Done, Outcome, Refused

_DELETED_NAME: Final = "\nDEL:"


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
            attributes=("lastKnownParent", "name", "msDS-LastKnownRDN"),
            deleted=True,
        )
    )
    if not found:
        return Absent()
    entry = found[0]
    parent = entry.values.get("lastknownparent", [b""])[0].decode()
    known = entry.values.get("msds-lastknownrdn") or entry.values.get("name") or [b""]
    name = known[0].decode().partition(_DELETED_NAME)[0]
    if not parent or not name or _DELETED_NAME.strip() in parent:
        return Refused("the container it was in is gone: restore that first, or create the account anew")
    try:
        goal = str(parse_dn(parent).child("CN", name))
    except InvalidName as exc:
        return Refused(f"where it was cannot be understood: {exc.message}")
    changes = [Change(Operation.REMOVE, "isDeleted"), Change(Operation.REPLACE, "distinguishedName", (goal.encode(),))]
    answer = await desk.session.modify(f"<GUID={key}>", changes, deleted=True)
    if not answer.good:
        return lacking(answer, "restore", reanimate())
    return Done(
        key, "without the recycle bin only what a tombstone keeps is back: set the rest, password and groups anew"
    )
