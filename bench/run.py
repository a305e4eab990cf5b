"""`python -m bench.run [NAME…] [--quick] [--rounds N] [--folder DIR]`: all benchmarks, or the ones that are named."""

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

from bench.harness import Options, Report

BENCHMARKS = {
    "start": 7,
    "render": 5,
    "pull": 5,
    "quota": 3,
    "apply": 3,
    "directory": 5,
    "diff": 3,
    "orchestrate": 1,
    "latency": 1,
    "serve": 1,
    "beside": 1,
    "console": 1,
}
"""Name of the module, and its rounds."""


def measure(name: str, *, rounds: int = 0, quick: bool = False, folder: Path | None = None) -> list[Report]:
    """Return the tables of benchmark *name*; what it writes is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="keepstep-bench-", dir=folder) as own:
        options = Options(rounds=rounds or (1 if quick else BENCHMARKS[name]), quick=quick, folder=Path(own))
        made = import_module(f"bench.{name}").run(options)
    return made if isinstance(made, list) else [made]


def main() -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; default: all")
    parser.add_argument("--quick", action="store_true", help="few items, one round: shows only that all of it runs")
    parser.add_argument("--rounds", type=int, default=0, help="default: " + str(BENCHMARKS))
    parser.add_argument(
        "--folder", type=Path, help="where 1 GB of files may stay meanwhile; default: the temporary one"
    )
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for name in asked.names or BENCHMARKS:
        print(f"{name} (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
        for report in measure(name, rounds=asked.rounds, quick=asked.quick, folder=asked.folder):
            print(report.text(), flush=True)


if __name__ == "__main__":
    main()
