"""What a row of the table of macro functions is, and the fictional person that its examples are rendered for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from keepstep.core.macro_value import Scalar, Value
from keepstep.core.value_table import ValueTable
from keepstep.core.values import Values


class Takes(StrEnum):
    """How a function gets the value it works on.

    TEXT: one text at a time and never a blank one: nothing in, nothing out; several values are worked on one by one.
    VALUES: all values at once. ANYTHING: as it is, blank included.
    """

    TEXT = "text"
    VALUES = "values"
    ANYTHING = "anything"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument after the value. *default* None: it has to be given. *number*: a whole number is wanted.

    *check* raises MacroError for a text that can never do; one that is written out is checked when it is saved.
    """

    name: str
    default: Scalar | None = None
    number: bool = False
    check: Callable[[str], object] | None = None

    def __str__(self) -> str:
        """Return how it is shown in a signature."""
        if self.default is None:
            return self.name
        return f"{self.name}={self.default}" if self.number else f'{self.name}="{self.default}"'


@dataclass(frozen=True, slots=True)
class Function:
    """One row: what a person reads (name, parameters, meaning, example and its result), and what runs.

    *repeats*: any number of further values may follow. *is_name*: the result is made to stand inside a
    distinguished name as it is. *names_table*: its argument names a value table of the
    configuration; *table* is that one, once it is known.
    """

    name: str
    run: Callable[..., Value]
    meaning: str
    example: str
    result: Values
    parameters: tuple[Parameter, ...] = ()
    takes: Takes = Takes.TEXT
    repeats: bool = False
    is_name: bool = False
    names_table: bool = False
    table: ValueTable | None = None

    @property
    def signature(self) -> str:
        """How a call is written, as `value | pad(width, fill="0")`."""
        if self.repeats:
            return f"{self.name}(value, …)"
        shown = ", ".join(str(parameter) for parameter in self.parameters)
        return f"value | {self.name}({shown})" if shown else f"value | {self.name}"


EXAMPLE: Final[Mapping[str, Values]] = MappingProxyType(
    {
        "givenName": ("Ana Marija",),
        "sn": ("Kovačević",),
        "department": ("  Field   sales ",),
        "description": (),
        "mobile": ("+385 (91) 000-0001",),
        "mail": ("Ana.Kovacevic@corp.example",),
        "employeeID": ("0042",),
        "employeeType": ("Yes",),
        "distinguishedName": ("CN=Kovačević\\, Ana,OU=Sales,DC=corp,DC=example",),
        "memberOf": ("CN=Staff,DC=corp,DC=example", "CN=Buyers,DC=corp,DC=example"),
        "otherTelephone": ("200", "100", "200"),
        "whenCreated": ("2026-03-31T22:15:00Z",),
    }
)
"""The fictional person that the examples are rendered for."""
