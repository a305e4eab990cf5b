"""The jobs of an administrator over the API: configure, try, plan, apply, compare, take back, follow, prove."""

import json
import time
from dataclasses import replace

import pytest

from keepstep.core.chunk import Chunk, ChunkKind
from keepstep.core.work import WorkRow, WorkState
from keepstep.store.chunks import SqlChunks
from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - a fixture


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home, worker=True) as world:
        yield world


def done(client, wanted, state="done", **headers):
    work = client.good("POST", "/works", wanted, **headers)
    for _ in range(1200):
        found = client.get(f"/works/{work['id']}")
        if found["state"] not in {"queued", "running"}:
            assert found["state"] == state, found
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_the_main_job_plan_apply_follow_and_take_back(world, company):  # noqa: F811 - the fixture
    ana = world.operator("ana", "administrator")
    planned = done(ana, {"kind": "plan", "rule": "staff"})["result"]
    assert planned["complete"] == "yes"
    plan = ana.get(f"/plans/{planned['plan']}")
    assert plan["changes"] == int(planned["changes"]) == plan["counts"]["create"] > 0
    page = ana.get(f"/plans/{planned['plan']}/actions", limit=2)
    assert len(page["items"]) == 2
    assert page["total"] == plan["changes"]
    assert page["items"][0]["deltas"]
    rest = ana.get(f"/plans/{planned['plan']}/actions", after=page["next"], limit=1000)
    assert len(rest["items"]) == plan["changes"] - 2

    applied = done(ana, {"kind": "apply", "plan": planned["plan"]})["result"]
    assert applied["state"] == "done"
    assert len(company.emulator.people) == plan["changes"] if hasattr(company.emulator, "people") else True
    run = ana.get(f"/runs/{applied['run']}")
    assert run["counts"]["done"] == plan["changes"]
    assert ana.get(f"/plans/{planned['plan']}")["runs"][0]["id"] == applied["run"]

    again = done(ana, {"kind": "plan", "rule": "staff"})["result"]
    assert again["changes"] == "0"
    back = done(ana, {"kind": "undo", "run": applied["run"]})["result"]
    assert int(back["changes"]) == plan["changes"]
    entries = ana.get("/audit", limit=1000)["items"]
    assert [one["operator"] for one in entries if one["action"] == "applied"] == ["ana"]
    assert ana.get("/audit/proof")["runs"] == 1


def test_the_same_key_asks_once_and_another_thing_by_it_is_refused(world):
    ana = world.operator("ana", "administrator")
    wanted = {"kind": "plan", "rule": "staff"}
    first = ana.good("POST", "/works", wanted, Idempotency_Key="k1")
    assert ana.good("POST", "/works", wanted, Idempotency_Key="k1")["id"] == first["id"]
    ana.bad(409, "POST", "/works", {"kind": "compare", "rule": "staff"}, Idempotency_Key="k1")
    other = world.operator("bo", "administrator")
    assert other.good("POST", "/works", wanted, Idempotency_Key="k1")["id"] != first["id"]
    assert ana.good("POST", "/works", wanted, Idempotency_Key="k2")["id"] != first["id"]


def test_work_that_cannot_be_done_says_why(world):
    ana = world.operator("ana", "administrator")
    failed = done(ana, {"kind": "plan", "rule": "staf"}, state="failed")
    assert failed["trouble"]["detail"] == 'there is no rule "staf"; did you mean "staff"?'
    failed = done(ana, {"kind": "apply", "plan": "0" * 32}, state="failed")
    assert failed["trouble"]["code"] == "not_kept"


def test_a_comparison_gives_rows_that_are_paged_counted_and_chosen(world):
    ana = world.operator("ana", "administrator")
    work = done(ana, {"kind": "compare", "rule": "staff"})
    path = f"/works/{work['id']}/rows"
    page = ana.get(path, limit=2)
    assert sum(page["counts"].values()) == work["rows"]
    seen = list(page["items"])
    while page["next"]:
        page = ana.get(path, limit=2, after=page["next"])
        seen += page["items"]
    assert [one["number"] for one in seen] == list(range(1, work["rows"] + 1))
    tag = seen[0]["tag"]
    assert {one["tag"] for one in ana.get(path, tag=tag)["items"]} == {tag}
    name = seen[0]["row"]["name"]
    assert [one["row"]["name"] for one in ana.get(path, search=name.upper())["items"]] == [name]


def test_a_configuration_is_read_checked_and_changed_by_whoever_read_it_last(world):
    ana = world.operator("ana", "administrator")
    held = ana.get("/configuration")
    good = ana.good("POST", "/configuration/check", {"text": held["text"]})
    assert good == {"good": True, "errors": [], "mistakes": [], "open": [], "unset": []}
    wrong = ana.good("POST", "/configuration/check", {"text": "version: 1\nrulez: {}"})
    assert not wrong["good"]
    assert "rulez" in wrong["mistakes"][0]
    changed = f"# mine\n{held['text']}"
    put = ana.good("PUT", "/configuration", {"text": changed}, If_Match=f'"{held["etag"]}"')
    told = ana.bad(412, "PUT", "/configuration", {"text": held["text"]}, If_Match=held["etag"])
    assert "somebody else" in told["detail"]
    assert ana.get("/configuration") == {"text": changed, "etag": put["etag"]}
    ana.bad(400, "PUT", "/configuration", {"text": "version: 1\nrulez: {}"}, If_Match=put["etag"])
    assert ana.get("/configuration/versions")[0]["operator"] == "ana"


def test_a_connection_is_checked_and_an_endpoint_tried_live_without_its_secret(world):
    ana = world.operator("ana", "administrator")
    findings = ana.good("POST", "/connections/infobip/check")
    assert all(one["good"] for one in findings)
    names = {one["name"] for one in ana.get("/connections/infobip/endpoints")}
    assert "list-persons" in names
    tried = ana.ask("POST", "/connections/infobip/endpoints/list-persons/test", {})
    assert tried.status == 200
    assert tried.data["good"]
    assert b"demo-password" not in tried.body
    ana.bad(400, "POST", "/connections/infobit/check")
    drafted = {"spec": {"url": "/nowhere", "records": "persons"}}
    assert ana.ask("POST", "/connections/infobip/endpoints/list-persons/test", drafted).status in {200, 400}


def test_who_only_tests_sends_no_call_of_their_own(world, company):  # noqa: F811 - the fixture
    bo = world.operator("bo", "operator")
    before = company.emulator.count
    call = {"method": "DELETE", "url": "/people/2/persons", "records": "persons"}
    bo.bad(403, "POST", "/connections/infobip/endpoints/list-persons/test", {"spec": call})
    asked = {"directory": "corp", "live": True, "spec": {"method": "DELETE", "url": "/people/2/persons"}}
    bo.bad(403, "POST", "/connections/infobip/webhooks/create-person/test", asked)
    assert company.emulator.count == before
    bo.good("POST", "/connections/infobip/endpoints/list-persons/test", {})


def test_a_webhook_is_rendered_for_people_and_sent_only_when_asked(world, company):  # noqa: F811 - the fixture
    ana = world.operator("ana", "administrator")
    (first, *_) = done(ana, {"kind": "people", "connection": "corp"}), None
    rows = ana.get(f"/works/{first['id']}/rows")["items"]
    asked = {"directory": "corp", "users": [rows[0]["row"]["key"]]}
    before = company.emulator.count
    found = ana.good("POST", "/connections/infobip/webhooks/create-person/test", asked)
    assert found["rendered"][0]["request"]["method"] == "POST"
    assert company.emulator.count == before
    sent = ana.good("POST", "/connections/infobip/webhooks/create-person/test", {**asked, "live": True})
    assert "demo-password" not in json.dumps(sent)
    assert company.emulator.count == before + 1


def test_a_secret_is_written_and_never_read(world):
    ana = world.operator("ana", "administrator")
    ana.good("PUT", "/secrets/planted", {"secret": "s3cr3t-planted-here"})
    assert "planted" in {one["name"] for one in ana.get("/secrets")}
    answers = [ana.ask("GET", path).body for path in ("/secrets", "/configuration", "/audit", "/connections")]
    assert not [body for body in answers if b"s3cr3t-planted-here" in body]
    told = ana.bad(400, "PUT", "/secrets/bad%20name", {"secret": "s3cr3t-planted-here"})
    assert "s3cr3t" not in json.dumps(told)
    ana.good("DELETE", "/secrets/planted")


def test_the_newest_entries_of_the_audit_log_come_first_a_page_at_a_time(world):
    ana = world.operator("ana", "administrator")
    first = ana.get("/audit", newest="true", limit=2)
    numbers = [one["sequence"] for one in first["items"]]
    second = ana.get("/audit", newest="true", limit=2, before=first["next"])
    numbers += [one["sequence"] for one in second["items"]]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[:3] == list(range(numbers[0], numbers[0] - 3, -1))


def test_the_audit_log_is_streamed_and_looking_at_it_is_in_it(world):
    ana = world.operator("ana", "administrator")
    ana.get("/audit", action="operator_add")
    lines = ana.ask("GET", "/audit/export").body.splitlines()
    actions = [json.loads(line)["action"] for line in lines]
    assert actions[-2:] == ["audit_read", "audit_export"]


def test_what_is_not_there_is_told_in_the_one_shape(world):
    ana = world.operator("ana", "administrator")
    for path in ("/runs/nix", "/plans/nix", "/works/nix", "/template-runs/nix", "/approvals/nix", "/operators/nix"):
        assert ana.bad(404, "GET", path)["correlation"]
    told = ana.bad(422, "GET", "/works?limit=0&before=x")
    assert told["errors"][0]["field"] == "query.limit"
    ana.bad(404, "GET", "/api/v1/nix")
    ana.bad(405, "DELETE", "/roles")


def test_it_says_whether_it_is_ready_and_counts(world, company):  # noqa: F811 - the fixture
    ana = world.operator("ana", "administrator")
    assert world.client().ask("GET", "/readyz").status == 200
    text = ana.ask("GET", "/metrics").body.decode()
    assert 'keepstep_requests_total{method="POST",route="/session",status="201"} 1.0' in text
    company.home.joinpath("keepstep.yaml").write_text("version: 1\nrulez: {}")
    assert world.client().ask("GET", "/readyz").data == {"status": "not ready", "problem": "configuration_unusable"}


@pytest.mark.parametrize("broken", ["version: 1\nrulez: {}", "{ [", None], ids=["wrong", "no YAML", "gone"])
def test_while_the_configuration_is_wrong_an_administrator_signs_in_and_mends_it(company, broken):  # noqa: F811 - the fixture
    file = company.home.joinpath("keepstep.yaml")
    good = file.read_text()

    def break_it():
        file.write_text(broken) if broken is not None else file.unlink()

    with serving(company.home) as world:
        ana = world.operator("ana", "administrator")
        break_it()
        assert ana.get("/session")["operator"]["name"] == "ana"
        world.client().sign_in("ana")
        assert world.client().ask("GET", "/readyz").data == {"status": "not ready", "problem": "configuration_unusable"}
    with serving(company.home) as world:
        ana = world.client().sign_in("ana")
        if broken is None:
            return
        ana.good("PUT", "/configuration", {"text": good}, If_Match=ana.get("/configuration")["etag"])
        assert world.client().ask("GET", "/readyz").status == 200


def test_work_that_is_taken_up_after_it_ended_keeps_its_rows(company):  # noqa: F811 - the fixture
    with serving(company.home) as world:
        ana = world.operator("ana", "administrator")
        asked = ana.good("POST", "/works", {"kind": "people", "connection": "corp"})
        works, chunks = world.store.works, SqlChunks(world.store.database)
        chunk = Chunk(kind=ChunkKind.WORK, run=asked["id"], number=0)
        claim = chunks.claim(chunk, "first")
        work = works.begin(claim)
        works.add_rows(claim, [WorkRow(number=1, tag="", name="Eva", data=b"{}")])
        works.end(claim, replace(work, state=WorkState.DONE))
        # the first worker dies here, before it could say that the chunk is over
        assert works.begin(chunks.claim(chunk, "second")).state is WorkState.DONE
        assert len(ana.get(f"/works/{asked['id']}/rows")["items"]) == ana.get(f"/works/{asked['id']}")["rows"] == 1
