"""The table of answers that are given again when the same key asks again."""

from typing import Final

from sqlalchemy import Column, Index, Table, Text

from keepstep.store.tables import METADATA, UtcTime

# `asked`: a digest of what was asked for. `answer`: JSON; null while it is not known what comes of it.
ANSWERS: Final = Table(
    "answers",
    METADATA,
    Column("operator", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("asked", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("answer", Text),
    Index("answers_at", "at"),
)
