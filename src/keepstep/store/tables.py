"""Every table of the database. `migrations/` builds them; a test says that the two agree."""

from datetime import UTC, datetime
from typing import Final

from sqlalchemy import (
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)


class UtcTime(TypeDecorator[datetime]):
    """A time with zone UTC, kept as ISO 8601 text of one length, so that it sorts and means the same everywhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text."""
        return None if value is None else utc_iso(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Return the time."""
        return None if value is None else datetime.fromisoformat(value)


def utc_iso(moment: datetime) -> str:
    """Return *moment* as the ISO 8601 text that is kept, in UTC with microseconds."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def storable(words: str) -> str:
    """Return *words* without what a database refuses in text: NUL (PostgreSQL) and lone surrogates."""
    if words.isascii() and "\x00" not in words:
        return words
    return words.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


METADATA: Final = MetaData()

VERSION_TABLE: Final = "keepstep_schema"
"""Where Alembic notes the version of the schema; a name of our own, so that no other program's is mistaken for it."""

LINKS: Final = Table(
    "links",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Column("target_key", Text, nullable=False),
    Column("state", Text, nullable=False),
    UniqueConstraint("rule", "target_key", name="links_target"),
    sqlite_with_rowid=False,
)

PLANS: Final = Table(
    "plans",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("saved_at", UtcTime, nullable=False),
)

# A plan file in pieces: one text of a million actions would be beyond what a row may hold.
PLAN_PARTS: Final = Table(
    "plan_parts",
    METADATA,
    Column("digest", Text, ForeignKey("plans.digest", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("lines", Text, nullable=False),
)

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("rule", Text, nullable=False),
    Column("plan", Text, ForeignKey("plans.digest"), nullable=False),
    Column("state", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("note", Text, nullable=False),
    Column("results", Integer, nullable=False),
    Index("runs_started", "started", "id"),
)

# The lock of a rule: at most one run of it is unfinished.
Index(
    "runs_unfinished",
    RUNS.c.rule,
    unique=True,
    sqlite_where=text("state = 'running'"),
    postgresql_where=text("state = 'running'"),
)

# `position` counts the results of a run in the order they came; null while a step is begun.
# Times are plain text here: a thousand rows of one batch share one.
STEPS: Final = Table(
    "steps",
    METADATA,
    Column("run", Integer, ForeignKey("runs.number"), primary_key=True),
    Column("action", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("position", Integer),
    Column("target_key", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("begun_at", Text),
    Column("ended_at", Text),
    Column("calls", Text),
    sqlite_with_rowid=False,
)

REFUSALS: Final = Table(
    "refusals",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

MARKS: Final = Table(
    "marks",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("mark", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

READS: Final = Table(
    "reads",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("side", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("completeness", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("records", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Index("reads_side", "side", "number"),
)

# Times are plain text here: what was altered by hand must be readable enough to be named.
AUDIT: Final = Table(
    "audit",
    METADATA,
    Column("sequence", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("origin", Text, nullable=False, server_default=""),
    Column("correlation", Text, nullable=False, server_default=""),
)

AUDIT_HEAD: Final = Table(
    "audit_head",
    METADATA,
    Column("one", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    CheckConstraint("one = 1", name="audit_head_one"),
)

CONFIGS: Final = Table(
    "configs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("operator", Text, nullable=False),
)

SECRETS: Final = Table(
    "secrets",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# `sealed` is null once the password was opened or its time was over.
FIRST_PASSWORDS: Final = Table(
    "first_passwords",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("object_key", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("opened_at", UtcTime),
    Column("opened_by", Text),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary),
)

# One row for each form that an endpoint was tested in.
ENDPOINT_TESTS: Final = Table(
    "endpoint_tests",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("endpoint", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("good", Integer, nullable=False),
    Column("records", Integer),
    Column("at", UtcTime, nullable=False),
    Column("operator", Text, nullable=False),
    Column("fields", Text),
)

# One row for each form that a webhook was tested in.
WEBHOOK_TESTS: Final = Table(
    "webhook_tests",
    METADATA,
    Column("connection", Text, primary_key=True),
    Column("webhook", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("good", Integer, nullable=False),
    Column("live", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("operator", Text, nullable=False),
)

# Templates as runs began with them: whole, with their sub-templates and webhooks.
TEMPLATE_VERSIONS: Final = Table(
    "template_versions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("template", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

TEMPLATE_RUNS: Final = Table(
    "template_runs",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("template", Text, nullable=False),
    Column("version", Text, ForeignKey("template_versions.digest"), nullable=False),
    Column("state", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("started", UtcTime, nullable=False),
    Column("ended", UtcTime),
    Column("note", Text, nullable=False),
    Column("canary", Integer, nullable=False, server_default="0"),
    Index("template_runs_started", "started", "id"),
)

# `block`: where the subject stands. `given`: what answers gave so far (JSON). `wake_at`: when what it waits for is
# looked at again; null unless it waits. `executions`: how many blocks were begun, which numbers them.
SUBJECTS: Final = Table(
    "subjects",
    METADATA,
    Column("run", Integer, ForeignKey("template_runs.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("chunk", Integer, nullable=False),
    Column("side", Text, nullable=False),
    Column("subject_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("block", Text, nullable=False),
    Column("given", Text, nullable=False),
    Column("executions", Integer, nullable=False),
    Column("wake_at", UtcTime),
    Column("since", UtcTime),
    Column("detail", Text, nullable=False),
    Index("subjects_state", "run", "state"),
    Index("subjects_chunk", "run", "chunk"),
    sqlite_with_rowid=False,
)

# Times are plain text here, as in steps.
BLOCK_STEPS: Final = Table(
    "block_steps",
    METADATA,
    Column("run", Integer, ForeignKey("template_runs.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("execution", Integer, primary_key=True),
    Column("block", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("begun_at", Text, nullable=False),
    Column("ended_at", Text),
    sqlite_with_rowid=False,
)

VOTES: Final = Table(
    "votes",
    METADATA,
    Column("run", Integer, ForeignKey("template_runs.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("execution", Integer, primary_key=True),
    Column("operator", Text, primary_key=True),
    Column("approved", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)

# `due_at`: when there is something to do; null: not until somebody says so. `fence` grows with every claim.
CHUNKS: Final = Table(
    "chunks",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("run", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("turn", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("due_at", UtcTime),
    Index("chunks_due", "due_at"),
)

WORKERS: Final = Table(
    "workers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("beat_at", UtcTime, nullable=False),
)
