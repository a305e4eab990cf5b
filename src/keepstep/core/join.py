"""Records of several endpoints put together by the primary key: nobody is lost, and what is missing is said."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from keepstep.core.values import NativeKey, Record, Values

MISSING_FROM: Final = "missing_from"
"""The attribute that names the endpoints in which a record has no counterpart, or not one alone."""


class JoinedTable:
    """The records of one joined endpoint by primary key; of a key that comes twice, neither record is used."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self._rows: dict[NativeKey, Mapping[str, Values]] = {}
        self._places: dict[NativeKey, int] = {}
        self._doubled: dict[NativeKey, tuple[int, int]] = {}
        self._met: set[NativeKey] = set()
        self._count = 0

    def add(self, records: Sequence[Record]) -> None:
        """Take in the records of one page, in the order they were read."""
        for record in records:
            self._count += 1
            if record.key in self._places:
                self._doubled.setdefault(record.key, (self._places[record.key], self._count))
            else:
                self._places[record.key] = self._count
                self._rows[record.key] = record.attributes

    @property
    def wrong(self) -> str:
        """What speaks against the join, with the two records of the first key that came twice; empty: nothing."""
        if not self._doubled:
            return ""
        first, second = next(iter(self._doubled.values()))
        more = f", and {len(self._doubled) - 1} more keys came twice" if len(self._doubled) > 1 else ""
        return f'endpoint "{self.endpoint}": records {first} and {second} have the same key{more}'

    def row(self, key: NativeKey) -> Mapping[str, Values] | None:
        """Return what the endpoint says of *key*; None if nothing, or if two of its records do."""
        self._met.add(key)
        return None if key in self._doubled else self._rows.get(key)

    def unmet(self) -> Iterator[NativeKey]:
        """Yield the keys that nobody asked for, in the order they were read."""
        return (key for key in self._places if key not in self._met)


def join(records: Sequence[Record], tables: Sequence[JoinedTable]) -> list[Record]:
    """Return *records*, each with what *tables* say of it, and flagged with those that say nothing."""
    return [_joined(record.key, record.attributes, tables, ()) for record in records]


def leftovers(listed: str, tables: Sequence[JoinedTable]) -> Iterator[Record]:
    """Yield the records that only *tables* have, each once, flagged as missing from the list *listed*."""
    for table in tables:
        for key in list(table.unmet()):
            yield _joined(key, {}, tables, (listed,))


def _joined(
    key: NativeKey, attributes: Mapping[str, Values], tables: Sequence[JoinedTable], missing: tuple[str, ...]
) -> Record:
    whole = dict(attributes)
    for table in tables:
        row = table.row(key)
        if row is None:
            missing = (*missing, table.endpoint)
        else:
            whole.update(row)
    return flagged(Record(key, whole), missing)


def flagged(record: Record, missing: Sequence[str]) -> Record:
    """Return *record* with the names of the endpoints that it is *missing* from."""
    if not missing:
        return record
    before = record.attributes.get(MISSING_FROM, ())
    return Record(record.key, {**record.attributes, MISSING_FROM: tuple(dict.fromkeys((*before, *missing)))})
