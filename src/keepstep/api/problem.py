"""The one shape of everything that goes wrong: `application/problem+json` (RFC 9457), never with what was sent."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from keepstep.errors import (
    ApprovalMissing,
    Changed,
    CircuitOpen,
    ConfigurationError,
    ConfigurationUnusable,
    ConnectorError,
    GuardTripped,
    KeepstepError,
    KeyTaken,
    NotFound,
    NotKept,
    NotPermitted,
    NotSignedIn,
    PlanStale,
    ReadIncomplete,
    ReauthenticationNeeded,
    RunLocked,
    StoreError,
    TooManyTries,
    UsageError,
)
from keepstep.telemetry.correlation import correlation_of

MEDIA: Final = "application/problem+json"
_STATUS: Final[Sequence[tuple[type[KeepstepError], int]]] = (
    (TooManyTries, 429),
    (ReauthenticationNeeded, 403),
    (NotSignedIn, 401),
    (NotPermitted, 403),
    (NotFound, 404),
    (Changed, 412),
    (NotKept, 404),
    (UsageError, 400),
    (CircuitOpen, 503),
    (ConnectorError, 502),
    (ReadIncomplete, 409),
    (PlanStale, 409),
    (GuardTripped, 409),
    (ApprovalMissing, 409),
    (RunLocked, 409),
    (KeyTaken, 409),
    (ConfigurationUnusable, 503),
    (ConfigurationError, 400),
    (StoreError, 503),
)
"""Which status an error has; the first that fits."""


class FieldError(BaseModel):
    """One mistake in what was sent: where it stands, keys joined by dots, and what is wrong."""

    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, and what to do. *type*: stable, ends with the code of the error."""

    type: str
    title: str
    status: int
    detail: str
    hint: str = ""
    errors: list[FieldError] = []
    correlation: str


def problem(status: int, code: str, detail: str, *, hint: str = "", errors: Iterable[FieldError] = ()) -> JSONResponse:
    """Return the answer that says so."""
    told = Problem(
        type=f"urn:keepstep:problem:{code}",
        title=code.replace("_", " "),
        status=status,
        detail=detail,
        hint=hint,
        errors=list(errors),
        correlation=correlation_of(),
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(told.model_dump(), status, headers=headers, media_type=MEDIA)


def problem_of(error: KeepstepError) -> JSONResponse:
    """Return the answer that says *error*."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
    errors = field_errors(error) if isinstance(error, ConfigurationError) and error.mistakes else ()
    answer = problem(status, error.code, error.message, hint=error.hint, errors=errors)
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def field_errors(error: ConfigurationError) -> list[FieldError]:
    """Return the mistakes of *error* by field; one that has none is itself the only one, of no field."""
    named = [FieldError(field=one.field, message=one.message) for one in error.mistakes]
    return named or [FieldError(field="", message=error.message)]


def add_problems(app: FastAPI) -> None:
    """Have *app* answer every error in the one shape."""

    async def ours(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, KeepstepError)  # noqa: S101 - registered for it
        return problem_of(error)

    async def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
        errors = [FieldError(field=_place(one["loc"]), message=_words(one)) for one in error.errors()]
        count = f"there are {len(errors)} mistakes" if len(errors) > 1 else "there is a mistake"
        return problem(422, "invalid_request", f"{count} in what was sent", errors=errors)

    async def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
        code = {404: "no_such_page", 405: "method_not_allowed"}.get(error.status_code, "refused")
        answer = problem(error.status_code, code, _HTTP.get(error.status_code, str(error.detail)))
        answer.headers.update(error.headers or {})
        return answer

    app.add_exception_handler(KeepstepError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


_HTTP: Final = {
    400: "what was sent cannot be understood",
    404: "there is nothing at this address",
    405: "this address does not do that",
}


def _place(path: Sequence[Any]) -> str:
    return ".".join(map(str, path))


def _words(error: Any) -> str:
    """Return what is wrong; pydantic's own words, which never hold the input where the model hides it."""
    return str(error["msg"]).removeprefix("Value error, ")
