"""The tables of work that was asked for: what, by whom, how far it is, and the rows it gave."""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from keepstep.store.tables import METADATA, UtcTime

# `wanted`, `rights`, `result`, `trouble` are JSON. `key`: null where none was given.
WORKS: Final = Table(
    "works",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("wanted", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("rights", Text),
    Column("fresh", Integer, nullable=False),
    Column("key", Text),
    Column("correlation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("begun", UtcTime),
    Column("ended", UtcTime),
    Column("at", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("rows", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("trouble", Text),
    Index("works_key", "operator", "key", unique=True),
    Index("works_created", "created"),
)

WORK_ROWS: Final = Table(
    "work_rows",
    METADATA,
    Column("work", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("tag", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("work_rows_tag", "work", "tag", "number"),
)
