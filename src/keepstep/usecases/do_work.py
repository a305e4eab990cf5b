"""Do what somebody asked a server for, in their name and by their roles as they are now."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, Protocol

import msgspec

from keepstep.core.authority import Reach, visible
from keepstep.core.basis import display_name
from keepstep.core.chunk import Claim
from keepstep.core.comparison import Row
from keepstep.core.configuration import Configuration
from keepstep.core.guard import Override, check_plan
from keepstep.core.moment import moment_of
from keepstep.core.plan import ActionKind, Plan
from keepstep.core.report_spec import OF_A_RULE, ReportWish
from keepstep.core.right import Right
from keepstep.core.schema import Schema
from keepstep.core.suggest import did_you_mean
from keepstep.core.values import Record
from keepstep.core.work import (
    ApplyWanted,
    CompareWanted,
    ConfiguredReportWanted,
    ListedPerson,
    PeopleWanted,
    PlanRowsWanted,
    PlanWanted,
    ReportWanted,
    Trouble,
    UndoWanted,
    Work,
    WorkRow,
    WorkState,
)
from keepstep.errors import ClaimLost, KeepstepError, UsageError
from keepstep.ports import Ports, Query
from keepstep.usecases.approve import ApprovalDesk, ask_first
from keepstep.usecases.choose_again import apply_choosing_again
from keepstep.usecases.compare import ComparisonDesk, compare_sides, kept_rows
from keepstep.usecases.known_rule import rule_of
from keepstep.usecases.list_people import names_of
from keepstep.usecases.make_report import ReportDesk, ReportFiles, make_report, report_of
from keepstep.usecases.permit import PLACE, is_directory
from keepstep.usecases.plan_chosen import plan_chosen
from keepstep.usecases.reconcile import prepare_for, reconcile
from keepstep.usecases.report import AuditPages
from keepstep.usecases.undo import undo

_AT_ONCE: Final = 500
_TOLD: Final = 10
_PART: Final = 512 * 1024
_SAID_EVERY: Final = timedelta(seconds=1)


class WorkLedger(Protocol):
    """Where work is kept."""

    def begin(self, claim: Claim) -> Work:
        """Return the work of *claim*, begun."""
        ...

    def progress(self, claim: Claim, at: str, done: int, total: int | None) -> None:
        """Note how far it is."""
        ...

    def add_rows(self, claim: Claim, rows: Sequence[WorkRow]) -> None:
        """Keep *rows*."""
        ...

    def end(self, claim: Claim, work: Work) -> None:
        """Write down what came of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDesk:
    """What the work of one person needs of the world: *ports* act in their name."""

    ports: Ports
    configuration: Configuration
    approvals: ApprovalDesk
    comparing: ComparisonDesk
    audit: AuditPages
    files: ReportFiles
    reporting: ReportDesk
    default_objects: Callable[[str], str]


async def do_work(ledger: WorkLedger, desk_of: Callable[[Work], WorkDesk], claim: Claim) -> None:
    """Do the work of *claim* to its end; whatever it runs into is what came of it, and is written down.

    What an earlier life of it had begun is begun again: a plan, a comparison or a list from its start, an apply from
    its journal.
    """
    work = ledger.begin(claim)
    if not work.open:
        return
    try:
        desk = desk_of(work)
        desk = replace(desk, ports=replace(desk.ports, progress=_Progress(ledger, claim, desk.ports)))
        result = await _done(desk, ledger, claim, work)
        ended = replace(work, state=WorkState.DONE, result=result)
    except ClaimLost:
        raise
    except KeepstepError as error:
        trouble = Trouble(code=error.code, detail=error.message, hint=error.hint)
        ended = replace(work, state=WorkState.FAILED, trouble=trouble)
    ledger.end(claim, ended)


async def _done(desk: WorkDesk, ledger: WorkLedger, claim: Claim, work: Work) -> Mapping[str, str]:
    wanted = work.wanted
    match wanted:
        case PlanWanted():
            return await _plan(desk, wanted)
        case PlanRowsWanted():
            return await _plan_rows(desk, wanted)
        case ApplyWanted():
            return await _apply(desk, wanted)
        case UndoWanted():
            run = desk.ports.journal.run(wanted.run)
            plan = await undo(
                desk.ports, run, *rule_of(desk.configuration, run.rule), disable_created=wanted.disable_created
            )
            return _about(plan, desk)
        case CompareWanted():
            return await _compare(desk, _Rows(ledger, claim), wanted)
        case PeopleWanted():
            return await _people(desk, _Rows(ledger, claim), wanted)
        case ReportWanted():
            return await _report(desk, _Rows(ledger, claim), wanted)
        case ConfiguredReportWanted():
            return await _configured_report(desk, work, wanted.name)


async def _plan(desk: WorkDesk, wanted: PlanWanted) -> Mapping[str, str]:
    rule, mapping = rule_of(desk.configuration, wanted.rule)
    if wanted.retry_refused:
        desk.ports.authority.require(Right.MAKE_PLANS, Reach(rule=wanted.rule))
        desk.ports.journal.forget_refusals(wanted.rule)
    return _about(await reconcile(desk.ports, wanted.rule, rule, mapping, accept_size=wanted.accept_size), desk)


async def _plan_rows(desk: WorkDesk, wanted: PlanRowsWanted) -> Mapping[str, str]:
    rule, mapping = rule_of(desk.configuration, wanted.rule)
    desk.ports.authority.require(Right.MAKE_PLANS, Reach(rule=wanted.rule))
    comparison = await compare_sides(desk.comparing, wanted.rule, rule, mapping)
    comparison.must_be_complete()
    meant = {(one.source, one.target) for one in wanted.rows}
    rows = [row for row in comparison.chosen() if (row.source_key or "", row.target_key or "") in meant]
    gone = len(meant) - len(rows)
    plan, untouched = await plan_chosen(desk.ports, comparison, ActionKind(wanted.action), rows)
    left = [f"{one.row.name}: {one.reason}" for one in untouched[:_TOLD]]
    left += [f"{len(untouched) - _TOLD:,} more"] if len(untouched) > _TOLD else []
    left += [f"{gone:,} no longer stand so"] if gone else []
    about = _about(plan, desk) if plan.actions else {"rule": wanted.rule, "changes": "0"}
    return {**about, "left_alone": "; ".join(left)}


def _about(plan: Plan, desk: WorkDesk) -> Mapping[str, str]:
    rule = desk.configuration.rules.get(plan.rule)
    trips = check_plan(plan, rule.guards) if rule else []
    whole = plan.source.whole and plan.target.whole
    return {
        "plan": plan.digest,
        "rule": plan.rule,
        "changes": str(len(plan.actions)),
        "guards": "; ".join(trip.text for trip in trips),
        "complete": "yes" if whole else "no",
    }


async def _apply(desk: WorkDesk, wanted: ApplyWanted) -> Mapping[str, str]:
    ports = desk.ports
    plan = ports.journal.plan(wanted.plan)
    rule, mapping = rule_of(desk.configuration, plan.rule)
    ports.authority.require(Right.APPLY_PLANS, Reach(rule=plan.rule))
    override = Override(operator=ports.operator, reason=wanted.override) if wanted.override.strip() else None
    if rule.approve is not None:
        await prepare_for(ports, plan, rule, mapping)  # nobody is asked about what is stale
    await ask_first(desk.approvals, ports, plan, rule, anew=wanted.ask_again)
    applied = await apply_choosing_again(ports, plan, rule, mapping, override=override)
    summary = applied.summary
    counts = {str(state): str(count) for state, count in summary.counts.items()}
    again = ",".join(anew.run.id for _, anew in applied.again)
    told = {"run": summary.run.id, "state": summary.state, "note": summary.note, "plan": plan.digest}
    return {**told, "again": again, "stopped": applied.stopped, **counts}


async def _compare(desk: WorkDesk, rows: "_Rows", wanted: CompareWanted) -> Mapping[str, str]:
    rule, mapping = rule_of(desk.configuration, wanted.rule)
    comparison = await compare_sides(desk.comparing, wanted.rule, rule, mapping, wanted.choice)
    rows.take(_row(row) for row in kept_rows(desk.comparing, comparison))
    counts = {str(standing): str(count) for standing, count in comparison.counts.items()}
    sides = (("source", comparison.source), ("target", comparison.target))
    short = [f"the {side} was not read whole: {one.verdict.reason}" for side, one in sides if not one.complete]
    return {"rule": wanted.rule, "incomplete": "; ".join(short), "unkept": comparison.unkept, **counts}


def _row(row: Row) -> tuple[str, str, object]:
    return str(row.standing), row.name, row


async def _people(desk: WorkDesk, rows: "_Rows", wanted: PeopleWanted) -> Mapping[str, str]:
    ports = desk.ports
    there = Reach(connection=wanted.connection)
    ports.authority.require(Right.READ_PEOPLE, there)
    connector = ports.connector(wanted.connection)
    objects = wanted.objects or desk.default_objects(wanted.connection)
    schema = await connector.schema(objects)
    names = names_of(schema, wanted.attributes)
    everywhere = ports.authority.everywhere(Right.READ_PEOPLE, there)
    if not is_directory(schema):
        ports.authority.require_everywhere(Right.READ_PEOPLE, there)
    called = (name for entry in schema.display for name in entry.split())
    read = tuple(dict.fromkeys((*names, *called, *(() if everywhere else (PLACE,)))))
    count = 0

    def take(records: Sequence[Record]) -> None:
        nonlocal count
        count += len(records)
        places = [next(iter(record.attributes.get(PLACE) or ()), None) for record in records]
        seen = visible(ports.authority, Right.READ_PEOPLE, wanted.connection, places)
        rows.take(_person(record, schema, names) for record, one in zip(records, seen, strict=True) if one)
        ports.progress(f"read {wanted.connection}.{objects}", count)

    verdict = await connector.read(Query(objects=objects, attributes=read, scoped=True), take)
    multi = [name for name in names if (kind := schema.attribute(name)) is not None and kind.multi]
    return {
        "connection": wanted.connection,
        "objects": objects,
        "attributes": ",".join(names),
        "several": ",".join(multi),
        "incomplete": "" if verdict.whole else verdict.reason,
    }


async def _report(desk: WorkDesk, rows: "_Rows", wanted: ReportWanted) -> Mapping[str, str]:
    if wanted.rule:
        rule_of(desk.configuration, wanted.rule)
    elif wanted.report in OF_A_RULE:
        raise UsageError(f"a report of {wanted.report} is of a rule", hint="say which")
    now = desk.ports.clock.now()
    since = moment_of(wanted.since, now, past=True)
    wish = ReportWish(kind=wanted.report, rule=wanted.rule, since=since, choice=wanted.choice)
    made = await report_of(desk.comparing, desk.audit, desk.configuration, wish, now)
    content = desk.files.content(made.report, wanted.format)
    rows.keep(content)
    what = "-".join(filter(None, (wanted.rule, str(wanted.report))))
    name = f"{what}-{now:%Y%m%d-%H%M%S}.{wanted.format}"
    return {"title": made.report.title, "file": name, "bytes": str(len(content)), "incomplete": made.incomplete}


async def _configured_report(desk: WorkDesk, work: Work, name: str) -> Mapping[str, str]:
    known = desk.configuration.reports
    if name not in known:
        hint = f"reports: {', '.join(known)}" if known else "add one below `reports` in keepstep.yaml"
        raise UsageError(f'there is no report "{name}"{did_you_mean(name, known)}', hint=hint)
    made = await make_report(desk.reporting, name, known[name], work.id, work.created)
    places = "; ".join(made.places)
    desk.ports.audit.add("report", name, {"places": places}, operator=desk.ports.operator)
    return {"title": made.report.title, "places": "\n".join(made.places), "incomplete": made.incomplete}


def _person(record: Record, schema: Schema, names: Sequence[str]) -> tuple[str, str, object]:
    name = display_name(record, schema)
    held = {attribute: record.attributes.get(attribute) for attribute in names}
    return "", name, ListedPerson(key=record.key, name=name, attributes=held)


@dataclass(slots=True)
class _Rows:
    """The rows of work, kept some at a time."""

    ledger: WorkLedger
    claim: Claim
    count: int = 0

    def take(self, rows: Iterable[tuple[str, str, object]]) -> None:
        """Keep *rows*."""
        left = iter(rows)
        while some := list(self._numbered(islice(left, _AT_ONCE))):
            self.ledger.add_rows(self.claim, some)

    def keep(self, content: bytes) -> None:
        """Keep the bytes of a file, in parts."""
        for start in range(0, len(content), _PART):
            self.count += 1
            part = WorkRow(number=self.count, tag="file", name="", data=content[start : start + _PART])
            self.ledger.add_rows(self.claim, [part])

    def _numbered(self, rows: Iterable[tuple[str, str, object]]) -> Iterator[WorkRow]:
        for tag, name, data in rows:
            self.count += 1
            yield WorkRow(number=self.count, tag=tag, name=name, data=msgspec.json.encode(data))


@dataclass(slots=True)
class _Progress:
    """Writes down how far work is, at most once a second."""

    ledger: WorkLedger
    claim: Claim
    ports: Ports
    said: datetime | None = field(default=None)

    def __call__(self, task: str, done: int, total: int | None = None) -> None:
        """Say that *done* of *total* is done."""
        now = self.ports.clock.now()
        if self.said is None or now - self.said >= _SAID_EVERY:
            self.said = now
            with suppress(ClaimLost):  # whoever took it over says it; what is written next finds out
                self.ledger.progress(self.claim, task, done, total)
