"""Outbound: tests of webhooks, versions and runs of templates, and the chunks of runs."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Add their tables."""
    _webhook_tests()
    _template_versions()
    _template_runs()
    _subjects()
    _block_steps()
    _votes()
    _chunks()
    _workers()


def _webhook_tests() -> None:
    op.create_table(
        "webhook_tests",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("webhook", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("good", sa.Integer, nullable=False),
        sa.Column("live", sa.Integer, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
    )


def _template_versions() -> None:
    op.create_table(
        "template_versions",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )


def _template_runs() -> None:
    op.create_table(
        "template_runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("version", sa.Text, sa.ForeignKey("template_versions.digest"), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("ended", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
    )


def _subjects() -> None:
    op.create_table(
        "subjects",
        sa.Column("run", sa.Integer, sa.ForeignKey("template_runs.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("chunk", sa.Integer, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("block", sa.Text, nullable=False),
        sa.Column("given", sa.Text, nullable=False),
        sa.Column("executions", sa.Integer, nullable=False),
        sa.Column("wake_at", sa.Text),
        sa.Column("since", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("subjects_state", "subjects", ["run", "state"])
    op.create_index("subjects_chunk", "subjects", ["run", "chunk"])


def _block_steps() -> None:
    op.create_table(
        "block_steps",
        sa.Column("run", sa.Integer, sa.ForeignKey("template_runs.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("execution", sa.Integer, primary_key=True),
        sa.Column("block", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("begun_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sqlite_with_rowid=False,
    )


def _votes() -> None:
    op.create_table(
        "votes",
        sa.Column("run", sa.Integer, sa.ForeignKey("template_runs.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("execution", sa.Integer, primary_key=True),
        sa.Column("operator", sa.Text, primary_key=True),
        sa.Column("approved", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )


def _chunks() -> None:
    op.create_table(
        "chunks",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("run", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("due_at", sa.Text),
    )
    op.create_index("chunks_due", "chunks", ["due_at"])


def _workers() -> None:
    op.create_table(
        "workers",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("beat_at", sa.Text, nullable=False),
    )
