"""Sign where the audit log ends, and bring that to places off the box."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from keepstep.core.audit import AuditHead
from keepstep.core.audit_anchor import Anchored, AnchorSpec, gap_after
from keepstep.core.audit_checkpoint import Checkpoint, signed_content
from keepstep.core.duration import parse_duration
from keepstep.errors import AuditBroken, KeepstepError
from keepstep.ports import Audit, Clock


class ChainLog(Audit, Protocol):
    """The audit log, as far as it is needed to sign and to prove it."""

    def head(self) -> AuditHead:
        """Return where the log ends."""
        ...

    def begin(self) -> Checkpoint:
        """Return where the archive ends and the log goes on."""
        ...

    def digest_at(self, sequence: int) -> str:
        """Return the digest of one record, or the empty text if it is not there."""
        ...

    def verify(self) -> AuditHead:
        """Return where the log ends, once every record was found unchanged; else AuditBroken."""
        ...

    def verify_since(self, checkpoint: Checkpoint) -> AuditHead:
        """Return where the log ends, once every record behind *checkpoint* was found to follow it; else AuditBroken."""
        ...


class CheckpointLedger(Protocol):
    """What was signed, and where it was brought to."""

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep *checkpoint*; one that is there for as many records stays as it is."""
        ...

    def newest(self) -> Checkpoint:
        """Return the last checkpoint; NONE if there is none yet."""
        ...

    def anchored(self, anchor: str) -> Anchored:
        """Return how far *anchor* is."""
        ...

    def mark(self, anchored: Anchored) -> None:
        """Write down how far an anchor is."""
        ...


class Signer(Protocol):
    """The key that signs checkpoints."""

    @property
    def id(self) -> str:
        """What names the key."""
        ...

    def sign(self, content: bytes) -> str:
        """Return the signature of *content*."""
        ...

    def signed(self, content: bytes, signature: str) -> bool:
        """Return whether *signature* is of this key and of *content*."""
        ...


class Anchoring(Protocol):
    """The way to anchors."""

    async def send(self, anchor: AnchorSpec, checkpoint: Checkpoint) -> None:
        """Bring *checkpoint* to *anchor*; an error of Keepstep if it is not there afterwards."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorDesk:
    """What anchoring needs: the log, what was signed, the key, and the anchors of the configuration in force."""

    log: ChainLog
    ledger: CheckpointLedger
    signer: Signer
    anchoring: Anchoring
    anchors: Mapping[str, AnchorSpec]
    every: str
    clock: Clock


async def anchor_due(desk: AnchorDesk, *, at_once: bool = False) -> int:
    """Sign a checkpoint if one is due, bring the newest to every anchor that lacks it; return how many got it.

    AuditBroken if the log does not follow its last checkpoint: what was tampered with is never signed.
    *at_once*: without waiting for what is due. An anchor that fails is told in the log once, and tried again.
    """
    now = desk.clock.now()
    if not desk.anchors and not at_once:
        return 0
    newest = signed_end(desk, parse_duration(desk.every) if not at_once else timedelta(0))
    brought = 0
    for name, spec in desk.anchors.items():
        state = desk.ledger.anchored(name)
        waits = state.due is not None and now < state.due and not at_once
        if newest.count > state.count and not waits:
            brought += await _bring(desk, name, spec, newest)
    return brought


def signed_end(desk: AnchorDesk, every: timedelta) -> Checkpoint:
    """Return the newest checkpoint, made now if the log has grown and the last is older than *every*."""
    newest, head, now = desk.ledger.newest(), desk.log.head(), desk.clock.now()
    if newest.count and not desk.signer.signed(signed_content(newest), newest.signature):
        raise AuditBroken(f"the checkpoint of audit record {newest.count} was not signed with the key of this log")
    if head.count < newest.count:
        told = f"audit record {head.count + 1} is missing: a checkpoint signed {newest.count} records"
        raise AuditBroken(told, hint="the database was changed by other means than Keepstep: compare it with a backup")
    if head.count == newest.count or (newest.at and now - datetime.fromisoformat(newest.at) < every):
        return newest
    begin = desk.log.begin()
    head = desk.log.verify_since(newest if newest.count >= begin.count else begin)
    made = sign(desk.signer, head, now)
    desk.ledger.add(made)
    return made


def sign(signer: Signer, head: AuditHead, now: datetime) -> Checkpoint:
    """Return *head* as a checkpoint of *now*, signed."""
    plain = Checkpoint(count=head.count, digest=head.digest, at=now.isoformat(timespec="seconds"), key=signer.id)
    return replace(plain, signature=signer.sign(signed_content(plain)))


async def _bring(desk: AnchorDesk, name: str, spec: AnchorSpec, checkpoint: Checkpoint) -> int:
    state, now = desk.ledger.anchored(name), desk.clock.now()
    try:
        await desk.anchoring.send(spec, checkpoint)
    except KeepstepError as exc:
        failures = state.failures + 1
        desk.ledger.mark(replace(state, failures=failures, due=now + gap_after(failures), problem=exc.message))
        if not state.failures:
            detail = {"count": str(checkpoint.count), "why": exc.message}
            desk.log.add("anchor_failed", name, detail, operator="automation")
        return 0
    desk.ledger.mark(Anchored(anchor=name, count=checkpoint.count, at=now))
    if state.failures:
        desk.log.add("anchor_mended", name, {"failures": str(state.failures)}, operator="automation")
    return 1
