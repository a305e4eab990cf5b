"""Sub-accounts, API keys and the audit trail.

Source: Infobip reference, sections 5.1 and 5.4. Portal users have no public call: `/settings/1/users` is
unknown here too.
"""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from keepstep.emulator.account import AuditEntry
from keepstep.emulator.auth import ApiKey
from keepstep.emulator.call import Call, object_body, whole_number
from keepstep.emulator.clock import stamp
from keepstep.emulator.pages import read_flag
from keepstep.emulator.replies import Json, Refusal, Reply, Shown, json_reply
from keepstep.emulator.world import World

_YEAR: Final = 365 * 86_400
_MOST_AUDIT: Final = 10_000


def list_accounts(world: World, call: Call) -> Reply:
    """Answer sub-accounts by name and state; there is no second page."""
    limit = whole_number(call.query.get("limit"), 40, name="limit", least=1)
    found = [
        account
        for account in world.account.accounts.values()
        if call.query.get("name", "") in {"", account.name}
        and ("enabled" not in call.query or read_flag(call.query, "enabled") == account.enabled)
    ]
    return json_reply({"accounts": found[:limit]})


def update_account(world: World, call: Call) -> Reply:
    """Rename, enable or disable a sub-account."""
    account = world.account.accounts.get(call.parts["accountKey"])
    if account is None:
        raise Refusal(404)
    body = object_body(call.json())
    name, enabled = body.get("name", account.name), body.get("enabled", account.enabled)
    if not isinstance(name, str) or not name or not isinstance(enabled, bool):
        raise Refusal(400)
    account.name, account.enabled = name, enabled
    note(world, call, ("Update", "Account"), f"account {account.key}")
    return json_reply(account)


def list_keys(world: World, call: Call) -> Reply:
    """Answer a page of API keys, without their secrets; pages start at 0."""
    page = min(whole_number(call.query.get("page"), 0, name="page"), 100)
    size = min(whole_number(call.query.get("size"), 20, name="size", least=1), 100)
    keys = [_without_secret(key) for key in world.account.api_keys.values()]
    paging = {"page": page, "pageSize": size, "totalCount": len(keys), "totalPages": -(-len(keys) // size)}
    return json_reply({"apiKeys": keys[page * size : (page + 1) * size], "paging": paging})


def create_key(world: World, call: Call) -> Reply:
    """Create an API key; its secret is answered once. No scopes asked for: all of the caller's."""
    body = object_body(call.json())
    secret = f"{secrets.token_hex(16)}-{uuid.uuid4()}"
    now = world.clock()
    key: Shown = {
        "id": secrets.token_hex(16).upper(), "apiKeySecret": secret, "accountId": world.account.key, "name": "",
        "allowedIPs": [], "validFrom": stamp(now), "validTo": stamp(now + _YEAR), "enabled": True,
        "permissions": ["PUBLIC_API"], "scopeGuids": sorted(world.keys.credentials.scopes), "platform": [],
    }  # fmt: skip
    if not isinstance(body.get("name"), str) or not body["name"]:
        raise Refusal(400, details={"name": ["Must not be empty"]})
    if not body.get("scopeGuids"):
        body.pop("scopeGuids", None)
    _store(world, key, body)
    note(world, call, ("Create", "ApiKey"), f"API key {key['id']}")
    return json_reply(key)


def get_key(world: World, call: Call) -> Reply:
    """Answer one API key, without its secret."""
    return json_reply(_without_secret(_key(world, call)))


def update_key(world: World, call: Call) -> Reply:
    """Change an API key; an empty list of scopes takes all access away."""
    key = _key(world, call)
    _store(world, key, object_body(call.json()))
    note(world, call, ("Update", "ApiKey"), f"API key {key['id']}")
    return json_reply(_without_secret(key))


def list_audit(world: World, call: Call) -> Reply:
    """Answer the audit trail, newest first."""
    limit = whole_number(call.query.get("limit"), _MOST_AUDIT, name="limit", least=1)
    if limit > _MOST_AUDIT:
        raise Refusal(400, details={"limit": [f"Must not be above {_MOST_AUDIT}"]})
    wanted = {name: call.query[name] for name in ("action", "item", "ipAddress") if name in call.query}
    found = [
        entry
        for entry in reversed(world.account.audit)
        if wanted.get("action", entry.action) == entry.action
        and wanted.get("item", entry.item) == entry.item
        and wanted.get("ipAddress", entry.ip_address) == entry.ip_address
        and call.query.get("description", "") in entry.description
    ]
    if len(found) > limit:
        raise Refusal(400, "Too many entries match")
    return json_reply(found)


def note(world: World, call: Call, what: tuple[str, str], description: str) -> None:
    """Add a line to the audit trail."""
    at = datetime.fromtimestamp(world.clock(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    number = world.account.next_number()
    world.account.audit.append(AuditEntry(number, *what, description, call.login, call.address, at))


def _key(world: World, call: Call) -> Shown:
    key = world.account.api_keys.get(call.parts["apiKeyId"])
    if key is None:
        raise Refusal(404)
    return key


def _without_secret(key: Shown) -> Shown:
    return {name: value for name, value in key.items() if name != "apiKeySecret"}


def _store(world: World, key: Shown, body: Mapping[str, Json]) -> None:
    """Put what *body* says into *key*, and make the key open what it says; raise Refusal and store nothing."""
    changed = {
        **key,
        **{name: body[name] for name in key if name in body and name not in {"id", "apiKeySecret", "accountId"}},
    }
    try:
        opened = ApiKey(
            name=_text(changed["name"]),
            scopes=frozenset(_texts(changed["scopeGuids"])),
            enabled=changed["enabled"] is True,
            valid_from=_moment(changed["validFrom"]),
            valid_to=_moment(changed["validTo"]),
            addresses=tuple(_texts(changed["allowedIPs"])),
        )
    except (TypeError, ValueError, OverflowError, msgspec.ValidationError) as error:
        raise Refusal(400, f"Invalid API key: {error}") from error
    key.update(changed)
    world.keys.keys[str(key["apiKeySecret"])] = opened
    world.account.api_keys[str(key["id"])] = key


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("a text is missing")
    return value


def _texts(value: object) -> list[str]:
    return msgspec.convert(value, list[str])


def _moment(value: object) -> float:
    moment = datetime.fromisoformat(_text(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
