"""What both sides look like next to each other, without any intention to change them."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final, Protocol

from keepstep.core.authority import Reach
from keepstep.core.basis import Basis
from keepstep.core.comparison import Row, Standing, compare
from keepstep.core.ignored import Ignored, RowKey, with_ignored
from keepstep.core.link import Link
from keepstep.core.mapping import MappingSpec
from keepstep.core.right import Right
from keepstep.core.row_choice import Chooser, RowChoice, chooser_of
from keepstep.core.standing_history import Deviation, KeptComparison
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import NativeKey, Snapshot
from keepstep.errors import ReadIncomplete, RunLocked
from keepstep.ports import Ports
from keepstep.usecases.collect import collect
from keepstep.usecases.reconcile import prepare

_AT_ONCE: Final = 1_000
EVERYBODY: Final = RowChoice()


class Keeping(Protocol):
    """One comparison while it is kept."""

    def see(self, rows: Sequence[Row]) -> None:
        """Take in *rows* of the comparison; who is in step leaves no trace."""
        ...

    def end(self, counts: dict[str, int]) -> None:
        """Say that this was all: who was not seen any more stands otherwise now."""
        ...

    def discard(self) -> None:
        """Keep nothing of it; may be called after the end too."""
        ...


class Standings(Protocol):
    """How both sides of each rule stood over time, and who is passed over."""

    def keep(self, rule: str, about: KeptComparison) -> Keeping:
        """Begin to keep a comparison. RunLocked while somebody else keeps one of *rule*."""
        ...

    def history(self, rule: str, *, limit: int = 50) -> list[KeptComparison]:
        """Return the newest comparisons of *rule* first."""
        ...

    def deviations(self, rule: str, since: datetime, standings: frozenset[Standing]) -> list[Deviation]:
        """Return who came to stand so (in any of *standings*; none: in all) in a comparison after *since*."""
        ...

    def ignored(self, rule: str) -> dict[RowKey, Ignored]:
        """Return who is passed over in comparisons of *rule*, also where the time is over."""
        ...

    def ignore(self, rule: str, ones: Sequence[Ignored]) -> None:
        """Pass over *ones* from now on, each in place of what was said of it before."""
        ...

    def heed(self, rule: str, keys: Sequence[RowKey]) -> None:
        """Pass over those of *keys* no longer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonDesk:
    """What comparisons need of the world."""

    ports: Ports
    standings: Standings


@dataclass(slots=True, kw_only=True)
class Comparison:
    """Both sides as they were read, and what is wanted of them; rows can be iterated again and again.

    *counts*: how many stand how, of everybody, once the rows were taken. *unkept*: why it is not in the history.
    """

    basis: Basis
    source: Snapshot
    target: Snapshot
    links: Mapping[NativeKey, Link]
    ignored: Mapping[RowKey, Ignored]
    chooser: Chooser
    at: datetime
    counts: Counter[Standing] = field(default_factory=Counter[Standing])
    unkept: str = ""

    @property
    def complete(self) -> bool:
        """Whether both sides were read whole."""
        return self.source.complete and self.target.complete

    def everybody(self) -> Iterator[Row]:
        """Yield every row; who is ignored now as such."""
        self.counts = Counter()
        rows = compare(self.basis, self.source, self.target, self.links, self.chooser.seen)
        for row in with_ignored(rows, self.ignored, self.at):
            self.counts[row.standing] += 1
            yield row

    def chosen(self) -> Iterator[Row]:
        """Yield the rows that were chosen."""
        return filter(self.chooser.takes, self.everybody())

    def must_be_complete(self) -> None:
        """Raise ReadIncomplete, saying which side it was and why, unless both were read whole."""
        for side, snapshot in (("source", self.source), ("target", self.target)):
            if not snapshot.complete:
                raise ReadIncomplete(
                    f"the {side} was not read whole: {snapshot.verdict.reason}",
                    hint="nothing was done; run it again, or look at that side",
                )


async def compare_sides(
    desk: ComparisonDesk, name: str, rule: SyncRule, mapping: MappingSpec, choice: RowChoice = EVERYBODY
) -> Comparison:
    """Return how every account of both sides of *rule* stands to its counterpart; nothing is written to either."""
    ports = desk.ports
    # a comparison is about everybody: a role that ends at some containers does not reach it
    for side in (rule.source_side, rule.target_side):
        ports.authority.require(Right.READ_PEOPLE, Reach(rule=name, connection=side.connection, place=None))
    basis = await prepare(ports, name, rule, mapping)
    now = ports.clock.now()
    chooser = chooser_of(choice, basis, ports.context.at(now))
    here = tuple(sorted({*basis.source_attributes, *chooser.seen.source}))
    there = tuple(sorted({*basis.target_attributes, *chooser.seen.target}))
    source, target = await asyncio.gather(
        collect(ports, rule.source_side, here, shrink=rule.guards.shrink),
        collect(ports, rule.target_side, there, shrink=rule.guards.shrink),
    )
    return Comparison(
        basis=basis,
        source=source,
        target=target,
        links=ports.links.load(name),
        ignored=desk.standings.ignored(name),
        chooser=chooser,
        at=now,
    )


def kept_rows(desk: ComparisonDesk, comparison: Comparison) -> Iterator[Row]:
    """Yield the chosen rows; once all were taken, the comparison is in the history, unless a read was not complete."""
    keeping = _begun(desk, comparison)
    if keeping is None:
        yield from comparison.chosen()
        return
    rows = comparison.everybody()
    try:
        while some := list(islice(rows, _AT_ONCE)):
            keeping.see(some)
            yield from filter(comparison.chooser.takes, some)
        keeping.end({str(standing): count for standing, count in sorted(comparison.counts.items())})
    finally:
        keeping.discard()


def _begun(desk: ComparisonDesk, comparison: Comparison) -> Keeping | None:
    if not comparison.complete:
        comparison.unkept = "a read was not complete"
        return None
    about = KeptComparison(
        rule=comparison.basis.name,
        at=comparison.at,
        operator=desk.ports.operator,
        source_records=len(comparison.source.records),
        target_records=len(comparison.target.records),
        counts={},
    )
    try:
        return desk.standings.keep(comparison.basis.name, about)
    except RunLocked as error:
        comparison.unkept = error.message
        return None
