"""What a plan is made by, and what is remembered from before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from keepstep.core.correlation import Correlator
from keepstep.core.diff import Comparison
from keepstep.core.identity import Claim
from keepstep.core.link import Link
from keepstep.core.mapping import Mapping as RowMapping
from keepstep.core.schema import CONTAINER, DN_NAME, Schema, UniqueScope
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import ENABLED, NULL, PROTECTED, NativeKey, Record, Values


@dataclass(frozen=True, kw_only=True)
class Basis:
    """A rule and all that gives it its meaning. *digest* changes when any of it does."""

    name: str
    rule: SyncRule
    mapping: RowMapping
    source_schema: Schema
    schema: Schema
    digest: str

    @cached_property
    def correlators(self) -> tuple[Correlator, ...]:
        """The rule's correlation, with the types of the target attributes."""
        return tuple(
            Correlator(kind, source)
            for target, source in self.rule.correlate
            if (kind := self.schema.attribute(target)) is not None
        )

    @cached_property
    def source_attributes(self) -> tuple[str, ...]:
        """What is read of the source side."""
        names = {*self.mapping.source_names, *(source for _, source in self.rule.correlate)}
        return _with_standing(names, self.source_schema)

    @cached_property
    def target_attributes(self) -> tuple[str, ...]:
        """What is read of the target side."""
        names = {*self.mapping.target_names, *(target for target, _ in self.rule.correlate), *self.rule.mark}
        names |= self.rule.guards.by.keys()
        if any(row.scope is UniqueScope.CONTAINER for row in self.mapping.choosing):
            names.add(CONTAINER)
        if self.mapping.references:
            names.update(row.find.name for row in self.mapping.references if row.find)
            names.add(DN_NAME)
        return _with_standing(names, self.schema)

    @cached_property
    def followed(self) -> Comparison:
        """Compares the attributes that are kept equal, not only set at creation."""
        return Comparison(self.schema, self.mapping.target_names - self.mapping.only_on_create)

    def wanted(self, desired: Mapping[str, Values], record: Record) -> dict[str, Values]:
        """Return what of *desired* is kept equal at the account *record*; a row that only adds keeps what is there."""
        wanted = {name: values for name, values in desired.items() if name not in self.mapping.only_on_create}
        for name in self.mapping.added & wanted.keys():
            kind, held = self.followed.kinds[name], record.attributes.get(name) or NULL
            known = set(kind.comparable(held))
            lacking = tuple(value for value in wanted[name] if not known.issuperset(kind.comparable((value,))))
            wanted[name] = (*held, *lacking)
        return wanted

    @cached_property
    def everything(self) -> Comparison:
        """Compares every attribute that an action of this rule may write."""
        names = {*self.mapping.target_names, *self.rule.mark}
        if self.schema.attribute(ENABLED) is not None:
            names.add(ENABLED)
        return Comparison(self.schema, names)


def _with_standing(names: Iterable[str], schema: Schema) -> tuple[str, ...]:
    wanted = set(names)
    wanted.update(name for name in (ENABLED, PROTECTED) if schema.attribute(name) is not None)
    wanted.update(name for entry in schema.display for name in entry.split())
    return tuple(sorted(wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What earlier runs left behind.

    *refusals*: action id to the reason why the target refused that very change. *taken*: identifiers that are in use
    on the target outside of what was read. *accept_size*: a named operator says that the sizes are as they should be.
    """

    links: Mapping[NativeKey, Link] = field(default_factory=dict[NativeKey, Link])
    refusals: Mapping[str, str] = field(default_factory=dict[str, str])
    taken: frozenset[Claim] = frozenset()
    accept_size: bool = False


def display_name(record: Record, schema: Schema) -> str:
    """Return how to call the person of *record*: the schema's first display form with something in it, else the key."""
    for entry in schema.display:
        text = " ".join(filter(None, (record.one(name) for name in entry.split())))
        if text:
            return text
    return record.key
