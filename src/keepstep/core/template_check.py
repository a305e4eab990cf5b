"""What is wrong with a template, each mistake with its place: seen when it is saved, before anybody is touched."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from keepstep.core.block_text import BlockTexts
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.template import (
    ActionBlock,
    ApprovalBlock,
    BlockSpec,
    NotifyBlock,
    SubTemplateBlock,
    TemplateSpec,
    WaitBlock,
    WebhookBlock,
    texts_of_block,
)
from keepstep.core.template_version import inlined
from keepstep.core.webhook import WebhookSpec
from keepstep.errors import ConfigurationError, KeepstepError

Path = tuple[str | int, ...]
Fault = tuple[Path, str]
"""Where a mistake stands below the template, and what is wrong."""

ALWAYS = ("result", "cause", "detail")
"""What every block gives: its result (`succeeded`, `failed`, `skipped`), the cause of a failure, and why in words."""

_ACTED = ("key", "distinguishedName")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a template can name: other templates, webhooks, channels and directories; and how its texts are read.

    *only_read*: the connections in which nothing can be changed.
    """

    templates: Mapping[str, TemplateSpec]
    webhook_of: Callable[[str], WebhookSpec]
    channels: Collection[str]
    directories: Collection[str]
    only_read: Collection[str]
    texts: BlockTexts


def faults(name: str, template: TemplateSpec, around: Surroundings) -> Iterator[Fault]:
    """Yield what is wrong with *template*: arrows, reach, what its blocks name, and what their macros read."""
    yield from _graph(template)
    for block_name, block in template.blocks.items():
        here: Path = ("blocks", block_name)
        if "/" in block_name:
            yield here, f'block "{block_name}": a / is for the blocks of sub-templates'
        yield from (((*here, *place), text) for place, text in _named(block, around))
        if isinstance(block, ActionBlock):
            yield from (((*here, "action", *place), text) for place, text in block.action.faults())
            if not block.directory and (own := template.subject.partition(".")[0]) in around.only_read:
                yield (*here, "action"), f'connection "{own}" is only read: say in `directory` where this is done'
        yield from _texts(block, here, around)
    if template.cancelled_by:
        yield from _understood(template.cancelled_by, ("cancelled_by",), around)
    try:
        whole = inlined(name, {**around.templates, name: template})
    except ConfigurationError as exc:
        yield (), exc.message
        return
    yield from _answers(template, whole, around)


def _graph(template: TemplateSpec) -> Iterator[Fault]:
    """Yield the arrows that lead nowhere, and the blocks that nothing leads to."""
    blocks = template.blocks
    if template.start not in blocks:
        yield ("start",), f'start: there is no block "{template.start}"{did_you_mean(template.start, blocks)}'
        return
    reached = {template.start}
    waiting = [template.start]
    for name, block in blocks.items():
        for word, goal in block.arrows():
            if goal not in blocks:
                near = did_you_mean(goal, blocks) or f"; blocks: {listed(blocks)}"
                yield ("blocks", name, word), f'{word}: there is no block "{goal}"{near}'
    while waiting:
        for _, goal in blocks[waiting.pop()].arrows():
            if goal in blocks and goal not in reached:
                reached.add(goal)
                waiting.append(goal)
    for name in blocks:
        if name not in reached:
            yield ("blocks", name), f'block "{name}" is never reached from start'


def _named(block: BlockSpec, around: Surroundings) -> Iterator[Fault]:
    match block:
        case WebhookBlock(webhook=reference):
            yield from _webhook(reference, ("webhook",), around)
        case WaitBlock(poll=str(reference)):
            yield from _webhook(reference, ("poll",), around)
        case ActionBlock(directory=name) if name and name not in around.directories:
            near = did_you_mean(name, around.directories)
            yield ("directory",), f'there is no directory connection "{name}"{near}'
        case NotifyBlock(notify=name) if name not in around.channels:
            near = did_you_mean(name, around.channels) or f"; channels: {listed(around.channels) or 'none'}"
            yield ("notify",), f'there is no channel "{name}"{near}'
        case SubTemplateBlock(template=name) if name not in around.templates:
            yield ("template",), f'there is no template "{name}"{did_you_mean(name, around.templates)}'
        case ApprovalBlock(approval=approval) if approval.by and approval.need > len(approval.by):
            yield ("approval", "need"), f"{approval.need} are needed, and {len(approval.by)} can approve"
        case _:
            pass


def _webhook(reference: str, place: Path, around: Surroundings) -> Iterator[Fault]:
    try:
        around.webhook_of(reference)
    except KeepstepError as exc:
        yield place, f"{exc.message} ({exc.hint})" if exc.hint else exc.message


def _texts(block: BlockSpec, here: Path, around: Surroundings) -> Iterator[Fault]:
    for place, text in texts_of_block(block):
        yield from _understood(text, (*here, *place), around)


def _understood(text: str, path: Path, around: Surroundings) -> Iterator[Fault]:
    try:
        around.texts.of(text, ".".join(map(str, path)))
    except KeepstepError as exc:
        yield path, exc.message


def _answers(template: TemplateSpec, whole: TemplateSpec, around: Surroundings) -> Iterator[Fault]:
    """Yield the names `blocks.BLOCK.NAME` that no block of the whole template gives."""
    for name, block in template.blocks.items():
        for place, text in texts_of_block(block):
            path: Path = ("blocks", name, *place)
            try:
                names = around.texts.of(text, ".".join(map(str, path))).names
            except KeepstepError:
                continue
            for read in names:
                if read.startswith("blocks."):
                    yield from ((path, told) for told in _unanswered(read, whole, around))


def _unanswered(read: str, whole: TemplateSpec, around: Surroundings) -> Iterator[str]:
    block_name, _, given = read.removeprefix("blocks.").rpartition(".")
    block = whole.blocks.get(block_name)
    if block is None:
        near = did_you_mean(block_name, whole.blocks)
        yield f'{read}: there is no block "{block_name}"{near}'
        return
    gives = _given(block, around)
    if given not in gives:
        near = did_you_mean(given, gives) or f"; it gives {listed(gives)}"
        yield f'{read}: block "{block_name}" gives no "{given}"{near}'


def _given(block: BlockSpec, around: Surroundings) -> tuple[str, ...]:
    match block:
        case WebhookBlock(webhook=reference) | WaitBlock(poll=str(reference)):
            try:
                return (*ALWAYS, *around.webhook_of(reference).gives)
            except KeepstepError:
                return ALWAYS
        case ActionBlock():
            return (*ALWAYS, *_ACTED)
        case _:
            return ALWAYS
