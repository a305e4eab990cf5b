"""Find out what happened in a connected system, whoever did it."""

from typing import Protocol, runtime_checkable

from keepstep.core.change import Changes
from keepstep.ports import Query


@runtime_checkable
class Watching(Protocol):
    """A connector that tells what changed, whoever changed it."""

    async def changes(self, query: Query, cursor: str) -> Changes:
        """Return what of the objects of *query* changed since *cursor*; the empty cursor: everything there is.

        A change is told at least once: whoever keeps the cursor only together with what it gave misses nothing.
        """
        ...

    async def wake(self, query: Query, seconds: float) -> None:
        """Return as soon as something may have changed, at the latest after *seconds*."""
        ...
