"""The tables of what proves the audit log: its checkpoints, what was archived, how far each anchor is."""

from typing import Final

from sqlalchemy import Column, Integer, Table, Text

from keepstep.store.tables import METADATA, UtcTime

# `checkpoint` is the line of JSON that anchors hold too.
AUDIT_CHECKPOINTS: Final = Table(
    "audit_checkpoints",
    METADATA,
    Column("count", Integer, primary_key=True),
    Column("checkpoint", Text, nullable=False),
)

# `count`: the last record that is in the archive; `checkpoint`: signed where the log was cut.
AUDIT_ARCHIVES: Final = Table(
    "audit_archives",
    METADATA,
    Column("count", Integer, primary_key=True),
    Column("first", Integer, nullable=False),
    Column("file", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("checkpoint", Text, nullable=False),
)

AUDIT_ANCHORS: Final = Table(
    "audit_anchors",
    METADATA,
    Column("anchor", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("at", UtcTime),
    Column("failures", Integer, nullable=False),
    Column("due", UtcTime),
    Column("problem", Text, nullable=False),
)
