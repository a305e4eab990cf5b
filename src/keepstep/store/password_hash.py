"""Passwords of operators, as nothing can be made of them again: argon2id (RFC 9106)."""

from threading import Semaphore
from typing import TYPE_CHECKING, Final

from keepstep.core.secret import Secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_AT_ONCE: Final = Semaphore(2)
"""So many are worked out at once: each takes 64 MiB, and wrong tries must not fill the memory."""


class Argon2:
    """Hashes and checks passwords with the second choice of RFC 9106: 64 MiB, three passes, four lanes."""

    def __init__(self) -> None:
        self._made: PasswordHasher | None = None
        self._nobodys = ""

    @property
    def _hasher(self) -> "PasswordHasher":
        if self._made is None:
            from argon2 import PasswordHasher
            from argon2.profiles import RFC_9106_LOW_MEMORY

            self._made = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        return self._made

    def hashed(self, password: Secret) -> str:
        """Return the hash of *password*, with its salt and parameters."""
        with _AT_ONCE:
            return self._hasher.hash(password.reveal())

    def right(self, hashed: str, password: Secret) -> bool:
        """Return whether *hashed* is of *password*; it takes as long where there is no hash."""
        from argon2.exceptions import InvalidHashError, VerificationError

        if not hashed:
            self._nobodys = self._nobodys or self.hashed(Secret("nobody has this password"))
        try:
            with _AT_ONCE:
                return self._hasher.verify(hashed or self._nobodys, password.reveal()) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, hashed: str) -> bool:
        """Return whether *hashed* was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)
