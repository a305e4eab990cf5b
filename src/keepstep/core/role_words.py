"""A role in plain words: what it lets whoever has it do, and how far that reaches."""

from collections.abc import Iterator, Sequence
from typing import Final

from keepstep.core.right import BY_PLACE, FRESH, MEANINGS, Right
from keepstep.core.role import ALL, RoleSpec

_WRITING: Final = frozenset({Right.APPLY_PLANS, Right.CHANGE_ACCOUNTS})
"""The rights whose reach ends at kinds of change and at attributes too."""


def role_words(role: RoleSpec) -> list[str]:
    """Return sentences that name every right of *role*, and every end of its reach that a right of it meets."""
    rights = [right for right in Right if right in role.rights]
    told = [f"may {MEANINGS[right]}" for right in rights]
    told += [
        _named("connection", role.connections),
        _named("rule", role.rules),
        _named("template", role.templates),
    ]
    if not BY_PLACE.isdisjoint(rights):
        told += _places(role, sees=Right.READ_PEOPLE in rights)
    if not _WRITING.isdisjoint(rights):
        told += [_changes(role.changes), _attributes(role.attributes)]
    if fresh := [right for right in rights if right in FRESH]:
        told.append(f"needs a password given in the last ten minutes for {_and(fresh)}")
    return [f"{one[0].upper()}{one[1:]}." for one in told]


def _named(word: str, names: str | Sequence[str]) -> str:
    if names == ALL:
        return f"reaches every {word}"
    return f"of {word}s, reaches only {_and(names)}" if names else f"reaches no {word}"


def _places(role: RoleSpec, *, sees: bool) -> Iterator[str]:
    """Yield where people have to be, and what a role that ends somewhere never shows."""
    if not role.within:
        yield "reaches nobody, as no container is named"
        return
    within = "everybody" if role.within == ALL else f"only people within {_or(role.within)}"
    outside = f", but nobody within {_or(role.outside)}" if role.outside else ""
    yield f"reaches {within}{outside}"
    if sees and (role.within != ALL or role.outside):
        yield "sees no comparison, as that is about everybody"


def _changes(kinds: str | Sequence[str]) -> str:
    if kinds == ALL:
        return "makes every kind of change"
    return (
        f"of kinds of change, makes only {_and(kinds)}" if kinds else "makes no change, as no kind of change is named"
    )


def _attributes(names: str | Sequence[str]) -> str:
    if names == ALL:
        return "writes every attribute"
    return f"of attributes, writes only {_and(names)}" if names else "writes no attribute"


def _and(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _or(containers: Sequence[str]) -> str:
    # a name (DN) has commas of its own
    return " or ".join(f'"{one}"' for one in containers)
