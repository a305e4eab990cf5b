"""Comparisons: how both sides stood over time, and who is passed over."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0011"
down_revision: Final = "0010"


def upgrade() -> None:
    """Add their tables."""
    op.create_table(
        "comparisons",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("source_records", sa.Integer, nullable=False),
        sa.Column("target_records", sa.Integer, nullable=False),
        sa.Column("counts", sa.Text),
    )
    op.create_index("comparisons_rule", "comparisons", ["rule", "number"])
    op.create_table(
        "deviations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("source_key", sa.Text, nullable=False),
        sa.Column("target_key", sa.Text, nullable=False),
        sa.Column("standing", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("ended", sa.Integer),
    )
    op.create_index("deviations_ended", "deviations", ["rule", "ended"])
    op.create_index("deviations_first", "deviations", ["rule", "first"])
    op.create_table(
        "ignored",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("source_key", sa.Text, primary_key=True),
        sa.Column("target_key", sa.Text, primary_key=True),
        sa.Column("standing", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
