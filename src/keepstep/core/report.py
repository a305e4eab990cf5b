"""What a report is, whatever it is written as: a title, figures, charts, and one table."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

ReportCell = str | tuple[str, ...] | None
ReportRow = Sequence[ReportCell]


class ReportKind(StrEnum):
    """What reports there are."""

    COMPARISON = "comparison"
    UNAUTHORISED = "unauthorised"
    HISTORY = "history"
    RUNS = "runs"
    AUDIT = "audit"


class ReportFormat(StrEnum):
    """What a report is written as."""

    HTML = "html"
    PDF = "pdf"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


class ChartKind(StrEnum):
    """How a chart is drawn: a bar for each label, or a line for each series."""

    BARS = "bars"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Series:
    """The values of one line or of one set of bars, as many as there are labels."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A picture of numbers, as data."""

    title: str
    kind: ChartKind
    labels: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report. *about*: what it rests on, a line each; *figures*: label and number.

    *rows* gives the rows of the table anew each time it is called, so that none of it has to be held in memory.
    *multi*: the columns whose cells may hold several texts.
    """

    title: str
    about: tuple[str, ...]
    made_at: datetime
    figures: tuple[tuple[str, int], ...]
    charts: tuple[Chart, ...]
    columns: tuple[str, ...]
    rows: Callable[[], Iterable[ReportRow]]
    multi: frozenset[str] = frozenset()


def joined(cell: ReportCell) -> str:
    """Return a cell as one text."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else "; ".join(cell)
