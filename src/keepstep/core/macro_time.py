"""What the macro functions do to dates and times, which are ISO 8601 texts."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from keepstep.core.macro_function import Function, Parameter
from keepstep.core.macro_text import to_int
from keepstep.errors import MacroError

_UNITS: Final = ("days", "hours", "minutes", "weeks", "seconds")
_DIGITS: Final[Mapping[str, str]] = MappingProxyType(
    {"Y": "([0-9]{4})", **dict.fromkeys("ymdHMS", "([0-9]{1,2})"), "j": "([0-9]{1,3})"}
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_AD_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_NEVER: Final = frozenset({0, 2**63 - 1})
_LONG_TICKS: Final = re.compile(r"[0-9]{19}\Z")
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


def plus(text: str, *amounts: int) -> str:
    """Return the ISO 8601 *text* later by days, hours, minutes, weeks and seconds, in its form: a date stays a date."""
    stripped = text.strip()
    try:
        later = _moment(stripped) + timedelta(**dict(zip(_UNITS, amounts, strict=True)))
    except OverflowError:
        raise MacroError("the time would be outside the years 1 to 9999") from None
    _, hours, minutes, _, seconds = amounts
    if _is_date(stripped) and not (hours or minutes or seconds):
        return later.date().isoformat()
    return _written(later, utc=stripped.endswith("Z"))


def _written(moment: datetime, *, utc: bool) -> str:
    written = moment.isoformat()
    return f"{written.removesuffix('+00:00')}Z" if utc else written


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def parse_time(text: str, pattern: str) -> str:
    """Return *text*, written as *pattern* says, as ISO 8601: a date, or a date and time where the pattern has hours."""
    fields, form = _pattern_form(pattern)
    found = form.fullmatch(text.strip())
    if found is None:
        raise MacroError("the value is not written as the pattern says")
    held = {field: int(digits) for field, digits in zip(fields, found.groups(), strict=True)}
    year = held.get("Y", held.get("y", 0) + (1900 if held.get("y", 0) >= 69 else 2000))
    try:
        day = f"{year:04}-{held.get('m', 1):02}-{held.get('d', 1):02}"
        moment = datetime.fromisoformat(f"{day}T{held.get('H', 0):02}:{held.get('M', 0):02}:{held.get('S', 0):02}")
        moment += timedelta(days=held["j"] - 1) if "j" in held else timedelta()
    except (ValueError, OverflowError):
        raise MacroError("the value is not a date that there is") from None
    return moment.isoformat() if "H" in held else moment.date().isoformat()


def _pattern_form(pattern: str) -> tuple[list[str], re.Pattern[str]]:
    fields: list[str] = []
    form: list[str] = []
    for part in re.split(r"(%.?)", pattern, flags=re.DOTALL):
        if not part.startswith("%") or part == "%%":
            form.append(re.escape(part.replace("%%", "%")))
        elif part[1:] not in _DIGITS or part[1:] in fields:
            raise MacroError("a date pattern has %Y %y %m %d %H %M %S %j %%, each once, and nothing else")
        else:
            fields.append(part[1:])
            form.append(_DIGITS[part[1:]])
    return fields, re.compile("".join(form))


def in_zone(text: str, zone: str, of: str) -> str:
    """Return the ISO 8601 *text* in the time of *zone*; a time that says no zone is one of zone *of*."""
    moment = _zoned(text, of)
    try:
        return _written(moment.astimezone(known_zone(zone)), utc=zone == "UTC")
    except OverflowError:
        raise MacroError("the time would be outside the years 1 to 9999") from None


def known_zone(text: str) -> ZoneInfo:
    """Return the time zone called *text*; MacroError if there is none."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise MacroError("there is no such time zone; they are called as Europe/Zagreb, or UTC") from None


def _zoned(text: str, zone: str = "UTC") -> datetime:
    moment = _moment(text)
    return moment.replace(tzinfo=known_zone(zone)) if moment.tzinfo is None else moment


def from_filetime(text: str) -> str:
    """Return the time that Active Directory counts as *text*, in UTC to the second; nothing for its "never"."""
    stripped = text.strip()
    # Of 19 digits are the years from 4769 on, with which some people say never, and never itself.
    ticks = int(stripped) if _LONG_TICKS.match(stripped) else to_int(stripped)
    if ticks in _NEVER:
        return ""
    return _since(_AD_EPOCH, ticks // 10_000_000)


def to_filetime(text: str) -> str:
    """Return the ISO 8601 *text* as Active Directory counts time: 100 nanoseconds since 1601."""
    return str((_zoned(text) - _AD_EPOCH) // timedelta(microseconds=1) * 10)


def from_epoch(text: str, unit: str) -> str:
    """Return the time that is *text* seconds (or ms) after 1970, in UTC to the second."""
    return _since(_EPOCH, to_int(text) // known_unit(unit))


def to_epoch(text: str, unit: str) -> str:
    """Return the ISO 8601 *text* as seconds (or ms) since 1970."""
    return str((_zoned(text) - _EPOCH) // timedelta(milliseconds=1000 // known_unit(unit)))


def known_unit(text: str) -> int:
    """Return how many of the unit *text* are in a second; MacroError for another one."""
    if text not in {"s", "ms"}:
        raise MacroError("a unit is s or ms")
    return 1000 if text == "ms" else 1


def _since(start: datetime, seconds: int) -> str:
    try:
        return _written(start + timedelta(seconds=seconds), utc=True)
    except OverflowError:
        raise MacroError("the time would be outside the years 1 to 9999") from None


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
        tuple(Parameter(unit, 0, number=True) for unit in _UNITS),
    ),
    Function(
        "parse_date",
        parse_time,
        "ISO 8601 from a date or time in another form",
        '{{ "31.03.2026" | parse_date("%d.%m.%Y") | plus(days=1) }}',
        ("2026-04-01",),
        (Parameter("pattern", check=_pattern_form),),
    ),
    Function(
        "in_zone",
        in_zone,
        "the time in another time zone; one that says no zone is taken for one of the second",
        '{{ whenCreated | in_zone("Europe/Zagreb") }}',
        ("2026-04-01T00:15:00+02:00",),
        (Parameter("zone", check=known_zone), Parameter("of", "UTC", check=known_zone)),
    ),
    Function(
        "from_filetime",
        from_filetime,
        "the time that Active Directory counts so; nothing for never",
        '{{ "134194689000000000" | from_filetime }}',
        ("2026-03-31T22:15:00Z",),
    ),
    Function(
        "to_filetime",
        to_filetime,
        "a time as Active Directory counts it",
        "{{ whenCreated | to_filetime }}",
        ("134194689000000000",),
    ),
    Function(
        "from_epoch",
        from_epoch,
        "the time so many seconds after 1970, or ms",
        '{{ "1774995300" | from_epoch }}',
        ("2026-03-31T22:15:00Z",),
        (Parameter("unit", "s", check=known_unit),),
    ),
    Function(
        "to_epoch",
        to_epoch,
        "seconds since 1970, or ms",
        "{{ whenCreated | to_epoch }}",
        ("1774995300",),
        (Parameter("unit", "s", check=known_unit),),
    ),
)
"""The rows of the table that are about dates and times."""
