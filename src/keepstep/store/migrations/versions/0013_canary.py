"""How many subjects of a run of a template go ahead of the rest."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0013"
down_revision: Final = "0012"


def upgrade() -> None:
    """Add the column; runs that were begun before have no canary."""
    op.add_column("template_runs", sa.Column("canary", sa.Integer, nullable=False, server_default="0"))
