"""Whether an endpoint is still what was tested."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keepstep.core import endpoint_test as subject
from keepstep.core.connection import RestConnection
from keepstep.core.endpoint import EndpointSpec
from keepstep.core.endpoint_test import EndpointTest, digest_of, standing

NOW = datetime(2026, 11, 25, tzinfo=UTC)
CONNECTION = RestConnection.model_validate({"kind": "rest", "preset": "plain", "base_url": "https://hr.example"})
ENDPOINT = EndpointSpec.model_validate({"url": "{base_url}/users"})


def tried(digest, *, good=True):
    return EndpointTest(connection="hr", endpoint="users", digest=digest, good=good, records=1, at=NOW, operator="ana")


@pytest.mark.parametrize(
    ("connection", "endpoint"),
    [
        ({}, {"url": "{base_url}/people"}),
        ({}, {"paging": {"style": "cursor", "cursor": "next", "param": "after"}}),
        ({}, {"headers": {"X-A": "1"}}),
        ({}, {"timeout": 5}),
        ({"base_url": "https://other.example"}, {}),
        ({"authorization": {"type": "bearer", "token": {"secret": "t"}}}, {}),
    ],
)
def test_whatever_changes_the_call_changes_the_digest(connection, endpoint):
    changed = digest_of(
        RestConnection.model_validate({**CONNECTION.model_dump(exclude_defaults=True), "kind": "rest", **connection}),
        EndpointSpec.model_validate({**ENDPOINT.model_dump(exclude_defaults=True), **endpoint}),
    )
    assert changed != digest_of(CONNECTION, ENDPOINT)


def test_a_description_changes_nothing():
    described = ENDPOINT.model_copy(update={"description": "everybody"})
    assert digest_of(CONNECTION, described) == digest_of(CONNECTION, ENDPOINT)


def test_a_test_of_the_same_says_how_it_went_and_one_of_another_form_that_it_changed():
    assert standing("a", []).tested is subject.Tested.UNTESTED
    assert standing("a", [tried("b"), tried("a")]).tested is subject.Tested.GOOD
    assert standing("a", [tried("a", good=False)]).tested is subject.Tested.NOT_GOOD
    assert standing("a", [tried("b")]).tested is subject.Tested.CHANGED
    assert standing("a", [tried("b")]).at == NOW


def test_what_the_last_test_offered_stays_known_when_the_endpoint_changed():
    offered = replace(tried("b"), fields=("id", "employee.id"))
    assert standing("b", [offered]).fields == ("id", "employee.id")
    assert standing("a", [offered, tried("c")]).fields == ("id", "employee.id")
    assert standing("a", []).fields == ()
