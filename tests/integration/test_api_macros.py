"""Writing texts with macros over the API: what can be chosen at a place, and what a text gives or where it is wrong."""

import pytest

from tests.integration.api_world import serving
from tests.integration.cli_world import company  # noqa: F401 - the fixture


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    with serving(company.home) as world:
        yield world


@pytest.fixture
def admin(world):
    return world.operator("ana", "administrator")


def names_of(found):
    return {one["name"]: one for one in found["names"]}


def test_a_webhook_can_name_the_attributes_of_the_only_directory_and_its_secrets_by_name(world, admin):
    found = admin.get("/macros", place="webhook", part="header")
    assert (found["connection"], found["objects"], found["problem"]) == ("corp", "users", "")
    names = names_of(found)
    assert names["givenName"]["group"] == "attribute"
    assert names["memberOf"]["meaning"] == "distinguished name, several values"
    assert names["secret.infobip-password"]["group"] == "secret"
    assert names["blocks.BLOCK.NAME"]["pattern"]
    assert "unicodePwd" not in names
    assert "before.NAME" not in names
    upper = next(one for one in found["functions"] if one["name"] == "upper")
    assert upper["write"] == "value | upper"
    assert upper["result"]
    assert "demo-password" not in str(found)


def test_a_place_offers_only_what_is_allowed_there(admin):
    url = names_of(admin.get("/macros", place="webhook", part="url"))
    assert not [name for name in url if name.startswith("secret.")]
    row = names_of(admin.get("/macros", place="mapping"))
    assert "now" in row
    assert "run.id" not in row
    assert "before.NAME" in names_of(admin.get("/macros", place="template"))
    endpoint = names_of(admin.get("/macros", place="endpoint", connection="infobip", objects="persons"))
    assert "call.id" not in endpoint
    assert endpoint["externalId"]["group"] == "attribute"


def test_somebody_who_cannot_write_texts_learns_no_names_of_secrets(world):
    auditor = world.operator("rea", "auditor")
    assert not [one for one in names_of(auditor.get("/macros", place="webhook")) if one.startswith("secret.")]


def test_a_text_is_tried_for_a_person_and_for_the_example(admin):
    asked = {"place": "webhook", "text": "{{ givenName | upper }} of {{ connection.name }}"}
    shown = admin.good("POST", "/macros/preview", asked | {"who": "mkovac", "values": {"connection.name": "hr"}})
    assert (shown["good"], shown["values"], shown["of"]["name"]) == (True, ["MIRA of hr"], "mkovac")
    example = admin.good("POST", "/macros/preview", asked)
    assert (example["values"], example["of"]) == (["ANA MARIJA of hr"], None)


def test_a_mistake_is_told_with_its_line_and_column(admin):
    text = "first\n{{ givenName | uper }}"
    found = admin.good("POST", "/macros/preview", {"place": "webhook", "text": text})
    assert (found["good"], found["line"], found["column"]) == (False, 2, 16)
    assert "upper" in found["message"]


def test_a_name_that_nobody_has_is_a_remark_at_a_webhook_and_a_mistake_at_a_mapping(admin):
    text = "{{ giveName }}"
    found = admin.good("POST", "/macros/preview", {"place": "webhook", "text": text})
    assert found["good"]
    assert 'did you mean "givenName"' in found["remarks"][0]
    assert not admin.good("POST", "/macros/preview", {"place": "mapping", "text": text})["good"]


def test_a_secret_is_never_shown(admin):
    asked = {"place": "webhook", "part": "header", "text": "key {{ secret.infobip-password }}"}
    assert admin.good("POST", "/macros/preview", asked)["values"] == ["key •••"]
    admin.bad(404, "GET", "/macros?place=webhook&connection=nowhere")


def test_a_webhook_is_shown_as_it_is_written_and_what_uses_it(admin):
    found = admin.get("/connections/infobip/webhooks/set-contacts")
    assert (found["own"], found["in_preset"]) == (False, True)
    assert found["spec"]["method"] == "PUT"
    assert "webhook update-person" in found["used_by"]
    assert found["test"]["tested"] == "untested"
    admin.bad(400, "GET", "/connections/infobip/webhooks/no-such")


def test_a_test_shows_what_is_sent_right_behind_it_and_then_each_call_with_its_answer(admin):
    at = "/connections/infobip/webhooks/create-person/test"
    asked = {"directory": "corp", "users": ["mkovac"]}
    dry = admin.good("POST", "/connections/infobip/webhooks/update-person/test", asked)["rendered"][0]
    assert (dry["request"]["method"], dry["after"]["method"]) == ("PATCH", "PUT")
    live = admin.good("POST", at, asked | {"live": True})
    (call,) = live["shots"][0]["result"]["calls"]
    assert (call["request"]["method"], call["answer"]["status"], call["answer"]["format"]) == ("POST", 200, "json")
    assert ["Authorization", "•••"] in call["request"]["headers"]
    assert "demo-password" not in str(live)


def test_a_live_test_asked_for_twice_by_one_key_is_sent_once(admin, company):  # noqa: F811 - the fixture
    at = "/connections/infobip/webhooks/create-person/test"
    asked = {"directory": "corp", "users": ["mkovac"], "live": True}
    sent = company.emulator.count
    first = admin.good("POST", at, asked, Idempotency_Key="k")
    assert admin.good("POST", at, asked, Idempotency_Key="k") == first
    assert company.emulator.count == sent + 1


def test_what_fails_for_a_person_is_told_and_a_directory_that_is_away_stops_nothing(admin):
    asked = {"place": "webhook", "text": "{{ givenName | to_int }}", "who": "mkovac"}
    failed = admin.good("POST", "/macros/preview", asked)
    assert (failed["good"], failed["of"]["name"]) == (False, "mkovac")
    assert "Mira" not in failed["message"]
    far = {"kind": "active_directory", "url": "ldaps://127.0.0.1:9", "base": "DC=far,DC=example"}
    bind = {"method": "simple", "user": "far@far.example", "password": {"secret": "infobip-password"}}
    etag = admin.get("/configuration/document")["etag"]
    changes = [{"path": ["connections", "far"], "value": far | {"bind": bind}}]
    admin.good("PATCH", "/configuration", {"changes": changes}, If_Match=etag)
    away = admin.get("/macros", place="webhook", connection="far")
    assert away["problem"]
    assert "subject.name" in names_of(away)
    assert admin.good("POST", "/macros/preview", {"place": "webhook", "connection": "far", "text": "{{ sn }}"})["good"]
    # two directories: which one is meant has to be said
    assert admin.get("/macros", place="webhook")["connection"] == ""


def test_an_endpoint_that_is_called_for_records_can_name_their_columns(world, admin, company):  # noqa: F811 - the fixture
    objects = (
        "    objects:\n"
        "      contacts:\n"
        "        list: list-persons\n"
        "        key: id\n"
        "        join: [{endpoint: get-person, each: true}]\n"
        "        attributes: {login: externalId, tags: {path: 'tags[]', multi: true}, city: {path: address, of: get-person}}\n"
    )
    text = world.store.kept.text()
    at = "    kind: rest\n"
    assert at in text
    company.home.joinpath("keepstep.yaml").write_text(text.replace(at, at + objects, 1), encoding="utf-8")
    asked = {"place": "endpoint", "part": "url", "connection": "infobip"}
    names = names_of(admin.get("/macros", **asked, endpoint="get-person"))
    assert names["login"] == {**names["login"], "group": "attribute", "meaning": "text"}
    assert names["tags"]["meaning"] == "text, several values"
    # what the call itself gives is not known before it
    assert "city" not in names
    assert "login" not in names_of(admin.get("/macros", **asked, endpoint="list-persons"))
    assert "login" not in names_of(admin.get("/macros", **asked))
    wrong = admin.good("POST", "/macros/preview", {**asked, "endpoint": "get-person", "text": "{{ logn }}"})
    assert "login" in wrong["remarks"][0]


def test_a_test_of_an_endpoint_leaves_the_fields_that_it_offered(admin, company):  # noqa: F811 - the fixture
    company.emulator.seed(people=3)

    def offered():
        listed = admin.get("/connections/infobip/endpoints")
        return next(one for one in listed if one["name"] == "list-persons")["test"]["fields"]

    assert offered() == []
    admin.good("POST", "/connections/infobip/endpoints/list-persons/test", {})
    assert {"id", "externalId", "firstName"} <= set(offered())


def test_an_endpoint_names_the_columns_of_the_objects_that_it_is_to_be_called_for(world, admin, company):  # noqa: F811
    objects = "    objects:\n      contacts: {list: list-persons, key: id, attributes: {staffNumber: externalId}}\n"
    text = world.store.kept.text().replace("    kind: rest\n", "    kind: rest\n" + objects, 1)
    (company.home / "keepstep.yaml").write_text(text, encoding="utf-8")
    here = {"place": "endpoint", "part": "url", "connection": "infobip", "endpoint": "new"}
    assert "staffNumber" not in names_of(admin.get("/macros", **here))
    assert names_of(admin.get("/macros", **here, each_of="contacts"))["staffNumber"]["group"] == "attribute"
    assert "staffNumber" not in names_of(admin.get("/macros", **here, each_of="nothing"))
    asked = {**here, "text": "{{ staffNumber }}", "each_of": ["contacts"], "values": {"staffNumber": "7"}}
    assert admin.good("POST", "/macros/preview", asked)["values"] == ["7"]
