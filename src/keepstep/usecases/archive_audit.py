"""Records of the audit log written out: as an export, and as an archive that the log goes on behind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec

from keepstep.core.audit import AuditEntry, AuditFilter, AuditHead
from keepstep.core.audit_checkpoint import Checkpoint
from keepstep.errors import AuditBroken
from keepstep.usecases.anchor_audit import AnchorDesk, ChainLog, sign
from keepstep.usecases.verify_audit import verify_audit

_PAGE: Final = 1_000
_ALL: Final = AuditFilter()


class ReadLog(Protocol):
    """The audit log, page by page."""

    def entries(self, *, after: int = 0, limit: int = 100, chosen: AuditFilter = _ALL) -> list[AuditEntry]:
        """Return the *chosen* entries behind number *after*, oldest first."""
        ...


class CutLedger(Protocol):
    """What was signed, and where the log was cut."""

    def all(self) -> Iterator[Checkpoint]:
        """Yield every checkpoint, oldest first."""
        ...

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep *checkpoint*."""
        ...

    def cut(self, first: int, end: Checkpoint, *, file: str, sha256: str) -> None:
        """Take the records from *first* to *end* out of the database, in one step with the note of where they are."""
        ...


class ArchiveFolder(Protocol):
    """Where archives are kept."""

    def write(self, name: str, lines: Iterable[bytes]) -> str:
        """Have *lines* in the file *name*, on the disk, and return their SHA-256; never over another content."""
        ...


class OldLog(ChainLog, ReadLog, Protocol):
    """The log as archiving needs it."""

    def last_before(self, moment: str) -> int:
        """Return the number of the last record before the first that is of *moment* or later; 0 if there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What was archived: records *first* to *last*, in *file*."""

    first: int
    last: int
    file: str
    sha256: str


def lines_of(log: ReadLog, *, after: int = 0, last: int = 2**62, chosen: AuditFilter = _ALL) -> Iterator[bytes]:
    """Yield records as JSON, a line each: the chosen ones behind *after*, up to *last*."""
    while page := log.entries(after=after, limit=_PAGE, chosen=chosen):
        for entry in page:
            if entry.sequence > last:
                return
            yield msgspec.json.encode(entry, order="deterministic") + b"\n"
        after = page[-1].sequence


def archive_audit(
    desk: AnchorDesk, log: OldLog, ledger: CutLedger, folder: ArchiveFolder, before: datetime
) -> Archive | None:
    """Move the records of before *before* to a file; return what was moved, or None if nothing is that old.

    The whole log is proven first, and the cut is signed, so that archive and log are one chain as before. Nothing
    leaves the database before it is on the disk; a fault in between leaves a file that the next try finds right.
    """
    verify_audit(log, desk.signer, ledger.all())
    begin = log.begin()
    last = log.last_before(before.astimezone(UTC).isoformat(timespec="microseconds"))
    if last <= begin.count:
        return None
    first = begin.count + 1
    end = _end(desk, log, ledger, last)
    file = f"audit-{first:012}-{last:012}.jsonl"
    sha256 = folder.write(file, lines_of(log, after=begin.count, last=last))
    folder.write(f"checkpoint-{last:012}.json", [msgspec.json.encode(end, order="deterministic") + b"\n"])
    ledger.cut(first, end, file=file, sha256=sha256)
    return Archive(first=first, last=last, file=file, sha256=sha256)


def _end(desk: AnchorDesk, log: ChainLog, ledger: CutLedger, last: int) -> Checkpoint:
    """Return the checkpoint of record *last*: the one that there is, else one that is signed now."""
    for one in ledger.all():
        if one.count == last:
            return one
    digest = log.digest_at(last)
    if not digest:
        raise AuditBroken(f"audit record {last} is missing")
    made = sign(desk.signer, AuditHead(count=last, digest=digest), desk.clock.now())
    ledger.add(made)
    return made
