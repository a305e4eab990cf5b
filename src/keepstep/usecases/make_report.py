"""Make a report, and bring it where it goes: into a folder, and to people by e-mail."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from keepstep.core.authority import Reach
from keepstep.core.block_result import BlockState
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import Attachment, ChannelSpec, EmailChannel
from keepstep.core.configuration import Configuration
from keepstep.core.report import Report, ReportFormat, ReportKind
from keepstep.core.report_spec import ReportSpec, ReportWish
from keepstep.core.right import Right
from keepstep.core.subject import Order, Subject
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey
from keepstep.errors import ConfigurationError, ConnectionLost
from keepstep.usecases.compare import ComparisonDesk, compare_sides, kept_rows
from keepstep.usecases.notify import Post, mail_of
from keepstep.usecases.report import AuditPages, audit_report, comparison_report, history_report, runs_report

MOST_ATTACHED: Final = 20 * 1024 * 1024
"""So many bytes of files go with one e-mail."""


class ReportFiles(Protocol):
    """Writes reports as files."""

    def place(self, report: Report, form: ReportFormat, folder: str, name: str) -> str:
        """Write *report* into *folder* as *name*, whole or not at all; return where that is. StoreError if not."""
        ...

    def content(self, report: Report, form: ReportFormat) -> bytes:
        """Return *report* as the bytes of a file."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDesk:
    """What reports need: both sides, what is remembered, and where they go."""

    comparing: ComparisonDesk
    audit: AuditPages
    configuration: Configuration
    files: ReportFiles
    post: Post
    channels: Mapping[str, ChannelSpec]
    texts: BlockTexts


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReport:
    """A report that was made. *places*: where it went. *incomplete*: which side was not read whole."""

    report: Report
    places: tuple[str, ...] = ()
    incomplete: str = ""


async def report_of(
    desk: ComparisonDesk, audit: AuditPages, configuration: Configuration, wish: ReportWish, now: datetime
) -> MadeReport:
    """Return the report of *wish*, as things are *now*; it goes nowhere yet.

    A comparison reads both sides, and is kept in the history.
    """
    authority, since = desk.ports.authority, wish.since
    authority.require(Right.MAKE_REPORTS, Reach(rule=wish.rule or ""))
    if wish.kind is ReportKind.AUDIT:
        authority.require(Right.READ_AUDIT)
    if wish.kind is ReportKind.RUNS:
        return MadeReport(report=runs_report(desk.ports.journal, since, now))
    if wish.kind is ReportKind.AUDIT:
        return MadeReport(report=audit_report(audit, since, now))
    name = wish.rule
    rule = configuration.rules[name]
    if wish.kind is ReportKind.HISTORY:
        return MadeReport(report=history_report(desk.standings, name, rule, since, now))
    comparison = await compare_sides(desk, name, rule, configuration.mappings[rule.mapping], wish.chosen)
    for _ in kept_rows(desk, comparison):
        pass
    report = comparison_report(comparison, comparison.chosen, Counter(comparison.counts))
    sides = (("source", comparison.source), ("target", comparison.target))
    short = [f"the {side} was not read whole: {one.verdict.reason}" for side, one in sides if not one.complete]
    return MadeReport(report=report, incomplete="; ".join(short))


async def make_report(desk: ReportDesk, name: str, spec: ReportSpec, key: str, at: datetime) -> MadeReport:
    """Make the report called *name*, and bring it where it goes.

    *key* and *at* are those of what asked for it: made once more for the same, files are put in place of those of the
    first time, and an e-mail has the same id. StoreError if a file cannot be written, ConnectionLost if it
    cannot be sent; what went well before stays.
    """
    now = desk.comparing.ports.clock.now()
    made = await report_of(desk.comparing, desk.audit, desk.configuration, spec.wish(now), now)
    names = [(form, f"{name}-{at:%Y%m%d-%H%M%S}.{form}") for form in spec.formats]
    places: list[str] = []
    if spec.folder:
        places += (desk.files.place(made.report, form, spec.folder, file) for form, file in names)
    if spec.mail:
        places.append(await _mailed(desk, spec.mail, made, key, names))
    return replace(made, places=tuple(places))


async def _mailed(
    desk: ReportDesk, name: str, made: MadeReport, key: str, names: list[tuple[ReportFormat, str]]
) -> str:
    channel = desk.channels.get(name)
    if not isinstance(channel, EmailChannel):
        raise ConfigurationError(f'there is no e-mail channel "{name}" any more')
    files = tuple(Attachment(name=file, content=desk.files.content(made.report, form)) for form, file in names)
    if (size := sum(len(file.content) for file in files)) > MOST_ATTACHED:
        raise ConfigurationError(
            f"the report has {size:,} bytes, more than the {MOST_ATTACHED:,} that go with an e-mail",
            hint="put it into a folder, choose fewer people, or another format",
        )
    report = made.report
    figures = [f"{label}: {value:,}" for label, value in report.figures]
    text = "\n".join([*report.about, *figures, *filter(None, (made.incomplete,))])
    nobody = Subject(side=Side("keepstep", "reports"), key=NativeKey(key), name=report.title)
    order = Order(key=f"{key}.report", subject=nobody, values={})
    mail = mail_of(channel, f"Keepstep: {report.title}", text, order, desk.texts)
    result = await desk.post.send(channel, replace(mail, attachments=files))
    if result.state is not BlockState.SUCCEEDED:
        raise ConnectionLost(f"the report could not be sent by {name}: {result.detail}")
    return f"e-mail by {name}"
