"""The audit log as a chain: every entry holds the digest of the one before, so that no change goes unseen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import msgspec

GENESIS: Final = "0" * 64
"""What stands for the digest of the entry before the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One thing that was done, by whom, from where, when (ISO 8601, UTC) and why. *sequence* counts from 1, no gaps.

    *correlation*: what all entries of one cause share: the run, else the one call of the program. *digest*: 64 hex
    digits, SHA-256 of everything else in this entry, *previous* included.
    """

    sequence: int
    at: str
    operator: str
    action: str
    subject: str
    detail: Mapping[str, str]
    previous: str = GENESIS
    digest: str = ""
    origin: str = ""
    correlation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """What is added to the log in the transaction that it is about, so that neither is there without the other."""

    action: str
    subject: str
    detail: Mapping[str, str]
    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """Where the chain ends: how many entries there are, and the digest of the last."""

    count: int = 0
    digest: str = GENESIS


_BEGIN: Final = AuditHead()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFault:
    """The first bad record of a chain, and what is wrong with it."""

    sequence: int
    reason: str


def digest_entry(entry: AuditEntry) -> str:
    """Return the digest that *entry* must have.

    Its input is the JSON array `[sequence, at, operator, action, subject, {detail}, previous, origin, correlation]` in
    UTF-8, without spaces, the keys of *detail* sorted: anybody can compute it again. The last two are left out where
    both are empty, as in entries of before there were any.
    """
    content: tuple[object, ...] = (
        entry.sequence,
        entry.at,
        entry.operator,
        entry.action,
        entry.subject,
        dict(entry.detail),
        entry.previous,
    )
    if entry.origin or entry.correlation:
        content = (*content, entry.origin, entry.correlation)
    return sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def append(entry: AuditEntry, head: AuditHead) -> AuditEntry:
    """Return *entry* as the one that follows *head*: numbered, chained and sealed."""
    chained = replace(entry, sequence=head.count + 1, previous=head.digest)
    return replace(chained, digest=digest_entry(chained))


def head_after(entry: AuditEntry) -> AuditHead:
    """Return where the chain ends once *entry* is its last."""
    return AuditHead(count=entry.sequence, digest=entry.digest)


def find_fault(entries: Iterable[AuditEntry], head: AuditHead, *, begin: AuditHead = _BEGIN) -> AuditFault | None:
    """Return the first record that was edited, moved, removed or added behind the log's back, or None.

    *entries* come in the order of their sequence, those behind *begin*; *head* is where the log says that it ends.
    """
    end = begin
    for entry in entries:
        expected = end.count + 1
        if entry.sequence != expected:
            return AuditFault(sequence=expected, reason="is missing")
        if entry.digest != digest_entry(entry):
            return AuditFault(sequence=expected, reason="was altered")
        if entry.previous != end.digest:
            return AuditFault(sequence=expected, reason="does not follow the record before it")
        if expected > head.count:
            return AuditFault(sequence=expected, reason="was added without the log")
        end = head_after(entry)
    if end.count < head.count:
        return AuditFault(sequence=end.count + 1, reason=f"is missing: the log had {head.count} records")
    if end.digest != head.digest:
        return AuditFault(sequence=end.count, reason="is not the one the log ended with")
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries somebody wants to see; what is empty asks for nothing. *subject*: a part of it.

    *correlation*: a run, or a call of the program; of a run also what was done to begin or to steer it.

    *since* and *until* (not included): moments as entries hold them.
    """

    operator: str = ""
    action: str = ""
    subject: str = ""
    correlation: str = ""
    since: str = ""
    until: str = ""
