"""A key makes that something is done once, however often it is asked for, and answered alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from keepstep.errors import KeyTaken
from tests.integration.api_world import serving
from tests.integration.test_api_delegation import change, company, ended  # noqa: F401 - a fixture


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home, worker=True) as world:
        yield world


TITLE = change("eva", {"set": {"title": "after"}})


def test_a_change_of_accounts_asked_for_twice_by_one_key_is_one_run(world):
    desk = world.operator("desk", "sales-desk")
    first = desk.ask("POST", "/account-changes", TITLE, Idempotency_Key="k")
    ended(desk, first.data)
    again = desk.ask("POST", "/account-changes", TITLE, Idempotency_Key="k")
    assert (again.status, again.data, again.headers["location"]) == (202, first.data, first.headers["location"])
    assert len(desk.get("/template-runs")) == 1
    desk.good("POST", "/account-changes", TITLE)
    assert len(desk.get("/template-runs")) == 2


def test_a_key_for_something_else_is_refused(world):
    desk = world.operator("desk", "sales-desk")
    desk.good("POST", "/account-changes", TITLE, Idempotency_Key="k")
    other = change("eva", {"set": {"title": "zebra"}})
    told = desk.bad(409, "POST", "/account-changes", other, Idempotency_Key="k")
    assert told["type"].endswith(":key_taken")
    assert "zebra" not in str(told)
    assert len(desk.get("/template-runs")) == 1


def test_a_key_is_of_whoever_sent_it(world):
    desk, root = world.operator("desk", "sales-desk"), world.operator("root", "administrator")
    first = desk.good("POST", "/account-changes", TITLE, Idempotency_Key="k")
    assert root.good("POST", "/account-changes", TITLE, Idempotency_Key="k")["id"] != first["id"]


def test_what_was_refused_may_be_asked_for_again_by_the_same_key(world, company):  # noqa: F811 - the fixture
    desk = world.operator("desk", "sales-desk")
    asked = change("ivo", {"set": {"title": "x"}})
    desk.bad(400, "POST", "/account-changes", asked, Idempotency_Key="k")
    file = company.home.joinpath("keepstep.yaml")
    file.write_text(
        file.read_text().replace('within: ["OU=Sales,', 'within: ["OU=IT,OU=Staff,DC=corp,DC=example", "OU=Sales,')
    )
    desk.good("POST", "/account-changes", asked, Idempotency_Key="k")


def test_many_at_once_with_one_key_begin_one_run(world):
    desk = world.operator("desk", "sales-desk")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(desk.ask, "POST", "/account-changes", TITLE, Idempotency_Key="k") for _ in range(8)]
        statuses = {one.result().status for one in asked}
    assert statuses <= {202, 409}
    assert 202 in statuses
    assert len(desk.get("/template-runs")) == 1


def test_what_broke_off_is_never_begun_again_by_its_key_and_a_day_later_the_key_is_free(world):
    answers = world.store.answers
    assert answers.begin("desk", "k", "this") is None
    with pytest.raises(KeyTaken, match="no answer yet"):
        answers.begin("desk", "k", "this")
    answers.forget(world.store.clock.now() + timedelta(days=1, seconds=1))
    assert answers.begin("desk", "k", "that") is None
