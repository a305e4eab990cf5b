"""The tables of approval."""

from typing import Final

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from keepstep.store.tables import METADATA, UtcTime

# What a seal is made over is kept as the text that it is made over, times too.
# `purpose` with `rule`: of what wants to apply it the newest plan counts. `open`: something can still come of it.
# `after_run`: runs of the plan with a higher number use the approval up. `seal`: of all of it and of its votes' seals.
APPROVAL_REQUESTS: Final = Table(
    "approval_requests",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("plan", Text, ForeignKey("plans.digest"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("requirement", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("trips", Text, nullable=False),
    Column("opened", Text, nullable=False),
    Column("replaced", Text, nullable=False),
    Column("after_run", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("seal", Text, nullable=False),
    Index("approval_requests_plan", "plan"),
    Index("approval_requests_open", "open"),
)

PLAN_VOTES: Final = Table(
    "plan_votes",
    METADATA,
    Column("request", Integer, ForeignKey("approval_requests.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("seal", Text, nullable=False),
)

# `hash`: SHA-256 of the token, which is kept nowhere.
APPROVAL_LINKS: Final = Table(
    "approval_links",
    METADATA,
    Column("hash", Text, primary_key=True),
    Column("request", Integer, ForeignKey("approval_requests.number"), nullable=False),
    Column("operator", Text, nullable=False),
    Column("made_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
)

# What people were told of a request, each thing once.
APPROVAL_TOLD: Final = Table(
    "approval_told",
    METADATA,
    Column("request", Integer, ForeignKey("approval_requests.number"), primary_key=True),
    Column("what", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
)
