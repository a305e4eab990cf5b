"""Ask a server for work that takes long."""

from typing import Protocol

from keepstep.core.authority import Authority
from keepstep.core.right import Right
from keepstep.core.run import RunId
from keepstep.core.work import NEEDS, ApplyWanted, Wanted, Work
from keepstep.ports import Clock


class NewWork(Protocol):
    """Where work is written down."""

    def new_id(self) -> RunId:
        """Return an id for work."""
        ...

    def ask(self, work: Work) -> tuple[Work, bool]:
        """Keep *work*, and say whether it is new."""
        ...


def ask_work(works: NewWork, clock: Clock, wanted: Wanted, *, by: Authority, key: str, correlation: str) -> Work:  # noqa: PLR0913 - what, by whom, and how it is known again
    """Write down that *wanted* is to be done, once for the same *key* of the same operator, and return it.

    NotPermitted without the right that it needs at all; how far it reaches is judged when it is done.
    """
    by.require(NEEDS[wanted.kind])
    if isinstance(wanted, ApplyWanted) and wanted.override:
        by.require(Right.OVERRIDE_GUARDS)
    asked = Work(
        id=works.new_id(),
        wanted=wanted,
        operator=by.operator,
        only=by.only,
        fresh=by.fresh,
        key=key,
        correlation=correlation,
        created=clock.now(),
    )
    kept, _ = works.ask(asked)
    return kept
