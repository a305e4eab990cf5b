"""Automations: what is started by the time, or by what happened, without anybody asking."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from keepstep.core.approval import ApprovalSpec
from keepstep.core.directory_action import DirectoryAction
from keepstep.core.duration import Duration
from keepstep.core.event import EventKind
from keepstep.core.schedule import ScheduleSpec
from keepstep.core.situation import Reaction, Situation
from keepstep.core.spec import Name, Spec, WebhookName
from keepstep.core.suggest import did_you_mean
from keepstep.core.sync_rule import Guards, SideName, SyncRule
from keepstep.core.template import (
    ActionBlock,
    Approval,
    ApprovalBlock,
    BlockSpec,
    DelayBlock,
    NotifyBlock,
    TemplateSpec,
    WebhookBlock,
)

_KINDS: Final = tuple(str(kind) for kind in EventKind)


def _event(text: str) -> str:
    word, _, kind = text.partition("_")
    if not word or kind not in _KINDS:
        known = [f"{word or 'user'}_{one}" for one in _KINDS]
        raise ValueError(f'there is no event "{text}"{did_you_mean(text, known)}')
    return text


def _list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


EventName = Annotated[str, AfterValidator(_event)]
"""What happened: `user_created`, `group_deleted`, `person_modified`."""


class EventTrigger(Spec):
    """What happens on the side *on* starts it: one of the *event*s, if all that is said here holds for the object.

    *where*: a condition over its attributes after the event, `before.NAME` and `after.NAME`. *within*: below
    which containers, *besides*: and below which of them not. *group*: which group was joined or left; for other events,
    of which it is a member. *filter*: LDAP, RFC 4515. *own*: also what Keepstep did itself. *every*: how often a
    system is read that does not tell what changed.
    """

    event: Annotated[list[EventName], BeforeValidator(_list), Field(min_length=1)]
    on: SideName
    where: str = ""
    within: Annotated[list[str], BeforeValidator(_list)] = []
    besides: Annotated[list[str], BeforeValidator(_list), Field(alias="except")] = []
    group: str = ""
    filter: str = ""
    own: bool = False
    every: Duration = "5m"

    @property
    def kinds(self) -> frozenset[EventKind]:
        """The kinds of events."""
        return frozenset(EventKind(name.partition("_")[2]) for name in self.event)

    def __str__(self) -> str:
        """Return it in plain words."""
        where = f", where {self.where}" if self.where else ""
        return f"when {' or '.join(self.event)} on {self.on}{where}"


def _trigger(given: Any) -> str:
    # a form must not be called like a key: the place of a mistake tells the two apart by their names
    by_event = isinstance(given, EventTrigger) or (isinstance(given, dict) and "event" in given)
    return (EventTrigger if by_event else ScheduleSpec).__name__


TriggerSpec = Annotated[
    Annotated[EventTrigger, Tag(EventTrigger.__name__)] | Annotated[ScheduleSpec, Tag(ScheduleSpec.__name__)],
    Discriminator(_trigger),
]


class Population(Spec):
    """Whom a template or tasks are for where no event says it: a search, an LDAP filter, or the members of a group."""

    search: str = ""
    filter: str = ""
    members_of: str = ""

    @model_validator(mode="after")
    def _says_one_thing(self) -> "Population":
        if sum(map(bool, (self.search, self.filter, self.members_of))) != 1:
            raise ValueError("say whom with one of search, filter, members_of")
        return self


class Task(StrEnum):
    """What is done in the target with the records of a source, by a mapping."""

    CREATE = "create"
    MODIFY = "modify"
    CREATE_OR_MODIFY = "create_or_modify"
    DISABLE_MISSING = "disable_missing"
    DELETE_MISSING = "delete_missing"


class PolicyTask(Spec):
    """One task of a policy: exactly one of an action, a webhook, a notification and an approval.

    *after*: how long after the task before it; without it, at once.
    """

    after: Duration | None = None
    action: DirectoryAction | None = None
    webhook: WebhookName | None = None
    values: Annotated[dict[str, str], Field(alias="with")] = {}
    notify: Name | None = None
    subject: str = ""
    text: str = ""
    approval: Approval | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> "PolicyTask":
        given = [name for name in ("action", "webhook", "notify", "approval") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("a task has one of the keys action, webhook, notify, approval")
        return self

    def block(self, following: str | None) -> BlockSpec:
        """Return the block that does it, and leads to *following*."""
        given: dict[str, Any] = {"next": following} if following else {}
        if self.action is not None:
            return ActionBlock.model_validate({"action": self.action, **given})
        if self.webhook is not None:
            return WebhookBlock.model_validate({"webhook": self.webhook, "with": self.values, **given})
        if self.notify is not None:
            text = {"text": self.text} if self.text else {}
            return NotifyBlock.model_validate({"notify": self.notify, "subject": self.subject, **text, **given})
        return ApprovalBlock.model_validate({"approval": self.approval, **given})


_REACTIONS: Final[Mapping[Task, Mapping[Situation, Reaction]]] = {
    Task.CREATE: {Situation.UNMATCHED: Reaction.CREATE},
    Task.MODIFY: {Situation.LINKED: Reaction.UPDATE, Situation.UNLINKED: Reaction.UPDATE},
    Task.CREATE_OR_MODIFY: {
        Situation.UNMATCHED: Reaction.CREATE,
        Situation.LINKED: Reaction.UPDATE,
        Situation.UNLINKED: Reaction.UPDATE,
    },
    Task.DISABLE_MISSING: {Situation.SOURCE_DELETED: Reaction.DISABLE, Situation.UNLINKED: Reaction.LINK},
    Task.DELETE_MISSING: {Situation.SOURCE_DELETED: Reaction.DELETE, Situation.UNLINKED: Reaction.LINK},
}


class AutomationSpec(Spec):
    """A trigger, and what it starts.

    It starts exactly one of: *rule* (all of it, or only what changed since the last good run); *mapping* with a *task*,
    or an *action* for the accounts that the records of *source* are matched with; *template*; *tasks*; a *report*.
    *subjects* says whom a template or tasks are for where no event does, and *most* how many that may be at once.
    *concurrency*: what becomes of a start while an earlier one is not over. *missed*: what becomes of a time that went
    by while nobody was at work.
    """

    trigger: TriggerSpec
    enabled: bool = True
    description: str = ""
    owner: str = ""
    category: Literal["User", "Group", "Contact"] = "User"
    rule: Name | None = None
    scope: Literal["full", "changed"] = "full"
    full_every: Duration = "1d"
    mapping: Name | None = None
    task: Task | None = None
    source: SideName | None = None
    target: SideName | None = None
    correlate: list[tuple[str, str]] = []
    guards: Guards = Guards()
    action: DirectoryAction | None = None
    template: Name | None = None
    tasks: list[PolicyTask] = []
    report: Name | None = None
    cancelled_by: str = ""
    subjects: Population | None = None
    most: Annotated[int, Field(ge=1)] = 100
    concurrency: Literal["skip", "queue"] = "skip"
    missed: Literal["run", "skip"] = "run"
    approve: ApprovalSpec | None = None
    notify: list[Name] = []

    @model_validator(mode="after")
    def _starts_one_thing(self) -> "AutomationSpec":
        given = [name for name in ("rule", "task", "action", "template", "tasks", "report") if getattr(self, name)]
        if len(given) != 1:
            told = " and ".join(given) + " are given" if given else "nothing is given"
            raise ValueError(f"say what it starts with one of rule, task, action, template, tasks, report: {told}")
        if self.task and not (self.mapping and self.source and self.correlate):
            raise ValueError("task: it needs mapping, source and correlate")
        if self.action and not (self.source and self.target and self.correlate):
            raise ValueError("action: it needs source, target and correlate, which say whose accounts it is for")
        if self.subjects and not self.for_subjects:
            raise ValueError("subjects: they are for a template, or for tasks")
        if self.for_subjects and not self.by_event and self.subjects is None:
            raise ValueError("subjects: they are missing, and no event says whom it is for")
        if self.tasks and not self.by_event and not self.target:
            raise ValueError("target: it is missing, and says of which side the subjects are")
        if self.scope == "changed" and not self.rule:
            raise ValueError("scope: it is for a rule")
        if self.approve and not (self.rule or self.task):
            raise ValueError(
                "approve: it is for a rule or a task; in a template or tasks, people decide at an approval"
            )
        return self

    @property
    def by_event(self) -> bool:
        """Whether something that happened starts it."""
        return isinstance(self.trigger, EventTrigger)

    @property
    def for_subjects(self) -> bool:
        """Whether it is done for one subject after the other."""
        return bool(self.template or self.tasks)

    @property
    def starts(self) -> str:
        """What it starts, in words."""
        if self.rule:
            return f"rule {self.rule}" + (", what changed" if self.scope == "changed" else "")
        if self.task:
            return f"{self.task.replace('_', ' ')} by mapping {self.mapping}"
        if self.report:
            return f"report {self.report}"
        if self.action is not None:
            return self.action.verb.replace("_", " ")
        return f"template {self.template}" if self.template else f"{len(self.tasks)} tasks"

    def as_rule(self, into: str) -> SyncRule:
        """Return the rule that a mapping with a task is. *into*: the side that the mapping writes."""
        quiet = dict.fromkeys(Situation, Reaction.REPORT)
        reactions = {**quiet, **_REACTIONS[cast("Task", self.task)]}
        del reactions[Situation.STALE]
        return SyncRule.model_validate(
            {
                "source": self.source,
                "target": into,
                "mapping": self.mapping,
                "correlate": self.correlate,
                "reactions": reactions,
                "guards": self.guards,
                "category": self.category,
                "description": self.description,
            }
        )

    def as_template(self) -> TemplateSpec | None:
        """Return the template that tasks, or an action, are; None for what is none."""
        tasks = self.tasks or ([PolicyTask(action=self.action)] if self.action is not None else [])
        if not tasks:
            return None
        blocks: dict[str, Any] = {}
        names = [f"task-{number}" for number in range(1, len(tasks) + 1)]
        for place, task in enumerate(tasks):
            name = names[place]
            follows = names[place + 1] if place + 1 < len(names) else None
            first = f"{follows}-wait" if follows and tasks[place + 1].after else follows
            blocks[name] = task.block(first)
            if task.after:
                blocks[f"{name}-wait"] = DelayBlock.model_validate({"delay": task.after, "next": name})
        side = self.trigger.on if isinstance(self.trigger, EventTrigger) and not self.action else self.target
        start = f"{names[0]}-wait" if tasks[0].after else names[0]
        return TemplateSpec.model_validate(
            {"subject": side, "start": start, "blocks": blocks, "cancelled_by": self.cancelled_by}
        )

    def sides(self) -> Iterator[tuple[str, str]]:
        """Yield the sides that it names, each with its key."""
        for key in ("source", "target"):
            if (side := getattr(self, key)) is not None:
                yield key, side
