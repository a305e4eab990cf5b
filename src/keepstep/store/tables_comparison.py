"""The tables of comparisons: how both sides stood, who was not in step, and who is passed over."""

from typing import Final

from sqlalchemy import Column, Index, Integer, Table, Text

from keepstep.store.tables import METADATA, UtcTime

# `counts` (JSON) is null until all of it is written.
COMPARISONS: Final = Table(
    "comparisons",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("operator", Text, nullable=False),
    Column("source_records", Integer, nullable=False),
    Column("target_records", Integer, nullable=False),
    Column("counts", Text),
    Index("comparisons_rule", "rule", "number"),
)

# One row for the whole time that somebody stood so. `first`: the comparison that saw it first; `ended`: the one that
# saw it no more, null before.
DEVIATIONS: Final = Table(
    "deviations",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("source_key", Text, nullable=False),
    Column("target_key", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("ended", Integer),
    Index("deviations_ended", "rule", "ended"),
    Index("deviations_first", "rule", "first"),
)

IGNORED: Final = Table(
    "ignored",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("target_key", Text, primary_key=True),
    Column("standing", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
