"""Blocks that wait: for a time, for a condition, for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from keepstep.core.approval import may_decide
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.block_text import BlockTexts
from keepstep.core.duration import parse_duration
from keepstep.core.subject import Order
from keepstep.core.template import ApprovalBlock, BlockSpec, DelayBlock, Until, WaitBlock
from keepstep.core.template_run import SubjectRun, TemplateRun, Vote
from keepstep.core.template_version import TemplateVersion
from keepstep.core.values import Values
from keepstep.errors import KeepstepError
from keepstep.ports import Ports
from keepstep.usecases.fire import fire
from keepstep.usecases.run_block import Waits

DONE: Final = BlockResult(state=BlockState.SUCCEEDED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody at a block: the run, since when they wait, the time, and what people decided."""

    run: TemplateRun
    subject: SubjectRun
    order: Order
    now: datetime
    votes: Sequence[Vote]

    @property
    def since(self) -> datetime:
        """Since when they wait here."""
        return self.subject.since or self.now


async def wait_for(
    ports: Ports, texts: BlockTexts, version: TemplateVersion, block: BlockSpec, one: Waiting
) -> Waits | BlockResult | None:
    """Return until when the subject waits at *block*, or what came of the wait; None for a block that does not wait."""
    match block:
        case DelayBlock():
            return _delay(texts, block, one)
        case WaitBlock():
            return await _condition(ports, texts, version, block, one)
        case ApprovalBlock():
            return _approval(texts, block, one)
        case _:
            return None


def _delay(texts: BlockTexts, block: DelayBlock, one: Waiting) -> Waits | BlockResult:
    if isinstance(block.delay, Until):
        try:
            until = moment(texts.one(block.delay.until, one.order.values, "delay.until"))
        except (KeepstepError, ValueError):
            return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail="delay.until gives no date or time")
    else:
        until = one.since + parse_duration(block.delay)
    return DONE if until <= one.now else Waits(until=until, detail=f"waits until {until:%Y-%m-%d %H:%M:%S} UTC")


async def _condition(
    ports: Ports, texts: BlockTexts, version: TemplateVersion, block: WaitBlock, one: Waiting
) -> Waits | BlockResult:
    values = dict(one.order.values)
    done = DONE
    if block.poll:
        polled = await fire(ports, block.poll, version.webhooks[block.poll], one.order)
        values |= polled.given(one.subject.block)
        # inside a sub-template it calls itself by its own name
        values = within(one.subject.block, values)
        done = replace(polled, state=BlockState.SUCCEEDED, cause=Cause.NONE, detail="")
    try:
        held = texts.holds(block.wait_until, values, "wait_until")
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)
    if held:
        return done
    late = one.since + parse_duration(block.deadline)
    if late <= one.now:
        told = f"the condition did not hold within {block.deadline}"
        return BlockResult(state=BlockState.FAILED, cause=Cause.LATE, detail=told)
    until = min(late, one.now + max(parse_duration(block.every), parse_duration("1s")))
    return Waits(until=until, detail=f"waits until {block.wait_until} holds")


def _approval(texts: BlockTexts, block: ApprovalBlock, one: Waiting) -> Waits | BlockResult:
    asked = block.approval
    try:
        text = texts.one(asked.text, one.order.values, "approval.text") if asked.text else ""
    except KeepstepError as exc:
        return BlockResult(state=BlockState.FAILED, cause=Cause.INPUT, detail=exc.message)
    votes = [vote for vote in one.votes if may_decide(asked.by, asked, vote.operator, one.run.operator)]
    if rejected := [vote.operator for vote in votes if not vote.approved]:
        told = f"rejected by {rejected[0]}"
        return BlockResult(state=BlockState.FAILED, cause=Cause.REJECTED, detail=told)
    approved = [vote.operator for vote in votes if vote.approved]
    if len(approved) >= asked.need:
        return BlockResult(state=BlockState.SUCCEEDED, detail=f"approved by {', '.join(approved)}")
    late = one.since + parse_duration(block.deadline)
    if late <= one.now:
        told = f"nobody decided within {block.deadline}"
        return BlockResult(state=BlockState.FAILED, cause=Cause.LATE, detail=told)
    whom = ", ".join(asked.by) or "anybody"
    missing = asked.need - len(approved)
    told = f"waits for {missing} of {whom} to approve"
    return Waits(until=late, approval=True, detail=f"{told}: {text}" if text else told)


def within(block: str, given: Mapping[str, Values]) -> dict[str, Values]:
    """Return what blocks gave as *block* names it: one of a sub-template calls those beside it by their own name."""
    outer, _, _ = block.rpartition("/")
    here = f"blocks.{outer}/"
    beside = {f"blocks.{name.removeprefix(here)}": held for name, held in given.items() if name.startswith(here)}
    return {**given, **beside} if outer else dict(given)


def moment(text: str) -> datetime:
    """Return the moment that *text* (ISO 8601) says, in UTC where it names no zone; ValueError if it says none."""
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
