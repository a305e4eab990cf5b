"""The calls of each step, with what each answered."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0018"
down_revision: Final = "0017"


def upgrade() -> None:
    """Add the column; of what was done before, nothing is known."""
    op.add_column("steps", sa.Column("calls", sa.Text))
