"""Proof that a table was read whole: every row with a key of its own, none longer than the header."""

from array import array
from collections.abc import Iterator
from typing import Final

from keepstep.core.table_rows import Header, Row
from keepstep.core.values import Completeness, NativeKey, Verdict
from keepstep.errors import InvalidTable

_SLICE: Final = 100_000


class TableProof:
    """Gathers row by row what speaks for and against a read; sixteen bytes a row.

    *key*: the header of the column that tells rows apart. *folded*: letter case does not tell keys apart.
    """

    def __init__(self, header: Header, key: str, *, folded: bool = False) -> None:
        self._header = header
        self._key = key
        self._place = header.places[key]
        self._folded = folded
        self._hashes = array("q")
        self._lines = array("q")
        self._wrong = ""
        self._wrongs = 0
        self.rows = 0

    @property
    def wrong(self) -> str:
        """What speaks against completeness so far; empty: nothing."""
        more = f" (and {self._wrongs - 1} more like it)" if self._wrongs > 1 else ""
        return self._wrong + more

    def object(self, wrong: str) -> None:
        """Take in what speaks against completeness; the first is the reason."""
        self._wrong = self._wrong or wrong
        self._wrongs += 1

    def key_of(self, row: Row) -> NativeKey | None:
        """Return the key of *row*; None, with the reason kept, for a row that cannot be used."""
        self.rows += 1
        try:
            self._header.check(row)
        except InvalidTable as exc:
            self.object(exc.message)
            return None
        key = row.cells[self._place].strip() if self._place < len(row.cells) else ""
        if not key:
            self.object(f'line {row.line} has nothing in column "{self._key}", which tells the rows apart')
            return None
        key = key.casefold() if self._folded else key
        self._hashes.append(hash(key))
        self._lines.append(row.line)
        return NativeKey(key)

    def _twice(self) -> Iterator[tuple[int, int]]:
        """Yield the lines of rows with the same key; in slices, so that it needs little memory at any size."""
        slices = 1 + len(self._hashes) // _SLICE
        for part in range(slices):
            seen: dict[int, int] = {}
            for place, number in enumerate(self._hashes):
                if number % slices == part and (first := seen.setdefault(number, place)) != place:
                    yield self._lines[first], self._lines[place]

    def end(self) -> None:
        """Take in that the last row was read: now it is known which keys came twice."""
        for first, second in self._twice():
            self.object(f'lines {first} and {second} have the same "{self._key}"')

    def verdict(self, told: str, *, moved: str = "") -> Verdict:
        """Return how the read ended. *told*: what was read, for the reason; *moved*: what became of it meanwhile."""
        count = len(self._hashes)
        if wrong := moved or self.wrong:
            return Verdict(completeness=Completeness.PARTIAL, reason=f"{wrong}; {told}", records=count, calls=1)
        reason = f"all {self.rows} rows were read, each with a key of its own; {told}"
        return Verdict(completeness=Completeness.COMPLETE, reason=reason, records=count, calls=1)
