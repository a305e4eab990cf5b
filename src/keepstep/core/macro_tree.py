"""What a macro is made of once it is read: the names it may use, and the parts of an expression."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.core.macro_function import Function
from keepstep.core.macro_names import Where
from keepstep.core.macro_value import Scalar
from keepstep.core.schema import Case, ReadOnly, Schema
from keepstep.core.value_table import TableSpec, ValueTable
from keepstep.core.values import Values


@dataclass(frozen=True, slots=True)
class Names:
    """The names that macros of one place may use. *spelling* gives the declared spelling of a name, or nothing.

    *given*: names whose values are known already, whatever the record. *tables*: the value tables of `map`.
    """

    known: Collection[str]
    spelling: Callable[[str], str]
    given: Mapping[str, Values] = field(default_factory=dict[str, Values])
    tables: Mapping[str, ValueTable] = field(default_factory=dict[str, ValueTable])
    where: Where = Where.ROW

    @classmethod
    def of(cls, names: Iterable[str], *, case: Case = Case.EXACT) -> "Names":
        """Return the names in *names*, told apart as *case* says."""
        known = {(name.casefold() if case is Case.IGNORE else name): name for name in names}
        if case is Case.IGNORE:
            return cls(tuple(known.values()), lambda name: known.get(name.casefold(), ""))
        return cls(tuple(known), lambda name: known.get(name, ""))

    @classmethod
    def of_schema(cls, schema: Schema) -> "Names":
        """Return the attributes of *schema*, with the families that need no declaration; passwords are never read."""

        def spelling(name: str) -> str:
            kind = schema.attribute(name)
            return kind.name if kind and kind.read_only is not ReadOnly.PASSWORD else ""

        return cls(tuple(filter(spelling, schema.attributes)), spelling)

    def with_more(self, names: Iterable[str]) -> "Names":
        """Return these names and *names*, which are told apart exactly and come first."""
        more = dict.fromkeys(names)

        def spelling(name: str) -> str:
            return name if name in more else self.spelling(name)

        return replace(self, known=tuple(dict.fromkeys((*more, *self.known))), spelling=spelling)


class _AnyTable(Mapping[str, ValueTable]):
    """Takes every name for a value table."""

    def __getitem__(self, name: str) -> ValueTable:
        return ValueTable.of(name, TableSpec(values={name: name}))

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


ANY_NAME: Final = Names((), lambda name: name, tables=_AnyTable())
"""Takes every name for an attribute or a table, where neither schema nor configuration is at hand."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth, written out."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Attribute:
    """The values of one attribute, under its declared spelling."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with all its arguments, defaults filled in; the first one is the value it works on."""

    function: Function
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Concat:
    """Texts put together: `a ~ b`, and a text with macros in it."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """`+ - == != < > <= >= and or` between two expressions."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite truth."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Choice:
    """`then if condition else other`."""

    condition: "Node"
    then: "Node"
    other: "Node"


Node = Literal | Attribute | Call | Concat | Operation | Not | Choice
