"""What people are told of what was done without them, by which channels, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from keepstep.core.automation_run import AutomationRun, AutomationState, automation_of
from keepstep.core.circuit import Circuit, CircuitChange
from keepstep.core.macro_time import known_zone
from keepstep.core.schedule import ScheduleSpec
from keepstep.core.spec import Name, Spec
from keepstep.core.template_run import TemplateRun, TemplateRunState
from keepstep.core.window import ClockTime, Window, ZoneName, end_of


class Severity(StrEnum):
    """How bad it is, from least to worst."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


_WORST: Final = tuple(Severity)

SEVERITIES: Final[Mapping[AutomationState, Severity]] = {
    AutomationState.SUCCEEDED: Severity.INFO,
    AutomationState.STARTED: Severity.INFO,
    AutomationState.SKIPPED: Severity.INFO,
    AutomationState.APPROVAL: Severity.WARNING,
    AutomationState.REJECTED: Severity.WARNING,
    AutomationState.PARTIAL: Severity.WARNING,
    AutomationState.GUARDED: Severity.ERROR,
    AutomationState.INCOMPLETE: Severity.ERROR,
    AutomationState.FAILED: Severity.ERROR,
}

_OF_RUNS: Final[Mapping[TemplateRunState, Severity]] = {
    TemplateRunState.PAUSED: Severity.ERROR,
    TemplateRunState.PARTIAL: Severity.WARNING,
}

NoticeOutcome = AutomationState | CircuitChange | TemplateRunState
"""What can be told: how a start of an automation, or a run of a template, stands, or how a connection does."""


def _list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


class NoticeRule(Spec):
    """Which outcomes are told over which channels; what is not said matches everything.

    *connections*: notices about these. *severity*: this bad, or worse. *actions*: at least one of these was done or
    planned. *digest*: gathered, and told together `hourly` or at a time of day. *quiet*: windows of the time zone in
    which nothing is told: it waits for their end, unless *urgent* is that bad.
    """

    automations: Annotated[list[Name], BeforeValidator(_list)] = []
    connections: Annotated[list[Name], BeforeValidator(_list)] = []
    outcomes: Annotated[list[NoticeOutcome], BeforeValidator(_list)] = []
    severity: Severity = Severity.INFO
    actions: Annotated[list[str], BeforeValidator(_list)] = []
    to: Annotated[list[Name], BeforeValidator(_list), Field(min_length=1)]
    digest: Literal["hourly"] | ClockTime | None = None
    quiet: list[Window] = []
    timezone: ZoneName = "UTC"
    urgent: Severity = Severity.ERROR
    subject: str = "{{ with.subject }}"
    text: str = "{{ with.text }}"

    def wants(self, notice: "Notice") -> bool:
        """Return whether *notice* is told by this rule."""
        return (
            (not self.automations or notice.automation in self.automations)
            and (not self.connections or notice.connection in self.connections)
            and (not self.outcomes or notice.outcome in self.outcomes)
            and _WORST.index(notice.severity) >= _WORST.index(self.severity)
            and (not self.actions or bool(notice.actions & set(self.actions)))
        )

    def due(self, notice: "Notice") -> datetime:
        """Return when *notice* is told: at once, with the digest, or when it is no longer quiet."""
        at = notice.at
        if self.digest == "hourly":
            at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        elif self.digest is not None:
            schedule = ScheduleSpec.model_validate({"daily": self.digest, "timezone": self.timezone})
            at = schedule.next_times(at, 1)[0]
        if _WORST.index(notice.severity) >= _WORST.index(self.urgent):
            return at if self.digest is None else notice.at
        return end_of(self.quiet, at, known_zone(self.timezone)) or at


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that people are told. *key*: the same for the same thing, which is told once."""

    key: str
    automation: str = ""
    connection: str = ""
    outcome: NoticeOutcome
    severity: Severity
    subject: str
    text: str
    at: datetime
    actions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What goes out over one channel. *rule*: by which rule; empty: the automation names the channel itself.

    *digest*: it is told together with others of the same rule.
    """

    key: str
    channel: str
    rule: str
    subject: str
    text: str
    due: datetime
    digest: bool = False
    attempts: int = 0
    state: Literal["waiting", "sent", "failed"] = "waiting"
    detail: str = ""


def notice_of(run: AutomationRun, at: datetime, link: str) -> Notice:
    """Return what is told of the start *run*: counts, the first reasons, and where to look."""
    counts = ", ".join(f"{count:,} {name}" for name, count in run.counts.items() if name != "tries")
    lines = [
        f"Automation {run.automation}: {run.state.replace('_', ' ')}.",
        *([f"Counts: {counts}."] if counts else []),
        *(f"- {reason}" for reason in run.reasons),
        f"Cause: {run.cause}.",
        link
        or f"See: keepstep automation history {run.automation}" + (f"; keepstep run show {run.run}" if run.run else ""),
    ]
    severity = SEVERITIES.get(run.state, Severity.INFO)
    same = blake2b("\n".join((run.automation, run.state, *run.reasons)).encode(), digest_size=8).hexdigest()
    return Notice(
        # the same trouble for the same reasons is told once a day, however often it is run into
        key=f"{run.id}.{run.state}" if severity is Severity.INFO else f"{same}.{at:%Y-%m-%d}",
        automation=run.automation,
        outcome=run.state,
        severity=severity,
        subject=f"Keepstep: {run.automation} {run.state.replace('_', ' ')}",
        text="\n".join(lines),
        at=at,
        actions=frozenset(run.counts),
    )


def run_notice(run: TemplateRun, at: datetime) -> Notice | None:
    """Return what is told of how *run* stands: how it ended, if an automation began it, or that it was paused."""
    automation = automation_of(run.operator)
    if not automation and run.state is not TemplateRunState.PAUSED:
        return None  # who began it by hand looks at it
    counts = ", ".join(f"{count:,} {state}" for state, count in run.counts.items())
    lines = [
        f"The run of template {run.template} is {run.state}.",
        f"Subjects: {counts}.",
        *([f"- {run.note}"] if run.note else []),
        f"Begun by {run.operator}.",
        f"See: keepstep run show {run.id}",
    ]
    return Notice(
        key=f"{run.id}.{run.state}",
        automation=automation,
        outcome=run.state,
        severity=_OF_RUNS.get(run.state, Severity.INFO),
        subject=f"Keepstep: run of {run.template} {run.state}",
        text="\n".join(lines),
        at=at,
    )


def circuit_notice(change: CircuitChange, after: Circuit, at: datetime) -> Notice:
    """Return what is told when a circuit opens, and when it closes; as bad as each other, so that both are told alike.

    *after*: the circuit as it is then.
    """
    name = after.connection
    if change is CircuitChange.OPENED:
        subject = f"Keepstep: connection {name} fails, and is left in peace"
        lines = [
            f"Connection {name} failed {after.failures:,} times in a row, so nothing is sent to it for a time.",
            f"- the last failure: {after.cause}",
            *([f"- it was about: {after.about}"] if after.about else []),
            "What waits for it goes on by itself once it works; it is tried with growing gaps.",
            f"See: keepstep connection circuit {name}; keepstep connection check {name}",
        ]
    else:
        subject = f"Keepstep: connection {name} works again"
        lines = [f"Connection {name} works again. What waited for it goes on."]
    return Notice(
        key=f"{change}.{name}.{at.isoformat()}",
        connection=name,
        outcome=change,
        severity=Severity.ERROR,
        subject=subject,
        text="\n".join(lines),
        at=at,
    )


def messages_of(notice: Notice, rules: Mapping[str, NoticeRule], channels: Sequence[str]) -> list[Message]:
    """Return what goes out of *notice*: over the *channels* that its automation names, and by each rule that wants it.

    One channel gets it once, at the earliest time of all.
    """
    found: dict[str, Message] = {
        name: Message(key=notice.key, channel=name, rule="", subject=notice.subject, text=notice.text, due=notice.at)
        for name in channels
    }
    for name, rule in rules.items():
        if not rule.wants(notice):
            continue
        due = rule.due(notice)
        for channel in rule.to:
            if channel in found and found[channel].due <= due:
                continue
            found[channel] = Message(
                key=notice.key,
                channel=channel,
                rule=name,
                subject=notice.subject,
                text=notice.text,
                due=due,
                digest=rule.digest is not None and due > notice.at,
            )
    return list(found.values())


def together(messages: Sequence[Message]) -> tuple[str, str]:
    """Return subject and text of one message, or of several told together."""
    if len(messages) == 1:
        return messages[0].subject, messages[0].text
    subject = f"Keepstep: {len(messages)} notices"
    return subject, "\n\n".join(f"{one.subject}\n{one.text}" for one in messages)
