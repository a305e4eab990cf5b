"""The first passwords of new accounts, sealed."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "first_passwords",
        sa.Column("connection", sa.Text, primary_key=True),
        sa.Column("object_key", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("created", sa.Text, nullable=False),
        sa.Column("expires", sa.Text, nullable=False),
        sa.Column("opened_at", sa.Text),
        sa.Column("opened_by", sa.Text),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
    )
