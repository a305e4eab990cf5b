"""Charts as SVG: pictures that need no script and no other file."""

from html import escape
from typing import Final

from keepstep.core.report import Chart, ChartKind

COLOURS: Final = ("#2563eb", "#dc2626", "#d97706", "#059669", "#7c3aed", "#0891b2", "#be185d", "#4b5563")
_WIDTH: Final = 720
_BAR: Final = 26
_LABELS: Final = 270
_PLOT: Final = 200
_LEGEND: Final = 20
_LONGEST: Final = 42


def svg(chart: Chart) -> str:
    """Return *chart* as an SVG element; every text in it is escaped, and what it shows is told in its title."""
    drawn = _bars(chart) if chart.kind is ChartKind.BARS else _lines(chart)
    height, body = drawn
    head = f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
    return f"{head}<title>{_text(chart.title)}</title>{body}</svg>"


def _text(text: str) -> str:
    clean = "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)
    return escape(clean)


def _short(text: str) -> str:
    return _text(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _bars(chart: Chart) -> tuple[int, str]:
    values = chart.series[0].values if chart.series else ()
    most = max([*values, 1])
    parts: list[str] = []
    for place, (label, value) in enumerate(zip(chart.labels, values, strict=True)):
        top = place * _BAR + 4
        width = round((_WIDTH - _LABELS - 90) * value / most, 1)
        parts.append(
            f'<text x="{_LABELS - 8}" y="{top + 14}" text-anchor="end">{_short(label)}</text>'
            f'<rect x="{_LABELS}" y="{top}" width="{width}" height="18" fill="{COLOURS[place % len(COLOURS)]}"/>'
            f'<text x="{_LABELS + width + 6}" y="{top + 14}">{value:,}</text>'
        )
    return len(values) * _BAR + 8, "".join(parts)


def _lines(chart: Chart) -> tuple[int, str]:
    most = max([1, *(value for series in chart.series for value in series.values)])
    left, right, count = 60, _WIDTH - 20, len(chart.labels)
    step = (right - left) / max(1, count - 1)
    parts = [
        f'<line x1="{left}" y1="{_PLOT}" x2="{right}" y2="{_PLOT}" stroke="#9ca3af"/>',
        f'<text x="{left - 6}" y="16" text-anchor="end">{most:,}</text>',
        f'<text x="{left - 6}" y="{_PLOT}" text-anchor="end">0</text>',
    ]
    for number, series in enumerate(chart.series):
        colour = COLOURS[number % len(COLOURS)]
        spots = [
            (round(left + place * step, 1), round(_PLOT - (_PLOT - 12) * value / most, 1))
            for place, value in enumerate(series.values)
        ]
        points = " ".join(f"{x},{y}" for x, y in spots)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>' for x, y in spots]
        legend = _PLOT + 44 + number * _LEGEND
        parts.append(f'<rect x="{left}" y="{legend - 10}" width="12" height="12" fill="{colour}"/>')
        parts.append(f'<text x="{left + 20}" y="{legend}">{_short(series.name)}</text>')
    for place in {0, count - 1} if count else set[int]():
        anchor = "start" if place == 0 else "end"
        x = round(left + place * step, 1)
        parts.append(f'<text x="{x}" y="{_PLOT + 18}" text-anchor="{anchor}">{_short(chart.labels[place])}</text>')
    return _PLOT + 44 + len(chart.series) * _LEGEND, "".join(parts)
