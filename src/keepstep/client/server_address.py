"""Where a server is: an address that a token may be sent to."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from keepstep.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """*path*: what a proxy puts before `/api/v1`. *secure*: by TLS."""

    host: str
    port: int | None
    path: str
    secure: bool


def server_address(url: str) -> ServerAddress:
    """Return the parts of *url*; UsageError for what is no address, and for plain HTTP to another machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _unusable("it is no address") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise _unusable("it is no address")
    if _has_more(parts):
        raise _unusable("no name, password or query belongs in it")
    if parts.scheme == "http" and not _is_loopback(host):
        raise UsageError(
            "the server is on another machine, and plain HTTP would show the token to everybody between",
            hint="write https:// in --server; plain http:// is for this machine alone",
        )
    return ServerAddress(host=host, port=port, path=parts.path.rstrip("/"), secure=parts.scheme == "https")


def _unusable(why: str) -> UsageError:
    return UsageError(f"--server cannot be used: {why}", hint="write it like https://keepstep.corp.example")


def _has_more(parts: SplitResult) -> bool:
    return any((parts.username, parts.password, parts.query, parts.fragment))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
