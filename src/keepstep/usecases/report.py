"""What both sides look like next to each other, without any intention to change them."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from keepstep.core.comparison import Row, compare
from keepstep.core.mapping import MappingSpec
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Verdict
from keepstep.ports import Ports
from keepstep.usecases.collect import collect
from keepstep.usecases.reconcile import prepare


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The verdicts of both reads, and the rows, which can be iterated once."""

    source: Verdict
    target: Verdict
    rows: Iterator[Row]


async def compare_sides(ports: Ports, name: str, rule: SyncRule, mapping: MappingSpec) -> Comparison:
    """Return how every account of both sides of *rule* stands to its counterpart; nothing is written anywhere."""
    basis = await prepare(ports, name, rule, mapping)
    source, target = await asyncio.gather(
        collect(ports, rule.source_side, basis.source_attributes, shrink=rule.guards.shrink),
        collect(ports, rule.target_side, basis.target_attributes, shrink=rule.guards.shrink),
    )
    rows = compare(basis, source, target, ports.links.load(name))
    return Comparison(source=source.verdict, target=target.verdict, rows=rows)
