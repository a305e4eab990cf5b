"""A value of a decoded answer as the text that it is kept as."""

import json
from typing import Any, cast

from keepstep.core.xml_tree import TEXT
from keepstep.errors import ResponseInvalid


def text_of_value(value: object) -> str:
    """Return *value* as text: a text as it is, numbers and true as in JSON, an XML element by its text.

    ResponseInvalid for what is nested too deeply.
    """
    if isinstance(value, str):
        return value
    if value.__class__ is int:
        return str(value)
    if isinstance(value, dict):
        text = cast("dict[str, Any]", value).get(TEXT)
        if isinstance(text, str):
            return text
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    except RecursionError as exc:
        raise ResponseInvalid("a value of the answer is nested too deeply") from exc
