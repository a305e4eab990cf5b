"""What a macro is made of once it is read: the names it may use, and the parts of an expression."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from keepstep.core.macro_functions import Function
from keepstep.core.macro_value import Scalar
from keepstep.core.schema import Case, Schema


@dataclass(frozen=True, slots=True)
class Names:
    """The names that macros of one place may use. *spelling* gives the declared spelling of a name, or nothing."""

    known: Collection[str]
    spelling: Callable[[str], str]

    @classmethod
    def of(cls, names: Iterable[str], *, case: Case = Case.EXACT) -> "Names":
        """Return the names in *names*, told apart as *case* says."""
        known = {(name.casefold() if case is Case.IGNORE else name): name for name in names}
        if case is Case.IGNORE:
            return cls(tuple(known.values()), lambda name: known.get(name.casefold(), ""))
        return cls(tuple(known), lambda name: known.get(name, ""))

    @classmethod
    def of_schema(cls, schema: Schema) -> "Names":
        """Return the attributes of *schema*, with the families that need no declaration."""

        def spelling(name: str) -> str:
            kind = schema.attribute(name)
            return kind.name if kind else ""

        return cls(tuple(schema.attributes), spelling)


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
