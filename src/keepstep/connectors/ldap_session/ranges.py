"""Range retrieval: a domain controller gives at most 1,500 values of an attribute at once (MS-ADTS 3.1.1.3.1.3.3)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_RANGE: Final = re.compile(r"(.+);range=(\d+)-(\d+|\*)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """Some values of *name*, from position *start*; *last* says that none follow."""

    name: str
    start: int
    values: Sequence[bytes]
    last: bool

    @property
    def following(self) -> str:
        """What to ask for to get the values after these."""
        return f"{self.name};range={self.start + len(self.values)}-*"


def parts_of(values: Mapping[str, Sequence[bytes]]) -> list[Part]:
    """Return the attributes of an object of which only some values came."""
    found: list[Part] = []
    for name, held in values.items():
        if ";" in name and (match := _RANGE.match(name)) is not None:
            found.append(Part(match[1], int(match[2]), held, match[3] == "*"))
    return found


def without_parts(values: Mapping[str, list[bytes]]) -> dict[str, list[bytes]]:
    """Return the attributes that came whole; an empty one beside its own part is left out."""
    partial = {part.name for part in parts_of(values)}
    return {name: held for name, held in values.items() if name not in partial and not _RANGE.match(name)}
