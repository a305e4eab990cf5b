"""Approvals as a server holds them: seen, and said something about."""

from keepstep.client.client import MOST, Client, at
from keepstep.client.plans import plan_of, rule_of
from keepstep.core.approval import Agreement
from keepstep.core.plan import Plan
from keepstep.core.sync_rule import SyncRule
from keepstep.usecases.vote import Saying


def waiting(client: Client, *, every: bool, limit: int) -> list[Agreement]:
    """Return what waits for people, the newest first; with *every* also what is over."""
    return client.get(list[Agreement], "/approvals", every=every, limit=min(limit, MOST))


def seen(client: Client, prefix: str) -> tuple[Agreement, Plan, SyncRule | None]:
    """Return the request whose id starts with *prefix*, its plan, and its rule as it is now."""
    agreement = client.get(Agreement, at("approvals", prefix))
    return agreement, plan_of(client, agreement.request.plan), rule_of(client, agreement.request.rule)


def say(client: Client, prefix: str, saying: Saying) -> Agreement:
    """Say something about a plan, where none is named about that of the request; return how people stand to it then."""
    path = at("approvals", prefix)
    plan = saying.plan or client.get(Agreement, path).request.plan
    client.send("POST", f"{path}/votes", {"kind": str(saying.kind), "plan": plan, "note": saying.note})
    return client.get(Agreement, path)
