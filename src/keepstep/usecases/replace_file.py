"""Replace the file that a connection reads."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from keepstep.core.authority import Authority, Reach
from keepstep.core.right import Right
from keepstep.ports import Audit


class Files(Protocol):
    """Where files of connections are."""

    def put(self, file: str, content: bytes, endings: Collection[str]) -> None:
        """Put *content* in place of *file* whole or not at all; UsageError for a file that is not replaced so."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """What *file* of *connection* is to hold. *endings*: what such files end with."""

    connection: str
    file: str
    content: bytes
    endings: Collection[str]


def replace_file(files: Files, audit: Audit, new: NewFile, *, by: Authority) -> None:
    """Put *new* in place, and say so in the audit log by its digest, never with what is in it."""
    by.require(Right.CHANGE_CONFIGURATION, Reach(connection=new.connection))
    files.put(new.file, new.content, new.endings)
    told = {"file": new.file, "bytes": str(len(new.content)), "sha256": sha256(new.content).hexdigest()}
    audit.add("file_replaced", new.connection, told, operator=by.operator)
