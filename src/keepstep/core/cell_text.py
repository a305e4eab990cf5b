"""What a cell of a workbook holds, as text: as a person sees it, or as ISO 8601."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: object) -> str:
    """Return *value* as text: whole numbers without a point, dates and times by ISO 8601, true and false in words.

    A number has lost the zeros before it: only a cell that holds text keeps them.
    """
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.0f}" if value.is_integer() else format(Decimal(repr(value)), "f")
        case datetime():
            return (value.date() if value.time() == time() else value).isoformat()
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(int(value.total_seconds()), 60)
            return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)


def neutral(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula: a quote before a leading = + - @ tab or CR."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def bare(text: str) -> str:
    """Return *text* as it was before `neutral`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
