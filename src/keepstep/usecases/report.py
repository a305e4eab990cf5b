"""Reports: what a comparison, its history, the runs and the audit log say, put together for people."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, Protocol

from keepstep.core.audit import AuditEntry
from keepstep.core.comparison import Row, Standing
from keepstep.core.plan import Delta
from keepstep.core.report import Chart, ChartKind, Report, ReportRow, Series
from keepstep.core.row_choice import label
from keepstep.core.sync_rule import Side, SyncRule
from keepstep.core.values import Values
from keepstep.core.work import ListedPerson
from keepstep.ports import Journal
from keepstep.usecases.compare import Comparison, Standings

_ROW: Final = ("standing", "name", "source key", "target key", "differences", "note")
_PAGE: Final = 1_000
_MOST_RUNS: Final = 100_000
_POINTS: Final = 60
"""So many comparisons a chart shows, the newest."""


class AuditPages(Protocol):
    """The audit log, page by page."""

    def entries(self, *, after: int = 0, limit: int = 100) -> list[AuditEntry]:
        """Return the entries behind number *after*, oldest first."""
        ...


def comparison_report(comparison: Comparison, rows: Callable[[], Iterator[Row]], counts: Counter[Standing]) -> Report:
    """Return what *comparison* says of *rows*, who were chosen; *counts* are of everybody."""
    rule = comparison.basis.rule
    known = [(standing, counts[standing]) for standing in Standing if counts[standing]]
    about = [f"rule {comparison.basis.name}: {rule.source} to {rule.target}"]
    for side, snapshot in (("source", comparison.source), ("target", comparison.target)):
        told = "read whole" if snapshot.complete else f"NOT read whole: {snapshot.verdict.reason}"
        about.append(f"{side}: {len(snapshot.records):,} records, {told}")
    labels = tuple(label(standing, rule) for standing, _ in known)
    chart = Chart(
        title="How many stand how",
        kind=ChartKind.BARS,
        labels=labels,
        series=(Series("people", tuple(count for _, count in known)),),
    )
    return Report(
        title=f"Comparison of {comparison.basis.name}",
        about=tuple(about),
        made_at=comparison.at,
        figures=tuple(zip(labels, (count for _, count in known), strict=True)),
        charts=(chart,) if known else (),
        columns=_ROW,
        rows=lambda: (_row(row, rule) for row in rows()),
        multi=frozenset({"differences"}),
    )


def kept_rows_report(name: str, at: datetime, rule: SyncRule, rows: Callable[[], Iterator[Row]]) -> Report:
    """Return *rows*, which a comparison of rule *name* that was made *at* gave."""
    return Report(
        title=f"Comparison of {name}",
        about=(f"rule {name}: {rule.source} to {rule.target}",),
        made_at=at,
        figures=(),
        charts=(),
        columns=_ROW,
        rows=lambda: (_row(row, rule) for row in rows()),
        multi=frozenset({"differences"}),
    )


def people_report(
    side: Side, at: datetime, names: Sequence[str], rows: Callable[[], Iterator[ListedPerson]]
) -> Report:  # fmt: skip
    """Return *rows*, which a list of *side* that was made *at* gave, with the attributes *names*."""
    return Report(
        title=f"People of {side}",
        about=(),
        made_at=at,
        figures=(),
        charts=(),
        columns=("key", *names),
        rows=lambda: ((one.key, *(one.attributes.get(name) or None for name in names)) for one in rows()),
        multi=frozenset(names),
    )


def _row(row: Row, rule: SyncRule) -> ReportRow:
    differences = tuple(map(_delta, row.differences))
    key = row.source_key, row.target_key
    return label(row.standing, rule), row.name, *key, differences or None, row.note or None


def _delta(delta: Delta) -> str:
    return f"{delta.name}: {_values(delta.before)} → {_values(delta.after)}"


def _values(values: Values | None) -> str:
    return ", ".join(values or ()) or "(none)"


def history_report(standings: Standings, name: str, rule: SyncRule, since: datetime, now: datetime) -> Report:
    """Return how both sides of *rule* stood in the comparisons since *since*."""
    kept = [one for one in standings.history(name, limit=_MOST_RUNS) if one.at >= since]
    shown = [standing for standing in Standing if any(one.counts.get(str(standing)) for one in kept)]
    points = kept[:_POINTS][::-1]
    series = tuple(
        Series(label(standing, rule), tuple(one.counts.get(str(standing), 0) for one in points))
        for standing in shown
        if standing is not Standing.IN_STEP
    )
    chart = Chart(
        title="Who was not in step",
        kind=ChartKind.LINES,
        labels=tuple(f"{one.at:%Y-%m-%d %H:%M}" for one in points),
        series=series,
    )
    return Report(
        title=f"History of {name}",
        about=(f"comparisons since {since:%Y-%m-%d %H:%M} UTC",),
        made_at=now,
        figures=(("comparisons", len(kept)),),
        charts=(chart,) if series else (),
        columns=("at", "operator", "source", "target", *(label(standing, rule) for standing in shown)),
        rows=lambda: (
            (
                f"{one.at:%Y-%m-%d %H:%M:%S}",
                one.operator,
                str(one.source_records),
                str(one.target_records),
                *(str(one.counts.get(str(standing), 0)) for standing in shown),
            )
            for one in kept
        ),
    )


def runs_report(journal: Journal, since: datetime, now: datetime) -> Report:
    """Return what was applied since *since*, run by run."""
    runs = [run for run in journal.runs(limit=_MOST_RUNS) if run.started >= since]
    states = {run.id: Counter(str(result.state) for result in journal.results(run.id)) for run in runs}
    total = sum(states.values(), Counter[str]())
    chart = Chart(
        title="What came of the changes",
        kind=ChartKind.BARS,
        labels=tuple(total),
        series=(Series("changes", tuple(total.values())),),
    )
    return Report(
        title="Runs",
        about=(f"runs that began since {since:%Y-%m-%d %H:%M} UTC",),
        made_at=now,
        figures=(("runs", len(runs)), *total.items()),
        charts=(chart,) if total else (),
        columns=("started", "ended", "rule", "state", "operator", "run", "plan", "changes", "note"),
        rows=lambda: (
            (
                f"{run.started:%Y-%m-%d %H:%M:%S}",
                f"{run.ended:%Y-%m-%d %H:%M:%S}" if run.ended else None,
                run.rule,
                str(run.state),
                run.operator,
                run.id,
                run.plan,
                ", ".join(f"{count:,} {state}" for state, count in states[run.id].items()) or None,
                run.note or None,
            )
            for run in runs
        ),
    )


def audit_report(log: AuditPages, since: datetime, now: datetime) -> Report:
    """Return the entries of the audit log since *since*, with the digests that prove them."""
    begin = f"{since:%Y-%m-%dT%H:%M:%S}"
    by_action = Counter(entry.action for entry in _entries(log, begin))
    chart = Chart(
        title="What was done",
        kind=ChartKind.BARS,
        labels=tuple(action for action, _ in by_action.most_common(20)),
        series=(Series("entries", tuple(count for _, count in by_action.most_common(20))),),
    )
    return Report(
        title="Audit log",
        about=(f"entries since {since:%Y-%m-%d %H:%M} UTC; `keepstep audit verify` proves the whole log",),
        made_at=now,
        figures=(("entries", by_action.total()),),
        charts=(chart,) if by_action else (),
        columns=("record", "at", "operator", "action", "subject", "detail", "digest"),
        rows=lambda: (_entry(entry) for entry in _entries(log, begin)),
    )


def _entry(entry: AuditEntry) -> Sequence[str]:
    detail = ", ".join(f"{name}={value}" for name, value in entry.detail.items())
    return str(entry.sequence), entry.at, entry.operator, entry.action, entry.subject, detail, entry.digest


def _entries(log: AuditPages, begin: str) -> Iterator[AuditEntry]:
    after = 0
    while page := log.entries(after=after, limit=_PAGE):
        yield from (entry for entry in page if entry.at >= begin)
        after = page[-1].sequence
