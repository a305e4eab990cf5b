"""Whether the server is alive, whether it can work, and what it counts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from keepstep.api.asker import Anybody, Asker, Needs
from keepstep.core.right import Right
from keepstep.errors import KeepstepError

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """How it is: `ok`, or what is wrong, without anything that only operators may know."""

    status: str
    problem: str = ""


@router.get("/healthz")
def alive(server: Anybody) -> Health:
    """Say that the process is alive."""
    del server
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": Health}})
def ready(server: Anybody, response: Response) -> Health:
    """Say whether it can work: the database answers, and the configuration can be understood."""
    try:
        server.installation.automations.standing("")
        server.configuration()
    except KeepstepError as error:
        response.status_code = 503
        return Health(status="not ready", problem=error.code)
    return Health(status="ok")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(asker: Annotated[Asker, Depends(Needs(Right.READ_RUNS))]) -> Response:
    """Give what the server counts of itself, as Prometheus reads it."""
    asker.server.metrics.waiting("work", asker.here.works.open())
    asker.server.metrics.waiting("approvals", len(asker.here.approvals.opened()))
    return Response(asker.server.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
