"""What a server refused, as the error that it is here: with its message, its hint and its place in the tree."""

from collections.abc import Iterator, Mapping

import msgspec

from keepstep.errors import ConfigurationError, KeepstepError, ResponseInvalid


class FieldError(msgspec.Struct):
    """One mistake in what was sent."""

    field: str
    message: str


class Problem(msgspec.Struct):
    """The shape of everything that goes wrong (RFC 9457)."""

    type: str
    detail: str
    hint: str = ""
    errors: list[FieldError] = []


def error_of(code: str, detail: str, hint: str) -> KeepstepError:
    """Return the error that has *code*; one that this version does not know is a plain KeepstepError."""
    known = _known().get(code)
    if known is None or known.__init__ not in {KeepstepError.__init__, ConfigurationError.__init__}:
        return KeepstepError(detail, hint=hint)
    return known(detail, hint=hint)


def refusal(status: int, body: bytes) -> KeepstepError:
    """Return the error that an answer of 400 or more tells."""
    try:
        told = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return ResponseInvalid(
            f"the server answered {status} without saying why",
            hint="is it Keepstep, and the address of it alone, without /api/v1?",
        )
    code = told.type.rpartition(":")[2]
    # what is wrong with a configuration is told with lines and columns already
    errors = told.errors if code == "invalid_request" else []
    detail = "\n".join([told.detail, *(f"{one.field}: {one.message}" for one in errors)])
    return error_of(code, detail, told.hint)


def _known() -> Mapping[str, type[KeepstepError]]:
    def below(kind: type[KeepstepError]) -> Iterator[type[KeepstepError]]:
        yield kind
        for one in kind.__subclasses__():
            yield from below(one)

    return {kind.code: kind for kind in below(KeepstepError)}
