"""Where in an XML text a value may be put: between tags and in quoted attributes, where escapes are understood."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_NEXT: Final[Mapping[str, tuple[re.Pattern[str], Mapping[str, str]]]] = MappingProxyType(
    {
        "text": (
            re.compile(r"<!--|<!\[CDATA\[|<\?|<"),
            {"<!--": "a comment", "<![CDATA[": "a CDATA section", "<?": "a processing instruction", "<": "a tag"},
        ),
        "a comment": (re.compile("-->"), {"-->": "text"}),
        "a CDATA section": (re.compile(r"\]\]>"), {"]]>": "text"}),
        "a processing instruction": (re.compile(r"\?>"), {"?>": "text"}),
        "a tag": (re.compile("[\"'>]"), {'"': "double quotes", "'": "single quotes", ">": "text"}),
        "double quotes": (re.compile('"'), {'"': "a tag"}),
        "single quotes": (re.compile("'"), {"'": "a tag"}),
    }
)
_GOOD: Final = frozenset({"text", "double quotes", "single quotes"})


class XmlSpots:
    """Walks along an XML text piece by piece, and knows where it is."""

    def __init__(self) -> None:
        self._state = "text"

    def pass_by(self, plain: str) -> None:
        """Walk past *plain*, a piece of the text."""
        at = 0
        while True:
            pattern, following = _NEXT[self._state]
            found = pattern.search(plain, at)
            if found is None:
                return
            self._state = following[found[0]]
            at = found.end()

    @property
    def unfit(self) -> str:
        """What surrounds this spot, if a value put there could not be told from the markup; else nothing."""
        return "" if self._state in _GOOD else self._state
