"""How far an LDAP server was followed."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from keepstep.core.set_sketch import SetSketch

TIME: Final = "%Y%m%d%H%M%S"
"""How a cursor writes the second of a modifyTimestamp; times are UTC."""

OVERLAP: Final = timedelta(seconds=5)
"""A second of modifyTimestamp is looked at again until so much later: more may be noted with it, and later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a server was followed. *data*: which data it has; *asked*: what tells one question from another.

    *csn*: its contextCSN at the last look. *newest*: the second of the newest modifyTimestamp that was seen, first at
    the time *since*; *settled*: that second was over, so nothing more is noted with it. *entries*: the sketch of all
    entries, each with its name and its stamps, from the time *swept*, when the contextCSN was *swept_csn*.
    """

    data: str
    asked: str
    csn: Sequence[str]
    newest: str
    since: float
    settled: bool
    entries: str
    swept: float
    swept_csn: Sequence[str]

    def __str__(self) -> str:
        """Return it as one text."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        """Return the cursor that *text* is, or None."""
        try:
            cursor = cls(**json.loads(text))
            SetSketch.read(cursor.entries)
            datetime.strptime(cursor.newest, TIME)  # noqa: DTZ007 - all of them are UTC
        except (ValueError, TypeError):
            return None
        return cursor

    @property
    def sketch(self) -> SetSketch:
        """The sketch of all entries."""
        return SetSketch.read(self.entries)

    @property
    def start(self) -> str:
        """The first second of which anything may not have been told."""
        moment = datetime.strptime(self.newest, TIME)  # noqa: DTZ007 - all of them are UTC
        return (moment + timedelta(seconds=1) if self.settled else moment - OVERLAP).strftime(TIME)

    def seen(self, newest: str, *, before: float, after: float) -> "Cursor":
        """Return the cursor after a look, from *before* to *after*, that saw nothing newer than *newest*."""
        if newest <= self.newest:
            return replace(self, settled=self.settled or before - self.since >= OVERLAP.total_seconds())
        return replace(self, newest=newest, since=after, settled=False)
