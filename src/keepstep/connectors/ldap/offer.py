"""What an LDAP server says of itself: where its entries are, and what it can do (RFC 4512 5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.connectors.ldap.subschema import KEY, Subschema, read_subschema
from keepstep.connectors.ldap_session.session import Entry, Session
from keepstep.core.distinguished_name import parse_dn
from keepstep.errors import ConfigurationError

_PAGES: Final = "1.2.840.113556.1.4.319"
"""The control of RFC 2696."""

_SYNC: Final = "1.3.6.1.4.1.4203.1.9.1.1"
"""The control of RFC 4533: a server that has it keeps contextCSN up to date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a server offers to whoever reads below one base.

    *context*: the DN under which it holds the base. *paged*: it gives long results in pages. *counts*: it has a
    contextCSN, which tells whether anything changed.
    """

    context: str
    subschema: Subschema
    paged: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Which data a server has, and how far it has come: its contextCSN, one for each server that writes to it."""

    data: str
    csn: tuple[str, ...]

    def behind(self, earlier: Sequence[str]) -> bool:
        """Whether it has not come as far as *earlier*: it was restored, or is a replica that lags."""
        now = {_writer(csn): csn for csn in self.csn}
        return any(now.get(_writer(csn), "") < csn for csn in earlier)


async def offer_of(session: Session, base: str) -> Offer:
    """Return what the server offers below *base*; ConfigurationError if its entries have no key that never changes."""
    root = await session.base("", ("namingContexts", "supportedControl", "subschemaSubentry"))
    own = await session.base(base, ("subschemaSubentry",))
    controls = set(_texts(root, "supportedcontrol"))
    where = _texts(own, "subschemasubentry") or _texts(root, "subschemasubentry") or ["cn=Subschema"]
    subschema = await read_subschema(session, where[0])
    if KEY.lower() not in subschema.attributes:
        raise ConfigurationError(
            f"the server does not have {KEY} (RFC 4530), and its entries no other key that never changes",
            hint="switch it on where the server can, as 389 Directory Server by its plugin",
        )
    name = parse_dn(base)
    holding = [dn for dn in _texts(root, "namingcontexts") if name.is_below(parse_dn(dn))]
    context = max(holding, key=lambda dn: len(parse_dn(dn).rdns), default=base)
    standing = await standing_of(session, context)
    return Offer(
        context=context, subschema=subschema, paged=_PAGES in controls, counts=_SYNC in controls and bool(standing.csn)
    )


async def standing_of(session: Session, context: str) -> Standing:
    """Return which data the server has below *context*, and how far it has come."""
    entry = await session.base(context, (KEY, "contextCSN"))
    return Standing(f"{context} {''.join(_texts(entry, KEY.lower()))}", tuple(sorted(_texts(entry, "contextcsn"))))


def _writer(csn: str) -> str:
    """Return the number of the server that gave *csn*: `time#count#server#modification`."""
    return csn.split("#")[2] if csn.count("#") == 3 else ""


def _texts(entry: Entry | None, name: str) -> list[str]:
    return [value.decode(errors="replace") for value in entry.values.get(name, ())] if entry else []
