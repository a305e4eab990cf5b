"""A fault of Keepstep itself in a request: reported in a file with the secrets masked, told by its correlation id."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from keepstep.api.problem import problem
from keepstep.core.secret import Secret
from keepstep.store.crash_report import write_report
from keepstep.telemetry.correlation import correlation_of

_REPORT: Final = "keepstep.report"


@dataclass(slots=True)
class Crashes:
    """Wraps *app*: whatever it raises becomes a report; what was asked is answered by `fault`."""

    app: ASGIApp
    folder: Path
    secrets: list[Secret]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        reported: list[BaseException] = []

        def report(error: Exception) -> None:
            if error not in reported:
                reported.append(error)
                write_report(error, self.folder, self.secrets)

        scope[_REPORT] = report
        try:
            await self.app(scope, receive, send)
        except Exception as error:  # noqa: BLE001 - the last resort: reported in a file, answered if that could be
            report(error)


async def fault(request: Request, error: Exception) -> JSONResponse:
    """Return what whoever asked is told of a fault, once it is reported."""
    request.scope[_REPORT](error)
    told = f"Keepstep met a fault of its own (correlation id {correlation_of()}); the report is on the server"
    return problem(500, "fault", told, hint="tell whoever runs the server the correlation id")
