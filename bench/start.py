"""The start of the command line against the start of Python."""

import sys
from pathlib import Path

from bench.harness import Cell, Options, Report, interleaved


def run(options: Options) -> Report:
    """Measure it."""
    keepstep = Path(sys.executable).with_name("keepstep")
    cells = [
        Cell("python -c pass", (sys.executable, "-c", "pass")),
        Cell("keepstep --help", (str(keepstep), "--help")),
    ]
    return Report(title="Start-up", items=1, seconds=True, by_wall=True, samples=interleaved(cells, options))
