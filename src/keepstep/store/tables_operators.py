"""The tables of operators: who they are, how they sign in, their sessions and tokens. No secret stands in them."""

from typing import Final

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from keepstep.store.tables import METADATA, UtcTime

# `password`: argon2id. `code_*`: the seed of the second factor, sealed; `code_step`: the last step that was used.
OPERATORS: Final = Table(
    "operators",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("display", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("enabled", Integer, nullable=False),
    Column("roles", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("code_key_id", Text),
    Column("code_sealed", LargeBinary),
    Column("code_step", Integer, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("signed_in", UtcTime),
)

RECOVERY_CODES: Final = Table(
    "recovery_codes",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("used", UtcTime),
)

# One-time links: `operator` is empty for the first one, who chooses a name.
INVITATIONS: Final = Table(
    "invitations",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("used", UtcTime),
)

SESSIONS: Final = Table(
    "sessions",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("operator", Text, nullable=False),
    Column("created", UtcTime, nullable=False),
    Column("seen", UtcTime, nullable=False),
    Column("proven", UtcTime, nullable=False),
    Column("origin", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Index("sessions_operator", "operator"),
)

API_TOKENS: Final = Table(
    "api_tokens",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("operator", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("rights", Text),
    Column("created", UtcTime, nullable=False),
    Column("expires", UtcTime, nullable=False),
    Column("used", UtcTime),
    Column("origin", Text, nullable=False),
    Column("ended", UtcTime),
    Index("api_tokens_operator", "operator"),
)

SIGN_IN_TRIES: Final = Table(
    "sign_in_tries",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("last", UtcTime, nullable=False),
)
