"""What macros read beside a record: variables, value tables, the connection, the run and the time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from keepstep.core.macro_names import Where
from keepstep.core.macro_tree import Names
from keepstep.core.schema import Schema
from keepstep.core.value_table import ValueTable
from keepstep.core.values import Values

OUTBOUND: Final = ("run.operator", "call.id", "subject.name", "subject.key")
"""What webhooks and templates can read beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroContext:
    """The values that are the same for all the work of one command. *now*: when it began, ISO 8601 in UTC."""

    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    tables: Mapping[str, ValueTable] = field(default_factory=dict[str, ValueTable])
    now: str = ""
    run_id: str = ""

    def at(self, moment: datetime) -> "MacroContext":
        """Return the context with *moment* as `now`, unless it has one."""
        return self if self.now else replace(self, now=iso(moment))

    def values(self) -> dict[str, Values]:
        """Return name to values of what stands here, as macros write the names."""
        found: dict[str, Values] = {f"env.{name}": (text,) for name, text in self.variables.items()}
        if self.now:
            found["now"] = (self.now,)
        return found

    def row_names(self, schema: Schema) -> Names:
        """Return the names of a mapping row whose source has *schema*; values of the context are given with them."""
        return replace(
            Names.of_schema(schema).with_more(self.values()), given=self.values(), tables=self.tables, where=Where.ROW
        )

    def any_names(self, where: Where) -> Names:
        """Return the names of a text in *where* while no schema is at hand: any attribute, but only known variables."""
        known = {*self.values(), "now", "connection.name", "connection.base_url", "run.id", *OUTBOUND}

        def spelling(name: str) -> str:
            closed = ("env.", "connection.", "run.", "call.", "subject.")
            return name if name in known or not name.startswith(closed) else ""

        return Names(tuple(known), spelling, tables=self.tables, where=where)

    def names(self, where: Where, others: Iterable[str]) -> Names:
        """Return the names of a request text in *where*; *others* are what is given with each call."""
        found = self.any_names(where)
        known = dict.fromkeys((*found.known, *others))

        def spelling(name: str) -> str:
            return name if name in known or name.startswith("secret.") else ""

        return replace(found, known=tuple(known), spelling=spelling)

    def request_values(self, connection: str) -> dict[str, object]:
        """Return name to value of what every request of *connection* may read; its secrets are none of it."""
        return {**self.values(), "run.id": self.run_id, "connection.name": connection}


NO_CONTEXT: Final = MacroContext()
"""Nothing beside the record."""


def iso(moment: datetime) -> str:
    """Return *moment* as macros write times: UTC to the second, with a Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
