"""The key that signs checkpoints of the audit log (Ed25519, RFC 8032): sealed in the vault, made when first needed."""

import binascii
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from keepstep.core.secret import Secret
from keepstep.store.vault import Vault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PURPOSE: Final = "audit-key"


class AuditKey:
    """Signs with the key of this installation, and knows its own signatures."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._loaded: Ed25519PrivateKey | None = None

    @property
    def public(self) -> str:
        """The public key: 32 bytes in Base64, to be kept where the log is verified."""
        return b64encode(self._key().public_key().public_bytes_raw()).decode()

    @property
    def id(self) -> str:
        """What names the key in checkpoints."""
        return sha256(b64decode(self.public)).hexdigest()[:16]

    def sign(self, content: bytes) -> str:
        """Return the signature of *content*, in Base64."""
        return b64encode(self._key().sign(content)).decode()

    def signed(self, content: bytes, signature: str) -> bool:
        """Return whether *signature* is of this key and of *content*."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._key().public_key().verify(b64decode(signature, validate=True), content)
        except (InvalidSignature, binascii.Error):
            return False
        return True

    def _key(self) -> "Ed25519PrivateKey":
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if self._loaded is None:
            secret = self._vault.made(_PURPOSE, _new_key)
            self._loaded = Ed25519PrivateKey.from_private_bytes(b64decode(secret.reveal()))
        return self._loaded


def _new_key() -> Secret:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Secret(b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode())
