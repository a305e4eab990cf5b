"""What proves the audit log, and from where an entry came."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0014"
down_revision: Final = "0013"


def upgrade() -> None:
    """Add the columns, which are empty in old entries and so change no digest, and the tables."""
    for name in ("origin", "correlation"):
        op.add_column("audit", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_table(
        "audit_checkpoints",
        sa.Column("count", sa.Integer, primary_key=True),
        sa.Column("checkpoint", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_archives",
        sa.Column("count", sa.Integer, primary_key=True),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("checkpoint", sa.Text, nullable=False),
    )
    op.create_table(
        "audit_anchors",
        sa.Column("anchor", sa.Text, primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("due", sa.Text),
        sa.Column("problem", sa.Text, nullable=False),
    )
