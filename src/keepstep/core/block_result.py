"""What came of one block: the same value for webhooks, directory actions, notifications and decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from keepstep.core.exchange import SentCall
from keepstep.core.values import Values


class BlockState(StrEnum):
    """BEGUN: intended, and nothing is known yet. UNKNOWN: it may or may not have been done; a person decides."""

    BEGUN = "begun"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Cause(StrEnum):
    """Why a block did not succeed."""

    NONE = ""
    ABSENT = "absent"
    CONFLICT = "conflict"
    REFUSED = "refused"
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    RIGHT_MISSING = "right_missing"
    RULE = "rule"
    INPUT = "input"
    LOOP = "loop"
    LATE = "late"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockResult:
    """How one execution of a block ended. *detail* is fit for a person, and holds no values.

    *request* and *answer*: as they may be shown, secrets masked; *values*: what was taken out of the answer, by name,
    for later blocks. *attempts*: how many calls were sent; *seconds*: from the first to the last.
    *calls*: the same requests and answers part by part; they are not kept.
    UNREACHABLE: certainly not done, and it may be tried again. INPUT: its macros made nothing that can be sent.
    RULE: the success rule does not hold. LOOP: it would run too often. LATE: its deadline passed.
    """

    state: BlockState
    cause: Cause = Cause.NONE
    detail: str = ""
    values: Mapping[str, Values] = field(default_factory=dict[str, Values])
    request: str = ""
    answer: str = ""
    attempts: int = 0
    seconds: float = 0.0
    calls: tuple[SentCall, ...] = ()

    def given(self, block: str) -> dict[str, Values]:
        """Return what macros read of it as `blocks.BLOCK.NAME`, once *block* came to it."""
        told: dict[str, Values] = {
            "result": (self.state,),
            "cause": (self.cause,) if self.cause else (),
            "detail": (self.detail,),
        }
        return {f"blocks.{block}.{name}": held for name, held in {**self.values, **told}.items()}
