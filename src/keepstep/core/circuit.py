"""The circuit of a connection: what fails again and again is left in peace for a time, and tried with growing gaps."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from keepstep.core.duration import Duration, parse_duration
from keepstep.core.spec import Spec

PROBE: Final = timedelta(minutes=2)
"""Who probes has so long to say what came of it; then somebody else does."""


class CircuitSpec(Spec):
    """When the circuit opens, and for how long nothing is sent then.

    *failures*: so many in a row, with nothing between them that worked. *first_gap*: how long nothing is sent at first;
    after each probe that fails twice as long, up to *longest_gap*.
    """

    failures: Annotated[int, Field(ge=1, le=10_000)] = 5
    first_gap: Duration = "30s"
    longest_gap: Duration = "15m"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not timedelta(0) < parse_duration(self.first_gap) <= parse_duration(self.longest_gap):
            raise ValueError("first_gap has to be longer than nothing, and no longer than longest_gap")
        return self


class CircuitChange(StrEnum):
    """What people are told of a circuit."""

    OPENED = "circuit_opened"
    CLOSED = "circuit_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """How a connection stands. *failures*: how many in a row; *cause* and *about*: of the last one.

    *opened*: since when nothing is sent; None: the circuit is closed. *probe*: when one call is let through. *gap*: how
    long the last pause was, which is forgotten once it worked for *longest_gap* since *closed*. *probing*: one call was
    let through, and nothing is known of it yet.
    """

    connection: str
    failures: int = 0
    opened: datetime | None = None
    probe: datetime | None = None
    gap: timedelta = timedelta(0)
    cause: str = ""
    about: str = ""
    closed: datetime | None = None
    probing: bool = False

    @property
    def untouched(self) -> bool:
        """Whether there is nothing to forget when a call works."""
        return not self.failures and self.opened is None

    def rests(self, now: datetime) -> bool:
        """Return whether nothing may be sent at *now*."""
        return self.opened is not None and self.probe is not None and now < self.probe

    def failed(self, spec: CircuitSpec, cause: str, about: str, now: datetime) -> "Circuit":
        """Return the circuit after a call about *about* failed by *cause*."""
        worse = replace(self, failures=self.failures + 1, cause=cause, about=about)
        if self.opened is None and worse.failures < spec.failures:
            return worse
        if self.rests(now) and not self.probing:
            return worse  # one that was under way when it opened says nothing new
        longest = parse_duration(spec.longest_gap)
        lately = self.opened is not None or (self.closed is not None and now - self.closed < longest)
        gap = min(max(self.gap * 2 if lately else timedelta(0), parse_duration(spec.first_gap)), longest)
        return replace(worse, opened=self.opened or now, probe=now + gap, gap=gap, closed=None, probing=False)

    def worked(self, now: datetime) -> "Circuit":
        """Return the circuit after a call worked."""
        if self.untouched:
            return self
        closed = now if self.opened is not None else self.closed
        return Circuit(connection=self.connection, gap=self.gap, closed=closed)

    def probed(self, now: datetime) -> "Circuit":
        """Return the circuit while one call is let through at *now*; the same one if none may be."""
        if self.opened is None or self.rests(now):
            return self
        return replace(self, probe=now + PROBE, probing=True)


def change_between(before: Circuit, after: Circuit) -> CircuitChange | None:
    """Return what people are told when *before* becomes *after*; None: nothing."""
    if (before.opened is None) == (after.opened is None):
        return None
    return CircuitChange.OPENED if after.opened is not None else CircuitChange.CLOSED
