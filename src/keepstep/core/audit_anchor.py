"""Anchors: places off the box that checkpoints of the audit log are brought to, where nobody here can change them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from keepstep.core.duration import Duration
from keepstep.core.secret import SecretRef
from keepstep.core.spec import Name, Spec

_FIRST_GAP: Final = timedelta(seconds=30)
_LONGEST_GAP: Final = timedelta(hours=1)


class FolderAnchor(Spec):
    """A folder that is there already, such as a mounted share: one file for each checkpoint, never written over."""

    kind: Literal["folder"]
    folder: Annotated[str, Field(min_length=1)]


class SyslogAnchor(Spec):
    """A syslog server over TLS (RFC 5424 and 5425). It never says that it has kept a message."""

    kind: Literal["syslog"]
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:\-]{1,255}$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 6514
    ca_file: str = ""
    timeout: Annotated[float, Field(gt=0, le=120)] = 20


class HttpsAnchor(Spec):
    """An address that takes each checkpoint as the JSON body of a POST, and says with 2xx that it has it.

    *token*: sent as a bearer token.
    """

    kind: Literal["https"]
    url: Annotated[str, Field(pattern=r"^https://[^\s@]+$", max_length=2000)]
    token: SecretRef | None = None
    ca_file: str = ""
    timeout: Annotated[float, Field(gt=0, le=120)] = 20


AnchorSpec = Annotated[FolderAnchor | SyslogAnchor | HttpsAnchor, Field(discriminator="kind")]


class AuditSpec(Spec):
    """How the audit log is kept.

    *every*: how often a checkpoint is made, if there are new records. *redact*: attributes and keys whose values the
    log never holds, beside everything that is secret by its name.
    """

    every: Duration = "5m"
    anchors: dict[Name, AnchorSpec] = {}
    redact: list[Annotated[str, Field(min_length=1, max_length=256)]] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchored:
    """How far one anchor is. *count*: of the newest checkpoint it has. *failures*: in a row, since.

    *due*: not to be tried before; *problem*: why the last try failed.
    """

    anchor: str
    count: int = 0
    at: datetime | None = None
    failures: int = 0
    due: datetime | None = None
    problem: str = ""


def gap_after(failures: int) -> timedelta:
    """Return how long an anchor is left in peace after so many failures in a row."""
    return min(_FIRST_GAP * 2 ** min(failures - 1, 10), _LONGEST_GAP)
