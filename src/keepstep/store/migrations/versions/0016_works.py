"""Work that was asked for."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0016"
down_revision: Final = "0015"


def upgrade() -> None:
    """Add its tables."""
    op.create_table(
        "works",
        sa.Column("id", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("wanted", "operator")),
        sa.Column("rights", sa.Text),
        sa.Column("fresh", sa.Integer, nullable=False),
        sa.Column("key", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("correlation", "state", "created")),
        *(sa.Column(name, sa.Text) for name in ("begun", "ended")),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("trouble", sa.Text),
    )
    op.create_index("works_key", "works", ["operator", "key"], unique=True)
    op.create_index("works_created", "works", ["created"])
    op.create_table(
        "work_rows",
        sa.Column("work", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("tag", "name")),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_index("work_rows_tag", "work_rows", ["work", "tag", "number"])
