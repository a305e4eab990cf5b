"""How the objects stand that effects are about to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.connectors.ad.filters import with_keys
from keepstep.connectors.ldap_session.chunks import chunks
from keepstep.connectors.ldap_session.reading import complete_values
from keepstep.connectors.ldap_session.session import Entry, Search, Session
from keepstep.core.directory_record import Shields
from keepstep.core.directory_values import Wire, decode, is_enabled, is_locked, protection
from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.values import NativeKey

ASKED: Final = (
    "objectGUID",
    "objectSid",
    "objectClass",
    "adminCount",
    "isCriticalSystemObject",
    "userAccountControl",
    "lockoutTime",
    "pwdLastSet",
    "memberOf",
    "sAMAccountName",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One object as it is: its key, its name, and why nobody may touch it (empty: anybody may)."""

    key: NativeKey
    name: DistinguishedName
    protected: str
    values: Mapping[str, Sequence[bytes]]

    @property
    def address(self) -> str:
        """A name of the object that no rename changes, MS-ADTS 3.1.1.3.1.2.4."""
        return f"<GUID={self.key}>"

    def text(self, name: str) -> str:
        """Return the first value of lower-case *name*, or the empty text."""
        held = self.values.get(name, ())
        return held[0].decode(errors="replace") if held else ""

    def texts(self, name: str) -> list[str]:
        """Return the values of lower-case *name*."""
        return [value.decode(errors="replace") for value in self.values.get(name, ())]

    @property
    def enabled(self) -> bool:
        """Whether the account may sign in."""
        return is_enabled(self.text("useraccountcontrol"))

    @property
    def locked(self) -> bool:
        """Whether the account was locked."""
        return is_locked(self.text("lockouttime"))

    @property
    def begun(self) -> bool:
        """Whether this looks like an account whose creation was interrupted: disabled, and without a password."""
        return not self.enabled and self.text("pwdlastset") in {"", "0"}

    def is_a(self, kind: str) -> bool:
        """Return whether the object is of class *kind*, and of no class that only looks like it."""
        classes = {text.lower() for text in self.texts("objectclass")}
        return kind in classes and "computer" not in classes


async def standings(
    session: Session, base: str, keys: Sequence[NativeKey], shields: Shields, *, more: tuple[str, ...] = ()
) -> dict[NativeKey, Standing]:
    """Return how the objects with these keys stand; one that is not there is left out."""
    found: dict[NativeKey, Standing] = {}
    for some in chunks(list(dict.fromkeys(keys))):
        wanted = with_keys(some)
        if not wanted:
            continue
        for entry in await session.find(Search(base=base, filter=wanted, attributes=(*ASKED, *more))):
            standing = standing_of(await complete_values(session, entry), shields)
            if standing is not None:
                found[standing.key] = standing
    return found


async def standing_at(session: Session, dn: str, shields: Shields) -> Standing | None:
    """Return how the object called *dn* stands, or None if it is not there."""
    entry = await session.base(dn, ASKED)
    return None if entry is None else standing_of(await complete_values(session, entry), shields)


def standing_of(entry: Entry, shields: Shields) -> Standing | None:
    """Return how the object of *entry* stands; None if its GUID was not given."""
    values = entry.values
    guid = decode(Wire.GUID, values.get("objectguid", [])[:1])
    if not guid:
        return None
    sid = decode(Wire.SID, values.get("objectsid", [])[:1])
    bare = Standing(NativeKey(guid[0]), parse_dn(entry.dn), "", values)
    reason = protection(
        admin_count=bare.text("admincount"),
        critical=bare.text("iscriticalsystemobject"),
        sid=sid[0] if sid else "",
    ) or shields.reason(entry.dn)
    return Standing(bare.key, bare.name, reason, values)
