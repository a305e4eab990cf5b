"""How two accounts are compared: attribute by attribute, or all at once by a fingerprint."""

from collections.abc import Iterable, Mapping

from keepstep.core.plan import Delta
from keepstep.core.schema import AttributeType, Case, Normal, Schema
from keepstep.core.values import NULL, Values


class Comparison:
    """Compares what is wanted with what is there, over the attributes *names* of *schema*."""

    def __init__(self, schema: Schema, names: Iterable[str]) -> None:
        self.kinds: dict[str, AttributeType] = {}
        for name in sorted(names):
            kind = schema.attribute(name)
            if kind is None:
                raise KeyError(name)
            self.kinds[name] = kind
        self._rows = tuple(
            (name, None if _plain(kind) else kind.meaning, kind.comparable) for name, kind in self.kinds.items()
        )

    def fingerprint(self, attributes: Mapping[str, Values]) -> int:
        """Return a number that is equal only for attributes that mean the same; an absent attribute counts as null.

        Different numbers prove nothing: `deltas` has the last word. Two different accounts share a number once in
        2**64; it holds within one process only.
        """
        get = attributes.get
        marks: list[str | Values] = []
        for name, meaning, comparable in self._rows:
            values = get(name)
            if not values:
                marks.append(NULL)
            elif len(values) == 1:
                marks.append(values if meaning is None else meaning(values[0]))
            else:
                marks.append(comparable(values))
        return hash(tuple(marks))

    def deltas(self, wanted: Mapping[str, Values], actual: Mapping[str, Values]) -> tuple[Delta, ...]:
        """Return the deltas that turn *actual* into *wanted*; empty if they mean the same.

        An attribute that is not in *wanted* is left as it is. Values are given as they will be kept.
        """
        found: list[Delta] = []
        for name, values in wanted.items():
            kind = self.kinds[name]
            before = actual.get(name)
            if values != before and kind.comparable(values) != kind.comparable(before or NULL):
                found.append(Delta(name, before, kind.normalise(values)))
        return tuple(found)


def _plain(kind: AttributeType) -> bool:
    return kind.normal is Normal.AS_IS and kind.case is Case.EXACT and not kind.multi


def patched(actual: Mapping[str, Values], deltas: Iterable[Delta]) -> dict[str, Values]:
    """Return *actual* with *deltas* in force."""
    return {**actual, **{delta.name: delta.after for delta in deltas}}
