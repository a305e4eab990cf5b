"""The audit log: filtered, proven, exported."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from keepstep.api.asker import Asker, Needs
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.works import Limit
from keepstep.core.audit import AuditEntry, AuditFilter
from keepstep.core.audit_anchor import Anchored
from keepstep.core.right import Right
from keepstep.usecases.archive_audit import lines_of
from keepstep.usecases.verify_audit import Proven, verify_audit, verify_runs

router = APIRouter(tags=["audit"], route_class=ListRoute)

Auditor = Annotated[Asker, Depends(Needs(Right.READ_AUDIT))]
Text = Annotated[str, Query(max_length=200)]


class Entries(BaseModel):
    """A page of entries. *next*: what to give as `after`, or as `before` where the newest come first."""

    items: list[AuditEntry]
    next: int | None


class Proof(BaseModel):
    """What holds: the chain and the checkpoints say the same, and so do the journals of so many runs."""

    proven: Proven
    runs: int
    anchors: list[Anchored]


def _filter(  # noqa: PLR0917, PLR0913 - the filters of the log
    operator: Text = "",
    action: Text = "",
    subject: Text = "",
    correlation: Text = "",
    since: Text = "",
    until: Text = "",
) -> AuditFilter:
    return AuditFilter(
        operator=operator, action=action, subject=subject, correlation=correlation, since=since, until=until
    )


Chosen = Annotated[AuditFilter, Depends(_filter)]


@router.get("/audit")
def list_entries(  # noqa: PLR0913 - which of them
    asker: Auditor,
    chosen: Chosen,
    *,
    after: Annotated[int, Query(ge=0)] = 0,
    newest: bool = False,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Limit = 100,
) -> Entries:
    """Give a page of what was done, the oldest or with `newest` the newest first; looking at it is in the log too."""
    _note(asker, "audit_read", chosen)
    log = asker.here.audit
    if newest:
        found = log.newest(before=before, limit=limit, chosen=chosen)
    else:
        found = log.entries(after=after, limit=limit, chosen=chosen)
    return Entries(items=found, next=found[-1].sequence if len(found) == limit else None)


@router.get("/audit/proof")
def prove(asker: Auditor) -> Proof:
    """Prove that nobody altered the log; an answer of 503 names the first bad record."""
    here = asker.here
    proven = verify_audit(here.audit, here.audit_key, here.checkpoints.all())
    anchors = [here.checkpoints.anchored(name) for name in asker.server.configuration().audit.anchors]
    return Proof(proven=proven, runs=verify_runs(here.audit, here.journal), anchors=anchors)


@router.get("/audit/export", response_class=StreamingResponse)
def export(asker: Auditor, chosen: Chosen) -> StreamingResponse:
    """Give the log, one JSON record a line."""
    _note(asker, "audit_export", chosen)

    def lines() -> Iterator[bytes]:
        yield from lines_of(asker.here.audit, chosen=chosen)

    headers = {"Content-Disposition": 'attachment; filename="audit.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


def _note(asker: Asker, action: str, chosen: AuditFilter) -> None:
    said = {name: text for name in AuditFilter.__slots__ if (text := getattr(chosen, name))}
    asker.here.audit.add(action, "audit", said, operator=asker.operator.name)
