"""A new installation is filled with made-up people, and one that is in use never is."""

import pytest

from tests.integration.api_world import serving
from tests.integration.test_api_jobs import done

STARTER = "version: 1\n# ours\nconnections:\n#  corp: of ours\nmappings:\nrules:\n"


@pytest.fixture
def world(cli):
    (cli.home / "keepstep.yaml").write_text(STARTER)
    with serving(cli.home, worker=True) as world:
        yield world


def test_made_up_people_are_compared_and_planned_as_any_others(world):
    ana = world.operator("ana", "administrator")
    made = ana.good("POST", "/demo")
    assert made["rule"] == "staff"
    assert all(finding["good"] for finding in ana.good("POST", "/connections/infobip/check"))
    work = done(ana, {"kind": "compare", "rule": "staff"})
    assert (work["result"]["only_in_source"], work["result"]["unauthorised"]) == ("10", "1")
    assert int(done(ana, {"kind": "plan", "rule": "staff"})["result"]["changes"]) == 10
    text = world.store.kept.text()
    assert "# ours" in text
    assert "demo-password" not in text
    assert "fill_demo" in {one["action"] for one in ana.get("/audit", newest="true", limit=50)["items"]}


def test_an_installation_that_is_in_use_is_left_as_it_is(world):
    ana = world.operator("ana", "administrator")
    ours = {"kind": "ldif", "file": "ours.ldif", "base": "DC=corp,DC=example"}
    world.store.settings.config_file.write_text(world.store.kept.put(STARTER, ("connections", "ours"), ours))
    before = world.store.kept.text()
    assert "connected here already" in ana.bad(400, "POST", "/demo")["detail"]
    assert world.store.kept.text() == before
    assert not (world.store.settings.home / "made-up.ldif").exists()
    assert not (world.store.settings.home / "demo.json").exists()


def test_a_file_and_a_secret_that_somebody_put_there_before_stay_theirs(world):
    ana = world.operator("ana", "administrator")
    file = world.store.settings.home / "directory.ldif"
    file.write_text("# ours\n")
    ana.good("PUT", "/secrets/infobip-password", {"secret": "of ours"})
    since = {one["name"]: one["since"] for one in ana.get("/secrets")}
    ana.good("POST", "/demo")
    assert file.read_text() == "# ours\n"
    after = {one["name"]: one["since"] for one in ana.get("/secrets")}
    assert after["infobip-password"] == since["infobip-password"]
    assert "made-up-password" in after


def test_who_may_not_set_secrets_fills_nothing(world):
    world.token("few", "auditor").bad(403, "POST", "/demo")
    assert world.store.kept.text() == STARTER


def test_the_made_up_application_is_there_again_after_a_restart(cli):
    (cli.home / "keepstep.yaml").write_text(STARTER)
    with serving(cli.home) as world:
        ana = world.operator("ana", "administrator")
        ana.good("POST", "/demo")
        world.server.demo.close()
        assert not all(finding["good"] for finding in ana.good("POST", "/connections/infobip/check"))
        world.server.demo.resume()
        assert all(finding["good"] for finding in ana.good("POST", "/connections/infobip/check"))
