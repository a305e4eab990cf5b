"""The control calls under `/_emulator`: seed, reset, inspect, faults, rules. They need no credentials.

No path of the real service begins so (reference, section 11 line 15). A wrong request is answered
400 with `{"error": …}`.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web

from keepstep.emulator.emulator import Emulator
from keepstep.emulator.faults import FAULTS
from keepstep.emulator.replies import EmulatorError, Json
from keepstep.emulator.rules import RULES

PREFIX: Final = "/_emulator"
_LONGEST_LEAP: Final = 10 * 366 * 86_400
_Control = Callable[[Emulator, web.Request], Awaitable[object]]


def control_app(emulator: Emulator) -> web.Application:
    """Return the application of the control calls."""
    app = web.Application(client_max_size=64 * 1024 * 1024)
    for method, path, control in _CALLS:
        app.router.add_route(method, path, _server(emulator, control))
    return app


def _server(emulator: Emulator, control: _Control) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        try:
            answer, status = await control(emulator, request), 200
        except EmulatorError as error:
            answer, status = {"error": str(error)}, 400
        body = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
        return web.Response(body=body, status=status, content_type="application/json")

    return serve


async def _body(request: web.Request) -> dict[str, Json]:
    raw = await request.read()
    try:
        body: Json = msgspec.json.decode(raw or b"{}")
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise EmulatorError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise EmulatorError("the body must be an object")
    return body


def _number(value: Json, name: str, default: int) -> int:
    if value is None:
        return default
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 12):
        raise EmulatorError(f"{name} must be a whole number")
    return int(text)


async def _overview(emulator: Emulator, _: web.Request) -> object:
    return {
        "people": emulator.count,
        "requests": sum(n for name, n in emulator.counters().items() if ":" not in name and name != "refused"),
        "refused": emulator.counters().get("refused", 0),
        "limits": emulator.world.limiter.limits,
        "faults": [fault.shown() for fault in emulator.world.faults.active],
        "webhooks": {"urls": emulator.world.webhooks.urls, "sent": emulator.world.webhooks.sent},
    }


async def _persons(emulator: Emulator, request: web.Request) -> object:
    return emulator.persons_v3() if request.query.get("view") == "v3" else emulator.dump()


async def _create(emulator: Emulator, request: web.Request) -> object:
    return {"id": emulator.create(await _body(request))}


async def _edit(emulator: Emulator, request: web.Request) -> object:
    emulator.edit(request.query.get("type", ""), request.query.get("identifier", ""), await _body(request))
    return {}


async def _delete(emulator: Emulator, request: web.Request) -> object:
    return {"deleted": emulator.delete(request.query.get("type", ""), request.query.get("identifier", ""))}


async def _requests(emulator: Emulator, request: web.Request) -> object:
    after = _number(request.query.get("after"), "after", 0)
    limit = _number(request.query.get("limit"), "limit", 0)
    return {"requests": emulator.requests(after, request.query.get("operation", ""), limit)}


async def _counters(emulator: Emulator, _: web.Request) -> object:
    return emulator.counters()


async def _seed(emulator: Emulator, request: web.Request) -> object:
    body = await _body(request)
    emulator.seed(people=_number(body.get("people"), "people", 0), seed=_number(body.get("seed"), "seed", 1))
    return {"people": emulator.count}


async def _reset(emulator: Emulator, _: web.Request) -> object:
    emulator.reset()
    return {"people": emulator.count}


async def _faults(emulator: Emulator, _: web.Request) -> object:
    known = {name: {"meaning": k.meaning, "times": k.times, **k.parameters} for name, k in FAULTS.items()}
    return {"active": [fault.shown() for fault in emulator.world.faults.active], "known": known}


async def _add_fault(emulator: Emulator, request: web.Request) -> object:
    text = (await _body(request)).get("fault")
    if not isinstance(text, str):
        raise EmulatorError('write {"fault": "name:key=value,..."}')
    return emulator.add_fault(text).shown()


async def _clear_faults(emulator: Emulator, _: web.Request) -> object:
    emulator.clear_faults()
    return {}


async def _rules(emulator: Emulator, _: web.Request) -> object:
    rules = emulator.world.rules
    return {
        name: {"value": getattr(rules, name), "default": doc.default, "choices": doc.choices, "meaning": doc.meaning}
        for name, doc in RULES.items()
    }


async def _set_rules(emulator: Emulator, request: web.Request) -> object:
    emulator.change_rules(await _body(request))
    return {}


async def _outbox(emulator: Emulator, _: web.Request) -> object:
    return {"messages": emulator.outbox()}


async def _deliver(emulator: Emulator, _: web.Request) -> object:
    return {"delivered": emulator.world.outbox.deliver(emulator.world.now())}


async def _webhooks(emulator: Emulator, request: web.Request) -> object:
    body = await _body(request)
    urls = body.get("urls")
    if not isinstance(urls, list) or not all(isinstance(url, str) for url in urls):
        raise EmulatorError('write {"urls": ["http://..."], "duplicates": false, "reorder": false}')
    emulator.set_webhooks(
        [str(url) for url in urls], duplicates=body.get("duplicates") is True, reorder=body.get("reorder") is True
    )
    return {}


async def _limits(emulator: Emulator, request: web.Request) -> object:
    limits = (await _body(request)).get("limits")
    if not isinstance(limits, bool | int | float):
        raise EmulatorError('write {"limits": true}, {"limits": false}, or a factor')
    emulator.set_limits(limits)
    return {}


async def _clock(emulator: Emulator, request: web.Request) -> object:
    emulator.clock.offset += min(_number((await _body(request)).get("advance"), "advance", 0), _LONGEST_LEAP)
    if emulator.clock.offset > _LONGEST_LEAP:
        emulator.clock.offset = float(_LONGEST_LEAP)
    return {"now": emulator.world.now()}


_CALLS: Final[tuple[tuple[str, str, _Control], ...]] = (
    ("GET", "", _overview),
    ("GET", "/persons", _persons),
    ("POST", "/persons", _create),
    ("PATCH", "/persons", _edit),
    ("DELETE", "/persons", _delete),
    ("GET", "/requests", _requests),
    ("GET", "/counters", _counters),
    ("POST", "/seed", _seed),
    ("POST", "/reset", _reset),
    ("GET", "/faults", _faults),
    ("POST", "/faults", _add_fault),
    ("DELETE", "/faults", _clear_faults),
    ("GET", "/rules", _rules),
    ("PATCH", "/rules", _set_rules),
    ("GET", "/outbox", _outbox),
    ("POST", "/outbox/deliver", _deliver),
    ("PUT", "/webhooks", _webhooks),
    ("PUT", "/limits", _limits),
    ("POST", "/clock", _clock),
)
