"""All runs as one list: by when they began, and by what started them."""  # noqa: INP001 - run by path, never imported

from typing import Final

from alembic import op

revision: Final = "0021"
down_revision: Final = "0020"


def upgrade() -> None:
    """Add the indexes that it is read by."""
    op.create_index("runs_started", "runs", ["started", "id"])
    op.create_index("template_runs_started", "template_runs", ["started", "id"])
    op.create_index("automation_runs_run", "automation_runs", ["run"])
