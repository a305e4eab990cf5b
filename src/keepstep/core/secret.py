"""Secrets, and how they are kept out of everything a person or a log sees."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from keepstep.core.spec import Name, Spec

MASK: Final = "•••"


class Secret:
    """A credential in memory: its text is had only by asking for it with `reveal()`; every other form is a mask."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        """Return the mask."""
        return MASK

    __str__ = __repr__


def noticing(held: list[Secret]) -> Callable[[Secret], None]:
    """Return what adds a secret to *held*, each text once: a server notices the same ones at every request."""
    known = {secret.reveal() for secret in held}

    def notice(secret: Secret) -> None:
        if secret.reveal() not in known:
            known.add(secret.reveal())
            held.append(secret)

    return notice


def _not_ours(name: str) -> str:
    if name.startswith("KEEPSTEP_"):
        raise ValueError("variables that begin with KEEPSTEP_ are of Keepstep itself")
    return name


Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"), AfterValidator(_not_ours)]
"""An environment variable that is not of Keepstep itself: those hold its own keys and addresses."""


class SecretRef(Spec):
    """Where a secret is, standing where its text would stand: `{secret: name}`; exactly one key says it."""

    secret: Name | None = None
    environment: Variable | None = None
    file: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"^[^\x00]+$")] | None = None
    command: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("name one of secret, environment, file and command")
        return self

    @model_serializer(mode="wrap")
    def _written(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in dump(self).items() if value is not None}

    @property
    def label(self) -> str:
        """What messages call it."""
        if self.secret is not None:
            return f'secret "{self.secret}"'
        if self.environment is not None:
            return f"environment variable {self.environment}"
        return f"secret file {self.file}" if self.file is not None else f'secret command "{self.command}"'


Resolve = Callable[[SecretRef], Secret]
"""Open a secret by its reference; SecretMissing if there is none."""
