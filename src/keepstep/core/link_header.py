"""The `Link` header (RFC 8288, section 3): which page is the next one, the first, the last."""

import re
from typing import Final

_WORD: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_BLANK: Final = re.compile(r"[\s,]+")
_TARGET: Final = re.compile(r"\s*<([^>]*)>")
_PARAMETER: Final = re.compile(rf"\s*;\s*(?:({_WORD})\s*(?:=\s*({_QUOTED}|{_WORD}|[^\s\",;]+))?\s*)?")
_NEXT: Final = re.compile(r"\s*(?:,|$)")


def parse_links(header: str) -> dict[str, str]:
    """Return the target of each relation that *header* names, relations in lower case; ValueError if it is malformed.

    The first target of a relation counts, and so does the first `rel` of a link. A link about another document
    (`anchor`) says nothing about this one.
    """
    links: dict[str, str] = {}
    at = 0
    while at < len(header):
        if skipped := _BLANK.match(header, at):
            at = skipped.end()
            continue
        target = _TARGET.match(header, at)
        if target is None:
            raise ValueError("it is not a list of <links>")
        at = target.end()
        parameters: dict[str, str] = {}
        while (parameter := _PARAMETER.match(header, at)) is not None:
            at = parameter.end()
            if parameter[1]:
                parameters.setdefault(parameter[1].lower(), _unquoted(parameter[2] or ""))
        end = _NEXT.match(header, at)
        if end is None:
            raise ValueError("a parameter of a link is not name=value")
        at = end.end()
        if "anchor" not in parameters:
            for relation in parameters.get("rel", "").lower().split():
                links.setdefault(relation, target[1].strip())
    return links


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] == '"' else text
