"""Secrets, and how they are kept out of everything a person or a log sees."""

from collections.abc import Callable
from typing import Final

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


class SecretRef(Spec):
    """The name of a secret, standing where its text would stand: `{secret: name}`."""

    secret: Name


Resolve = Callable[[SecretRef], Secret]
"""Open a secret by its reference; SecretMissing if there is none."""
