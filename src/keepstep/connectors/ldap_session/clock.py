"""What time a directory server has: it tells everyone (MS-ADTS 3.1.1.3.2.11, `currentTime`)."""

from datetime import UTC, datetime

from keepstep.connectors.ldap_session.session import NoLogin, Session
from keepstep.connectors.ldap_session.tls import Server


async def time_at(server: Server) -> datetime | None:
    """Return the time of *server*, or None if it tells none. Nobody signs in. ConnectorError if it cannot be asked."""
    session = await Session.open(server, NoLogin())
    try:
        root = await session.base("", ("currentTime",))
    finally:
        session.close()
    told = root.values.get("currenttime", []) if root else []
    if not told:
        return None
    return _generalized(told[0].decode("ascii", "replace"))


def _generalized(text: str) -> datetime | None:
    """Return the time that *text* is, as RFC 4517 3.3.13 writes it in UTC, or None."""
    try:
        return datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
