"""What was tested of an endpoint, and whether it is still what is in force."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from keepstep.core.connection import RestConnection
from keepstep.core.endpoint import EndpointSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointTest:
    """One test. *digest*: of what was tested; *records*: how many came, where the endpoint declares records.

    *fields*: the paths of the single values that it offered.
    """

    connection: str
    endpoint: str
    digest: str
    good: bool
    records: int | None
    at: datetime
    operator: str
    fields: tuple[str, ...] = ()


class Tested(StrEnum):
    """How an endpoint stands to its tests."""

    UNTESTED = "untested"
    CHANGED = "untested, changed since"
    GOOD = "good"
    NOT_GOOD = "not good"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestStanding:
    """How an endpoint stands to its tests, and when the one was that says so. *fields*: what that one offered."""

    tested: Tested
    at: datetime | None = None
    operator: str = ""
    records: int | None = None
    fields: tuple[str, ...] = ()


def digest_of(connection: RestConnection, endpoint: EndpointSpec) -> str:
    """Return 32 hex digits of everything that *endpoint*, headers of the connection included, sends and expects.

    It changes with the address and the authorization of the connection too; a new default changes nothing.
    """
    parts = {
        "base_url": connection.base_url,
        "authorization": connection.authorization.model_dump(mode="json", exclude_defaults=True),
        "endpoint": endpoint.model_dump(mode="json", exclude_defaults=True, exclude={"description"}),
        "paging": endpoint.paging.style,
        "type": connection.authorization.type,
    }
    return blake2b(json.dumps(parts, sort_keys=True).encode(), digest_size=16).hexdigest()


def standing(digest: str, tests: Iterable[EndpointTest]) -> TestStanding:
    """Return how an endpoint whose digest is *digest* now stands to its *tests*, newest first."""
    earlier: EndpointTest | None = None
    for test in tests:
        if test.digest == digest:
            tested = Tested.GOOD if test.good else Tested.NOT_GOOD
            return TestStanding(
                tested=tested, at=test.at, operator=test.operator, records=test.records, fields=test.fields
            )
        earlier = earlier or test
    if earlier is None:
        return TestStanding(tested=Tested.UNTESTED)
    return TestStanding(tested=Tested.CHANGED, at=earlier.at, operator=earlier.operator, fields=earlier.fields)
