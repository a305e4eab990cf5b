"""Regular expressions that always end soon: what could make a search take long is refused when it is written."""

import re
from functools import lru_cache
from typing import Final

from keepstep.errors import MacroError

LONGEST_PATTERN: Final = 100
LONGEST_SEARCHED: Final = 300
_MOST_OPEN: Final = 2
_MOST_WAYS: Final = 8
_HINT: Final = "use a simpler pattern, or replace in several steps"

_TOKEN: Final = re.compile(
    r"""(?P<escape>\\.) | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\]) | (?P<group>\(\?:|\()(?P<special>\?)? | (?P<close>\))
      | (?P<open>[*+]|\{[0-9]+,\}) | (?P<range>\{(?P<least>[0-9]{1,3})?(?:,(?P<most>[0-9]{1,3}))?\}) | (?P<maybe>\?)
      | (?P<either>\|) | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)


@lru_cache(maxsize=256)
def bounded_pattern(text: str) -> re.Pattern[str]:
    """Return *text* ready to search with; MacroError if it is no pattern, or one that could search for long.

    At most two repetitions without an end, none of a group, and few other choices: a text of 300 characters is then
    searched in a bounded number of steps, whatever it holds.
    """
    if len(text) > LONGEST_PATTERN:
        raise MacroError(f"a pattern has at most {LONGEST_PATTERN} characters")
    opened, ways, before = 0, 1, ""
    for token in _TOKEN.finditer(text):
        kind = str(token.lastgroup if token["special"] is None else "special")
        kind = {"least": "range", "most": "range"}.get(kind, kind)
        _check(token, kind, before)
        opened += kind == "open"
        ways *= _ways(token, kind, before)
        before = kind
    if opened > _MOST_OPEN:
        raise MacroError(f"a pattern has at most {_MOST_OPEN} of * + {{n,}}, as more could take long", hint=_HINT)
    if ways > _MOST_WAYS:
        raise MacroError("a pattern with so many choices could take long", hint=_HINT)
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError):
        raise MacroError("this is not a pattern that can be understood") from None


def _check(token: re.Match[str], kind: str, before: str) -> None:
    if kind == "special":
        raise MacroError("a pattern has no (?…) but (?:…)", hint=_HINT)
    if kind == "escape" and token[0][1:].isdigit():
        raise MacroError("a pattern does not refer back to its own groups", hint=_HINT)
    if before == "close" and kind in {"open", "range", "maybe"}:
        raise MacroError("a pattern does not repeat a group, as that could take long", hint=_HINT)


def _ways(token: re.Match[str], kind: str, before: str) -> int:
    """Return in how many ways *token* can be taken."""
    if kind == "range" and token["most"] is not None:
        return max(1, int(token["most"]) - int(token["least"] or 0) + 1)
    if kind == "maybe" and before not in {"open", "range", "maybe"}:
        return 2
    return 2 if kind == "either" else 1


def replace_pattern(text: str, pattern: str, new: str) -> str:
    """Return *text* with every match of *pattern* replaced by *new*, in which $1 … $9 are the groups and $$ is a $."""
    found = bounded_pattern(pattern)
    if len(text) > LONGEST_SEARCHED:
        raise MacroError(f"a text of more than {LONGEST_SEARCHED} characters is not searched by pattern")

    def put(match: re.Match[str]) -> str:
        def group(reference: re.Match[str]) -> str:
            if reference[1] == "$":
                return "$"
            if int(reference[1]) > found.groups:
                raise MacroError(f"the pattern has no group {reference[1]}")
            return match[int(reference[1])] or ""

        return re.sub(r"\$([1-9$])", group, new)

    return found.sub(put, text)
