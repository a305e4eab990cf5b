"""One declared HTTP call: where, how and what is sent. Endpoints and webhooks are calls."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import Field, JsonValue, model_validator

from keepstep.core.answer_format import Format
from keepstep.core.authorization import HeaderName
from keepstep.core.request_body import BodyType
from keepstep.core.spec import Spec

_MACRO: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class Rate(Spec):
    """A rate limit: *calls* in any *seconds*."""

    calls: Annotated[int, Field(gt=0)]
    seconds: Annotated[float, Field(gt=0)] = 1.0


class CallSpec(Spec):
    """One call: where, how, what is sent, and how the answer is written.

    `{base_url}` begins the URL (`{baseUrl}` is understood too). `{name}` in the URL, the parameters and the body stands
    for a value given with the call; in the URL it is encoded, in a body a leaf that is only a placeholder becomes the
    value itself, so nothing can break out of the structure. A body of type `xml` or `text` is one text, one of type
    `form` or `multipart` names its fields. *limit* names the rate limit that the call counts against; calls with the
    same one share it; *rate* is a limit of its own.
    """

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    url: Annotated[
        str,
        Field(pattern=r"^((\{base_?[uU]rl\}|\{\{\s*connection\.base_url\s*\}\})([/?]|$)|https?://[^/?#@]+([/?#]|$))"),
    ]
    headers: dict[HeaderName, str] = {}
    params: dict[str, str] = {}
    body: JsonValue = None
    body_type: BodyType = BodyType.JSON
    timeout: Annotated[float | None, Field(gt=0, le=600)] = None
    rate: Rate | None = None
    format: Format = Format.AUTO
    limit: str = ""
    description: str = ""

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if any(ch.isspace() for ch in _MACRO.sub("", self.url)):
            raise ValueError("a url has no blanks; write %20, or put what holds them into params")
        if self.rate is not None and self.limit:
            raise ValueError("limit names a shared rate limit and rate is one of its own: choose one")
        if self.body is None:
            return self
        if self.body_type is BodyType.NONE:
            raise ValueError("there is a body, and body_type says none")
        if self.body_type in {BodyType.XML, BodyType.TEXT} and not isinstance(self.body, str):
            raise ValueError(f"the body of type {self.body_type} is one text")
        fields = self.body_type in {BodyType.FORM, BodyType.MULTIPART}
        if fields and not (isinstance(self.body, dict) and all(isinstance(v, str) for v in self.body.values())):
            raise ValueError(f"the body of type {self.body_type} names its fields, each with a text")
        return self
