"""Signed links by which one person decides about one request, once."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from keepstep.core.approval import DECISIONS, PlanVoteKind, RequestId
from keepstep.core.secret import Secret
from keepstep.errors import UsageError

Sign = Callable[[bytes], bytes]
"""Gives the signature of this home over some bytes."""

Signed = Callable[[bytes, bytes], bool]
"""Says whether this home gave, for the first, the second as its signature."""

_Content = tuple[str, str, list[str], str, str, str]
_LONGEST: Final = 4096
_REFUSED: Final = "ask for another: `keepstep approval link`"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLink:
    """What a link says: for whom it decides about which request, what it may decide, and until when.

    *maker*: who had it made; empty if it was sent with a notice. *chance*: what makes it another than every other.
    """

    request: RequestId
    operator: str
    scope: frozenset[PlanVoteKind] = DECISIONS
    until: datetime
    maker: str = ""
    chance: str


def packed(link: ApprovalLink, sign: Sign) -> Secret:
    """Return the token of *link*: whoever has it may decide, once."""
    content = msgspec.json.encode(
        [link.request, link.operator, sorted(link.scope), link.until.isoformat(), link.maker, link.chance]
    )
    return Secret(f"{_text(content)}.{_text(sign(content))}")


def unpacked(token: Secret, signed: Signed) -> ApprovalLink:
    """Return what *token* says; UsageError, which tells nothing of it, if this home did not sign exactly that."""
    given, _, signature = token.reveal().strip().partition(".")
    if len(given) + len(signature) > _LONGEST:
        raise _no_link()
    try:
        content = _bytes(given)
        if not signed(content, _bytes(signature)):
            raise _no_link()
        request, operator, scope, until, maker, chance = msgspec.json.decode(content, type=_Content)
        return ApprovalLink(
            request=RequestId(request),
            operator=operator,
            scope=frozenset(PlanVoteKind(kind) for kind in scope),
            until=datetime.fromisoformat(until),
            maker=maker,
            chance=chance,
        )
    except (ValueError, msgspec.MsgspecError):
        raise _no_link() from None


def _no_link() -> UsageError:
    return UsageError("this is no link of this home, or it was changed", hint=_REFUSED)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    found = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    # there is one way to write each, so that no second token is good for the same
    if _text(found) != text:
        raise NotBase64
    return found
