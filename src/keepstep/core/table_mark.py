"""How far a table was read: a count of rows, and a digest that tells whether they are still the same."""

from collections.abc import Sequence
from hashlib import blake2b

import msgspec

from keepstep.core.table_rows import Header, Row


class TableMark:
    """Goes along with a read, row by row, and tells the rows that were read before from those that were appended.

    *since*: the text of the mark at which an earlier read ended; empty: every row is new.
    """

    def __init__(self, header: Header, since: str = "") -> None:
        count, _, digest = since.partition(":")
        self._before = int(count) if count.isdigit() else 0
        self._expected = digest
        self._digest = blake2b(msgspec.msgpack.encode(list(header.places)), digest_size=16)
        self._count = 0
        self._pending: Sequence[str] | None = None
        self.changed = False

    @property
    def before(self) -> int:
        """How many rows were read before."""
        return self._before

    def passes(self, row: Row) -> bool:
        """Take in *row* and return whether it was read before. *changed* is set where what was read is another now."""
        self._settle()
        self._pending = row.cells
        return self._count < self._before

    def end(self, *, whole: bool) -> str:
        """Return the mark for the next read. *whole*: the last row has its end; if not, it is read once more."""
        if whole:
            self._settle()
        self.changed = self.changed or self._count < self._before
        return f"{self._count}:{self._digest.hexdigest()}"

    def _settle(self) -> None:
        """Count the row that came last: only now it is known that it ended."""
        if self._pending is None:
            return
        self._digest.update(msgspec.msgpack.encode(list(self._pending)))
        self._pending = None
        self._count += 1
        if self._count == self._before:
            self.changed = self._digest.hexdigest() != self._expected
