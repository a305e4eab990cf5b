"""The first schema."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0001"
down_revision: Final = None


def upgrade() -> None:
    """Build every table."""
    _links()
    _plans()
    _runs()
    _memory()
    _audit()
    _settings()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, primary_key=True)


def _links() -> None:
    op.create_table(
        "links",
        _key("rule"),
        _key("source_key"),
        _text("target_key"),
        _text("state"),
        sa.UniqueConstraint("rule", "target_key", name="links_target"),
        sqlite_with_rowid=False,
    )


def _plans() -> None:
    op.create_table("plans", _key("digest"), _text("rule"), _text("saved_at"))
    op.create_table(
        "plan_parts",
        sa.Column("digest", sa.Text, sa.ForeignKey("plans.digest", ondelete="CASCADE"), primary_key=True),
        _count("number"),
        _text("lines"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        _count("number"),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        _text("rule"),
        sa.Column("plan", sa.Text, sa.ForeignKey("plans.digest"), nullable=False),
        _text("state"),
        _text("operator"),
        _text("started"),
        sa.Column("ended", sa.Text),
        _text("note"),
        _number("results"),
    )
    running = sa.text("state = 'running'")
    op.create_index("runs_unfinished", "runs", ["rule"], unique=True, sqlite_where=running, postgresql_where=running)
    op.create_table(
        "steps",
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True),
        _key("action"),
        _text("state"),
        sa.Column("position", sa.Integer),
        _text("target_key"),
        _text("detail"),
        sa.Column("begun_at", sa.Text),
        sa.Column("ended_at", sa.Text),
        sqlite_with_rowid=False,
    )


def _memory() -> None:
    op.create_table("refusals", _key("rule"), _key("fingerprint"), _text("reason"), _text("at"))
    op.create_table(
        "reads",
        _count("number"),
        _text("side"),
        _text("at"),
        _text("completeness"),
        _text("reason"),
        _number("records"),
        _number("calls"),
    )
    op.create_index("reads_side", "reads", ["side", "number"])


def _audit() -> None:
    op.create_table(
        "audit",
        _count("sequence"),
        _text("at"),
        _text("operator"),
        _text("action"),
        _text("subject"),
        _text("detail"),
        _text("previous"),
        _text("digest"),
    )
    op.create_table(
        "audit_head",
        _count("one"),
        _number("count"),
        _text("digest"),
        sa.CheckConstraint("one = 1", name="audit_head_one"),
    )
    # The chain starts from 64 zeros. Were the row made by the first entry, removing it would look like a new log.
    op.execute(f"INSERT INTO audit_head (one, count, digest) VALUES (1, 0, '{'0' * 64}')")  # noqa: S608 - constants


def _settings() -> None:
    op.create_table(
        "configs",
        _count("number"),
        _text("digest"),
        _text("document"),
        _text("at"),
        _text("operator"),
    )
    op.create_table(
        "secrets",
        _key("name"),
        _text("key_id"),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        _text("at"),
    )
