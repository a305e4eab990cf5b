"""Orchestration templates: a graph of blocks that a run goes through for one subject."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, cast

from pydantic import Discriminator, Field, Tag

from keepstep.core.approval import Deciders
from keepstep.core.directory_action import DirectoryAction
from keepstep.core.duration import Duration
from keepstep.core.spec import Name, Spec, WebhookName
from keepstep.core.sync_rule import SideName

MOST_EXECUTIONS: Final = 15
"""How often one block runs for one subject before that is taken for a loop without an end."""

BlockName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_\-]{0,63}(/[A-Za-z0-9_][A-Za-z0-9_\-]{0,63})*$")]
"""A name without a dot, as `blocks.BLOCK.NAME` reads what it gave; `outer/inner` is a block of a sub-template."""

Text = Annotated[str, Field(min_length=1)]


class Block(Spec):
    """What every block can say: what it is for, and where it leads to. No arrow on success ends the run in success.

    *on_failure*: where it leads to when it did not succeed; without it the run of the subject ends in failure.
    """

    title: str = ""
    next: BlockName | None = None
    on_failure: BlockName | None = None

    def arrows(self) -> Iterator[tuple[str, str]]:
        """Yield the arrows that leave the block: the word for each, and where it leads to."""
        for word in ("next", "then", "else_", "on_failure", "on_late", "on_rejected"):
            goal = getattr(self, word, None)
            if goal:
                yield word.rstrip("_"), goal


class WebhookBlock(Block):
    """Fires a webhook, given *values* as `with.NAME`. *exists*: what to do where there is one already."""

    webhook: WebhookName
    values: Annotated[dict[str, str], Field(alias="with")] = {}
    exists: Literal["report", "adopt"] | None = None


class ActionBlock(Block):
    """Changes the subject in its directory, or in the one that *directory* names."""

    action: DirectoryAction
    directory: str = ""


class DecisionBlock(Spec):
    """Leads to *then* where a condition holds, else to *else*; without that arrow the run ends in success."""

    title: str = ""
    if_: Annotated[str, Field(alias="if", min_length=1)]
    then: BlockName | None = None
    else_: Annotated[BlockName | None, Field(alias="else")] = None

    def arrows(self) -> Iterator[tuple[str, str]]:
        """Yield the arrows that leave the block: the word for each, and where it leads to."""
        yield from (pair for pair in (("then", self.then), ("else", self.else_)) if pair[1])  # pyright: ignore[reportReturnType] - None is left out


class Until(Spec):
    """A moment: a macro that gives a date or a time (ISO 8601)."""

    until: Text


class DelayBlock(Block):
    """Waits a length of time, or until a moment."""

    delay: Duration | Until


class WaitBlock(Block):
    """Waits until a condition on the subject holds, looked at *every* so often; a *poll* asks a webhook each time."""

    wait_until: Text
    every: Duration = "5m"
    deadline: Duration = "30d"
    poll: str | None = None
    on_late: BlockName | None = None


class Approval(Deciders):
    """Who decides: *need* of those *by* (anybody, if nobody is named); by choice not the one who started the run."""

    by: list[str] = []
    text: str = ""


class ApprovalBlock(Block):
    """Waits until people have decided."""

    approval: Approval
    deadline: Duration = "30d"
    on_rejected: BlockName | None = None
    on_late: BlockName | None = None


class NotifyBlock(Block):
    """Tells people something over a channel of the configuration."""

    notify: Name
    subject: str = ""
    text: Text = "{{ subject.name }}"


class SubTemplateBlock(Block):
    """Goes through another template."""

    template: Name


class EndBlock(Spec):
    """Ends the run of the subject."""

    title: str = ""
    end: Literal["success", "failure"]

    def arrows(self) -> Iterator[tuple[str, str]]:
        """Yield nothing: no arrow leaves an end."""
        yield from ()


KINDS: Final[Mapping[str, str]] = {
    "webhook": "a webhook",
    "action": "a directory action",
    "if": "a decision",
    "delay": "a delay",
    "wait_until": "a wait",
    "approval": "an approval",
    "notify": "a notification",
    "template": "a sub-template",
    "end": "an end",
}
"""The key that tells what a block is, and what it is called."""


def _kind(given: Any) -> str | None:
    if isinstance(given, dict):
        return next((key for key in KINDS if key in cast("dict[str, Any]", given)), None)
    fields = cast("dict[str, Any]", getattr(given.__class__, "model_fields", {}))
    return next((key for key in KINDS if key in fields or f"{key}_" in fields), None)


BlockSpec = Annotated[
    Annotated[WebhookBlock, Tag("webhook")]
    | Annotated[ActionBlock, Tag("action")]
    | Annotated[DecisionBlock, Tag("if")]
    | Annotated[DelayBlock, Tag("delay")]
    | Annotated[WaitBlock, Tag("wait_until")]
    | Annotated[ApprovalBlock, Tag("approval")]
    | Annotated[NotifyBlock, Tag("notify")]
    | Annotated[SubTemplateBlock, Tag("template")]
    | Annotated[EndBlock, Tag("end")],
    Discriminator(
        _kind,
        custom_error_type="no_block",
        custom_error_message=f"a block has one of the keys {', '.join(KINDS)}",
    ),
]


MOST_AHEAD: Final = 100
"""How many subjects of a run go ahead of the rest at most."""


class TemplateSpec(Spec):
    """A graph of blocks for subjects of one side, begun at *start*.

    *cancelled_by*: a condition on the subject that ends a run which waits, looked at every *look_every*.
    *canary*: so many subjects of a run go ahead; the rest is begun once all went well with them.
    """

    subject: SideName
    description: str = ""
    start: BlockName
    blocks: Annotated[dict[BlockName, BlockSpec], Field(min_length=1)]
    cancelled_by: str = ""
    canary: Annotated[int, Field(ge=0, le=MOST_AHEAD)] = 0
    look_every: Duration = "15m"


def kind_of(block: BlockSpec) -> str:
    """Return the key that tells what *block* is."""
    return _kind(block) or "end"


def is_wait(block: BlockSpec) -> bool:
    """Return whether *block* is one that waits: for a moment, a condition, or people."""
    return isinstance(block, DelayBlock | WaitBlock | ApprovalBlock)


def connection_of(block: BlockSpec, side: str) -> str:
    """Return the connection that *block* changes something in for a subject of *side*; empty: none."""
    match block:
        case WebhookBlock(webhook=reference):
            return reference.partition(".")[0]
        case ActionBlock(directory=named):
            return named or side.partition(".")[0]
        case _:
            return ""


def texts_of_block(block: BlockSpec) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text of *block* that can hold macros, with its place in the block."""
    match block:
        case WebhookBlock():
            yield from ((("with", name), text) for name, text in block.values.items())
        case ActionBlock():
            yield from ((("action", *place), text) for place, text in block.action.texts())
        case DecisionBlock():
            yield ("if",), block.if_
        case DelayBlock(delay=Until(until=text)):
            yield ("delay", "until"), text
        case WaitBlock():
            yield ("wait_until",), block.wait_until
        case ApprovalBlock():
            yield ("approval", "text"), block.approval.text
        case NotifyBlock():
            yield ("subject",), block.subject
            yield ("text",), block.text
        case DelayBlock() | SubTemplateBlock() | EndBlock():
            pass
