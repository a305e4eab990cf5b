"""A report as one HTML page: no script, no other file, every text escaped; it prints well."""

from html import escape
from itertools import islice
from typing import IO, Final

from keepstep.core.report import Report, joined
from keepstep.reports.svg import svg

MOST_ROWS: Final = 20_000
"""So many rows a browser shows without trouble; the note below the table says how many more there are."""

_STYLE: Final = """
body{font:14px/1.45 system-ui,sans-serif;color:#111827;margin:2rem auto;max-width:80rem;padding:0 1rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}.about{color:#4b5563;margin:.25rem 0}
.figures{display:flex;flex-wrap:wrap;gap:.75rem;margin:1.25rem 0}
.figures div{border:1px solid #d1d5db;border-radius:.5rem;padding:.5rem .9rem;min-width:7rem}
.figures b{display:block;font-size:1.4rem}svg{max-width:45rem;width:100%;font:12px system-ui,sans-serif}
table{border-collapse:collapse;width:100%;font-size:.85rem}
th,td{border-bottom:1px solid #e5e7eb;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
thead{display:table-header-group}th{background:#f3f4f6}tr{break-inside:avoid}td div+div{margin-top:.15rem}
@page{size:A4 landscape;margin:14mm}@media print{body{margin:0;max-width:none;padding:0}}
"""


def write_page(report: Report, file: IO[bytes]) -> None:
    """Write *report* to *file*, row by row, so that length costs no memory."""
    _put(file, _head(report))
    rows = iter(report.rows())
    for row in islice(rows, MOST_ROWS):
        cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row)
        _put(file, f"<tr>{cells}</tr>\n")
    more = sum(1 for _ in rows)
    note = f"<p><strong>{more:,} more rows are not shown here: take CSV, XLSX or Parquet.</strong></p>" if more else ""
    _put(file, f"</tbody></table>{note}</body></html>\n")


def _head(report: Report) -> str:
    figures = "".join(f"<div><b>{value:,}</b>{_text(label)}</div>" for label, value in report.figures)
    charts = "".join(f"<h2>{_text(chart.title)}</h2>{svg(chart)}" for chart in report.charts)
    about = "".join(f'<p class="about">{_text(line)}</p>' for line in report.about)
    heads = "".join(f"<th>{_text(name)}</th>" for name in report.columns)
    made = f"{report.made_at:%Y-%m-%d %H:%M} UTC"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{_text(report.title)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>{_text(report.title)}</h1><p class="about">made {made}</p>{about}'
        f'<div class="figures">{figures}</div>{charts}'
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n"
    )


def _cell(cell: str | tuple[str, ...] | None) -> str:
    if isinstance(cell, tuple):
        return "".join(f"<div>{_text(text)}</div>" for text in cell)
    return _text(joined(cell))


def _text(text: str) -> str:
    clean = "".join(ch if ch.isprintable() else "\N{REPLACEMENT CHARACTER}" for ch in text)
    return escape(clean)


def _put(file: IO[bytes], text: str) -> None:
    file.write(text.encode("utf-8", "replace"))
