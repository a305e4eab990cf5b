"""A report as a PDF for printing and for the file: its charts, and its rows under headings on every sheet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from pathlib import Path
from typing import IO, Any, Final

from keepstep.core.report import Chart, ChartKind, Report, ReportRow, joined
from keepstep.reports.page import MOST_ROWS
from keepstep.reports.svg import COLOURS

FONTS: Final = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),
    Path("/usr/share/fonts/TTF/DejaVuSans.ttf"),
)
"""Where systems keep a font with the letters of most languages; the library's own has those of the west."""

_WIDTH: Final = 842.0
_HEIGHT: Final = 595.0
"""A4 on its side, in points."""

_MARGIN: Final = 40.0
_SIZE: Final = 7.5
_LINE: Final = 10.0
_PAD: Final = 4.0
_MOST_LINES: Final = 12
"""So many lines of a cell are shown; what is longer ends in an ellipsis, and is whole in the other formats."""

_WIDEST: Final = 260.0
_SAMPLE: Final = 200
_LACKING: Final = "\N{WHITE SQUARE}"


def write_pdf(report: Report, file: IO[bytes]) -> None:
    """Write *report* to *file*, with its font in it; a character that the font lacks is shown as a box, and counted."""
    from reportlab.pdfgen.canvas import Canvas  # pyright: ignore[reportMissingTypeStubs] - the library has no stubs

    canvas: Any = Canvas(file, pagesize=(_WIDTH, _HEIGHT), pageCompression=1, invariant=1)
    canvas.setTitle(report.title)
    canvas.setCreator("Keepstep")
    sheet = _Sheet(canvas=canvas, letters=_Letters.found())
    _head(sheet, report)
    for chart in report.charts:
        _draw(sheet, chart)
    _rows(sheet, report)
    sheet.end()
    canvas.save()


@dataclass(slots=True)
class _Letters:
    """The font, and how often it lacked a character."""

    name: str
    has: Any
    lacking: int = 0

    @classmethod
    def found(cls) -> "_Letters":
        """Return the best font that this system has."""
        from reportlab.pdfbase import pdfmetrics  # pyright: ignore[reportMissingTypeStubs]
        from reportlab.pdfbase.ttfonts import TTFont  # pyright: ignore[reportMissingTypeStubs]

        metrics: Any = pdfmetrics
        path = next((path for path in FONTS if path.is_file()), Path("Vera.ttf"))
        font: Any = TTFont(path.stem, str(path))
        metrics.registerFont(font)
        return cls(path.stem, font.face.charToGlyph)

    def shown(self, text: str) -> str:
        """Return *text* as it can be shown."""
        if text.isascii() and text.isprintable():
            return text
        kept = [ch if ch.isprintable() and ord(ch) in self.has else _LACKING for ch in text]
        self.lacking += sum(one == _LACKING != ch for one, ch in zip(kept, text, strict=True))
        return "".join(kept)


@dataclass(slots=True)
class _Sheet:
    """Where the next thing goes. *top*: how far from the upper edge."""

    canvas: Any
    letters: _Letters
    top: float = _MARGIN
    number: int = 1
    heading: Sequence[tuple[str, float]] = field(default_factory=tuple)

    def room(self, height: float) -> None:
        """Begin a new sheet if *height* is not left on this one."""
        if self.top + height > _HEIGHT - _MARGIN:
            self.turn()

    def turn(self) -> None:
        """End this sheet, and begin the next one, with the headings of the table where one goes on."""
        self.end()
        self.canvas.showPage()
        self.number += 1
        self.top = _MARGIN
        self.headings()

    def end(self) -> None:
        """Write the number of the sheet at its foot."""
        self.text(_WIDTH - _MARGIN, str(self.number), size=7, grey=True, right=True, top=_HEIGHT - 24)

    def headings(self) -> None:
        """Write the headings of the table."""
        if not self.heading:
            return
        self.canvas.setFillColorRGB(0.95, 0.96, 0.97)
        self.canvas.rect(
            _MARGIN, _HEIGHT - self.top - _LINE - _PAD, _WIDTH - 2 * _MARGIN, _LINE + _PAD, stroke=0, fill=1
        )
        left = _MARGIN
        for name, width in self.heading:
            (line, *_) = self.lines(name, width - _PAD) or [""]
            self.text(left + 2, line, top=self.top + _LINE)
            left += width
        self.top += _LINE + _PAD

    def text(  # noqa: PLR0913 - where, what and how
        self, left: float, text: str, *, size: float = _SIZE, grey: bool = False, right: bool = False, top: float = 0
    ) -> None:
        """Write one line; *top*: where its base is, without which it is written where the next thing goes."""
        self.canvas.setFillColorRGB(*((0.3, 0.33, 0.39) if grey else (0.07, 0.09, 0.15)))
        self.canvas.setFont(self.letters.name, size)
        draw = self.canvas.drawRightString if right else self.canvas.drawString
        draw(left, _HEIGHT - (top or self.top), text)

    def width(self, text: str, size: float = _SIZE) -> float:
        """Return how wide *text* is."""
        return float(self.canvas.stringWidth(text, self.letters.name, size))

    def lines(self, text: str, width: float, size: float = _SIZE) -> list[str]:
        """Return *text* in lines of at most *width*, broken between words where that is possible."""
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size) <= width:
                lines[-1] = longer
                continue
            rest = word
            while rest:
                fits = self._fits(rest, width, size)
                lines.append(rest[:fits])
                rest = rest[fits:]
                if len(lines) > _MOST_LINES:
                    return [*lines[: _MOST_LINES - 1], f"{lines[_MOST_LINES - 1][:-1]}…"]
        return lines

    def _fits(self, text: str, width: float, size: float) -> int:
        """Return how many characters of *text* fit into *width*; at least one."""
        low, high = 1, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            if self.width(text[:middle], size) <= width:
                low = middle
            else:
                high = middle - 1
        return low


def _head(sheet: _Sheet, report: Report) -> None:
    sheet.top += 16
    sheet.text(_MARGIN, sheet.letters.shown(report.title), size=17)
    for line in (f"made {report.made_at:%Y-%m-%d %H:%M} UTC", *report.about):
        for part in sheet.lines(sheet.letters.shown(line), _WIDTH - 2 * _MARGIN, 9):
            sheet.top += 13
            sheet.text(_MARGIN, part, size=9, grey=True)
    sheet.top += 14
    left = _MARGIN
    for label, value in report.figures:
        told = sheet.letters.shown(label)
        wide = max(sheet.width(told, 8), sheet.width(f"{value:,}", 14)) + 16
        if left + wide > _WIDTH - _MARGIN:
            left, sheet.top = _MARGIN, sheet.top + 42
        sheet.canvas.setStrokeColorRGB(0.82, 0.84, 0.86)
        sheet.canvas.roundRect(left, _HEIGHT - sheet.top - 36, wide, 36, 4)
        sheet.text(left + 8, f"{value:,}", size=14, top=sheet.top + 17)
        sheet.text(left + 8, told, size=8, grey=True, top=sheet.top + 30)
        left += wide + 8
    sheet.top += 52 if report.figures else 0


def _draw(sheet: _Sheet, chart: Chart) -> None:
    bars = chart.kind is ChartKind.BARS
    height = 24 + (18 * len(chart.labels) if bars else 150 + 14 * len(chart.series))
    sheet.room(min(height, _HEIGHT - 2 * _MARGIN))
    sheet.top += 12
    sheet.text(_MARGIN, sheet.letters.shown(chart.title), size=11)
    sheet.top += 10
    (_bars if bars else _curves)(sheet, chart)
    sheet.top += 14


def _bars(sheet: _Sheet, chart: Chart) -> None:
    values = chart.series[0].values if chart.series else ()
    most, left = max([*values, 1]), _MARGIN + 190
    for place, (label, value) in enumerate(zip(chart.labels, values, strict=True)):
        sheet.room(18)
        (told, *_) = sheet.lines(sheet.letters.shown(label), 180, 8) or [""]
        sheet.text(left - 8, told, size=8, right=True, top=sheet.top + 11)
        long = (_WIDTH - _MARGIN - left - 60) * value / most
        _colour(sheet, place)
        sheet.canvas.rect(left, _HEIGHT - sheet.top - 14, long, 12, stroke=0, fill=1)
        sheet.text(left + long + 5, f"{value:,}", size=8, top=sheet.top + 11)
        sheet.top += 18


def _curves(sheet: _Sheet, chart: Chart) -> None:
    most = max([1, *(value for series in chart.series for value in series.values)])
    left, right, base = _MARGIN + 40, _WIDTH - _MARGIN, sheet.top + 120
    step = (right - left) / max(1, len(chart.labels) - 1)
    sheet.text(left - 5, f"{most:,}", size=7, right=True, top=sheet.top + 8)
    sheet.text(left - 5, "0", size=7, right=True, top=base)
    sheet.canvas.setStrokeColorRGB(0.61, 0.64, 0.69)
    sheet.canvas.line(left, _HEIGHT - base, right, _HEIGHT - base)
    for number, series in enumerate(chart.series):
        _colour(sheet, number)
        spots = [(left + place * step, base - 110 * value / most) for place, value in enumerate(series.values)]
        for (x, y), (far, deep) in pairwise(spots):
            sheet.canvas.line(x, _HEIGHT - y, far, _HEIGHT - deep)
        for x, y in spots:
            sheet.canvas.circle(x, _HEIGHT - y, 1.8, stroke=0, fill=1)
        below = base + 28 + 14 * number
        sheet.canvas.rect(left, _HEIGHT - below, 8, 8, stroke=0, fill=1)
        sheet.text(left + 14, sheet.letters.shown(series.name), size=8, top=below)
    if chart.labels:
        sheet.text(left, chart.labels[0], size=7, grey=True, top=base + 12)
        sheet.text(right, chart.labels[-1], size=7, grey=True, right=True, top=base + 12)
    sheet.top = base + 20 + 14 * len(chart.series)


def _colour(sheet: _Sheet, number: int) -> None:
    text = COLOURS[number % len(COLOURS)]
    parts = [int(text[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    sheet.canvas.setFillColorRGB(*parts)
    sheet.canvas.setStrokeColorRGB(*parts)


def _rows(sheet: _Sheet, report: Report) -> None:
    rows = iter(report.rows())
    first = list(islice(rows, _SAMPLE))
    widths = _widths(sheet, report.columns, first)
    sheet.heading = list(zip(report.columns, widths, strict=True))
    sheet.room(3 * _LINE)
    sheet.headings()
    for row in first:
        _row(sheet, row, widths)
    for row in islice(rows, MOST_ROWS - len(first)):
        _row(sheet, row, widths)
    more = sum(1 for _ in rows)
    sheet.heading = ()
    for note in (
        f"{more:,} more rows are not shown here: take CSV, XLSX or Parquet." if more else "",
        f"{sheet.letters.lacking:,} characters that the font lacks are shown as boxes: HTML has them all, and so has "
        "this file once fonts-dejavu-core is installed, but for scripts of Asia."
        if sheet.letters.lacking
        else "",
    ):
        if note:
            sheet.room(2 * _LINE)
            sheet.top += 1.6 * _LINE
            sheet.text(_MARGIN, note, size=8)


def _widths(sheet: _Sheet, columns: Sequence[str], rows: Sequence[ReportRow]) -> list[float]:
    """Return how wide each column is: by what is in it, as far as there is room."""
    whole = _WIDTH - 2 * _MARGIN
    wanted = [sheet.width(name) + 2 * _PAD for name in columns]
    for row in rows:
        for place, cell in enumerate(row):
            texts = cell if isinstance(cell, tuple) else (joined(cell),)
            wanted[place] = max(
                wanted[place], min(260.0, max((sheet.width(one) for one in texts), default=0) + 2 * _PAD)
            )
    total = sum(wanted)
    return [one * whole / total for one in wanted] if total else wanted


def _row(sheet: _Sheet, row: ReportRow, widths: Sequence[float]) -> None:
    cells: list[list[str]] = []
    for cell, width in zip(row, widths, strict=True):
        texts = cell if isinstance(cell, tuple) else (joined(cell),)
        lines = [line for one in texts for line in sheet.lines(sheet.letters.shown(one), width - _PAD)]
        cells.append(lines[:_MOST_LINES])
    height = max(1, *map(len, cells)) * _LINE + _PAD
    sheet.room(height)
    left = _MARGIN
    for lines, width in zip(cells, widths, strict=True):
        for number, line in enumerate(lines, start=1):
            sheet.text(left + 2, line, top=sheet.top + number * _LINE)
        left += width
    sheet.top += height
    sheet.canvas.setStrokeColorRGB(0.9, 0.91, 0.92)
    sheet.canvas.line(_MARGIN, _HEIGHT - sheet.top, _WIDTH - _MARGIN, _HEIGHT - sheet.top)
