"""Comparisons of a rule: over time, and what is done about rows of the newest."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from keepstep.api.aside import aside
from keepstep.api.asker import Asker, Needs, systems_of
from keepstep.api.choosing import ListRoute
from keepstep.api.routes.plans import reach_of
from keepstep.api.routes.session import Asked
from keepstep.api.routes.works import Limit
from keepstep.core.authority import Reach
from keepstep.core.comparison import Row
from keepstep.core.ignored import row_key
from keepstep.core.moment import moment_of
from keepstep.core.right import Right
from keepstep.core.row_choice import standing_of
from keepstep.core.standing_history import Deviation, KeptComparison
from keepstep.core.values import NativeKey
from keepstep.core.work import CompareWanted
from keepstep.errors import NotFound, UsageError
from keepstep.usecases.compare import ComparisonDesk
from keepstep.usecases.ignore import heed, ignore
from keepstep.usecases.known_rule import rule_of
from keepstep.usecases.link_accounts import Pair, link, unlink

router = APIRouter(tags=["comparisons"], route_class=ListRoute)

Reader = Annotated[Asker, Depends(Needs(Right.READ_PEOPLE, Right.READ_RUNS))]
PeopleReader = Annotated[Asker, Depends(Needs(Right.READ_PEOPLE))]
Pairer = Annotated[Asker, Depends(Needs(Right.PAIR_ACCOUNTS))]


class RowAction(StrEnum):
    """What is done about a row; none of them writes to either side."""

    LINK = "link"
    UNLINK = "unlink"
    IGNORE = "ignore"
    HEED = "heed"


class RowsChosen(Asked):
    """Rows of a comparison by their numbers in its work, and what is done about them.

    *reason*, *until*: for `ignore`. *to*: the target key that belongs to the one row, for `link`.
    """

    work: Annotated[str, Field(max_length=64)]
    rows: Annotated[list[int], Field(min_length=1, max_length=1000)]
    action: RowAction
    reason: Annotated[str, Field(max_length=1000)] = ""
    until: datetime | None = None
    to: Annotated[str, Field(max_length=1000)] = ""


class RowOutcome(BaseModel):
    """What came of one row. *refused*: why nothing was done; empty if it was."""

    name: str
    refused: str = ""


class Deviations(BaseModel):
    """A page of who was out of step. *next*: what to give as `after`."""

    items: list[Deviation]
    next: int | None


@router.get("/rules/{rule}/comparisons")
def list_comparisons(asker: Reader, rule: str, limit: Limit = 50) -> list[KeptComparison]:
    """List the comparisons of a rule, the newest first: how many stood how. No system is read."""
    reach = reach_of(rule, people=False)
    if not any(asker.authority.may(right, reach) for right in (Right.READ_PEOPLE, Right.READ_RUNS)):
        asker.authority.require(Right.READ_PEOPLE, reach)
    _known(asker, rule)
    return asker.here.standings.history(rule, limit=limit)


@router.get("/rules/{rule}/deviations")
def list_deviations(  # noqa: PLR0913 - whose, since when, which page
    asker: PeopleReader,
    rule: str,
    *,
    since: Annotated[str, Query(min_length=1, max_length=40, description="A day, a time, or 7d.")] = "30d",
    situation: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - never changed
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Limit = 100,
) -> Deviations:
    """Give a page of who came to stand out of step since a time, in the order it was seen; no system is read."""
    spec, _ = rule_of(asker.server.configuration(), rule)
    for side in (spec.source_side, spec.target_side):
        asker.authority.require_everywhere(Right.READ_PEOPLE, Reach(rule=rule, connection=side.connection))
    here = asker.here
    standings = frozenset(standing_of(text, spec) for text in situation)
    found = here.standings.deviations(rule, moment_of(since, here.clock.now(), past=True), standings)
    more = after + limit if len(found) > after + limit else None
    return Deviations(items=found[after : after + limit], next=more)


@router.post("/rules/{rule}/row-actions")
@aside
async def act_on_rows(asker: Pairer, rule: str, asked: RowsChosen) -> list[RowOutcome]:
    """Pair or part the accounts of rows, pass rows over for a while, or look at them again."""
    configuration = asker.server.configuration()
    spec, _ = rule_of(configuration, rule)
    rows = _rows(asker, rule, asked)
    async with systems_of(asker.here, configuration) as ports:
        desk = ComparisonDesk(ports=ports, standings=asker.here.standings)
        match asked.action:
            case RowAction.IGNORE:
                if asked.until is None or asked.until.tzinfo is None:
                    raise UsageError("say until when, with the time zone", hint="until: 2027-03-31T00:00:00Z")
                ignore(desk, rule, rows, reason=asked.reason, until=asked.until)
                return [RowOutcome(name=row.name) for row in rows]
            case RowAction.HEED:
                heeded = set(heed(desk, rule, rows))
                told = ((row, row_key(row) in heeded) for row in rows)
                return [
                    RowOutcome(name=row.name, refused="" if done else "it is not passed over") for row, done in told
                ]
            case RowAction.UNLINK:
                done = unlink(ports, rule, [(row.source_key, row.target_key) for row in rows])
            case RowAction.LINK:
                done = await link(ports, rule, spec, [_pair(row, asked.to, len(rows)) for row in rows])
        return [RowOutcome(name=row.name, refused=one.refused) for row, one in zip(rows, done, strict=True)]


def _rows(asker: Asker, rule: str, asked: RowsChosen) -> list[Row]:
    """Return the rows that are meant, as they were seen; NotFound where the comparison is not theirs, or over."""
    works = asker.here.works
    work = works.get(asked.work)
    if work.operator != asker.operator.name or not isinstance(work.wanted, CompareWanted) or work.wanted.rule != rule:
        raise NotFound("there is no such comparison of yours, or no longer", hint="compare again")
    numbers = set(asked.rows)
    found = works.numbered(work.id, numbers)
    if len(found) != len(numbers):
        raise NotFound("somebody of them is not in this comparison", hint="compare again")
    return [msgspec.json.decode(one.data, type=Row) for one in found]


def _pair(row: Row, to: str, count: int) -> Pair:
    if to and count > 1:
        raise UsageError("one account belongs to one person", hint="choose one row")
    source, target = row.source_key, NativeKey(to) if to else row.target_key
    if not source or not target:
        raise UsageError("two accounts are needed, one of each side", hint="say which account it is")
    return source, target


def _known(asker: Asker, rule: str) -> None:
    rules = asker.server.configuration().rules
    if rule not in rules:
        raise NotFound("there is no such rule", hint=f"rules: {', '.join(rules) or 'none'}")
