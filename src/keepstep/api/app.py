"""The application: its routes, inside the wall, with one shape for everything that goes wrong."""

from typing import Any, Final

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from keepstep import __version__
from keepstep.api.choosing import PARAMETERS
from keepstep.api.console import Console
from keepstep.api.crash import Crashes, fault
from keepstep.api.examples import add_examples
from keepstep.api.problem import MEDIA, Problem, add_problems
from keepstep.api.routes import (
    applications,
    approvals,
    audit,
    automations,
    comparisons,
    configuration,
    connections,
    consent,
    demo,
    directory,
    exports,
    first_passwords,
    health,
    installation,
    logos,
    macros,
    mappings,
    notifications,
    openid,
    operators,
    people,
    plans,
    quota,
    reports,
    rules,
    runs,
    session,
    stream,
    template_specs,
    templates,
    works,
)
from keepstep.api.server import Server
from keepstep.api.wall import Buckets, Wall

PREFIX: Final = "/api/v1"
ROUTERS: Final = (
    session.router,
    openid.router,
    operators.router,
    configuration.router,
    first_passwords.router,
    connections.router,
    quota.router,
    applications.router,
    logos.router,
    macros.router,
    mappings.router,
    consent.router,
    works.router,
    exports.router,
    reports.router,
    plans.router,
    runs.router,
    approvals.router,
    rules.router,
    comparisons.router,
    people.router,
    directory.router,
    templates.router,
    template_specs.router,
    automations.router,
    audit.router,
    notifications.router,
    installation.router,
    demo.router,
    stream.router,
)
RATE: Final = 300.0
BURST: Final = 600.0


def make_app(server: Server, *, buckets: Buckets | None = None) -> ASGIApp:
    """Return the application of *server*."""
    app = bare_app()
    app.state.server = server
    return Wall(
        app=Console(app=Crashes(app=app, folder=server.installation.settings.crash_folder, secrets=server.secrets)),
        audit=server.installation.audit,
        metrics=server.metrics,
        buckets=buckets or Buckets(rate=RATE, burst=BURST),
    )


class _Described(FastAPI):
    """Describes itself with an example for each operation."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        made = self.openapi_schema is None
        document = super().openapi()
        if made:
            add_examples(document)
            document["components"]["parameters"] = dict(PARAMETERS)
        return document


def bare_app() -> FastAPI:
    """Return the routes alone, without a server behind them: what `docs/openapi.json` is made of."""
    app = _Described(
        title="Keepstep",
        version=__version__,
        summary="Keeps Active Directory and Infobip in step.",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "What went wrong", "content": {MEDIA: {}}}},
        generate_unique_id_function=_name,
    )
    inner = APIRouter(prefix=PREFIX)
    for router in ROUTERS:
        inner.include_router(router)
    app.include_router(inner)
    app.include_router(health.router)
    add_problems(app)
    app.add_exception_handler(Exception, fault)
    return app


def _name(route: Any) -> str:
    return f"{route.tags[0]}_{route.name}"
