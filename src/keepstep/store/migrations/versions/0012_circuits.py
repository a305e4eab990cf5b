"""Circuits: which connections are left in peace for a time."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0012"
down_revision: Final = "0011"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "circuits",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("opened", sa.Text),
        sa.Column("probe", sa.Text),
        sa.Column("gap", sa.Integer, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("closed", sa.Text),
        sa.Column("probing", sa.Integer, nullable=False),
    )
