"""The first few of a run go ahead of the rest: it goes on if all went well with them, and stops if not."""

from collections.abc import Mapping, Sequence
from enum import Enum

from keepstep.core.template import BlockSpec, is_wait
from keepstep.core.template_run import SubjectRun, SubjectState

_BAD = (SubjectState.FAILED, SubjectState.UNKNOWN)
_GOOD = (SubjectState.SUCCEEDED, SubjectState.CANCELLED)


class CanaryState(Enum):
    """What the first few say: nothing yet, go on, or stop."""

    PENDING = "pending"
    PASSED = "passed"
    FAILED = "failed"


def judge_canary(first: Sequence[SubjectRun], blocks: Mapping[str, BlockSpec]) -> tuple[CanaryState, str]:
    """Return what *first*, the first few subjects of a run, say, and why it is bad.

    Who waits for a moment, a condition or people, as the template wants it, has come through so far.
    """
    bad = [one for one in first if one.state in _BAD]
    if bad:
        detail = f": {bad[0].detail}" if bad[0].detail else ""
        return CanaryState.FAILED, f"{len(bad)} of the first {len(first)} failed, the rest was not begun{detail}"
    through = all(
        one.state in _GOOD
        or (one.state is not SubjectState.READY and (block := blocks.get(one.block)) is not None and is_wait(block))
        for one in first
    )
    return (CanaryState.PASSED if through else CanaryState.PENDING), ""
