"""How accounts were before a run deleted them."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0010"
down_revision: Final = "0009"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "removed",
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True),
        sa.Column("action", sa.Text, primary_key=True),
        sa.Column("attributes", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
