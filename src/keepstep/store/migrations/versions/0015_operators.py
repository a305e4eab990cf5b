"""Operators, and how they sign in."""  # noqa: INP001 - run by path, never imported

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0015"
down_revision: Final = "0014"


def upgrade() -> None:
    """Add their tables."""
    _who()
    _by_what()


def _who() -> None:
    op.create_table(
        "operators",
        _key("name"),
        *_texts("kind", "display", "email"),
        sa.Column("enabled", sa.Integer, nullable=False),
        *_texts("roles", "password"),
        sa.Column("code_key_id", sa.Text),
        sa.Column("code_sealed", sa.LargeBinary),
        sa.Column("code_step", sa.Integer, nullable=False),
        *_texts("created"),
        sa.Column("signed_in", sa.Text),
    )
    op.create_table("recovery_codes", _key("digest"), *_texts("operator"), sa.Column("used", sa.Text))
    op.create_table(
        "invitations", _key("digest"), *_texts("operator", "made_by", "expires"), sa.Column("used", sa.Text)
    )


def _by_what() -> None:
    op.create_table(
        "sessions",
        _key("digest"),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        *_texts("operator", "created", "seen", "proven", "origin", "agent"),
    )
    op.create_index("sessions_operator", "sessions", ["operator"])
    op.create_table(
        "api_tokens",
        _key("id"),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        *_texts("operator", "name"),
        sa.Column("rights", sa.Text),
        *_texts("created", "expires"),
        sa.Column("used", sa.Text),
        *_texts("origin"),
        sa.Column("ended", sa.Text),
    )
    op.create_index("api_tokens_operator", "api_tokens", ["operator"])
    op.create_table(
        "sign_in_tries",
        _key("key"),
        sa.Column("wrong", sa.Integer, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
    )


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]
