"""A text as a QR code (ISO/IEC 18004), as one path of SVG: a page draws it without any code of its own."""

from typing import Any, Final

from pydantic import BaseModel

_QUIET: Final = 4
"""So many light modules have to be around a code, or a camera does not find it."""


class QrCode(BaseModel):
    """What is dark of a QR code. *path*: the data of an SVG path in a square of *size*, its light border within."""

    path: str
    size: int


def qr_code(text: str) -> QrCode:
    """Return *text* as a QR code, which is read also where a seventh of it cannot be seen."""
    # start-up time; the library has no stubs
    from reportlab.graphics.barcode import qrencoder  # pyright: ignore[reportMissingTypeStubs]

    library: Any = qrencoder
    code = library.QRCode(None, library.QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    count: int = code.getModuleCount()
    rows = [[bool(code.isDark(row, column)) for column in range(count)] for row in range(count)]
    path = "".join(_row(row, place + _QUIET) for place, row in enumerate(rows))
    return QrCode(path=path, size=count + 2 * _QUIET)


def _row(dark: list[bool], top: int) -> str:
    """Return the bars of one row: what is dark side by side is one bar, so that no gap shines through."""
    found: list[str] = []
    start = 0
    for place, is_dark in enumerate([*dark, False]):
        if not is_dark:
            if place > start:
                found.append(f"M{start + _QUIET} {top}h{place - start}v1h-{place - start}z")
            start = place + 1
    return "".join(found)
