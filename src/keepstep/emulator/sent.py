"""Whom a writing request names, read from its body before anything else happens.

The request log keeps this even for requests that were refused or dropped, so that a test can prove that nothing was
sent twice.
"""

from collections.abc import Mapping
from typing import Final

from keepstep.emulator.call import Call, Item
from keepstep.emulator.operation import Operation
from keepstep.emulator.replies import Json, Refusal

_UNREADABLE: Final = "?"


def sent_items(operation: Operation, call: Call) -> list[Item]:
    """Return one item a person that the request names; an empty list for a call that writes no person."""
    action = operation.action
    if action is None:
        return []
    try:
        body = call.json() if call.raw else None
    except Refusal:
        return []
    if operation.path.endswith("/persons/match"):
        return []
    people = body.get("people", body.get("persons")) if isinstance(body, dict) else None
    if isinstance(people, list):
        return [Item(action, _key(entry)) for entry in people]
    key = _addressed(call.query) or _key(body)
    return [Item(action, key)]


def _addressed(query: Mapping[str, str]) -> str:
    if "identifier" in query:
        return f"{query.get('type', _UNREADABLE)}:{query['identifier']}"
    old = {"externalId": "EXTERNAL_ID", "email": "EMAIL", "phone": "PHONE"}
    return next((f"{kind}:{query[name]}" for name, kind in old.items() if name in query), "")


def _key(entry: Json) -> str:
    """Return what names the person in *entry*: its query, or the first of external id, email and phone."""
    if not isinstance(entry, dict):
        return _UNREADABLE
    query = entry.get("query")
    if isinstance(query, dict):
        return f"{query.get('type')}:{query.get('identifier')}"
    if isinstance(entry.get("externalId"), str):
        return f"EXTERNAL_ID:{entry['externalId']}"
    info = entry.get("contactInformation")
    if isinstance(info, dict):
        return _first(info, "email", "address", "EMAIL") or _first(info, "phone", "number", "PHONE") or _UNREADABLE
    if isinstance(info, list) and info and isinstance(info[0], dict):
        return f"{info[0].get('type')}:{info[0].get('identifier')}"
    return _UNREADABLE


def _first(info: Mapping[str, Json], member: str, name: str, kind: str) -> str:
    entries = info.get(member)
    if isinstance(entries, list) and entries and isinstance(entries[0], dict):
        return f"{kind}:{entries[0].get(name)}"
    return ""
