"""One stream of what happens, for whoever watches: work, runs, events, approvals, as server-sent events."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from keepstep.api.asker import Asker, Oneself, renewed
from keepstep.api.choosing import ListRoute
from keepstep.api.sight import sees, sees_template_run
from keepstep.core.right import Right
from keepstep.core.run import Run, RunChoice
from keepstep.core.template_run import TemplateRun
from keepstep.errors import NotFound, TooManyTries

router = APIRouter(tags=["stream"], route_class=ListRoute)

EVERY: Final = 1.0
"""How many seconds pass between two looks."""

ALIVE: Final = 15.0
MOST: Final = 200
"""How many streams a server has open at once."""


def _runs(asker: Asker) -> list[Run]:
    journal = asker.here.journal
    rules = [one for one in journal.rules() if sees(asker, one)]
    return journal.chosen_runs(RunChoice(rules=rules), limit=20)


def _template_runs(asker: Asker) -> list[TemplateRun]:
    return [one for one in asker.here.template_runs.runs(limit=20) if sees_template_run(asker, one)]


def _approvals(asker: Asker) -> list[tuple[str, int]]:
    approvals = asker.here.approvals
    found = (approvals.find(name) for name in approvals.opened())
    return [(one.id, len(one.votes)) for one in found if sees(asker, one.rule)]


def _events(asker: Asker) -> int:
    """Return the number of the last event; they are about everybody, so only whoever reaches everybody is told."""
    return asker.here.events.last_number() if asker.authority.everywhere(Right.READ_PEOPLE) else 0


TOPICS: Final[Mapping[str, tuple[Right, Callable[[Asker], object]]]] = {
    "runs": (Right.READ_RUNS, _runs),
    "template-runs": (Right.READ_RUNS, _template_runs),
    "approvals": (Right.READ_RUNS, _approvals),
    "events": (Right.READ_PEOPLE, _events),
}
"""What can be watched beside one's own work: the right it needs, and how it is now, as far as whoever asks sees it."""

_STREAM: Final = "text/event-stream"


@router.get("/stream", response_class=StreamingResponse, responses={200: {"content": {_STREAM: {}}}})
async def stream(
    request: Request,
    asker: Annotated[Asker, Depends(Oneself())],
    topics: Annotated[list[str], Query(description="works, runs, template-runs, approvals, events")] = ["works"],  # noqa: B006 - never changed
) -> StreamingResponse:
    """Tell what changed, as it changes: an event is called as its topic, its data is how it is now.

    It ends with the session, or when a topic is no longer for whoever asks; each look is by their roles as they are
    then. A client that lost it asks again, and is told how everything is.
    """
    for topic in topics:
        if topic in TOPICS:
            asker.authority.require(TOPICS[topic][0])
    held = asker.server.streams
    if held.count >= MOST:
        raise TooManyTries("too many streams are open", seconds=10)

    async def told() -> AsyncGenerator[bytes]:
        held.count += 1
        try:
            async for line in _changes(request, asker, [one for one in topics if one in TOPICS or one == "works"]):
                yield line
        finally:
            held.count -= 1

    return StreamingResponse(told(), media_type=_STREAM, headers={"X-Accel-Buffering": "no"})


async def _changes(request: Request, asker: Asker, topics: list[str]) -> AsyncGenerator[bytes]:
    last: dict[str, bytes] = {}
    silent = 0.0
    stop = asker.server.stop
    while not (stop.is_set() or await request.is_disconnected()):
        if not await asyncio.to_thread(_still, asker):
            yield b"event: signed-out\ndata: {}\n\n"
            return
        asker = await asyncio.to_thread(renewed, asker)
        if not all(topic not in TOPICS or asker.authority.may(TOPICS[topic][0]) for topic in topics):
            return
        for topic in topics:
            now = msgspec.json.encode(await asyncio.to_thread(_look, asker, topic))
            if last.get(topic) != now:
                last[topic], silent = now, 0.0
                yield b"event: %s\ndata: %s\n\n" % (topic.encode(), now)
        silent += EVERY
        if silent >= ALIVE:
            silent = 0.0
            yield b": still here\n\n"
        await asyncio.sleep(EVERY)


def _look(asker: Asker, topic: str) -> Any:
    if topic == "works":
        works = asker.here.works.newest(asker.operator.name, limit=20)
        return [
            {
                "id": one.id,
                "kind": one.wanted.kind,
                "state": one.state,
                "at": one.at,
                "done": one.done,
                "total": one.total,
            }
            for one in works
        ]
    return TOPICS[topic][1](asker)


def _still(asker: Asker) -> bool:
    """Whether who watches may still: their session or token is good, and their roles are what they were."""
    here, name, now = asker.here, asker.operator.name, asker.here.clock.now()
    try:
        operator = here.identity.operators.get(name)
    except NotFound:
        return False
    if not operator.enabled or operator.roles != asker.operator.roles:
        return False
    if asker.token is not None:
        return any(one.id == asker.token.id and one.holds(now) for one in here.identity.sessions.tokens(name))
    (spec, _), session = asker.server.access(), asker.session
    held = [one for one in here.identity.sessions.of(name) if session is not None and one.id == session.id]
    return any(now < one.ends(spec.idle_for, spec.lasts) for one in held)
