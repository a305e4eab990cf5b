"""The OpenAPI document shows by an example what each operation is sent, and what it answers."""

import json

import jsonschema_rs
import pytest

from keepstep.api.app import bare_app
from keepstep.api.examples import FILE

DOCUMENT = bare_app().openapi()
OPERATIONS = {one["operationId"]: one for methods in DOCUMENT["paths"].values() for one in methods.values()}
JSON = "application/json"


def contents(operation):
    """What an operation takes and gives as JSON, by what it is called in the examples."""
    if JSON in (sent := operation.get("requestBody", {}).get("content", {})):
        yield "request", sent[JSON]
    for status, answer in operation["responses"].items():
        if status.startswith("2") and JSON in answer.get("content", {}):
            yield "answer", answer["content"][JSON]


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_an_operation_takes_and_gives_is_shown_by_an_example_of_that_kind(name):
    for what, content in contents(OPERATIONS[name]):
        assert "example" in content, f"{name} has no example of its {what}: add one to {FILE.name}"
        schema = {**content["schema"], "components": DOCUMENT["components"]}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(content["example"])


def test_there_is_no_example_of_what_is_not_there():
    held = {(name, what) for name, one in json.loads(FILE.read_text()).items() for what in one}
    assert held == {(name, what) for name, one in OPERATIONS.items() for what, _ in contents(one)}


def test_a_problem_is_shown_by_an_example():
    for operation in OPERATIONS.values():
        for content in operation["responses"]["default"]["content"].values():
            assert content["example"]["type"].startswith("urn:keepstep:problem:")
