"""The use of rate limits, by the API and by the command line in the same words."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from keepstep.core.call_count import CallCount, minute_of
from tests.integration.api_world import serving

ADDED = """
  hr:
    kind: rest
    preset: plain
    base_url: https://hr.corp.example
    pace: 0.5
    endpoints:
      day: {url: "{base_url}/day", records: items, rate: {calls: 1000, seconds: 86400}}
      free: {url: "{base_url}/free", records: items}
    objects:
      people: {key: id, list: day, attributes: {mail: mail}}
mappings:
"""


def count(store, *, calls, refused=0, ago=0, limit="get-persons", connection="infobip"):
    minute = minute_of(datetime.now(UTC)) - timedelta(minutes=ago)
    store.call_counts.add([CallCount(connection=connection, limit=limit, minute=minute, calls=calls, refused=refused)])


def of(found, limit, connection="infobip"):
    (one,) = (one for one in found if (one["connection"], one["limit"]) == (connection, limit))
    return one


@pytest.fixture
def two(company):
    """The company with another application, which has a limit a day and a call that none counts."""
    file = company.home / "keepstep.yaml"
    file.write_text(file.read_text().replace("\nmappings:\n", ADDED))
    return company


@pytest.fixture
def world(two):
    with serving(two.home) as world:
        yield world


def test_every_limit_of_every_application_is_told_with_what_it_allows(world):
    found = world.operator("ana", "administrator").get("/quota")
    assert {one["connection"] for one in found} == {"infobip", "hr"}
    assert of(found, "get-persons")["rate"] == {"calls": 5, "seconds": 1.0, "share": 0.6}
    assert of(found, "day", "hr")["rate"] == {"calls": 1000, "seconds": 86400.0, "share": 0.5}
    assert {one["calls"] for one in found} == {0}
    assert {one["busiest"] for one in found} == {None}


def test_what_was_sent_is_told_by_the_hour_and_the_day(world):
    ana = world.operator("ana", "administrator")
    count(world.store, calls=30)
    count(world.store, calls=150, refused=4, ago=20)
    count(world.store, calls=999, ago=70)
    one = of(ana.get("/quota", connection="infobip"), "get-persons")
    assert (one["calls"], one["refused"]) == (180, 4)
    busiest = one["busiest"]
    assert (busiest["calls"], busiest["allowed"], busiest["share"], busiest["minutes"]) == (150, 300, 0.5, 1)
    assert len(one["hour"]) == 12
    assert len(one["day"]) == 24
    assert sum(part["calls"] for part in one["hour"]) == 180
    assert sum(part["calls"] for part in one["day"]) == 1179


def test_a_limit_a_day_and_calls_that_no_limit_counts_are_told_too(world):
    ana = world.operator("ana", "administrator")
    count(world.store, connection="hr", limit="day", calls=700, ago=300)
    count(world.store, connection="hr", limit="", calls=9, refused=2)
    found = ana.get("/quota", connection="hr")
    day, none = of(found, "day", "hr"), of(found, "", "hr")
    assert (day["calls"], day["busiest"]["share"], day["busiest"]["minutes"]) == (0, 0.7, 1440)
    assert (none["rate"], none["calls"], none["refused"], none["busiest"]["share"]) == (None, 9, 2, None)


def test_the_list_takes_the_words_of_every_list(world):
    ana = world.operator("ana", "administrator")
    count(world.store, calls=3, limit="upsert")
    few = ana.get("/quota", connection="infobip", fields="limit,calls", sort="-calls")
    assert few[0] == {"limit": "upsert", "calls": 3}


def test_whoever_may_not_see_connections_sees_no_use_of_them(world):
    assert world.operator("aud", "auditor").get("/quota")
    told = world.operator("tess", "technician").bad(403, "GET", "/quota")
    assert "read_configuration" in told["detail"]
    assert world.operator("nobody").bad(403, "GET", "/quota")
    world.client().bad(401, "GET", "/quota")


def test_a_connection_that_is_none_is_not_found(world):
    ana = world.operator("ana", "administrator")
    told = ana.bad(404, "GET", "/quota?connection=infobib")
    assert 'did you mean "infobip"' in told["detail"]
    assert ana.bad(404, "GET", "/quota?connection=corp")["hint"] == "REST connections: infobip, hr"


def test_the_command_line_shows_it_in_the_same_words_both_ways(both):
    count(both.world.store, calls=42, refused=1, ago=3)
    count(both.world.store, calls=7, limit="gone")
    told = both.same("connection", "quota")
    (row,) = (line for line in told.splitlines() if " get-persons " in line)
    assert row.split()[:10] == ["infobip", "get-persons", "5", "in", "1", "s", "60%", "42", "1", "14.0%,"]
    assert "42 of 300 in 1 minute from " in row
    assert "not known" in next(line for line in told.splitlines() if " gone " in line)
    assert both.same("connection", "quota", "infobip") == told
    here = timeless(both.company.good("connection", "quota", "--json"))
    assert here == timeless(both.good("connection", "quota", "--json"))
    assert (of(here, "get-persons")["calls"], of(here, "get-persons")["refused"]) == (42, 1)
    both.same("connection", "quota", "nowhere", code=2)
    both.same("connection", "quota", "corp", code=2)


def timeless(text):
    """What JSON tells of each limit, without what is another in the next minute."""
    found = json.loads(text)
    for one in found:
        assert (len(one.pop("hour")), len(one.pop("day"))) == (12, 24)
    return found


def test_the_command_line_says_so_where_there_is_nothing(cli):
    assert cli.good("connection", "quota") == "no rate limit is known, and nothing was called in the last 24 hours\n"
    assert json.loads(cli.good("connection", "quota", "--json")) == []
