"""Checkpoints: where the audit log ended at a moment, signed, so that what came before cannot be written anew."""

from dataclasses import dataclass

import msgspec

from keepstep.core.audit import GENESIS, AuditHead
from keepstep.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The log had *count* records at the moment *at*, the last of them with *digest*.

    *key*: the id of the key that signed it; *signature*: Ed25519 over `signed_content`, in Base64.
    """

    count: int
    digest: str
    at: str
    key: str = ""
    signature: str = ""

    @property
    def head(self) -> AuditHead:
        """Where the log ended."""
        return AuditHead(count=self.count, digest=self.digest)


NONE = Checkpoint(count=0, digest=GENESIS, at="")
"""What stands for the checkpoint before the first."""


def signed_content(checkpoint: Checkpoint) -> bytes:
    """Return what is signed: the JSON array `["keepstep audit checkpoint 1", count, digest, at]`, without spaces."""
    return msgspec.json.encode(("keepstep audit checkpoint 1", checkpoint.count, checkpoint.digest, checkpoint.at))


def line_of(checkpoint: Checkpoint) -> str:
    """Return *checkpoint* as one line of JSON, which is what anchors hold."""
    return msgspec.json.encode(checkpoint, order="deterministic").decode()


def checkpoint_of(line: str) -> Checkpoint:
    """Return the checkpoint that *line* is. UsageError if it is none."""
    try:
        return msgspec.json.decode(line, type=Checkpoint)
    except (msgspec.DecodeError, msgspec.ValidationError) as exc:
        raise UsageError("this is no checkpoint of an audit log", hint="each is one line of JSON") from exc
