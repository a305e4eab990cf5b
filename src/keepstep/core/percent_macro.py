"""`%attribute%` macros, as other products write them, turned into `{{ attribute }}`; every other % stays as it is."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from keepstep.core.macro_names import family_of

_PERCENT: Final = re.compile(r"%([A-Za-z](?:[A-Za-z0-9_.\-]{0,62}[A-Za-z0-9_])?)%")
_HEX_PAIR: Final = re.compile(r"[0-9A-Fa-f]{2}")
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*(?:[.\-]\w+)*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converted:
    """A text with its percent macros converted. *found*: each as it was written, with what it became, in order.

    *left*: what looks like one and names nothing that is known, so that it stayed as it was.
    """

    text: str
    found: tuple[tuple[str, str], ...] = ()
    left: tuple[str, ...] = ()


def convert_percent_macros(text: str, spelling: Callable[[str], str]) -> Converted:
    """Return *text* with each `%name%` as `{{ name }}` where *spelling* knows the name; all else passes unchanged.

    `%20`, `100%`, `#` and a % that closes nothing are no macros; nor are two percent escapes with text between them.
    """
    found: dict[str, str] = {}
    left: dict[str, None] = {}
    parts: list[str] = []
    at = 0
    while (match := _PERCENT.search(text, at)) is not None:
        name = _known(match[1], spelling)
        if not name:
            if not _HEX_PAIR.match(match[1]):
                left[match[0]] = None
            # The closing % may open the next one.
            parts.append(text[at : match.end() - 1])
            at = match.end() - 1
            continue
        macro = f"{{{{ {name} }}}}" if _PLAIN_NAME.match(name) else f'{{{{ attribute("{name}") }}}}'
        found[match[0]] = macro
        parts += [text[at : match.start()], macro]
        at = match.end()
    return Converted(text="".join((*parts, text[at:])), found=tuple(found.items()), left=tuple(left))


def _known(name: str, spelling: Callable[[str], str]) -> str:
    return name if family_of(name) is not None else spelling(name)
