"""Approval: requests, votes, one-time links, and what people were told."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0006"
down_revision: Final = "0005"


def upgrade() -> None:
    """Add their tables."""
    _requests()
    _votes()
    _links()
    _told()


def _requests() -> None:
    op.create_table(
        "approval_requests",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("plan", sa.Text, sa.ForeignKey("plans.digest"), nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("requirement", sa.Text, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("trips", sa.Text, nullable=False),
        sa.Column("opened", sa.Text, nullable=False),
        sa.Column("replaced", sa.Text, nullable=False),
        sa.Column("after_run", sa.Integer, nullable=False),
        sa.Column("open", sa.Integer, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
    )
    op.create_index("approval_requests_plan", "approval_requests", ["plan"])
    op.create_index("approval_requests_open", "approval_requests", ["open"])


def _votes() -> None:
    op.create_table(
        "plan_votes",
        sa.Column("request", sa.Integer, sa.ForeignKey("approval_requests.number"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
    )


def _links() -> None:
    op.create_table(
        "approval_links",
        sa.Column("hash", sa.Text, primary_key=True),
        sa.Column("request", sa.Integer, sa.ForeignKey("approval_requests.number"), nullable=False),
        sa.Column("operator", sa.Text, nullable=False),
        sa.Column("made_at", sa.Text, nullable=False),
        sa.Column("used_at", sa.Text),
    )


def _told() -> None:
    op.create_table(
        "approval_told",
        sa.Column("request", sa.Integer, sa.ForeignKey("approval_requests.number"), primary_key=True),
        sa.Column("what", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
    )
