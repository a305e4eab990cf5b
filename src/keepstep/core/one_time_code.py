"""The codes of a second factor that change every half a minute (TOTP, RFC 6238: six digits, SHA-1, 30 s)."""

from base64 import b32decode, b32encode
from datetime import datetime
from hmac import compare_digest
from typing import Final
from urllib.parse import quote

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SEED_BYTES: Final = 20
STEP: Final = 30
_DIGITS: Final = 6
_DRIFT: Final = 1


def code_at(seed: bytes, step: int) -> str:
    """Return the code of *seed* in the *step*-th half minute since 1970."""
    # SHA-1 is what the apps on people's phones know; RFC 6238 keeps it, and nothing rests on its collisions
    return TOTP(seed, _DIGITS, SHA1(), STEP).generate(step * STEP).decode()  # noqa: S303


def step_of(seed: bytes, code: str, now: datetime, *, after: int) -> int | None:
    """Return the step that *code* is of: beside that of *now* at most, and later than *after*; None if it is wrong."""
    given = code.replace(" ", "").encode()
    here = int(now.timestamp()) // STEP
    found = [
        step for step in range(here - _DRIFT, here + _DRIFT + 1) if compare_digest(code_at(seed, step).encode(), given)
    ]
    return next((step for step in found if step > after), None)


def seed_text(seed: bytes) -> str:
    """Return *seed* as people type it into an app (base32)."""
    return b32encode(seed).decode()


def seed_bytes(text: str) -> bytes:
    """Return the seed that `seed_text` wrote."""
    return b32decode(text)


def seed_link(seed: bytes, operator: str) -> str:
    """Return the `otpauth:` link of *seed*, which apps take as a QR code."""
    who = quote(f"Keepstep:{operator}", safe=":")
    return f"otpauth://totp/{who}?secret={seed_text(seed)}&issuer=Keepstep&digits={_DIGITS}&period={STEP}"
