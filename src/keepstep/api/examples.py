"""Examples of what is sent and what is answered, one for each operation: a part of the OpenAPI document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("examples.json")
"""What is sent (request) and answered (answer), by operation."""

_JSON: Final = "application/json"
_PROBLEM: Final[Mapping[str, Any]] = {
    "type": "urn:keepstep:problem:not_found",
    "title": "not found",
    "status": 404,
    "detail": 'there is no rule "staf"; did you mean "staff"?',
    "hint": "rules: staff",
    "errors": [],
    "correlation": "1038386a6e6f535a",
}


def add_examples(document: Mapping[str, Any]) -> None:
    """Put the examples into *document*, each where it belongs: a request, the answer, a problem."""
    examples: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    for methods in document["paths"].values():
        for operation in methods.values():
            example = examples.get(operation["operationId"], {})
            if "request" in example:
                operation["requestBody"]["content"][_JSON]["example"] = example["request"]
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if status.startswith("2") and _JSON in content and "answer" in example:
                    content[_JSON]["example"] = example["answer"]
                if status == "default":
                    for told in content.values():
                        told["example"] = _PROBLEM
