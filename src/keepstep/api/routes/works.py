"""Work that takes long: asked for, followed, and the rows that it gave."""

from collections.abc import Iterator, Sequence
from mimetypes import guess_type
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from keepstep.api.asker import Asker, Needs, Self
from keepstep.api.choosing import ListRoute
from keepstep.api.once import Key
from keepstep.core.authority import NOTHING, Reach
from keepstep.core.report import ReportKind
from keepstep.core.right import Right
from keepstep.core.work import NEEDS, ReportWanted, RowOrder, Wanted, Work, WorkState, reaches
from keepstep.errors import NotFound
from keepstep.telemetry.correlation import correlation_of
from keepstep.usecases.ask_work import ask_work

router = APIRouter(tags=["works"], route_class=ListRoute)

Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
Worker = Annotated[Asker, Depends(Needs(*dict.fromkeys(NEEDS.values())))]


class Works(BaseModel):
    """A page of work, the newest first. *next*: what to give as `before` for those after it."""

    items: list[Work]
    next: str | None


class Rows(BaseModel):
    """A page of rows. *next*: what to give as `after` for those behind it. *counts*: how many have which tag."""

    items: list[dict[str, Any]]
    next: int | None
    counts: dict[str, int]


@router.post("/works", status_code=202)
def ask(asker: Worker, wanted: Wanted, response: Response, idempotency_key: Key = "") -> Work:
    """Ask for a plan, for one to be applied or taken back, for a comparison, or for the people of a connection."""
    here = asker.here
    work = ask_work(
        here.works, here.clock, wanted, by=asker.authority, key=idempotency_key, correlation=correlation_of()
    )
    response.headers["Location"] = f"/api/v1/works/{work.id}"
    return work


@router.get("/works")
def list_works(asker: Self, *, everybody: bool = False, before: str = "", limit: Limit = 50) -> Works:
    """List your work, or with `everybody` that of all, which needs the right to see runs."""
    if everybody:
        asker.authority.require(Right.READ_RUNS)
    found = asker.here.works.newest("" if everybody else asker.operator.name, before=before, limit=limit)
    return Works(items=found, next=found[-1].id if len(found) == limit else None)


@router.get("/works/{work}")
def show(asker: Self, work: str) -> Work:
    """Show work: how far it is, and what came of it."""
    return seen_work(asker, work)


@router.get("/works/{work}/rows", response_model=Rows)
def rows(  # noqa: PLR0913 - which of them
    asker: Self,
    work: str,
    *,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Limit = 100,
    tag: str = "",
    search: Annotated[str, Query(max_length=200)] = "",
    sort: RowOrder = RowOrder.NUMBER,
) -> Response:
    """Give a page of the rows of a comparison or a list; `tag`: who stands so, `search`: a part of the name.

    `next` belongs to the order that it was given in.
    """
    if isinstance(seen_work(asker, work).wanted, ReportWanted):
        raise NotFound("this work gives no rows but a file", hint=f"/api/v1/works/{work}/file")
    works = asker.here.works
    found = works.rows(work, after=after, limit=limit, tag=tag, search=search, order=sort)
    items: Sequence[Any] = [{"number": one.number, "tag": one.tag, "row": msgspec.Raw(one.data)} for one in found]
    more = found[-1].number if len(found) == limit else None
    content = msgspec.json.encode({"items": items, "next": more, "counts": works.counts(work)})
    return Response(content, media_type="application/json")


@router.get("/works/{work}/file", response_class=StreamingResponse)
def file(asker: Self, work: str) -> StreamingResponse:
    """Give the file that a report is, part by part."""
    found, works = seen_work(asker, work), asker.here.works
    wanted = found.wanted
    if not isinstance(wanted, ReportWanted) or found.state is not WorkState.DONE:
        raise NotFound("this work has given no file", hint="ask for a report, and wait until it is done")
    asker.authority.require(Right.MAKE_REPORTS, Reach(rule=wanted.rule))
    if wanted.report is ReportKind.AUDIT:
        asker.authority.require(Right.READ_AUDIT)

    def parts() -> Iterator[bytes]:
        after = 0
        while page := works.rows(work, after=after, limit=1):
            yield page[0].data
            after = page[0].number

    name = found.result["file"]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": found.result["bytes"]}
    media = guess_type(name)[0] or "application/octet-stream"
    return StreamingResponse(parts(), media_type=media, headers=headers)


def seen_work(asker: Asker, id_: str) -> Work:
    """Return the work called *id_*; as if there were none, for whoever may not see it, or may no longer."""
    work, authority = asker.here.works.get(id_), asker.authority
    reached = reaches(work.wanted, asker.server.configuration().rules)
    if work.operator == asker.operator.name:
        # why it came to nothing is theirs to see, even where that is how far they reach
        seen = all(authority.may(NEEDS[work.wanted.kind], one) for one in (reached if work.rows else [NOTHING]))
    else:
        seen = all(authority.everywhere(Right.READ_PEOPLE, one) for one in reached)
    if not seen:
        raise NotFound("there is no such work, or no longer")
    return work
