"""Prove the audit log by its chain and by everything that was ever signed of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from keepstep.core.audit import AuditEntry, AuditFilter, AuditHead
from keepstep.core.audit_checkpoint import NONE, Checkpoint, signed_content
from keepstep.core.run import RunId, StepResult, results_digest
from keepstep.errors import AuditBroken, StoreError
from keepstep.usecases.anchor_audit import ChainLog, Signer

_PAGE: Final = 1_000
_APPLIED: Final = AuditFilter(action="applied")


class ReadLog(Protocol):
    """The audit log, page by page."""

    def entries(self, *, after: int = 0, limit: int = 100, chosen: AuditFilter = _APPLIED) -> list[AuditEntry]:
        """Return the *chosen* entries behind number *after*, oldest first."""
        ...


class RunResults(Protocol):
    """What came of runs."""

    def results(self, run: RunId) -> list[StepResult]:
        """Return what came of the actions of *run*, in the order they ended; StoreError if there is no such run."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What holds. *archived*: so many records are in the archive; *signed*: up to this one it cannot be rewritten."""

    count: int
    digest: str
    archived: int
    signed: int
    signed_at: str


def verify_audit(log: ChainLog, signer: Signer, checkpoints: Iterable[Checkpoint]) -> Proven:
    """Return what holds once the chain and *checkpoints* say the same. AuditBroken names the first bad record.

    With checkpoints from an anchor, whoever can write all of the database, and knows no key, changes nothing unseen.
    """
    head, begin, last = log.verify(), log.begin(), NONE
    known = [*checkpoints, *([begin] if begin.count else [])]
    for one in sorted(known, key=lambda one: one.count):
        if not signer.signed(signed_content(one), one.signature):
            raise AuditBroken(f"the checkpoint of audit record {one.count} was not signed with the key of this log")
        if one.count > head.count:
            told = f"audit record {head.count + 1} is missing: the log had {one.count} when it was signed at {one.at}"
            raise AuditBroken(told, hint="the log was cut: compare the database with a backup")
        if one.count < begin.count:
            continue  # what it proves is in the archive
        _same(log, begin, last, one)
        last = one
    return _proven(head, begin, last)


def verify_runs(log: ReadLog, journal: RunResults) -> int:
    """Return of how many runs the journal says what the log says of them. AuditBroken names the first that it does not.

    The log holds the digest of what came of each action; of the last record of a run, where it was gone on with.
    """
    last = {entry.detail.get("run", ""): entry for entry in _applied(log) if "results" in entry.detail}
    for run, entry in last.items():
        try:
            same = results_digest(journal.results(RunId(run))) == entry.detail["results"]
        except StoreError:
            same = False
        if not same:
            told = f"the journal of run {run} is not what audit record {entry.sequence} says came of it"
            raise AuditBroken(
                told, hint="the database was changed by other means than Keepstep: compare it with a backup"
            )
    return len(last)


def _applied(log: ReadLog) -> Iterator[AuditEntry]:
    after = 0
    while page := log.entries(after=after, limit=_PAGE, chosen=_APPLIED):
        yield from page
        after = page[-1].sequence


def _same(log: ChainLog, begin: Checkpoint, last: Checkpoint, one: Checkpoint) -> None:
    digest = begin.digest if one.count == begin.count else log.digest_at(one.count)
    if digest == one.digest:
        return
    first = max(last.count, begin.count) + 1 if one.count > begin.count else one.count
    between = f"audit record {first}" if first == one.count else f"one of the audit records {first} to {one.count}"
    told = f"{between} was rewritten: it is not what was signed at {one.at}"
    raise AuditBroken(told, hint="the chain was made anew behind the log's back: compare the database with a backup")


def _proven(head: AuditHead, begin: Checkpoint, last: Checkpoint) -> Proven:
    return Proven(count=head.count, digest=head.digest, archived=begin.count, signed=last.count, signed_at=last.at)
