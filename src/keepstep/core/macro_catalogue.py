"""Everything that can stand in a macro, as data: for a chooser, for completion, for the docs page and `macro list`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from keepstep.core.macro_function import EXAMPLE
from keepstep.core.macro_functions import FUNCTIONS
from keepstep.core.macro_names import ATTRIBUTES, EXAMPLE_CONTEXT, FAMILIES, Where
from keepstep.core.macro_tree import Names
from keepstep.core.value_table import TableSpec, ValueTable
from keepstep.core.values import Values

EXAMPLE_TABLES: Final[Mapping[str, ValueTable]] = MappingProxyType(
    {"departments": ValueTable.of("departments", TableSpec(values={"Field sales": "Sales in the field"}))}
)
"""The value tables that the examples use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroWord:
    """One thing that can stand in a macro. *write*: how it is written; *where*: the texts that it is allowed in.

    *example* is a whole text, *result* what it gives for the example person.
    """

    name: str
    write: str
    meaning: str
    arguments: tuple[str, ...] = ()
    example: str
    result: Values
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroCatalogue:
    """Every family of names, and every function by name."""

    names: tuple[MacroWord, ...]
    functions: tuple[MacroWord, ...]


def macro_catalogue() -> MacroCatalogue:
    """Return every family of names and every function, in the order in which a person looks for them."""
    everywhere = tuple(str(where) for where in Where)
    return MacroCatalogue(
        names=tuple(
            MacroWord(
                name=family.name,
                write=family.name,
                meaning=family.meaning,
                example=family.example,
                result=(family.result,),
                where=tuple(str(where) for where in Where if where in family.where),
            )
            for family in (ATTRIBUTES, *FAMILIES)
        ),
        functions=tuple(
            MacroWord(
                name=row.name,
                write=row.signature,
                meaning=row.meaning,
                arguments=tuple(str(parameter) for parameter in row.parameters),
                example=row.example,
                result=row.result,
                where=everywhere,
            )
            for row in sorted(FUNCTIONS.values(), key=lambda row: row.name)
        ),
    )


def example_names(where: Where = Where.ROW) -> Names:
    """Return the names of an example that stands in *where*."""
    known = Names.of((*EXAMPLE, *EXAMPLE_CONTEXT))
    return Names(known.known, known.spelling, tables=EXAMPLE_TABLES, where=where)


def example_values() -> dict[str, Values]:
    """Return what the examples are rendered with."""
    return {**EXAMPLE, **EXAMPLE_CONTEXT}
