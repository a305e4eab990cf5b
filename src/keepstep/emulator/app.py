"""The HTTP application: one request at a time through faults, credentials, limits and handler, and into the log.

The order is: faults that strike before, credentials (401), scope (403), rate limit (429), handler, faults that spoil
the answer.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from keepstep.emulator.call import Call
from keepstep.emulator.clock import stamp_millis
from keepstep.emulator.faults import Fault
from keepstep.emulator.operation import Operation
from keepstep.emulator.replies import Refusal, Reply, family_a, json_reply, refuse
from keepstep.emulator.request_log import Entry
from keepstep.emulator.sent import sent_items
from keepstep.emulator.singles import names_one
from keepstep.emulator.table import EITHER_SCOPE, GET_PERSON, NOT_BY_KEY, OPEN, TABLE, Route
from keepstep.emulator.world import World

_LARGEST_BODY: Final = 64 * 1024 * 1024
_STATUSES: Final = {"429-burst": 429, "500": 500, "502": 502, "503": 503, "token-expired-midway": 401}
_WEB_PAGE: Final = b"<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


def api_app(world: World) -> web.Application:
    """Return the application that answers every call of the table."""
    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[web.middleware(_in_family_a)])
    for route in TABLE:
        serve = _server(world, route)
        app.router.add_route(route.operation.method, route.operation.path, serve)
        app.router.add_route(route.operation.method, route.operation.path + "/", serve)
    return app


async def _in_family_a(request: web.Request, handler: Serve) -> web.StreamResponse:
    """Put the server's own refusals (404, 405, 413) into the error shape of the service."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return _response(json_reply(family_a(error.status), error.status))
    except ConnectionResetError:
        return web.Response()  # the client is gone: nobody is left to answer


def _server(world: World, route: Route) -> Serve:
    async def serve(request: web.Request) -> web.StreamResponse:
        if request.path.endswith("/") and not world.rules.trailing_slash:
            raise web.HTTPNotFound
        return await _serve(world, route, request)

    return serve


async def _serve(world: World, route: Route, request: web.Request) -> web.StreamResponse:
    number = world.log.begin()
    call = await _read(request)
    operation = route.operation
    if operation.name == "list_persons" and names_one(call.query, world):
        operation = GET_PERSON
    call.items = sent_items(operation, call)
    strikes = world.faults.strikes(operation, request.path, call.query.get("page", ""))
    entry = Entry(
        number=number,
        time=stamp_millis(world.clock()),
        method=request.method,
        path=request.path,
        query=dict(call.query),
        correlation=request.headers.get("X-Correlation-Id", ""),
        operation=operation.name,
        fault=[fault.name for fault in strikes],
        items=call.items,
    )
    try:
        reply = await _struck_before(world, strikes, operation)
        if reply is None:
            reply = _answer(world, Route(operation, route.answer), call, (entry, strikes))
        entry.status = reply.status
    except _Dropped:
        return _hang_up(request)
    finally:
        world.log.add(entry)
    return await _send(request, reply, strikes)


async def _read(request: web.Request) -> Call:
    """Return the request as handlers see it; a form is read as one."""
    call = Call(
        query={name: request.query.getall(name)[0] for name in request.query},
        parts=dict(request.match_info),
        address=request.remote or "",
        authorization=request.headers.get("Authorization", "").strip(),
    )
    if request.content_type == "multipart/form-data":
        call.form = await _read_form(request)
    else:
        call.raw = await request.read()
    return call


async def _read_form(request: web.Request) -> dict[str, list[str]]:
    """Return the text fields of a multipart form; files by their name only, nothing when it cannot be read."""
    try:
        fields = await request.post()
    except (ValueError, AssertionError, LookupError, RuntimeError, HttpProcessingError):
        return {}
    form: dict[str, list[str]] = {}
    for name in set(fields):
        form[name] = [v if isinstance(v, str) else str(getattr(v, "filename", "")) for v in fields.getall(name)]
    return form


class _Dropped(Exception):
    """A fault closes the connection."""


async def _struck_before(world: World, strikes: list[Fault], operation: Operation) -> Reply | None:
    """Return the answer of a fault that strikes before the work, or None; raise _Dropped."""
    for fault in strikes:
        name = fault.name
        if name == "latency":
            await asyncio.sleep(fault.number("ms") / 1000)
        elif name == "drop-before":
            raise _Dropped
        elif name == "html-200":
            return Reply(200, _WEB_PAGE, "text/html")
        elif name == "error-in-200":
            return json_reply(family_a(500), 200)
        elif name in _STATUSES:
            if name == "token-expired-midway":
                world.keys.expire_all()
            return _refused(world, Refusal(_STATUSES[name]), operation, wait=1.0)
    return None


def _answer(world: World, route: Route, call: Call, notes: tuple[Entry, list[Fault]]) -> Reply:
    """Return what the service answers; nothing else works on the world meanwhile."""
    entry, strikes = notes
    operation = route.operation
    _spoil(call, strikes)
    with world.tenant.people.lock:
        try:
            wait = _admit(world, operation, call, entry)
            if wait:
                return _refused(world, Refusal(429), operation, wait=wait)
            reply = route.answer(world, call)
        except Refusal as refusal:
            for index in range(len(call.items)):
                if refusal.status not in {401, 403}:
                    call.settle(index, "refused")
            return _refused(world, refusal, operation)
    entry.committed = True
    return reply


def _admit(world: World, operation: Operation, call: Call, entry: Entry) -> float:
    """Check credentials and scope, and count the call; return the seconds to wait when there were too many."""
    if operation.name not in OPEN:
        caller = world.keys.caller(call.authorization, call.address, idle=world.rules.session_minutes * 60)
        entry.credential = call.login = caller.name
        if operation.name in NOT_BY_KEY and caller.scheme == "App":
            raise Refusal(401)
        wanted = set(operation.scopes)
        if operation.name in EITHER_SCOPE and world.rules.upsert_scope == "read":
            wanted.add("people:read")
        if not wanted & caller.scopes:
            raise Refusal(403)
    return world.limiter.admit(operation, world.rules)


def _spoil(call: Call, strikes: list[Fault]) -> None:
    for fault in strikes:
        if fault.name == "wrong-tenant":
            call.tenant_size = fault.number("people")
        elif fault.name == "item-errors":
            call.fail_items = fault.number("items")
        elif fault.kind.stage == "page":
            call.page_faults.append(fault)


def _refused(world: World, refusal: Refusal, operation: Operation, *, wait: float = 0.0) -> Reply:
    reply = refuse(refusal, operation.family, code_as_text=world.rules.code_type == "text")
    if refusal.status == 429 and world.rules.retry_after:
        reply.headers["Retry-After"] = str(max(1, math.ceil(wait)))
    return reply


async def _send(request: web.Request, reply: Reply, strikes: list[Fault]) -> web.StreamResponse:
    """Send *reply*, spoiled by the faults that strike the answer itself."""
    for fault in strikes:
        if fault.name == "drop-after-commit":
            return _hang_up(request)
        if fault.name == "slow-drip":
            return await _drip(request, reply, fault)
        if fault.name == "cut-page":
            cut = len(reply.body) * min(fault.number("percent"), 100) // 100
            if fault.parameters["how"] == "connection":
                return await _break_off(request, reply, cut)
            reply.body = reply.body[:cut]
    return _response(reply)


def _response(reply: Reply) -> web.Response:
    return web.Response(
        body=reply.body, status=reply.status, content_type=reply.content_type, charset="utf-8", headers=reply.headers
    )


def _stream(reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_type = reply.content_type
    response.content_length = len(reply.body)
    return response


async def _drip(request: web.Request, reply: Reply, fault: Fault) -> web.StreamResponse:
    response = _stream(reply)
    await response.prepare(request)
    step = max(1, math.ceil(len(reply.body) / max(1, fault.number("pieces"))))
    for start in range(0, len(reply.body), step):
        await asyncio.sleep(fault.number("ms") / 1000)
        await response.write(reply.body[start : start + step])
    await response.write_eof()
    return response


async def _break_off(request: web.Request, reply: Reply, cut: int) -> web.StreamResponse:
    response = _stream(reply)
    await response.prepare(request)
    await response.write(reply.body[:cut])
    if request.transport is not None:
        request.transport.close()  # what is written goes out first, then the connection ends short of its length
    return response


def _hang_up(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
