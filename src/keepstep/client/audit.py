"""The audit log of a server: read, proven and exported."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from keepstep.client.client import MOST, Client
from keepstep.core.audit import AuditEntry, AuditFilter
from keepstep.usecases.verify_audit import Proven


@dataclass(frozen=True, slots=True)
class _Entries:
    items: list[AuditEntry]
    next: int | None


@dataclass(frozen=True, slots=True)
class _Proof:
    proven: Proven
    runs: int


def entries(client: Client, chosen: AuditFilter, *, after: int, limit: int) -> list[AuditEntry]:
    """Return the *chosen* entries behind number *after*, oldest first, at most *limit*."""
    found = list[AuditEntry]()
    while len(found) < limit:
        some = min(limit - len(found), MOST)
        page = client.get(_Entries, "/audit", after=after, limit=some, **asdict(chosen))
        found += page.items
        if page.next is None:
            break
        after = page.next
    return found


def lines(client: Client, chosen: AuditFilter) -> Iterator[bytes]:
    """Yield the *chosen* entries, one JSON record a line."""
    return client.lines("/audit/export", **asdict(chosen))


def proven(client: Client) -> tuple[Proven, int]:
    """Return what the server could prove of its log, and in the journal of how many runs."""
    found = client.get(_Proof, "/audit/proof")
    return found.proven, found.runs
