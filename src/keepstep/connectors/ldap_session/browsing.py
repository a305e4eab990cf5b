"""A look into a directory over LDAP: one page, and the containers."""

from keepstep.connectors.ldap_session.results import error_of
from keepstep.connectors.ldap_session.session import Depth, Entry, Search, Session
from keepstep.core.browse import UNITS, Unit, units_of


async def first_page(session: Session, search: Search) -> tuple[list[Entry], bool]:
    """Return the first part of what *search* selects, and whether there is more. Nothing where its base is not there.

    ConnectorError if the directory refuses. A server that pages nothing says by its own limit that there is more.
    """
    page = await session.page(search)
    if page.answer.code == 32:
        return [], False
    if page.answer.code == 4:  # sizeLimitExceeded, RFC 4511 4.1.9
        return page.entries, True
    if not page.answer.good:
        raise error_of(page.answer, "search")
    return page.entries[: search.size], bool(page.cookie) or len(page.entries) > search.size


async def units_in(session: Session, parent: str, base: str) -> tuple[Unit, ...]:
    """Return the containers directly in *parent*; for the empty text *base* itself, if it is there."""
    if not parent:
        found = await session.base(base, ("objectClass",))
        return units_of([found.dn] if found else [])
    search = Search(base=parent, filter=UNITS, attributes=("objectClass",), depth=Depth.CHILDREN)
    return units_of([entry.dn for entry in await session.find(search)])
