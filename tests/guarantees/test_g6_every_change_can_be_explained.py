"""G6: every write of a corpus of rules and templates has a complete chain, from the source record to the confirmation."""

import asyncio
import json
import re

from keepstep.cli.invocation import Systems
from keepstep.settings import Settings
from keepstep.usecases.explain import Question, explain
from keepstep.wiring import opened
from tests.integration.cli_world import company  # noqa: F401 - a configured home


def explained(home, who, **how):
    async def ask(store):
        configuration = store.configuration()
        connections = store.connections(configuration)
        try:
            systems = Systems(store, configuration, store.ports(connections))
            return await explain(systems.ports, store.history, configuration, Question(who=who, **how))
        finally:
            await connections.close()

    with opened(Settings(home=home, operator="ana")) as store:
        return asyncio.run(ask(store))


def applied(company):  # noqa: F811
    """Plan and apply rule staff; return the keys of the accounts that were written."""
    plan = json.loads(company.run("plan", "staff", "--json").stdout)
    if plan["actions"]:
        company.run("apply", plan["digest"][:12])
    with opened(Settings(home=company.home, operator="ana")) as store:
        run = store.journal.runs(limit=1)[0]
        return {str(result.target_key) for result in store.journal.results(run.id) if result.target_key}


def test_every_write_of_a_rule_can_be_explained_whole(company):  # noqa: F811
    written = set()
    for day in ("last-week", "today"):
        company.become(day)
        written |= applied(company)
    assert len(written) > 5
    count = 0
    for key in sorted(written):
        found = explained(company.home, key)
        assert found.writes, key
        for write in found.writes:
            assert write.missing == (), (key, write.missing)
            assert all(part.text for part in write.chain)
            count += 1
    assert count >= len(written)


def test_the_call_that_was_made_is_named(company):  # noqa: F811
    company.become("last-week")
    for key in sorted(applied(company)):
        (call,) = {
            part.text for write in explained(company.home, key).writes for part in write.chain if part.name == "call"
        }
        assert re.search(r", (POST|PUT|PATCH) \{base_url\}/people/[^?]*: 20[0-9]: ", call), call


def test_a_call_that_failed_is_told_each_time_it_was_sent(company):  # noqa: F811
    company.become("last-week")
    company.emulator.add_fault("500:times=0,operation=upsert_patch")
    company.run("apply", json.loads(company.run("plan", "staff", "--json").stdout)["digest"][:12])
    with opened(Settings(home=company.home, operator="ana")) as store:
        results = store.journal.results(store.journal.runs(limit=1)[0].id)
    assert results
    once = "PATCH {base_url}/people/3/persons/upsert: 500"
    assert {f"{once}; {once}"} == {one.calls for one in results}


def test_an_attribute_and_a_time_narrow_what_is_told(company):  # noqa: F811
    company.become("last-week")
    keys = sorted(applied(company))
    found = explained(company.home, keys[0], attribute="EMAIL")
    assert found.writes
    assert all("email" in {delta.name for delta in write.deltas} for write in found.writes)
    assert [part.name for part in found.standing if part.name == "mapping"]
    before = explained(company.home, keys[0], at=found.writes[0].at.replace(year=2001))
    assert before.writes == ()
    nothing = explained(company.home, keys[0], attribute="shoeSize")
    assert nothing.writes == ()
    assert "never wrote shoeSize" in " ".join(part.text for part in nothing.standing)


def test_nobody_is_told_to_be_nobody(company):  # noqa: F811
    assert 'nobody is called "nobody-at-all"' in company.bad("why", "nobody-at-all", code=2)


def test_the_command_says_it_in_text_and_in_json(company):  # noqa: F811
    company.become("last-week")
    key = min(applied(company))
    said = company.good("why", key)
    for word in ("source", "mapping", "situation", "guards", "plan", "run", "call", "confirmation"):
        assert word in said
    told = json.loads(company.good("why", key, "--json"))
    assert told["writes"][0]["chain"]
    assert "write it as" in company.bad("why", key, "--at", "noon", code=2)
