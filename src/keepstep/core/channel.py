"""Ways to tell people something: e-mail by SMTP, or a webhook (an SMS through Infobip, a chat)."""

import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from keepstep.core.secret import SecretRef
from keepstep.core.spec import Spec, WebhookName

_ADDRESS: Final = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,250}[A-Za-z0-9])?\Z")
LONGEST_SUBJECT: Final = 500
LONGEST_TEXT: Final = 100_000


class EmailChannel(Spec):
    """E-mail through an SMTP server. *to*: addresses by macro; who has none gets none.

    *tls*: `starttls` (port 587), `implicit` (port 465), or `none`, which only this machine may be sent to.
    """

    kind: Literal["email"]
    host: Annotated[str, Field(min_length=1)]
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    ca_file: str = ""
    user: str = ""
    password: SecretRef | None = None
    sender: Annotated[str, Field(alias="from")]
    to: Annotated[list[str], Field(min_length=1)]
    timeout: Annotated[float, Field(gt=0, le=120)] = 20
    description: str = ""

    @model_validator(mode="after")
    def _is_safe(self) -> "EmailChannel":
        if self.tls == "none" and self.host not in {"localhost", "127.0.0.1", "::1"}:
            raise ValueError("tls: none is only for a server on this machine, as everything goes unprotected")
        if bool(self.user) is (self.password is None):
            raise ValueError("user and password belong together")
        if not is_address(self.sender):
            raise ValueError("from is no e-mail address")
        return self


class WebhookChannel(Spec):
    """A webhook, written `connection.webhook`, which reads `with.subject` and `with.text`, and what *with* adds."""

    kind: Literal["webhook"]
    webhook: WebhookName
    values: Annotated[dict[str, str], Field(alias="with")] = {}
    description: str = ""


class FileChannel(Spec):
    """A file in the folder `notices` of the home, one a day, to which each message is added as a line of JSON."""

    kind: Literal["file"]
    file: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")]
    description: str = ""


class ChatChannel(Spec):
    """An incoming webhook of a chat. *url*: a secret, as whoever knows it may write there.

    *style*: `slack` and what is compatible with it, or `teams` (an adaptive card).
    """

    kind: Literal["chat"]
    url: SecretRef
    style: Literal["slack", "teams"] = "slack"
    timeout: Annotated[float, Field(gt=0, le=120)] = 20
    description: str = ""


ChannelSpec = Annotated[EmailChannel | WebhookChannel | FileChannel | ChatChannel, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with an e-mail."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One e-mail, ready to be sent. *id*: the same whenever it is sent again, so that mail systems drop the double."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()


def is_address(text: str) -> bool:
    """Return whether *text* is one e-mail address and nothing else, so that it can stand in a header."""
    return _ADDRESS.match(text) is not None


def one_line(text: str) -> str:
    """Return *text* in one line, as a header needs it: line breaks and control characters become blanks."""
    return " ".join("".join(ch if ch.isprintable() else " " for ch in text).split())[:LONGEST_SUBJECT]


def chat_body(style: str, subject: str, text: str) -> dict[str, object]:
    """Return what a chat is sent: text that is shown as it is, with nothing of it taken for a command or a mention."""
    if style == "teams":
        blocks = [
            {"type": "TextBlock", "text": _plain_markdown(subject), "weight": "bolder", "wrap": True},
            *({"type": "TextBlock", "text": _plain_markdown(line), "wrap": True} for line in text.splitlines() if line),
        ]
        card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks}
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
        return {"type": "message", "attachments": [attachment]}
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    title = subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": f"{title}\n{escaped}", "mrkdwn": False}


def _plain_markdown(text: str) -> str:
    return "".join(f"\\{ch}" if ch in "\\*_[]()#<>`" else ch for ch in text)
