"""The tables of what happened, and of what is started by it or by the time."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from keepstep.store.tables import METADATA, UtcTime

# The objects of a watched side as they were last seen. `version` counts their states. `expires_at`: when the account
# ends; null once that was told. `sweep`: the last full read that saw it.
WATCHED: Final = Table(
    "watched",
    METADATA,
    Column("side", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("expires_at", UtcTime),
    Column("sweep", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Index("watched_expires", "side", "expires_at"),
    sqlite_with_rowid=False,
)

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("origin", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("changed", Text, nullable=False),
    Column("group_name", Text, nullable=False),
    Index("events_key", "side", "key", "number"),
)

# How far each side was watched. `turn` grows with every write: who wrote by an older one has been replaced.
WATCHES: Final = Table(
    "watches",
    METADATA,
    Column("side", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("attributes", Text, nullable=False),
    Column("turn", Integer, nullable=False),
    Column("sweep", Integer, nullable=False),
    Column("settled", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("note", Text, nullable=False),
)

OWN_WRITES: Final = Table(
    "own_writes",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("attribute", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Index("own_writes_at", "at"),
)

# What is remembered of each automation: until when its schedule was looked at, which events it has seen, and by what
# its last good run was made.
AUTOMATIONS: Final = Table(
    "automations",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("handled", UtcTime, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("good", Integer, nullable=False),
    Column("basis", Text, nullable=False),
    Column("full_at", UtcTime),
)

AUTOMATION_RUNS: Final = Table(
    "automation_runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("automation", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("plan_only", Integer, nullable=False),
    Column("event", Integer, nullable=False),
    Column("upto", Integer, nullable=False),
    Column("plan", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("begun", UtcTime),
    Column("ended", UtcTime),
    UniqueConstraint("automation", "cause", name="automation_runs_cause"),
    Index("automation_runs_state", "automation", "state"),
    Index("automation_runs_run", "run"),
)

# What people are told: each thing once over each channel. `rule`: the one that wants it told; empty: its automation.
NOTICES: Final = Table(
    "notices",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("due", UtcTime, nullable=False),
    Column("digest", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("key", "channel", name="notices_once"),
    Index("notices_due", "state", "due"),
)

# How accounts were before a run deleted them, so that it can be taken back.
REMOVED: Final = Table(
    "removed",
    METADATA,
    Column("run", Integer, ForeignKey("runs.number"), primary_key=True),
    Column("action", Text, primary_key=True),
    Column("attributes", Text, nullable=False),
    sqlite_with_rowid=False,
)

# Which connections failed how often in a row, and are left in peace. `gap`: seconds.
CIRCUITS: Final = Table(
    "circuits",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("opened", UtcTime),
    Column("probe", UtcTime),
    Column("gap", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("closed", UtcTime),
    Column("probing", Integer, nullable=False),
)

# The calls that were sent to applications, by minute; the key begins with it, as it is read and forgotten by the time.
CALL_COUNTS: Final = Table(
    "call_counts",
    METADATA,
    Column("minute", UtcTime, primary_key=True),
    Column("connection", Text, primary_key=True),
    Column("rate_limit", Text, primary_key=True),
    Column("calls", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    sqlite_with_rowid=False,
)
