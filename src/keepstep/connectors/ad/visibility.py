"""Whether a search could see everything: Active Directory leaves out, without a word, what an account may not list."""

from keepstep.connectors.ad import acl
from keepstep.connectors.ldap_session.session import Entry, Search, Session
from keepstep.core.directory_values import Wire, decode

_DESCRIPTOR = "nTSecurityDescriptor"


async def token(session: Session) -> frozenset[str]:
    """Return the SIDs of the bound account and of its groups, as the root of the directory tells them."""
    entry = await session.base("", ("tokenGroups",))
    return frozenset(decode(Wire.SID, entry.values.get("tokengroups", []) if entry else [])) | acl.EVERYBODY


async def hidden_part(session: Session, base: str, *, found: int) -> str:
    """Return why a search below *base* that gave *found* objects may have missed some, or the empty text.

    An account that may list the base, and each organizational unit in it, sees whatever is there: what is hidden
    otherwise is hidden by the right to list the contents of what holds it (MS-ADTS 5.1.3.2, RIGHT_DS_LIST_CONTENTS).
    Where the directory keeps its permissions to itself, only an empty result is doubted.
    """
    top = await session.base(base, (_DESCRIPTOR,))
    if top is None or not _descriptor(top):
        return "" if found else "nothing was found, and the service account may not read the permissions of the base"
    sids = await token(session)
    if not acl.holds(_descriptor(top), sids, acl.LIST_CONTENTS):
        return f"the service account may not list the contents of {base}"
    units = await session.find(Search(base=base, filter="(objectClass=organizationalUnit)", attributes=(_DESCRIPTOR,)))
    closed = [unit for unit in units if _descriptor(unit) and not acl.holds(_descriptor(unit), sids, acl.LIST_CONTENTS)]
    if not closed:
        return ""
    return f"the service account may not list the contents of {len(closed)} organizational units, as {closed[0].dn}"


def _descriptor(entry: Entry) -> bytes:
    held = entry.values.get(_DESCRIPTOR.lower(), [])
    return held[0] if held else b""
