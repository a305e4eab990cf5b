"""The proof that a read saw everything, put together page by page."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from keepstep.core.paging import End
from keepstep.core.values import Completeness, Record, Verdict


@dataclass(frozen=True, slots=True)
class Anchor:
    """The keys of two pages that a moving list cannot leave as they are: the first, and the last one of the beginning.

    Between the pages of a list by number, a removal among what was read moves a record from the page to come into the
    page that was, unseen; an addition at the end hides it from the count. But it moves the last page too, unless the
    removal came before that page was first seen: then it moves the first page, or nothing that was read.
    """

    first: tuple[str, ...]
    last: tuple[str, ...]

    def moved(self, first: Sequence[Record], last: Sequence[Record]) -> str:
        """Return what is wrong when the two pages, read again after all others, show that the list moved."""
        same = tuple(record.key for record in first) == self.first
        kept = tuple(record.key for record in last[: len(self.last)]) == self.last
        return "" if same and kept else "the list moved while it was read: somebody was removed"


class Proof:
    """Gathers what speaks for and against completeness; needs 8 bytes a record.

    Complete is a read whose list stood on every page, that repeats no page and no key, that received what the first
    and the last page declare, and whose end the application gave itself. A total that grows is followed where the
    order is such that what is added stands at the end (*appends*). A total that shrinks is not: what is left has
    moved, and a record may have slipped between two pages. A removal that an addition hides is found by `Anchor`.
    """

    def __init__(self, *, total_declared: bool, appends: bool = False) -> None:
        self._total_declared = total_declared
        self._appends = appends
        self._first_total: int | None = None
        self._total: int | None = None
        self._hashes = array("q")
        self._first_keys: set[str] = set()
        self._wrong = ""
        self._end = ""
        self.pages = 0

    @property
    def records(self) -> int:
        """How many records were received."""
        return len(self._hashes)

    @property
    def wrong(self) -> str:
        """What speaks against completeness so far; empty: nothing."""
        return self._wrong

    def add(self, records: Sequence[Record], total: int | None) -> None:
        """Take in one page, in page order."""
        self.pages += 1
        self.see_total(total)
        if records:
            first = records[0].key
            if first in self._first_keys:
                self.object(f"page {self.pages} repeats an earlier page")
            self._first_keys.add(first)
        self._hashes.extend([hash(record.key) for record in records])

    def see_total(self, total: int | None) -> None:
        """Take in what a page declares as the number of records."""
        if total is None and self._total_declared:
            self.object("a page does not declare how many records there are")
        if total is not None:
            if self._first_total is None:
                self._first_total = total
            if self._total is not None and total < self._total:
                self.object(f"the declared number of records fell from {self._total} to {total} during the read")
            if self._total is not None and total > self._total and not self._appends:
                self.object(f"the declared number of records rose from {self._total} to {total} during the read")
            self._total = total

    def end(self, end: End) -> None:
        """Take in how the list ended."""
        self._end = end.proof
        if end.wrong:
            self.object(end.wrong)

    def object(self, wrong: str) -> None:
        """Take in what speaks against completeness; the first is the reason."""
        self._wrong = self._wrong or wrong

    def _repeated(self) -> int:
        """Return how many records came more than once; in slices, so that it needs little memory at any size."""
        slices = 1 + len(self._hashes) // 100_000
        distinct = sum(len({number for number in self._hashes if number % slices == part}) for part in range(slices))
        return len(self._hashes) - distinct

    def _first_repeated(self) -> tuple[int, int]:
        """Return the places, counted from 1, of the first record that came again, and of that."""
        seen: set[int] = set()
        for place, number in enumerate(self._hashes):
            if number in seen:
                return self._hashes.index(number) + 1, place + 1
            seen.add(number)
        return 0, 0

    def verdict(self, *, calls: int) -> Verdict:
        """Return how the read ended, with the reason."""
        completeness, reason = self._judge()
        return Verdict(completeness=completeness, reason=reason, records=self.records, calls=calls)

    def _judge(self) -> tuple[Completeness, str]:
        if self._wrong:
            return Completeness.PARTIAL, self._wrong
        if not self._end:
            return Completeness.PARTIAL, "the list was not read to its end"
        if repeated := self._repeated():
            first, second = self._first_repeated()
            pair = f"records {first} and {second} have the same key"
            more = f", {repeated} records in all came twice" if repeated > 1 else ""
            return Completeness.PARTIAL, f"{pair}{more}: it is no key, or the list moved while it was read"
        if self._total is None:
            return Completeness.COMPLETE, f"{self._end}; {self.records} records, none twice"
        if self.records != self._total:
            return (
                Completeness.PARTIAL,
                f"{self.records} records were received where {self._total} are declared",
            )
        grown = "" if self._first_total == self._total else f" ({self._first_total} when the read began)"
        return (
            Completeness.COMPLETE,
            f"{self.records} records received and declared{grown}, none twice; {self._end}",
        )
