"""What a connection check says of the way to a server: reach, TLS, bind."""

from keepstep.errors import ConfigurationError, ConnectionLost, ConnectorError, CredentialsRefused, TlsRefused
from keepstep.ports import Finding


def not_opened(error: ConnectorError | ConfigurationError, *, tls: bool) -> list[Finding]:
    """Return the findings for a connection that could not be opened: what worked before, and what did not."""
    subjects = ["reach", "TLS", "bind"] if tls else ["reach", "bind"]
    failed = "configuration"
    match error:
        case ConnectionLost():
            failed = "reach"
        case TlsRefused():
            failed = "TLS"
        case CredentialsRefused():
            failed = "bind"
        case _:
            pass
    good = subjects[: subjects.index(failed)] if failed in subjects else []
    return [
        *(Finding(subject=subject, good=True, detail="works") for subject in good),
        Finding(subject=failed, good=False, detail=error.message, hint=error.hint),
    ]


def opened(address: str, *, tls: bool) -> list[Finding]:
    """Return the findings for a connection that is open."""
    found = [Finding(subject="reach", good=True, detail=address)]
    if tls:
        found.append(Finding(subject="TLS", good=True, detail="the certificate is trusted and bears the server's name"))
    return [*found, Finding(subject="bind", good=True, detail="the credentials are accepted")]
