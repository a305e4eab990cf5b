"""The configuration of a server: read, checked against the connected systems, replaced."""

from dataclasses import dataclass

from keepstep.client.client import Client


@dataclass(frozen=True, slots=True)
class InForce:
    """The configuration in force. *etag*: what exactly this text is known by."""

    text: str
    etag: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found about a text. *mistakes* must be mended, *open* could not be asked, *unset* are secrets."""

    good: bool
    mistakes: list[str]
    open: list[str]
    unset: list[str]


@dataclass(frozen=True, slots=True)
class _Put:
    version: int


def in_force(client: Client) -> InForce:
    """Return the configuration in force."""
    return client.get(InForce, "/configuration")


def checked(client: Client, text: str) -> Checked:
    """Return what the systems that *text* names say about it."""
    return client.post(Checked, "/configuration/check", {"text": text, "live": True})


def put(client: Client, text: str, before: InForce) -> int:
    """Put *text* in force in place of exactly *before*; return the number of the version."""
    return client.changed(_Put, "PUT", "/configuration", {"text": text}, If_Match=f'"{before.etag}"').version
