"""Answers that are given again when the same key asks again."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0017"
down_revision: Final = "0016"


def upgrade() -> None:
    """Add its table."""
    op.create_table(
        "answers",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("operator", "key")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("asked", "at")),
        sa.Column("answer", sa.Text),
    )
    op.create_index("answers_at", "answers", ["at"])
