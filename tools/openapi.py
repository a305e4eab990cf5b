"""Writes docs/openapi.json: what the API is, as programs read it. Part of `make docs`."""

import json
from pathlib import Path
from typing import Final

from keepstep.api.app import bare_app

PAGE: Final = Path(__file__).parents[1] / "docs" / "openapi.json"


def page() -> str:
    """Return the text of the file."""
    return json.dumps(bare_app().openapi(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
