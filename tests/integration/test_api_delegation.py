"""A technician may change titles in one container, and nothing else, whatever they send; and what others may."""

import json
from urllib.parse import quote

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import Cli
from tests.integration.store_world import a_plan

ROLES = """\
roles:
  sales-desk:
    rights: [read_people, read_runs, change_accounts, run_templates]
    connections: [corp]
    within: ["OU=Sales,OU=Staff,DC=corp,DC=example"]
    outside: ["OU=Board,OU=Sales,OU=Staff,DC=corp,DC=example"]
    changes: [set, move, add_to_groups]
    attributes: [title, container, memberOf]
rules:"""

HEAD = """\
version: 1

dn: DC=corp,DC=example
objectClass: domain

dn: OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: OU=Sales,OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: OU=Board,OU=Sales,OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: OU=IT,OU=Staff,DC=corp,DC=example
objectClass: organizationalUnit

dn: CN=Admins,OU=IT,OU=Staff,DC=corp,DC=example
objectClass: group
objectGUID: 00000000-0000-4000-8000-0000000000aa
sAMAccountName: admins

"""


def person(number: int, name: str, unit: str) -> str:
    return (
        f"dn: CN={name},{unit}\nobjectClass: user\nobjectGUID: 00000000-0000-4000-8000-{number:012}\n"
        f"sAMAccountName: {name.lower()}\nemployeeID: {number}\ntitle: before\nuserAccountControl: 512\n\n"
    )


@pytest.fixture
def company(tmp_path):
    cli = Cli(tmp_path / "home", url="http://127.0.0.1:9")
    cli.good("init")
    cli.configure(("rules:", ROLES))
    sales = "OU=Sales,OU=Staff,DC=corp,DC=example"
    people = person(1, "Eva", sales) + person(2, "Boss", f"OU=Board,{sales}")
    people += person(3, "Ivo", "OU=IT,OU=Staff,DC=corp,DC=example")
    cli.home.joinpath("directory.ldif").write_text(HEAD + people, encoding="utf-8")
    return cli


def add_role(company, role):
    file = company.home.joinpath("keepstep.yaml")
    file.write_text(file.read_text().replace("roles:\n", f"roles:\n{role}", 1), encoding="utf-8")


@pytest.fixture
def world(company):
    with serving(company.home, worker=True) as world:
        yield world


def change(who, action, connection="corp"):
    return {"connection": connection, "who": [who] if isinstance(who, str) else who, "action": action}


def ended(client, run):
    for _ in range(600):
        found = client.get(f"/template-runs/{run['id']}")
        if found["state"] not in {"running", "queued"}:
            return found
        import time

        time.sleep(0.05)
    raise AssertionError(found)


def test_a_technician_changes_a_title_where_they_may(world, company):
    desk = world.operator("desk", "sales-desk")
    run = desk.good("POST", "/account-changes", change("eva", {"set": {"title": "after"}}))
    assert ended(desk, run)["counts"] == {"succeeded": 1}
    assert company.home.joinpath("directory.ldif").read_text().count("title: after") == 1
    (entry,) = [one for one in world.store.audit.entries(limit=1000) if one.action == "change_accounts"]
    assert (entry.operator, entry.detail["attributes"]) == ("desk", "title")


@pytest.mark.parametrize(
    "asked",
    [
        change("eva", {"set": {"department": "x"}}),
        change("eva", {"set": {"title": "x", "department": "x"}}),
        change("eva", {"set": {"TITLE": "x", "adminCount": "1"}}),
        change("eva", "disable"),
        change("eva", "delete"),
        change("eva", "reset_password"),
        change("eva", {"move": {"to": "OU=IT,OU=Staff,DC=corp,DC=example"}}),
        change("eva", {"move": {"to": "{{ distinguishedName | replace('Sales', 'IT') }}"}}),
        change("eva", {"add_to_groups": ["CN=Admins,OU=IT,OU=Staff,DC=corp,DC=example"]}),
    ],
    ids=str,
)
def test_and_nothing_else_whatever_they_send(world, company, asked):
    before = company.home.joinpath("directory.ldif").read_text()
    desk = world.operator("desk", "sales-desk")
    assert desk.ask("POST", "/account-changes", asked).status == 403
    assert desk.get("/template-runs") == []
    assert company.home.joinpath("directory.ldif").read_text() == before


OUT_OF_REACH = {
    "ivo": "who",
    "boss": "who",
    "CN=Ivo,OU=IT,OU=Staff,DC=corp,DC=example": "CN=who,OU=IT,OU=Staff,DC=corp,DC=example",
    "00000000-0000-4000-8000-000000000003": "00000000-0000-4000-8000-000000000009",
}
"""People out of the reach of a technician, and what somebody who is not there could be called."""


@pytest.mark.parametrize(("there", "nowhere"), OUT_OF_REACH.items())
def test_whoever_is_out_of_reach_is_as_if_they_were_not_there_whatever_is_asked(company, there, nowhere):
    runs = (
        '  runner:\n    rights: [run_templates, test_webhooks]\n    within: ["OU=Sales,OU=Staff,DC=corp,DC=example"]\n'
    )
    add_role(
        company,
        f'{runs}    outside: ["OU=Board,OU=Sales,OU=Staff,DC=corp,DC=example"]\n    templates: all\n    connections: all\n',
    )
    file = company.home.joinpath("keepstep.yaml")
    template = "templates:\n  greet: {subject: corp.users, start: end, blocks: {end: {end: success}}}\n"
    file.write_text(f"{file.read_text()}\n{template}")
    before = company.home.joinpath("directory.ldif").read_text()
    with serving(company.home) as world:
        desk = world.operator("desk", "sales-desk", "runner")

        def told(method, path, data=None):
            """Both answers, without what is of one request alone."""
            for who in (there, nowhere):
                answer = desk.ask(
                    method, path.replace("WHO", quote(who)), data and json.loads(json.dumps(data).replace("WHO", who))
                )
                yield answer.status, answer.body.decode().replace(who, "…").rpartition(',"correlation"')[0]

        def alike(*asked):
            one, other = told(*asked)
            assert one == other
            return one[0]

        assert alike("POST", "/account-changes", change("WHO", {"set": {"title": "x"}})) == 400
        assert alike("POST", "/account-changes", change(["eva", "WHO"], {"set": {"title": "x"}})) == 400
        assert alike("POST", "/templates/greet/runs", {"who": ["eva", "WHO"]}) == 400
        test = {"directory": "corp", "users": ["WHO"], "live": True}
        assert alike("POST", "/connections/infobip/webhooks/create-person/test", test) == 400
        assert alike("GET", "/people?connection=corp&who=WHO") == 200
        assert alike("GET", "/why?who=WHO") == 403
        assert alike("GET", "/why-not?who=WHO") == 403
        run = desk.good("POST", "/templates/greet/runs", {"who": ["eva", there], "skip_unknown": True})
        assert (run["counts"], run["left_out"]) == ({"ready": 1}, [there])
    assert company.home.joinpath("directory.ldif").read_text() == before


@pytest.mark.parametrize(
    ("method", "path", "data"),
    [
        ("POST", "/works", {"kind": "apply", "plan": "0" * 32}),
        ("POST", "/works", {"kind": "plan", "rule": "staff"}),
        ("PUT", "/configuration", {"text": "version: 1"}),
        ("PUT", "/secrets/infobip-password", {"secret": "mine"}),
        ("POST", "/operators", {"name": "eve", "roles": [{"role": "administrator"}]}),
        ("PATCH", "/operators/desk", {"roles": [{"role": "administrator"}]}),
        ("POST", "/templates/welcome/runs", {"who": ["eva"]}),
        ("POST", "/automations/nightly/starts", {}),
        ("GET", "/audit", None),
        ("GET", "/events", None),
    ],
)
def test_nor_by_any_other_door(world, method, path, data):
    desk = world.operator("desk", "sales-desk")
    headers = {"If_Match": "x"} if method == "PUT" else {}
    assert desk.ask(method, path, data, **headers).status in {403, 404}


def test_what_one_role_may_and_how_far_another_reaches_do_not_add_up(company):
    # `unlocker` ends nowhere, and may neither write titles nor read anybody elsewhere than in corp
    wide = "  unlocker:\n    rights: [change_accounts, read_people]\n    within: all\n    changes: [unlock]\n"
    add_role(company, wide)
    with serving(company.home, worker=True) as world:
        desk = world.operator("desk", "sales-desk", "unlocker")
        desk.bad(400, "POST", "/account-changes", change("ivo", {"set": {"title": "x"}}))
        desk.bad(403, "POST", "/account-changes", change("eva", {"move": {"to": "OU=IT,OU=Staff,DC=corp,DC=example"}}))
        assert desk.get("/people", connection="corp", who="ivo") == {"items": []}
        desk.bad(403, "GET", "/why?who=ivo")
        work = done(desk, desk.good("POST", "/works", {"kind": "people", "connection": "corp"}))
        assert [one["row"]["name"] for one in desk.get(f"/works/{work['id']}/rows")["items"]] == ["Eva"]
        desk.good("POST", "/account-changes", change("eva", {"set": {"title": "after"}}))


def test_a_technician_sees_only_the_people_they_reach(world):
    desk = world.operator("desk", "sales-desk")
    work = done(desk, desk.good("POST", "/works", {"kind": "people", "connection": "corp"}))
    assert [one["row"]["name"] for one in desk.get(f"/works/{work['id']}/rows")["items"]] == ["Eva"]
    assert desk.get("/people", connection="corp", who="eva")["items"]
    # as if they were not there
    assert desk.get("/people", connection="corp", who="ivo") == desk.get("/people", connection="corp", who="nobody")
    desk.bad(403, "GET", "/why?who=ivo")
    failed = done(desk, desk.good("POST", "/works", {"kind": "compare", "rule": "staff"}), state="failed")
    assert failed["trouble"]["code"] == "not_permitted"


def test_nobody_sees_the_work_of_others_without_the_right(world):
    root, desk = world.operator("root", "administrator"), world.operator("desk", "sales-desk")
    work = root.good("POST", "/works", {"kind": "people", "connection": "corp"})
    desk.bad(404, "GET", f"/works/{work['id']}")
    desk.bad(404, "GET", f"/works/{work['id']}/rows")


def test_a_token_that_is_not_for_people_reads_no_rows_of_its_operator(world):
    from datetime import timedelta

    from keepstep.core.right import Right

    root = world.operator("root", "administrator")
    work = done(root, root.good("POST", "/works", {"kind": "people", "connection": "corp"}))
    desk = world.store.identity.desk
    _, token = desk.make_token("t", "root", rights=frozenset({Right.MAKE_REPORTS}), lasts=timedelta(days=1))
    world.client(token=token.reveal()).bad(404, "GET", f"/works/{work['id']}/rows")
    world.store.identity.desk.change("root", roles=())
    root.bad(404, "GET", f"/works/{work['id']}/rows")


def test_who_reaches_everybody_in_one_connection_sees_nobody_of_another(world, company):
    add_role(company, "  hr:\n    rights: [read_people]\n    connections: [infobip]\n    within: all\n")
    root, hr = world.operator("root", "administrator"), world.operator("hr", "hr")
    people = root.good("POST", "/works", {"kind": "people", "connection": "corp"})
    rows = root.good("POST", "/works", {"kind": "compare", "rule": "staff"})
    for work in (people, rows):
        hr.bad(404, "GET", f"/works/{work['id']}")
        hr.bad(404, "GET", f"/works/{work['id']}/rows")
    hr.bad(403, "GET", "/events")
    hr.bad(403, "GET", "/events?side=corp.users")
    assert hr.get("/events", side="infobip.persons")["items"] == []


def test_plans_and_runs_of_others_show_a_technician_nobody_whom_they_do_not_reach(world, company):
    add_role(company, '  planner:\n    rights: [read_runs]\n    rules: [staff]\n    within: ["OU=Sales,DC=corp"]\n')
    root, desk = world.operator("root", "administrator"), world.operator("desk", "sales-desk")
    run = root.good("POST", "/account-changes", change("ivo", {"set": {"title": "x"}}))
    desk.bad(404, "GET", f"/template-runs/{run['id']}/subjects")
    desk.bad(404, "GET", f"/template-runs/{run['id']}/subjects/0/steps")
    assert root.get(f"/template-runs/{run['id']}/subjects")["items"][0]["name"].lower() == "ivo"
    own = desk.good("POST", "/account-changes", change("eva", {"set": {"title": "x"}}))
    assert desk.get(f"/template-runs/{own['id']}/subjects")["items"]
    kept = a_plan()
    world.store.journal.save_plan(kept)
    plan, limited = kept.digest, world.operator("planner", "planner")
    desk.bad(403, "GET", f"/plans/{plan}")
    assert limited.get(f"/plans/{plan}")["rule"] == "staff"
    for part in ("actions", "findings"):
        limited.bad(403, "GET", f"/plans/{plan}/{part}")
        root.good("GET", f"/plans/{plan}/{part}")


def test_an_automation_is_started_only_by_who_reaches_what_it_starts(world, company):
    add_role(company, "  night:\n    rights: [run_automations]\n    templates: all\n")
    file = company.home.joinpath("keepstep.yaml")
    nightly = 'automations:\n  nightly: {trigger: {schedule: "0 2 * * *"}, rule: staff}\n'
    file.write_text(f"{file.read_text()}\n{nightly}")
    night, root = world.operator("night", "night"), world.operator("root", "administrator")
    night.bad(403, "POST", "/automations/nightly/starts", {"plan_only": True})
    root.good("POST", "/automations/nightly/starts", {"plan_only": True})


def test_a_role_that_was_taken_away_while_work_waits_stops_it(company):
    with serving(company.home) as world:
        ana = world.operator("ana", "administrator")
        work = ana.good("POST", "/works", {"kind": "people", "connection": "corp"})
        world.store.identity.desk.change("ana", roles=())
    with serving(company.home, worker=True) as world:
        root = world.operator("root", "administrator")
        failed = done(root, work, state="failed")
        assert failed["trouble"]["code"] == "not_permitted"


def test_who_changes_the_configuration_gives_themselves_no_rights(company):
    wide = ROLES.replace("rules:", "  config:\n    rights: [read_configuration, change_configuration]\nrules:")
    company.configure(("rules:", wide))
    with serving(company.home) as world:
        bo = world.operator("bo", "config")
        held = bo.get("/configuration")
        more = held["text"].replace("change_configuration]", "change_configuration, set_secrets]")
        told = bo.bad(403, "PUT", "/configuration", {"text": more}, If_Match=held["etag"])
        assert "manage_operators" in told["detail"]
        bo.good("PUT", "/configuration", {"text": f"# hello\n{held['text']}"}, If_Match=held["etag"])


def done(client, work, state="done"):
    import time

    for _ in range(600):
        found = client.get(f"/works/{work['id']}")
        if found["state"] not in {"queued", "running"}:
            assert found["state"] == state, found
            return found
        time.sleep(0.05)
    raise AssertionError(found)


def test_a_name_that_several_have_tells_nobody_out_of_reach_who_they_are(company):
    twin = person(4, "Una", "OU=IT,OU=Staff,DC=corp,DC=example").replace("employeeID: 4", "employeeID: 3")
    ldif = company.home / "directory.ldif"
    ldif.write_text(ldif.read_text() + twin, encoding="utf-8")
    with serving(company.home) as world:
        assert world.operator("desk", "sales-desk").get("/people", connection="corp", who="3") == {"items": []}
        whole = world.operator("root", "administrator").bad(400, "GET", "/people?connection=corp&who=3")
        assert "ivo, una" in whole["detail"]
