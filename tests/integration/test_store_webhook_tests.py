from datetime import UTC, datetime, timedelta

import pytest

from keepstep.core.webhook_test import WebhookTest
from keepstep.store.webhook_tests import SqlWebhookTests

MONDAY = datetime(2027, 1, 4, tzinfo=UTC)


@pytest.fixture
def tests(database):
    return SqlWebhookTests(database)


def a_test(*, day=0, live=True, good=True, digest="d" * 32, webhook="greet"):
    at = MONDAY + timedelta(days=day)
    return WebhookTest(connection="hr", webhook=webhook, digest=digest, good=good, live=live, at=at, operator="ana")


def test_tests_come_back_as_they_were_kept_newest_first(tests):
    kept = [a_test(), a_test(day=1, digest="e" * 32, good=False)]
    for one in (*kept, a_test(webhook="other")):
        tests.keep(one)
    assert tests.of("hr", "greet") == kept[::-1]


def test_a_later_test_of_the_same_form_replaces_an_earlier_one(tests):
    tests.keep(a_test())
    tests.keep(a_test(day=1, good=False))
    assert tests.of("hr", "greet") == [a_test(day=1, good=False)]


def test_looking_at_the_request_does_not_make_a_live_test_forgotten(tests):
    tests.keep(a_test(live=False))
    tests.keep(a_test(day=1))
    tests.keep(a_test(day=2, live=False))
    assert tests.of("hr", "greet") == [a_test(day=1)]
