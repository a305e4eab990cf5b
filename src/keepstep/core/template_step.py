"""Where a run goes from a block, by what came of it."""

from dataclasses import dataclass
from typing import assert_never

from keepstep.core.block_result import BlockResult, BlockState, Cause
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

HELD = "true"
"""What a decision gives as its result where its condition holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The run of the subject is over."""

    success: bool
    detail: str = ""


def following(block: BlockSpec, result: BlockResult) -> str | Ended:
    """Return the block that comes after *block*, or how the run of the subject ends; total over blocks and results."""
    match block:
        case EndBlock():
            return Ended(success=block.end == "success")
        case DecisionBlock():
            if result.state not in {BlockState.SUCCEEDED, BlockState.SKIPPED}:
                return Ended(success=False, detail=result.detail)
            goal = block.then if result.values.get("held") == (HELD,) else block.else_
            return goal or Ended(success=True)
        case ApprovalBlock() if result.cause is Cause.REJECTED and block.on_rejected:
            return block.on_rejected
        case ApprovalBlock() | WaitBlock() if result.cause is Cause.LATE and block.on_late:
            return block.on_late
        case (
            WebhookBlock()
            | ActionBlock()
            | DelayBlock()
            | WaitBlock()
            | ApprovalBlock()
            | NotifyBlock()
            | SubTemplateBlock()
        ):
            if result.state in {BlockState.SUCCEEDED, BlockState.SKIPPED}:
                return block.next or Ended(success=True)
            return block.on_failure or Ended(success=False, detail=result.detail)
        case _:
            assert_never(block)
