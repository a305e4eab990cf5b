"""Agents of the contact centre: list, create, update, presence, queues; there is no delete.

Source: Infobip reference, section 5.5.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from keepstep.emulator.account import Agent
from keepstep.emulator.call import Call, object_body, whole_number
from keepstep.emulator.replies import Json, Refusal, Reply, json_reply
from keepstep.emulator.world import World

_STATUSES: Final = ("ACTIVE", "BUSY", "INVISIBLE", "AWAY")
_ROLES: Final = ("AGENT", "SUPERVISOR")
_MOST: Final = 999


def list_agents(world: World, call: Call) -> Reply:
    """Answer a page of agents; pages start at 0."""
    page = whole_number(call.query.get("page"), 0, name="page")
    limit = whole_number(call.query.get("limit"), 10, name="limit", least=1)
    if limit > _MOST:
        raise Refusal(400, details={"limit": [f"Must not be above {_MOST}"]})
    found = [agent for agent in world.account.agents.values() if _fits(agent, call.query)]
    pagination = {
        "totalItems": len(found),
        "page": page,
        "limit": limit,
        "orderBy": call.query.get("orderBy", "id:asc"),
    }
    shown = [_shown(agent) for agent in found[page * limit : (page + 1) * limit]]
    return json_reply({"agents": shown, "pagination": pagination})


def create_agent(world: World, call: Call) -> Reply:
    """Create an agent."""
    now = _now(world)
    agent = Agent(f"AG{world.account.next_number():08d}", "", "ACTIVE", "ACTIVE", "AGENT", now, now, enabled=True)
    _store(agent, object_body(call.json()), now)
    world.account.agents[agent.id] = agent
    return json_reply(_shown(agent))


def get_agent(world: World, call: Call) -> Reply:
    """Answer one agent."""
    return json_reply(_shown(_agent(world, call)))


def replace_agent(world: World, call: Call) -> Reply:
    """Replace an agent's name, status, role and state."""
    agent = _agent(world, call)
    _store(agent, object_body(call.json()), _now(world))
    return json_reply(_shown(agent))


def set_status(world: World, call: Call) -> Reply:
    """Set an agent's presence."""
    agent = _agent(world, call)
    status = _one_of(object_body(call.json()).get("status"), "status", _STATUSES)
    agent.status = agent.availability = status
    agent.updated_at = _now(world)
    return json_reply(_shown(agent))


def add_queue(world: World, call: Call) -> Reply:
    """Put an agent into a queue."""
    agent = _agent(world, call)
    queue = object_body(call.json()).get("queueId")
    if not isinstance(queue, str) or not queue:
        raise Refusal(400, details={"queueId": ["Must not be empty"]})
    if queue not in agent.queue_ids:
        agent.queue_ids = [*agent.queue_ids, queue]
    return json_reply(_shown(agent))


def drop_queue(world: World, call: Call) -> Reply:
    """Take an agent out of a queue."""
    agent = _agent(world, call)
    if call.parts["queueId"] not in agent.queue_ids:
        raise Refusal(404)
    agent.queue_ids = [queue for queue in agent.queue_ids if queue != call.parts["queueId"]]
    return json_reply(_shown(agent))


def _agent(world: World, call: Call) -> Agent:
    agent = world.account.agents.get(call.parts["agentId"])
    if agent is None:
        raise Refusal(404)
    return agent


def _fits(agent: Agent, query: Mapping[str, str]) -> bool:
    exact = {
        "displayName": agent.display_name, "status": agent.status, "availability": agent.availability,
        "role": agent.role, "enabled": str(bool(agent.enabled)).lower(),
    }  # fmt: skip
    if any(query[name] != value for name, value in exact.items() if name in query):
        return False
    if "agentIds" in query and agent.id not in query["agentIds"].split(","):
        return False
    if "queueIds" in query and not set(agent.queue_ids) & set(query["queueIds"].split(",")):
        return False
    after = query.get("createdAfter", "") <= agent.created_at and query.get("updatedAfter", "") <= agent.updated_at
    return (
        after
        and agent.created_at <= query.get("createdBefore", "9")
        and agent.updated_at <= query.get("updatedBefore", "9")
    )


def _store(agent: Agent, body: Mapping[str, Json], now: str) -> None:
    name, enabled = body.get("displayName"), body.get("enabled", True)
    if not isinstance(name, str) or not 0 < len(name) <= 255:
        raise Refusal(400, details={"displayName": ["Must be a text of 1 to 255 characters"]})
    status = _one_of(body.get("status"), "status", _STATUSES)
    role = _one_of(body.get("role"), "role", _ROLES)
    if not isinstance(enabled, bool):
        raise Refusal(400, details={"enabled": ["Must be true or false"]})
    agent.display_name, agent.status, agent.availability, agent.role = name, status, status, role
    agent.enabled, agent.updated_at = enabled, now


def _one_of(value: Json, name: str, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise Refusal(400, details={name: [f"Must be one of {', '.join(choices)}"]})
    return value


def _shown(agent: Agent) -> Json:
    shown = msgspec.to_builtins(agent)
    shown.pop("queueIds", None)
    return shown


def _now(world: World) -> str:
    return datetime.fromtimestamp(world.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
