"""Sessions and access tokens.

Source: Infobip reference, section 1.3.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from keepstep.emulator.call import Call, object_body
from keepstep.emulator.replies import Refusal, Reply, json_reply
from keepstep.emulator.world import World

_GRANTS: Final = ("client_credentials", "authorization_code")


def open_session(world: World, call: Call) -> Reply:
    """Open an IBSSO session, bound to the caller's address unless `unsafe` is true."""
    body = object_body(call.json())
    username, password, unsafe = body.get("username"), body.get("password"), body.get("unsafe", False)
    if not isinstance(username, str) or not isinstance(password, str):
        missing = "username" if not isinstance(username, str) else "password"
        raise Refusal(400, details={missing: ["Must not be empty"]})
    if not isinstance(unsafe, bool):
        raise Refusal(400, details={"unsafe": ["Must be true or false"]})
    if not world.keys.password_is_right(username, password):
        raise Refusal(401, "Invalid login details")
    token = world.keys.open_session(
        None if unsafe else call.address, idle=world.rules.session_minutes * 60, again=world.rules.session_again
    )
    return json_reply({"token": token})


def close_session(world: World, call: Call) -> Reply:
    """End the session named in the Authorization header."""
    world.keys.close_session(call.authorization)
    return json_reply({})


def open_token(world: World, call: Call) -> Reply:
    """Give an access token for the account's user name and password; parameters in the body or in the query."""
    try:
        form = dict(parse_qsl(call.raw.decode(), max_num_fields=50))
    except ValueError as error:
        raise Refusal(400, "The body is not a form") from error
    given: Mapping[str, str] = {**call.query, **form}
    for name in ("client_id", "client_secret", "grant_type"):
        if not given.get(name):
            raise Refusal(400, details={name: ["Must not be empty"]})
    if given["grant_type"].strip() not in _GRANTS:
        raise Refusal(400, details={"grant_type": [f"Must be one of {', '.join(_GRANTS)}"]})
    # The reference lists 400 and 429 only: wrong credentials are a bad request here.
    if not world.keys.password_is_right(given["client_id"], given["client_secret"]):
        raise Refusal(400, "Invalid client credentials")
    lifetime = world.rules.expires_in
    return json_reply({
        "access_token": world.keys.open_token(lifetime), "token_type": "Bearer", "expires_in": lifetime
    })  # fmt: skip
