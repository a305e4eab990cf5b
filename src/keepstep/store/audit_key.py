"""The key that signs checkpoints of the audit log (Ed25519, RFC 8032): sealed in the vault, made when first needed."""

import binascii
from base64 import b64decode, b64encode
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, update

from keepstep.core.audit import AuditNote
from keepstep.core.audit_checkpoint import line_of, signed_content
from keepstep.core.secret import Secret
from keepstep.store.audit_log import SqlAuditLog
from keepstep.store.database import Database
from keepstep.store.tables_audit import AUDIT_ARCHIVES, AUDIT_CHECKPOINTS
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

    @property
    def lost(self) -> bool:
        """Whether there is a key, and no master key at hand opens it."""
        return self._vault.lost(_PURPOSE)

    def make_anew(self, database: Database, log: SqlAuditLog, *, operator: str) -> None:
        """Have another key in place of the lost one, and sign with it where the log begins, in one transaction.

        What the lost key signed leaves the database: it is proven by the public key that was kept, and the anchors.
        AuditBroken if the log was altered, and nothing is changed then.
        """
        log.verify()
        begin, secret = log.begin(), _new_key()
        self._loaded = _private(secret)
        again = replace(begin, key=self.id, signature=self.sign(signed_content(begin)))
        note = AuditNote(action="audit_key_made_anew", subject="audit log", detail={"key": self.id}, operator=operator)
        with database.write() as connection:
            self._vault.make_anew(connection, _PURPOSE, secret)
            connection.execute(delete(AUDIT_CHECKPOINTS))
            where = AUDIT_ARCHIVES.c.count == begin.count
            connection.execute(update(AUDIT_ARCHIVES).where(where).values(checkpoint=line_of(again)))
            log.add_within(connection, note)

    def _key(self) -> "Ed25519PrivateKey":
        if self._loaded is None:
            self._loaded = _private(self._vault.made(_PURPOSE, _new_key))
        return self._loaded


def _private(secret: Secret) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(b64decode(secret.reveal()))


def _new_key() -> Secret:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Secret(b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode())
