"""A certificate of one's own for 127.0.0.1, that nobody trusts by itself."""

import ssl
import subprocess
from pathlib import Path


def certificate_for(folder: Path, name: str) -> tuple[str, ssl.SSLContext]:
    """Return the file of a certificate for *name* and 127.0.0.1, and what a server shows it with."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=IP:127.0.0.1,DNS:{name}", "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return str(cert), context
