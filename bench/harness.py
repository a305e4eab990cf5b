"""Cells, rounds and tables: every cell is a fresh process, and every round runs every cell once.

A cell of ours measures its own work between two marks, without the start of Python, and says so in one line on its
standard output. A foreign program (curl, wrk, the C floor) is measured whole, by what the kernel accounts to it.
"""

import gc
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Self

MARK = "@sample "
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is asked of a benchmark: its rounds, a folder of its own, and whether it should only prove that it runs."""

    rounds: int
    folder: Path
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing to measure: the command of its process."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of one cell: CPU and wall in seconds, peak memory in MB (0: not measured), and what the cell found."""

    cpu: float
    wall: float
    peak: float = 0.0
    found: Mapping[str, float] = field(default_factory=dict[str, float])


def cpu() -> float:
    """Return the CPU seconds of this process so far, all threads, user and system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_memory() -> float:
    """Return the peak resident memory of this process in MB (VmHWM)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Meter:
    """What one stretch of work in this process takes; peak memory counts all that is held meanwhile."""

    def __init__(self) -> None:
        self.sample: dict[str, float] = {}

    def __enter__(self) -> Self:
        """Begin; what came before does not count."""
        gc.collect()
        Path("/proc/self/clear_refs").write_text("5")  # proc(5): VmHWM starts again from what is resident now
        self._cpu, self._wall = cpu(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the figures."""
        wall = time.perf_counter() - self._wall
        self.sample = {"cpu": cpu() - self._cpu, "wall": wall, "peak": peak_memory()}

    def report(self, **found: float) -> None:
        """Hand the figures to the harness, with what the cell *found*."""
        report(**self.sample, found=found)


def report(**sample: object) -> None:
    """Hand figures to the harness; it fills in CPU and wall of the whole process where they are not among them."""
    print(MARK + json.dumps(sample), flush=True)


def ours(name: str, function: str, **given: object) -> Cell:
    """Return the cell that calls *function* (`module:name` below bench) with *given* in a fresh Python."""
    return Cell(name, (sys.executable, "-m", "bench.cell", function, json.dumps(given)))


def run_cell(cell: Cell, folder: Path) -> Sample:
    """Run *cell* once; RuntimeError with the end of its error output if it fails."""
    begun = time.perf_counter()
    errors = folder / "errors"
    # As installed: modules are compiled once, not at every start.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'src'}"
    with (
        errors.open("wb") as sink,
        subprocess.Popen(cell.command, stdout=subprocess.PIPE, stderr=sink, cwd=ROOT, env=environment) as process,
    ):
        output = process.stdout.read().decode() if process.stdout else ""
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - begun
    if process.returncode:
        raise RuntimeError(f"{cell.name}: exit {process.returncode}: {errors.read_text()[-2000:]}")
    sample = {"cpu": used.ru_utime + used.ru_stime, "wall": wall}
    for line in output.splitlines():
        if line.startswith(MARK):
            sample.update(json.loads(line.removeprefix(MARK)))
    return Sample(**sample)


def interleaved(cells: Sequence[Cell], options: Options) -> dict[str, list[Sample]]:
    """Return the samples of every cell: A B C, A B C, …"""
    samples: dict[str, list[Sample]] = {cell.name: [] for cell in cells}
    for number in range(options.rounds):
        for cell in cells:
            print(f"  round {number + 1} of {options.rounds}: {cell.name}", file=sys.stderr, flush=True)
            samples[cell.name].append(run_cell(cell, options.folder))
    return samples


def middle(samples: Sequence[Sample], name: str) -> float:
    """Return the median of what the cell found under *name*."""
    return median(sample.found.get(name, 0.0) for sample in samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A table of cells against the first of them, which is the floor.

    Microseconds of CPU an item, or *seconds* for all; *by_wall*: the ratio is of the time on the wall, not of CPU.
    *columns*: what cells found, to be shown as well.
    """

    title: str
    items: int
    samples: Mapping[str, Sequence[Sample]]
    seconds: bool = False
    by_wall: bool = False
    columns: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the table as Markdown."""
        unit = "CPU s" if self.seconds else "µs CPU an item"
        heads = ["", unit, "x floor, wall" if self.by_wall else "x floor", "wall s", "peak MB", *self.columns]
        lines = [f"### {self.title}", "", _row(heads), _row(["---"] * len(heads))]
        floor = next(iter(self.samples.values()))
        for name, samples in self.samples.items():
            times = median(self._times(one, under) for one, under in zip(samples, floor, strict=True))
            used = median(one.cpu for one in samples)
            peak = max(one.peak for one in samples)
            shown = f"{used:.2f}" if self.seconds else f"{used / self.items * 1e6:.2f}"
            more = [_figure(middle(samples, column)) for column in self.columns]
            wall = median(one.wall for one in samples)
            lines.append(_row([name, shown, f"{times:.1f}", f"{wall:.2f}", f"{peak:.0f}" if peak else "", *more]))
        return "\n".join([*lines, ""])

    def _times(self, one: Sample, floor: Sample) -> float:
        return one.wall / floor.wall if self.by_wall else one.cpu / max(floor.cpu, 1e-6)


def _row(texts: Sequence[str]) -> str:
    return "| " + " | ".join(texts) + " |"


def _figure(number: float) -> str:
    if not number:
        return ""
    return f"{number:,.0f}" if number >= 1000 or number == int(number) else f"{number:.2f}"
