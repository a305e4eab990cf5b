"""A chunk: the part of a run that one worker does at a time, and the claim that keeps two from doing it."""

from dataclasses import dataclass
from enum import StrEnum

from keepstep.core.run import RunId


class ChunkKind(StrEnum):
    """What a chunk is part of."""

    PLAN = "plan"
    TEMPLATE = "template"
    AUTOMATION = "automation"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One part of a run; *number* counts from 0. *turn*: how often it was worked on to an end before."""

    kind: ChunkKind
    run: RunId
    number: int
    turn: int = 0

    @property
    def id(self) -> str:
        """The text that names this turn of the chunk, and no other."""
        return f"{self.kind}/{self.run}/{self.number}/{self.turn}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on *chunk*. A later claim has a higher *fence*, and ends this one."""

    chunk: Chunk
    fence: int
