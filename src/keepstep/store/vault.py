"""Secrets, sealed: each with a key of its own, which the master key seals (envelope encryption, AES-256-GCM)."""

import binascii
import os
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Final

from sqlalchemy import delete, select

from keepstep.core.secret import MASK, Secret, SecretRef
from keepstep.errors import SecretMissing, StoreError, UsageError
from keepstep.ports import Clock
from keepstep.store.database import Database
from keepstep.store.tables import SECRETS
from keepstep.store.translation import translated_files

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_WRAPPED_BYTES: Final = _NONCE_BYTES + _KEY_BYTES + 16  # nonce, data key, GCM tag
_PREFIX: Final = "keepstep-master-key:1:"
_OWN: Final = "connection:"
_MADE: Final = "keepstep:"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}")


def reserved(connection: str) -> str:
    """Return the name that the secret of *connection* itself is kept under; `secret set` and references refuse it."""
    return f"{_OWN}{connection}"


def owner(name: str) -> str:
    """Return the connection that the secret called *name* belongs to, or the empty text."""
    return name.removeprefix(_OWN) if name.startswith(_OWN) else ""


class MasterKey:
    """The key that seals the key of every secret. *id* names it without telling anything about it."""

    __slots__ = ("_key", "id")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = sha256(b"keepstep master key id\0" + key).hexdigest()[:16]

    def __repr__(self) -> str:
        """Return the id; the key is never shown."""
        return f"MasterKey({self.id}, {MASK})"

    def seal(self, name: str, text: str) -> bytes:
        """Return *text* sealed under a new data key; it opens only under this *name* and this master key."""
        data_key = secrets.token_bytes(_KEY_BYTES)
        bound = self._bound(name)
        return _encrypt(self._key, data_key, bound) + _encrypt(data_key, text.encode(), bound)

    def open(self, name: str, sealed: bytes) -> str:
        """Return the text that was sealed. ValueError if anything of it, or the name, was changed."""
        bound = self._bound(name)
        data_key = _decrypt(self._key, sealed[:_WRAPPED_BYTES], bound)
        return _decrypt(data_key, sealed[_WRAPPED_BYTES:], bound).decode()

    def derived(self, purpose: str) -> bytes:
        """Return 32 bytes that are the same for the same *purpose* (HKDF-SHA256, RFC 5869)."""
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), _KEY_BYTES, salt=None, info=f"keepstep {purpose}".encode()).derive(self._key)

    def _bound(self, name: str) -> bytes:
        return f"keepstep secret 1\0{self.id}\0{name}".encode()


def create_master_key(file: Path) -> MasterKey:
    """Make a new master key in *file*, readable by its owner only. StoreError if the file exists."""
    key = secrets.token_bytes(_KEY_BYTES)
    with translated_files(f"master key {file}"):
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError as exc:
            raise StoreError(f"master key {file} exists already", hint="keep it: it opens the stored secrets") from exc
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(f"{_PREFIX}{b64encode(key).decode()}\n")
            out.flush()
            os.fsync(descriptor)
    return MasterKey(key)


def load_master_key(file: Path) -> MasterKey:
    """Return the master key in *file*. StoreError if it is missing, damaged, or can be read by others."""
    with translated_files(f"master key {file}"):
        try:
            stream = file.open(encoding="ascii", errors="replace")
        except FileNotFoundError as exc:
            hint = "`keepstep init` makes one; a lost one is restored from your backup, or every secret is set anew"
            raise StoreError(f"master key {file} is missing", hint=hint) from exc
        with stream:
            mode = os.fstat(stream.fileno()).st_mode & 0o777
            if mode & 0o077:
                raise StoreError(f"master key {file} is open to others (mode {mode:04o})", hint=f"chmod 600 {file}")
            content = stream.read(4096).strip()
    damaged = StoreError(f"master key {file} is damaged", hint="restore it from your backup")
    if not content.startswith(_PREFIX):
        raise damaged
    try:
        key = b64decode(content.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise damaged from None
    if len(key) != _KEY_BYTES:
        raise damaged
    return MasterKey(key)


class Vault:
    """Keeps secrets sealed in the database. The key file is read when a secret is first sealed or opened."""

    def __init__(self, database: Database, key_file: Path, clock: Clock) -> None:
        self._database = database
        self._key_file = key_file
        self._clock = clock
        self._loaded: MasterKey | None = None

    def set(self, name: str, secret: Secret) -> None:
        """Keep *secret* under *name*, in place of any earlier one. UsageError for a bad name or an empty secret."""
        if not _NAME.fullmatch(name):
            hint = "use up to 64 letters, digits, dots, dashes and underscores"
            raise UsageError("this cannot be the name of a secret", hint=hint)
        if not secret.reveal():
            raise UsageError(f'secret "{name}" would be empty', hint="give it on standard input or at the prompt")
        self._keep(name, secret)

    def keep(self, connection: str, secret: Secret) -> None:
        """Keep the *secret* that *connection* came by itself, under a name that nobody can give to another."""
        self._keep(reserved(connection), secret)

    def _keep(self, name: str, secret: Secret) -> None:
        key_id, sealed = self.seal(name, secret)
        row = {"key_id": key_id, "sealed": sealed, "at": self._clock.now()}
        statement = self._database.insert(SECRETS).values(name=name, **row)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))

    def made(self, purpose: str, make: Callable[[], Secret]) -> Secret:
        """Return the secret that Keepstep itself has for *purpose*, made when it is first asked for.

        Every process gets the same. SecretMissing if it cannot be opened: it is never quietly made anew.
        """
        name = f"{_MADE}{purpose}"
        if name not in self.names():
            key_id, sealed = self.seal(name, make())
            statement = self._database.insert(SECRETS).values(
                name=name, key_id=key_id, sealed=sealed, at=self._clock.now()
            )
            with self._database.write() as connection:
                connection.execute(statement.on_conflict_do_nothing(index_elements=["name"]))
        return self.get(name)

    def kept(self, connection: str) -> Secret | None:
        """Return what was kept for *connection*, or None. SecretMissing if it cannot be opened."""
        name = reserved(connection)
        return self.get(name) if name in self.names() else None

    def get(self, name: str) -> Secret:
        """Return the secret called *name*. SecretMissing if there is none or it cannot be opened."""
        with self._database.read() as connection:
            row = connection.execute(select(SECRETS.c.key_id, SECRETS.c.sealed).where(SECRETS.c.name == name)).first()
        if row is None:
            raise _missing(name)
        key_id, sealed = row
        again = f"{_anew(name)}, or bring back the master key"
        return self.unseal(name, key_id, sealed, what=f'secret "{name}"', hint=again)

    def seal(self, name: str, secret: Secret) -> tuple[str, bytes]:
        """Return the id of the master key, and *secret* sealed with it under *name*."""
        key = self._key()
        return key.id, key.seal(name, secret.reveal())

    def unseal(self, name: str, key_id: str, sealed: bytes, *, what: str, hint: str) -> Secret:
        """Return what was sealed under *name*. SecretMissing, about *what*, if it does not open."""
        key = self._key()
        if key_id != key.id:
            raise SecretMissing(f"{what} was sealed with another master key ({key_id})", hint=hint)
        try:
            return Secret(key.open(name, sealed))
        except ValueError as exc:
            raise SecretMissing(f"{what} was damaged in the database", hint=hint) from exc

    def derived(self, purpose: str) -> bytes:
        """Return the key that the master key gives for *purpose*; it tells nothing of that or of another purpose."""
        return self._key().derived(purpose)

    def resolve(self, reference: SecretRef) -> Secret:
        """Return the secret that *reference* names, as `get`."""
        return self.get(reference.secret)

    def names(self) -> list[str]:
        """Return the names of all secrets, sorted."""
        with self._database.read() as connection:
            return sorted(connection.execute(select(SECRETS.c.name)).scalars())

    def remove(self, name: str) -> None:
        """Forget the secret called *name*. SecretMissing if there is none; UsageError if Keepstep itself needs it."""
        if name.startswith(_MADE):
            raise UsageError(
                f'secret "{name}" is of Keepstep itself', hint="what it signed could not be proven any more"
            )
        with self._database.write() as connection:
            if not connection.execute(delete(SECRETS).where(SECRETS.c.name == name)).rowcount:
                raise _missing(name)

    def _key(self) -> MasterKey:
        if self._loaded is None:
            self._loaded = load_master_key(self._key_file)
        return self._loaded


def _anew(name: str) -> str:
    if connection := owner(name):
        return f"authorize it anew: `keepstep connection authorize {connection}`"
    return f"set it anew: `keepstep secret set {name}`"


def _missing(name: str) -> SecretMissing:
    return SecretMissing(f'there is no secret "{name}"', hint=f"set it: `keepstep secret set {name}`")


def _encrypt(key: bytes, content: bytes, bound: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound)


def _decrypt(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound)
    except InvalidTag:
        raise ValueError("the seal is broken") from None
