"""What the tests of endpoints offered."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0019"
down_revision: Final = "0018"


def upgrade() -> None:
    """Add the column; of earlier tests, nothing is known."""
    op.add_column("endpoint_tests", sa.Column("fields", sa.Text))
