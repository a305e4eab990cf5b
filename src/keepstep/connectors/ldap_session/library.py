"""python-ldap, imported when first needed, and what its errors stand for."""

import importlib
from typing import Any

from keepstep.connectors.ldap_session.results import Answer
from keepstep.errors import ConnectorError


def library(name: str = "ldap") -> Any:
    """Return python-ldap, imported on first use; ConnectorError says how to install it."""
    try:
        return importlib.import_module(name)
    except ImportError as exc:
        raise ConnectorError(
            "LDAP needs python-ldap, which is not installed",
            hint="apt-get install gcc libldap-dev libsasl2-dev, then pip install 'keepstep[ad]'",
        ) from exc


def answer_of(exc: Exception) -> Answer:
    """Return the result that an error of python-ldap stands for; -1 when it does not tell."""
    detail: Any = exc.args[0] if exc.args else {}
    told: dict[str, Any] = detail if isinstance(detail, dict) else {"info": detail}  # pyright: ignore[reportUnknownVariableType] - python-ldap has no types
    code = told.get("result", getattr(exc, "errnum", None))
    return Answer(code if isinstance(code, int) else -1, str(told.get("info", "")))
