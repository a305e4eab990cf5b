"""A master key, which seals the key of each secret, and the ring of those that a process has at hand."""

import binascii
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from keepstep.core.secret import MASK
from keepstep.errors import StoreError

_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_WRAPPED_BYTES: Final = _NONCE_BYTES + _KEY_BYTES + 16  # nonce, data key, GCM tag
_PREFIX: Final = "keepstep-master-key:1:"
MOST_KEYS: Final = 16


class MasterKey:
    """The key that seals the key of every secret. *id* names it without telling anything about it."""

    __slots__ = ("_key", "id")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.id = sha256(b"keepstep master key id\0" + key).hexdigest()[:16]

    def __repr__(self) -> str:
        """Return the id; the key is never shown."""
        return f"MasterKey({self.id}, {MASK})"

    def line(self) -> str:
        """Return the line that it is kept as."""
        return f"{_PREFIX}{b64encode(self._key).decode()}\n"

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


def new_master_key() -> MasterKey:
    """Return a key that nobody had before."""
    return MasterKey(secrets.token_bytes(_KEY_BYTES))


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The master keys at hand, the oldest first, at least one: each opens what it sealed."""

    keys: tuple[MasterKey, ...]

    @property
    def newest(self) -> MasterKey:
        """The last one."""
        return self.keys[-1]

    @property
    def ids(self) -> tuple[str, ...]:
        """What names them."""
        return tuple(key.id for key in self.keys)

    def find(self, key_id: str) -> MasterKey | None:
        """Return the key called *key_id*, or None."""
        return next((key for key in self.keys if key.id == key_id), None)

    def text(self) -> str:
        """Return the lines that it is kept as, for `ring_of`."""
        return "".join(key.line() for key in self.keys)


def ring_of(text: str, *, what: str, hint: str) -> KeyRing:
    """Return the ring whose keys stand in *text*, each as 32 bytes in Base64, between blanks or commas.

    StoreError, about *what* and without any of the text, if one of them is no key.
    """
    damaged = StoreError(f"{what} is damaged", hint=hint)
    words = text.replace(",", " ").split()
    if not 0 < len(words) <= MOST_KEYS:
        raise damaged
    try:
        found = {key.id: key for key in _keys(words)}
    except ValueError:
        raise damaged from None
    return KeyRing(tuple(found.values()))


def _keys(words: list[str]) -> Iterator[MasterKey]:
    for word in words:
        key = b64decode(word.removeprefix(_PREFIX), validate=True)
        if len(key) != _KEY_BYTES:
            raise binascii.Error
        yield MasterKey(key)


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
