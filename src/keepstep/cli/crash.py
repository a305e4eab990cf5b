"""What the operator is told of a fault in Keepstep itself: never its traceback."""

import sys
from pathlib import Path


def crash_lines(path: Path) -> list[str]:
    """Return what the operator is told."""
    command = " ".join(sys.argv[1:3])
    return [
        f"error: keepstep met a fault of its own at `{command}`",
        f"hint: the report is in {path}; run `keepstep doctor`, and send the report to the maintainers",
    ]
