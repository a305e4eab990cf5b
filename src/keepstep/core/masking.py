"""Secrets taken out of texts that a person, a file or a maintainer gets to see."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from typing import Final

from keepstep.core.secret import MASK, Secret

_SHORTEST_PART: Final = 6
_SCHEMES: Final = "basic|bearer|app|ibsso|digest|negotiate"
_PROOFS: Final = (
    re.compile(rf"(?i)(\b(?:proxy-)?authorization\b\W{{1,8}}(?:(?:{_SCHEMES})\s+)?)[^\s'\"\\,)}}\]]+"),
    re.compile(rf"(?i)(\b(?:{_SCHEMES})\s+)(?=[\w+/=.~\-]{{16}})[^\s'\"\\,)}}\]]+"),
    re.compile(r"(?i)((?:token|password|secret|api_?key)['\"\\]*\s*[:=]\s*b?\\*['\"])[^'\"\\]+"),
)


def masked(text: str, secrets: Iterable[Secret]) -> str:
    """Return *text* with *secrets* masked: as they are, escaped any number of times, encoded, in hex or in Base64."""
    known = frozenset(secret.reveal() for secret in secrets) - {""}
    return _pattern(known).sub(MASK, text) if known else text


@lru_cache(maxsize=64)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    """Return the pattern of *secrets*; the few that a process uses are looked for in every request and answer."""
    parts = {part for secret in secrets for part in _patterns(secret)}
    return re.compile("|".join(sorted(parts, key=len, reverse=True)), re.IGNORECASE)


def masked_report(text: str, secrets: Iterable[Secret]) -> str:
    """Return *text* with *secrets* masked, and whatever looks like the proof of a request: tokens are not sealed."""
    text = masked(text, secrets)
    for proof in _PROOFS:
        text = proof.sub(rf"\1{MASK}", text)
    return text


def _patterns(secret: str) -> Iterator[str]:
    yield "".join(map(_letter, secret))
    for raw in (secret.encode(), secret.encode("utf-16-le")):
        yield raw.hex()
        for part in _base64_parts(raw):
            if len(part) >= _SHORTEST_PART:
                yield re.escape(part).replace(r"\+", r"[+\-]").replace("/", "[/_]")


def _letter(ch: str) -> str:
    r"""Return a pattern for one letter as JSON, Python, HTML, URLs and forms write it, escaped any number of times."""
    raw = ch.encode()
    forms = [
        rf"\\*{re.escape(ch)}",
        "".join(rf"\\+x{byte:02x}" for byte in raw),
        "".join(rf"\\+u{unit:04x}" for unit in _utf_16(ch)),
        "".join(f"%{byte:02x}" for byte in raw),
        re.escape(escape(ch)),
        re.escape(repr(ch.encode("utf-16-le"))[2:-1]),
    ]
    if ch == " ":
        forms.append(r"\+")
    return rf"(?:{'|'.join(forms)})(?:\\+x00)?"


def _utf_16(ch: str) -> list[int]:
    raw = ch.encode("utf-16-be")
    return [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]


def _base64_parts(raw: bytes) -> Iterator[str]:
    """Yield what of *raw* shows in the Base64 of a longer text: it can begin at three places of a group."""
    for shift in range(3):
        whole = b64encode(b"\0" * shift + raw).decode()
        yield whole[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]
