"""What a change of plain data looks like in the audit log: each part before and after, without what is secret."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final, cast

from keepstep.core.masking import masked_report
from keepstep.core.secret import MASK

MOST_PARTS: Final = 100
LONGEST: Final = 200
_ABSENT: Final = object()
_PRIVATE: Final = re.compile(
    r"pass(word|phrase|wd)?$|secret|token|api[-_]?key|private|credential|authorization|cookie|signature", re.IGNORECASE
)


def changed_parts(before: object, after: object, redact: Collection[str]) -> dict[str, str]:
    """Return the parts that differ as `before.PART` and `after.PART`; empty if nothing does.

    What is called as *redact* says, or what is secret by its name, and all below it, is masked: that it was changed is
    told. The name of a secret that is referred to is no secret. Of more than 100 parts the rest is counted.
    """
    hidden = {name.casefold() for name in redact}
    old, new = dict(_parts(before, ())), dict(_parts(after, ()))
    differing = [path for path in {**old, **new} if old.get(path, _ABSENT) != new.get(path, _ABSENT)]
    detail: dict[str, str] = {}
    for path in differing[:MOST_PARTS]:
        name = ".".join(path)
        for side, held in (("before", old), ("after", new)):
            if path in held:
                detail[f"{side}.{name}"] = MASK if _private(path, hidden) else _short(held[path])
    if len(differing) > MOST_PARTS:
        detail["more"] = f"{len(differing) - MOST_PARTS} further parts"
    return detail


def _parts(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping) and (value or not path):
        for key, inner in cast("Mapping[object, object]", value).items():
            yield from _parts(inner, (*path, str(key)))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _parts(inner, (*path, str(number)))
    else:
        yield path, "" if value is None else str(cast("object", value))


def _private(path: tuple[str, ...], hidden: Collection[str]) -> bool:
    if any(part.casefold() in hidden for part in path):
        return True
    *above, last = path or ("",)
    if last == "secret":
        return False
    return any(_PRIVATE.search(part) for part in (*above[-1:], last))


def _short(text: str) -> str:
    shown = masked_report(text, ())
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}…"
