"""Automations: what is remembered of each, and their starts."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0008"
down_revision: Final = "0007"


def upgrade() -> None:
    """Add their tables."""
    op.create_table(
        "automations",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("handled", sa.Text, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("good", sa.Integer, nullable=False),
        sa.Column("basis", sa.Text, nullable=False),
        sa.Column("full_at", sa.Text),
    )
    op.create_table(
        "automation_runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("automation", sa.Text, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("due", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("plan_only", sa.Integer, nullable=False),
        sa.Column("event", sa.Integer, nullable=False),
        sa.Column("upto", sa.Integer, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("run", sa.Text, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("begun", sa.Text),
        sa.Column("ended", sa.Text),
        sa.UniqueConstraint("automation", "cause", name="automation_runs_cause"),
    )
    op.create_index("automation_runs_state", "automation_runs", ["automation", "state"])
