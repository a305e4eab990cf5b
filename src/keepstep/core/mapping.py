"""Rules that turn a source record into the desired attributes of a target account."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from keepstep.core.spec import Spec
from keepstep.core.sync_rule import SideName


class WhenEmpty(StrEnum):
    """What a row does when its source is empty: leave the target's value, clear it, or leave out the person."""

    KEEP = "keep"
    CLEAR = "clear"
    SKIP = "skip"


class Clash(StrEnum):
    """What a row does when its value belongs to another account: report the person, or append a number."""

    REFUSE = "refuse"
    SUFFIX = "suffix"


class Row(Spec):
    """One row: a macro expression, and what to do when it gives nothing or something taken."""

    source: Annotated[str, Field(alias="from")]
    when_empty: WhenEmpty = WhenEmpty.KEEP
    on_clash: Clash = Clash.REFUSE
    on: Literal["always", "create"] = "always"


class MappingSpec(Spec):
    """Target attribute to row, for the objects of one side. A row that is only a text is its `from`."""

    into: SideName
    rows: Annotated[dict[str, str | Row], Field(min_length=1)]
    description: str = ""

    def row(self, name: str) -> Row:
        """Return the row of target attribute *name* in its full form."""
        row = self.rows[name]
        return row if isinstance(row, Row) else Row.model_validate({"from": row})
