"""The rows that work gave, as a file for people or for other programs."""

import tempfile
from collections.abc import Callable, Iterator
from mimetypes import guess_type
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from keepstep.api.asker import Asker, Self
from keepstep.api.routes.works import seen_work
from keepstep.core.comparison import Row
from keepstep.core.report import Report, ReportFormat
from keepstep.core.sync_rule import Side
from keepstep.core.work import CompareWanted, ListedPerson, PeopleWanted, Work
from keepstep.errors import NotFound
from keepstep.reports.report_file import write_report
from keepstep.store.translation import translated_files
from keepstep.usecases.known_rule import rule_of
from keepstep.usecases.report import kept_rows_report, people_report

router = APIRouter(tags=["works"])

T = TypeVar("T")
_AT_ONCE = 1000


@router.get("/works/{work}/rows/file", response_class=FileResponse)
def rows_file(
    asker: Self,
    work: str,
    *,
    form: Annotated[ReportFormat, Query(alias="format")] = ReportFormat.CSV,
    tag: str = "",
    search: Annotated[str, Query(max_length=200)] = "",
) -> FileResponse:
    """Give the rows of a comparison or a list as a file, all of them or those that `tag` and `search` choose."""
    found = seen_work(asker, work)
    report = _report(asker, found, tag, search)
    with translated_files(f"folder {tempfile.gettempdir()}"):
        folder = tempfile.TemporaryDirectory(prefix="keepstep-rows-", ignore_cleanup_errors=True)
    file = Path(folder.name) / "rows"
    try:
        with translated_files("the file of rows"), file.open("wb") as out:
            write_report(report, form, out)
    except BaseException:
        folder.cleanup()
        raise
    detail = {"work": work, "format": str(form), "tag": tag, "searched": "yes" if search else "no"}
    asker.here.audit.add("export_rows", found.wanted.kind, detail, operator=asker.operator.name)
    name = f"{found.wanted.kind}-{found.created:%Y%m%d-%H%M%S}.{form}"
    media = guess_type(name)[0] or "application/octet-stream"
    return FileResponse(file, media_type=media, filename=name, background=BackgroundTask(folder.cleanup))


def _report(asker: Asker, found: Work, tag: str, search: str) -> Report:
    """Return the rows of *found* as a report; NotFound for work that gives none, or is not over."""
    wanted, at = found.wanted, found.ended
    if at is not None and isinstance(wanted, CompareWanted):
        rule, _ = rule_of(asker.server.configuration(), wanted.rule)
        return kept_rows_report(wanted.rule, at, rule, _rows(asker, found, tag, search, Row))
    if at is not None and isinstance(wanted, PeopleWanted):
        side = Side(wanted.connection, found.result.get("objects", ""))
        names = [name for name in found.result.get("attributes", "").split(",") if name]
        return people_report(side, at, names, _rows(asker, found, tag, search, ListedPerson))
    raise NotFound("this work has given no rows", hint="a comparison, or a list of people, once it is done")


def _rows(
    asker: Asker, found: Work, tag: str, search: str, kind: type[T]
) -> Callable[[], Iterator[T]]:  # fmt: skip
    works = asker.here.works

    def rows() -> Iterator[T]:
        after = 0
        while page := works.rows(found.id, after=after, limit=_AT_ONCE, tag=tag, search=search):
            yield from (msgspec.json.decode(one.data, type=kind) for one in page)
            after = page[-1].number

    return rows
