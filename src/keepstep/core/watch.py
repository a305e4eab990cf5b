"""How far a side was watched."""

from dataclasses import dataclass

from keepstep.core.sync_rule import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """How far a side was watched. *settled*: everything was read once, so that what differs is news.

    *sweep*: the number of the full read that is going on, or was the last. *reads*: the attributes that it reads, which
    take the place of *attributes* once everything was read.
    """

    side: Side
    cursor: str = ""
    attributes: tuple[str, ...] = ()
    turn: int = 0
    sweep: int = 0
    reads: tuple[str, ...] = ()
    settled: bool = False
