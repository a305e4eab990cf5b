"""`python -m bench.cell module:function '{"json": "parameters"}'`: what a cell's process runs."""

import json
import sys
from importlib import import_module


def main() -> None:
    """Call the function that the arguments name."""
    module, _, name = sys.argv[1].partition(":")
    getattr(import_module(f"bench.{module}"), name)(**json.loads(sys.argv[2]))


if __name__ == "__main__":
    main()
