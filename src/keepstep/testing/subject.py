"""What the contract suite has to know of the connector that it tries."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from keepstep.core.effect import Done, Effect, Outcome
from keepstep.core.plan import ActionKind
from keepstep.core.schema import Schema
from keepstep.core.values import NULL, NativeKey, Record, Values
from keepstep.ports import Connector, Query

HOSTILE_TEXTS: Final = (
    "Primjer, Ana",
    'a "quoted" name',
    "back\\slash\\, and comma",
    "plus+equals=<less> more;",
    "# leading hash",
    "Žižić Đurđa",
    "Анна Пример",
    "例 太郎",
    "عينة مثال",
    "smile 🙂 end",
    "{{7*7}}",
    "${7*7} {% raw %}",
    "*)(uid=*",
    "O'Neill; DROP TABLE x--",
    "<script>alert(1)</script> &amp;",
    "%0d%0aX-Injected: 1",
    "0042",
    "null",
)
"""Texts that break programs which paste values into names, filters, bodies or queries."""

MULTILINE_TEXTS: Final = ("line one\r\nline two", "a\nb", "tab\there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A connector over a real system, with room for new objects.

    - *new*: attributes of a valid new object: always the same for one tag, different for every other tag and subject;
      they hold *unique* and *modify*.
    - *unique*: a writable attribute whose value belongs to one object at most, and by which `find` finds it.
    - *modify*, *other*: two plain single-valued texts that may be set, changed and cleared. *long*: one with a limit.
    - *read_only*: an attribute that the schema has and nobody may write; empty if there is none.
    - *named*: an attribute that takes every hostile text at creation (a name that becomes part of the address).
    - *multiline*: an attribute that takes line breaks; empty if there is none.
    - *unknown*: a well-formed key of no object.
    - *view*: what the system itself holds of an object, got without the connector, over at least *modify*, *other*
      and *unique*; None when there is no such object.
    - *secrets*: texts that must show up nowhere.
    - *make*: for a connector that is only read, what makes an object in the system itself; `create` uses it.
    - *container*, *group*: for directories, the names (DN) of an existing container and of an existing empty group.
    """

    connector: Connector
    objects: str
    new: Callable[[str], Mapping[str, Values]]
    unique: str
    modify: str
    other: str
    named: str
    unknown: NativeKey
    view: Callable[[NativeKey], Awaitable[Mapping[str, Values] | None]]
    long: str = ""
    read_only: str = ""
    multiline: str = ""
    hostile: Sequence[str] = HOSTILE_TEXTS
    secrets: Sequence[str] = ()
    container: str = ""
    group: str = ""
    make: Callable[[Mapping[str, Values]], Awaitable[NativeKey]] | None = None

    def query(self, *names: str) -> Query:
        """Return the query for *names*, or for the attributes that the suite works with."""
        return Query(objects=self.objects, attributes=names or (self.unique, self.modify, self.other))

    async def apply(self, *effects: Effect) -> list[Outcome]:
        """Carry out *effects* in one call; one outcome for each."""
        outcomes = await self.connector.apply(self.objects, effects)
        expect(len(outcomes) == len(effects), f"{len(effects)} effects gave {len(outcomes)} outcomes")
        return outcomes

    async def create(self, tag: str, **attributes: Values) -> NativeKey:
        """Make a new object and return its key."""
        if self.make is not None:
            return await self.make({**self.new(tag), **attributes})
        (outcome,) = await self.apply(creation(tag, {**self.new(tag), **attributes}))
        return done(outcome)

    async def record(self, key: NativeKey, *names: str) -> Record:
        """Return the object as it is now."""
        found = await self.connector.fetch(self.query(*names), [key])
        expect(key in found, "an object that was just written cannot be fetched")
        return found[key]

    async def read(self, *names: str) -> list[Record]:
        """Return all objects; the read has to be complete."""
        records: list[Record] = []
        verdict = await self.connector.read(self.query(*names), records.extend)
        expect(verdict.complete, f"the read is {verdict.completeness}: {verdict.reason}")
        expect(bool(verdict.reason), "a verdict gives its reason")
        expect(verdict.records == len(records), f"{len(records)} records were passed, the verdict says otherwise")
        return records


def expect(condition: bool, sentence: str) -> None:  # noqa: FBT001 - reads as a sentence at every call
    """Raise AssertionError with *sentence* unless *condition* holds."""
    if not condition:
        raise AssertionError(sentence)


def done(outcome: Outcome) -> NativeKey:
    """Return the key of an outcome that has to be Done."""
    if not isinstance(outcome, Done):
        raise AssertionError(f"the outcome is {outcome}, not Done")  # noqa: TRY004 - a broken promise
    return outcome.key


def creation(tag: str, attributes: Mapping[str, Values], target: NativeKey | None = None) -> Effect:
    """Return the effect that makes an object, or finishes *target*, which an interrupted one began."""
    return Effect(key=f"create-{tag}", kind=ActionKind.CREATE, target=target, attributes=attributes)


def change(target: NativeKey, attributes: Mapping[str, Values], before: Mapping[str, Values] | None = None) -> Effect:
    """Return the effect that changes *attributes* of *target*."""
    return Effect(
        key=f"update-{target}", kind=ActionKind.UPDATE, target=target, attributes=attributes, before=before or {}
    )


def bare(kind: ActionKind, target: NativeKey) -> Effect:
    """Return an effect that has a target and nothing else."""
    return Effect(key=f"{kind}-{target}", kind=kind, target=target)


def expect_same(schema: Schema, wanted: Mapping[str, Values], actual: Mapping[str, Values]) -> None:
    """Make sure that *actual* holds *wanted*, as the schema compares; an absent attribute counts as null."""
    for name, values in wanted.items():
        kind = schema.attribute(name)
        if kind is None:
            raise AssertionError(f'the schema lacks "{name}"')
        held = actual.get(name, NULL)
        expect(kind.comparable(values) == kind.comparable(held), f'"{name}" should be {values!r} and is {held!r}')
