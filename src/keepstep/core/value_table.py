"""Value tables: what one side calls HR is Human Resources on the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from keepstep.core.spec import Spec
from keepstep.errors import MacroError

REFUSE: Final = "refuse"
KEEP: Final = "keep"


class TableSpec(Spec):
    """Value to value, and what becomes of a value that is not in it: `refuse`, `keep`, or another text.

    *ignore_case*: letter case and white space at the ends do not tell values apart.
    """

    values: Annotated[dict[str, str], Field(min_length=1)]
    default: str = REFUSE
    ignore_case: bool = False

    @model_validator(mode="after")
    def _each_value_once(self) -> Self:
        if self.ignore_case:
            seen: dict[str, str] = {}
            for value in self.values:
                other = seen.setdefault(_folded(value), value)
                if other != value:
                    raise ValueError(f'"{other}" and "{value}" are one value where letter case is ignored')
        return self


@dataclass(frozen=True, slots=True)
class ValueTable:
    """A value table under its name, ready to be asked."""

    name: str
    spec: TableSpec
    values: Mapping[str, str]

    @classmethod
    def of(cls, name: str, spec: TableSpec) -> "ValueTable":
        """Return the table *spec* called *name*."""
        values = {_folded(value): text for value, text in spec.values.items()} if spec.ignore_case else spec.values
        return cls(name, spec, values)

    def look_up(self, text: str) -> str:
        """Return what *text* becomes; MacroError, naming the table, if it refuses what is not in it."""
        found = self.values.get(_folded(text) if self.spec.ignore_case else text)
        if found is not None:
            return found
        if self.spec.default == REFUSE:
            raise MacroError(
                f'table "{self.name}" has no such value',
                hint=f"add the value to tables.{self.name}.values, or give the table a default",
            )
        return text if self.spec.default == KEEP else self.spec.default


def _folded(text: str) -> str:
    return text.strip().casefold()
