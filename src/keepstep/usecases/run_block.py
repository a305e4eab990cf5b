"""Carry out one block that has an effect or decides; whatever comes of it is a result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, assert_never

from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.channel import ChannelSpec
from keepstep.core.subject import Order
from keepstep.core.template import (
    ActionBlock,
    ApprovalBlock,
    BlockSpec,
    DecisionBlock,
    DelayBlock,
    EndBlock,
    NotifyBlock,
    SubTemplateBlock,
    WaitBlock,
    WebhookBlock,
)
from keepstep.core.template_version import TemplateVersion
from keepstep.errors import KeepstepError
from keepstep.ports import Ports
from keepstep.usecases.act import act
from keepstep.usecases.fire import adopting, fire
from keepstep.usecases.notify import Post, notify


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """A subject waits at a block: until when it is looked at again, for whom, and why."""

    until: datetime | None
    approval: bool = False
    detail: str = ""


class Desk(Protocol):
    """What a block needs: the world, the post, the channels, and how its texts are read."""

    @property
    def ports(self) -> Ports:
        """The world."""
        ...

    @property
    def post(self) -> Post:
        """Who sends e-mail."""
        ...

    @property
    def channels(self) -> Mapping[str, ChannelSpec]:
        """The channels of the configuration in force."""
        ...

    @property
    def texts(self) -> BlockTexts:
        """How texts are read."""
        ...


async def carry_out(desk: Desk, version: TemplateVersion, block: BlockSpec, order: Order) -> BlockResult:
    """Carry out *block* of *version* for the subject of *order*, and return what came of it."""
    match block:
        case WebhookBlock():
            return await _fire(desk, version, block, order)
        case ActionBlock():
            return await act(desk.ports, block.action, order, desk.texts, side=block.directory)
        case NotifyBlock():
            channel = desk.channels.get(block.notify)
            if channel is None:
                told = f"there is no channel {block.notify} any more"
                return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=told)
            return await notify(desk.ports, desk.post, channel, (block.subject, block.text), order, desk.texts)
        case DecisionBlock():
            return _decide(desk, block, order)
        case EndBlock() | DelayBlock() | WaitBlock() | ApprovalBlock() | SubTemplateBlock():
            return BlockResult(state=BlockState.SUCCEEDED)
        case _:
            assert_never(block)


async def _fire(desk: Desk, version: TemplateVersion, block: WebhookBlock, order: Order) -> BlockResult:
    webhook = adopting(version.webhooks[block.webhook], block.exists)
    try:
        given = {
            f"with.{name}": desk.texts.values(text, order.values, f"with.{name}") for name, text in block.values.items()
        }
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)
    values = {**order.values, **given}
    filled = Order(key=order.key, subject=order.subject, values=values, resumed=order.resumed)
    return await fire(desk.ports, block.webhook, webhook, filled)


def _decide(desk: Desk, block: DecisionBlock, order: Order) -> BlockResult:
    try:
        held = desk.texts.holds(block.if_, order.values, "if")
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)
    told = "it holds" if held else "it does not hold"
    return BlockResult(state=BlockState.SUCCEEDED, detail=told, values={"held": ("true" if held else "false",)})
