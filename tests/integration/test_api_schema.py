"""Every route is asked what its schema allows and what it does not: no fault, no answer that is not described."""

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from keepstep.api.app import bare_app
from keepstep.api.wall import Buckets
from tests.integration.api_world import serving
from tests.integration.cli_world import Cli

SCHEMA = schemathesis.openapi.from_dict(bare_app().openapi()).exclude(path="/api/v1/stream")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def robot(tmp_path_factory):
    """A server of a home with a directory, and a token that may do everything."""
    cli = Cli(tmp_path_factory.mktemp("schema") / "home", url="http://127.0.0.1:9")
    cli.good("init")
    cli.configure()
    with serving(cli.home, buckets=Buckets(rate=10_000, burst=10_000)) as world:
        yield world.token("robot", "administrator")


@SCHEMA.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_route_answers_as_it_is_described(case, robot):
    headers = {"Authorization": f"Bearer {robot.token}"}
    answer = case.call(base_url=robot.url, headers=headers, timeout=60)
    case.validate_response(answer, checks=CHECKS, headers=headers)
