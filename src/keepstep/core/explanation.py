"""Why an account is as it is: each write with the chain that led to it, from the source record to the call's answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keepstep.core.plan import Delta
from keepstep.core.sync_rule import Side
from keepstep.core.values import NativeKey

CHAIN: Final = (
    "source",
    "read",
    "configuration",
    "mapping",
    "rule",
    "link",
    "situation",
    "guards",
    "plan",
    "run",
    "call",
    "confirmation",
)
"""The parts of the chain of a write by a rule, in order."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a chain: what it is about, and what is known of it, without values of secrets."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account that is asked about, on one side."""

    side: Side
    key: NativeKey
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One change that Keepstep made, or tried, and why."""

    at: datetime
    what: str
    state: str
    deltas: tuple[Delta, ...] = ()
    chain: tuple[Part, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts of the chain that nothing is known of; a template has none of a rule's."""
        known = {part.name for part in self.chain}
        return () if "block" in known else tuple(name for name in CHAIN if name not in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known of *accounts*: what Keepstep wrote, newest first, and what stands in the way now."""

    accounts: tuple[Account, ...]
    writes: tuple[Write, ...]
    standing: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAnswer:
    """What the next plan of *rule* would do about somebody, and what keeps it, or all of it, from being done."""

    rule: str
    would: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNot:
    """Why nothing, or nothing else, is done about *accounts*. *unasked*: sides that could not be asked."""

    accounts: tuple[Account, ...]
    rules: tuple[RuleAnswer, ...]
    unasked: tuple[Part, ...] = ()


def about(writes: Iterable[Write], attribute: str) -> list[Write]:
    """Return the writes of *attribute*, in any case; all of them for the empty text."""
    if not attribute:
        return list(writes)
    wanted = attribute.casefold()
    return [one for one in writes if any(delta.name.casefold() == wanted for delta in one.deltas)]
