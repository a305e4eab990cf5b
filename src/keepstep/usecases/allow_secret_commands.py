"""Allow the programs that may be called for a secret: as the file of secret commands names them, and no others."""

from collections.abc import Mapping

from pydantic import ValidationError

from keepstep.core.configuration import Document
from keepstep.core.secret_command import SecretCommand, SecretCommands
from keepstep.core.spec_problem import problems_of
from keepstep.usecases.configure import refusal


def allow_secret_commands(document: Document) -> Mapping[str, SecretCommand]:
    """Return the commands that *document* allows by name; ConfigurationError lists every mistake with its place."""
    try:
        return SecretCommands.model_validate(document.data).secret_commands
    except ValidationError as error:
        raise refusal(document, list(problems_of(error, SecretCommands, document.data))) from None
