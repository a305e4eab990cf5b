"""The programs that may be called for a secret: each by its absolute path, with arguments that nobody else chooses."""

from typing import Annotated, Literal

from pydantic import Field

from keepstep.core.secret import Variable
from keepstep.core.spec import Name, Spec

_Text = Annotated[str, Field(pattern=r"^[^\x00]*$", max_length=4096)]


class SecretCommand(Spec):
    """One program that prints one secret.

    *environment*: the variables that it gets beside PATH, HOME and LANG. *timeout*: seconds it may take; *keep*:
    seconds for which what it printed is used again.
    """

    program: Annotated[str, Field(pattern=r"^/[^\x00]+$", max_length=4096)]
    arguments: list[_Text] = []
    environment: list[Variable] = []
    timeout: Annotated[float, Field(gt=0, le=60)] = 10
    keep: Annotated[float, Field(ge=0, le=86_400)] = 60


class SecretCommands(Spec):
    """What the file of secret commands says."""

    version: Literal[1]
    secret_commands: dict[Name, SecretCommand] = {}
