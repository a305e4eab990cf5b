"""What the macro functions do to dates and times, which are ISO 8601 texts."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Final

from keepstep.core.macro_function import Function, Parameter
from keepstep.errors import MacroError

_FIELD: Final = re.compile(r"%(.?)", re.DOTALL)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise MacroError("the value is not an ISO 8601 date or time") from None


def _fields(moment: datetime) -> Mapping[str, str]:
    return MappingProxyType(
        {
            "Y": f"{moment.year:04}", "y": f"{moment.year % 100:02}", "m": f"{moment.month:02}",
            "d": f"{moment.day:02}", "H": f"{moment.hour:02}", "M": f"{moment.minute:02}",
            "S": f"{moment.second:02}", "j": f"{moment.timetuple().tm_yday:03}", "%": "%",
        }
    )  # fmt: skip


def format_time(text: str, pattern: str) -> str:
    """Return the ISO 8601 *text* written as *pattern* says: %Y %y %m %d %H %M %S %j %%.

    Our own fields, as those of the C library take widths (`%999999999d`) and the machine's language.
    """
    fields = _fields(_moment(text))

    def field(found: re.Match[str]) -> str:
        written = fields.get(found[1])
        if written is None:
            raise MacroError(f"a date pattern has {' '.join(f'%{name}' for name in fields)} and nothing else")
        return written

    return _FIELD.sub(field, pattern)


def plus(text: str, days: int, hours: int, minutes: int) -> str:
    """Return the ISO 8601 *text* that much later, in the form it had: a date stays a date."""
    stripped = text.strip()
    try:
        later = _moment(stripped) + timedelta(days=days, hours=hours, minutes=minutes)
    except OverflowError:
        raise MacroError("the time would be outside the years 1 to 9999") from None
    if _is_date(stripped) and not (hours or minutes):
        return later.date().isoformat()
    written = later.isoformat()
    return f"{written.removesuffix('+00:00')}Z" if stripped.endswith("Z") else written


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


TIME_FUNCTIONS: Final = (
    Function(
        "date",
        format_time,
        "a date or time in another form: %Y %y %m %d %H %M %S %j %%",
        '{{ whenCreated | date("%d.%m.%Y") }}',
        ("31.03.2026",),
        (Parameter("pattern"),),
    ),
    Function(
        "plus",
        plus,
        "a date or time so much later; negative is earlier",
        "{{ whenCreated | plus(days=1, hours=-2) }}",
        ("2026-04-01T20:15:00Z",),
        (Parameter("days", 0, number=True), Parameter("hours", 0, number=True), Parameter("minutes", 0, number=True)),
    ),
)
"""The rows of the table that are about dates and times."""
