"""Sign in over real HTTP: passwords, second factors, sessions, tokens, and what is refused."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from keepstep.core.one_time_code import code_at, seed_bytes
from keepstep.core.right import Right
from keepstep.core.secret import Secret
from keepstep.core.throttle import counted_as
from keepstep.errors import SignInRefused
from keepstep.home import make_home
from keepstep.settings import Settings
from keepstep.usecases.sign_in import Proof, sign_in
from tests.integration.api_world import PASSWORD, serving


@pytest.fixture
def world(tmp_path):
    home = tmp_path / "home"
    make_home(Settings(home=home, operator="root"))
    with serving(home) as world:
        yield world


def test_the_first_operator_is_made_by_a_link_that_is_good_once(world):
    token = world.store.identity.desk.invite_first().reveal()
    asked = {"token": token, "name": "Ana", "password": PASSWORD}
    assert world.client().good("POST", "/welcome", asked) == {"name": "ana"}
    assert world.store.identity.desk.invite_first() is None
    world.client().bad(401, "POST", "/welcome", {**asked, "name": "eve"})
    me = world.client().sign_in("ANA").get("/session")
    assert {right["right"] for right in me["rights"]} == set(Right)


def test_two_links_for_the_first_operator_make_one(world):
    first = world.store.identity.desk.invite_first().reveal()
    second = world.store.identity.desk.invite_first().reveal()
    world.client().bad(401, "POST", "/welcome", {"token": first, "name": "eve", "password": PASSWORD})
    world.client().good("POST", "/welcome", {"token": second, "name": "ana", "password": PASSWORD})


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "my name is ana 12"])
def test_a_password_that_is_easy_to_guess_is_refused_and_the_link_stays_good(world, password):
    token = world.store.identity.desk.invite_first().reveal()
    told = world.client().bad(400, "POST", "/welcome", {"token": token, "name": "ana", "password": password})
    assert password not in str(told)
    world.client().good("POST", "/welcome", {"token": token, "name": "ana", "password": PASSWORD})


def test_what_is_wrong_is_not_said(world):
    world.operator("ana", "administrator")
    nobody = world.client().bad(401, "POST", "/session", {"name": "eve", "password": PASSWORD})
    wrong = world.client().bad(401, "POST", "/session", {"name": "ana", "password": "something else 1"})
    assert {**nobody, "correlation": ""} == {**wrong, "correlation": ""}


def test_wrong_tries_make_the_next_one_wait_even_with_the_right_password(world):
    world.operator("ana")
    for _ in range(4):
        world.client().bad(401, "POST", "/session", {"name": "ana", "password": "wrong wrong 1234"})
    refused = [one for one in world.store.audit.entries(limit=1000) if one.action == "sign_in_refused"]
    assert len(refused) == 4
    sessions, key = world.store.identity.sessions, counted_as("here", "127.0.0.1", "ana")
    assert sessions.tries([key])[key].count == 4
    for _ in range(8):
        sessions.count_wrong([key], world.store.clock.now())
    answer = world.client().ask("POST", "/session", {"name": "ana", "password": PASSWORD})
    assert answer.status == 429
    assert 100 <= int(answer.headers["retry-after"]) <= 128
    sessions.forgive(key)
    for _ in range(12):
        sessions.count_wrong([key], world.store.clock.now() - timedelta(seconds=129))
    world.client().sign_in("ana")
    assert sessions.tries([key]) == {}


@pytest.mark.parametrize("name", ["ana@10.9.9.9", "@10.9.9.9"], ids=["one name there", "the whole address"])
def test_no_name_that_is_typed_makes_somebody_elsewhere_wait(world, name):
    world.operator("ana")
    desk = world.server.sign_in_desk()
    for number in range(25):
        with pytest.raises(SignInRefused):
            sign_in(desk, Proof(name=name, password=Secret("wrong wrong 1234"), origin=f"10.0.0.{number}"))
    assert sign_in(desk, Proof(name="ana", password=Secret(PASSWORD), origin="10.9.9.9"))[0].operator == "ana"


def test_tries_at_the_same_moment_are_each_counted(world):
    world.operator("ana")
    wrong = {"name": "ana", "password": "wrong wrong 1234"}
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda _: world.client().ask("POST", "/session", wrong).status, range(12)))
    key = counted_as("here", "127.0.0.1", "ana")
    assert world.store.identity.sessions.tries([key])[key].count == told.count(401)
    assert told.count(401) >= 5


def test_a_name_that_nobody_has_is_not_kept_as_it_may_be_a_password(world):
    world.client().bad(401, "POST", "/session", {"name": "oops-my-password", "password": "x" * 20})
    entries = world.store.audit.entries(limit=1000)
    assert "oops" not in str(entries)
    assert b"oops" not in world.store.settings.database_file.read_bytes()
    assert b"oops" not in world.store.settings.database_file.with_name("keepstep.db-wal").read_bytes()


def test_a_cookie_is_of_this_host_alone_and_of_no_script(world):
    world.operator("ana")
    answer = world.client().ask("POST", "/session", {"name": "ana", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-keepstep=")
    for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"):
        assert word in cookie


def test_signing_in_again_gives_another_session_and_signing_out_ends_it(world):
    browser = world.operator("ana")
    before = dict(browser.cookies)
    browser.sign_in("ana")
    assert browser.cookies != before
    stolen = world.client(cookies=dict(browser.cookies))
    browser.good("DELETE", "/session")
    stolen.bad(401, "GET", "/session")
    world.client(cookies=before).good("GET", "/session")


def test_a_new_password_ends_every_session(world):
    browser, other = world.operator("ana"), world.client()
    other.sign_in("ana")
    browser.bad(401, "PUT", "/session/password", {"password": "not it, I am sure", "new": "another long one 5"})
    browser.good("PUT", "/session/password", {"password": PASSWORD, "new": "another long one 5"})
    browser.bad(401, "GET", "/session")
    other.bad(401, "GET", "/session")
    world.client().sign_in("ana", "another long one 5")


def test_a_second_factor_is_asked_for_and_each_code_is_good_once(world):
    browser = world.operator("ana")
    seed = browser.good("POST", "/session/second-factor/seed")["seed"]
    browser.bad(401, "PUT", "/session/second-factor", {"seed": seed, "code": "000000"})
    step = int(datetime.now(UTC).timestamp()) // 30
    code = code_at(seed_bytes(seed), step)
    codes = browser.good("PUT", "/session/second-factor", {"seed": seed, "code": code})["codes"]
    assert len(set(codes)) == 10
    needed = world.client().bad(401, "POST", "/session", {"name": "ana", "password": PASSWORD})
    assert needed["type"] == "urn:keepstep:problem:code_needed"
    later = code_at(seed_bytes(seed), step + 1)
    world.client().sign_in("ana", code=later)
    world.client().bad(401, "POST", "/session", {"name": "ana", "password": PASSWORD, "code": later})
    world.client().sign_in("ana", code=codes[0])
    world.client().bad(401, "POST", "/session", {"name": "ana", "password": PASSWORD, "code": codes[0]})


def test_a_code_is_not_asked_for_before_the_password_is_right(world):
    browser = world.operator("ana")
    seed = browser.good("POST", "/session/second-factor/seed")["seed"]
    code = code_at(seed_bytes(seed), int(datetime.now(UTC).timestamp()) // 30)
    browser.good("PUT", "/session/second-factor", {"seed": seed, "code": code})
    told = world.client().bad(401, "POST", "/session", {"name": "ana", "password": "wrong wrong 1234"})
    assert told["type"] == "urn:keepstep:problem:sign_in_refused"


def test_a_session_ends_by_itself(world):
    browser = world.operator("ana")
    (session,) = world.store.identity.sessions.of("ana")
    with world.store.database.write() as connection:
        old = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="microseconds")
        connection.exec_driver_sql(f"UPDATE sessions SET seen = '{old}'")
    browser.bad(401, "GET", "/session")
    assert session.operator == "ana"


def test_what_is_sensitive_needs_a_fresh_proof_which_renews_the_cookie(world):
    browser = world.operator("ana", "administrator")
    with world.store.database.write() as connection:
        old = (datetime.now(UTC) - timedelta(minutes=11)).isoformat(timespec="microseconds")
        connection.exec_driver_sql(f"UPDATE sessions SET proven = '{old}'")
    told = browser.bad(403, "PUT", "/secrets/x", {"secret": "y"})
    assert told["type"] == "urn:keepstep:problem:reauthentication_needed"
    assert world.store.vault.names() == []
    before = dict(browser.cookies)
    browser.good("POST", "/session/proof", {"password": PASSWORD})
    assert browser.cookies != before
    world.client(cookies=before).bad(401, "GET", "/session")
    browser.good("PUT", "/secrets/x", {"secret": "y"})


@pytest.mark.parametrize(
    "headers",
    [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}],
    ids=["another site", "a sibling"],
)
def test_a_page_of_another_site_does_nothing_with_the_cookie(world, headers):
    browser = world.operator("ana", "administrator")
    told = browser.bad(403, "POST", "/operators", {"name": "eve"}, **headers)
    assert "another site" in told["detail"]
    assert [one.name for one in world.store.identity.operators.all()] == ["ana"]


def test_a_form_cannot_send_the_header_that_is_asked_for(world):
    browser = world.operator("ana", "administrator")
    browser.bad(403, "POST", "/operators", {"name": "eve"}, X_Keepstep="")


def test_an_operator_who_is_switched_off_can_do_nothing_from_then_on(world):
    browser, robot = world.operator("ana"), world.token("erp", "operator")
    robot.good("GET", "/runs")
    for name in ("ana", "erp"):
        world.store.identity.desk.change(name, enabled=False)
    browser.bad(401, "GET", "/session")
    robot.bad(401, "GET", "/runs")
    world.client().bad(401, "POST", "/session", {"name": "ana", "password": PASSWORD})


def test_a_token_is_kept_nowhere_may_less_and_ends_when_it_is_ended(world):
    robot = world.token("erp", "operator", rights=frozenset({Right.READ_RUNS}))
    robot.good("GET", "/runs")
    told = robot.bad(403, "POST", "/works", {"kind": "plan", "rule": "x"})
    assert "this token is not for make_plans" in told["detail"]
    (held,) = world.store.identity.sessions.tokens("erp")
    assert held.used is not None
    assert robot.token not in world.store.settings.database_file.read_bytes().decode("latin-1")
    world.store.identity.desk.end_token(held.id)
    robot.bad(401, "GET", "/runs")


def test_a_token_makes_no_token_that_may_more(world):
    robot = world.token("erp", "administrator", rights=frozenset({Right.MANAGE_OPERATORS}))
    robot.bad(403, "POST", "/tokens", {"operator": "erp", "name": "more"})
    robot.bad(403, "POST", "/tokens", {"operator": "erp", "name": "more", "rights": ["set_secrets"]})
    robot.good("POST", "/tokens", {"operator": "erp", "name": "same", "rights": ["manage_operators"]})


def test_a_browser_that_was_left_open_makes_no_token_that_needs_no_proof(world):
    browser = world.operator("ana", "administrator")
    with world.store.database.write() as connection:
        old = (datetime.now(UTC) - timedelta(minutes=11)).isoformat(timespec="microseconds")
        connection.exec_driver_sql(f"UPDATE sessions SET proven = '{old}'")
    told = browser.bad(403, "POST", "/tokens", {"operator": "ana", "name": "mine"})
    assert told["type"] == "urn:keepstep:problem:reauthentication_needed"
    browser.good("POST", "/session/proof", {"password": PASSWORD})
    browser.good("POST", "/tokens", {"operator": "ana", "name": "mine"})


def test_a_token_neither_outlives_itself_by_another_nor_ends_what_its_operator_has(world):
    browser = world.operator("ana", "operator")
    for rights in ({}, {"rights": ["read_runs"]}):
        made = browser.good("POST", "/tokens", {"operator": "ana", "name": "leaked", "days": 1, **rights})
        leaked = world.client(token=made["token"])
        leaked.bad(403, "POST", "/tokens", {"operator": "ana", "name": "longer", "days": 730, "rights": ["read_runs"]})
        leaked.bad(403, "DELETE", "/operators/ana/sessions")
        leaked.bad(403, "DELETE", f"/tokens/{made['held']['id']}")
        assert leaked.get("/operators/ana")["name"] == "ana"
    browser.good("GET", "/session")


def test_everybody_sees_themselves_and_nobody_else_without_the_right(world):
    ana, bo = world.operator("ana", "administrator"), world.operator("bo", "auditor")
    assert bo.get("/operators/bo")["name"] == "bo"
    bo.bad(403, "GET", "/operators/ana")
    bo.bad(403, "GET", "/operators/ana/sessions")
    bo.bad(403, "POST", "/operators/ana/link")
    bo.bad(403, "PATCH", "/operators/bo", {"roles": [{"role": "administrator"}]})
    assert {one["name"] for one in ana.get("/operators")} == {"ana", "bo"}


def test_nobody_gives_themselves_more_by_fields_that_nobody_asked_for(world):
    ana = world.operator("ana", "administrator")
    told = ana.bad(422, "POST", "/operators", {"name": "eve", "password": "x", "enabled": True})
    assert {error["field"] for error in told["errors"]} == {"body.password", "body.enabled"}


def test_what_was_done_says_from_where_and_can_be_followed_by_one_id(world):
    ana = world.operator("ana", "administrator")
    answer = ana.ask("POST", "/operators", {"name": "bo"}, X_Correlation_Id="follow-me-1234")
    assert answer.headers["x-correlation-id"] == "follow-me-1234"
    (entry,) = [
        one for one in world.store.audit.entries(limit=1000) if one.action == "operator_add" and one.subject == "bo"
    ]
    assert (entry.operator, entry.correlation) == ("ana", "follow-me-1234")
    assert re.match(r"127\.0\.0\.1 by the API", entry.origin)
    world.store.audit.verify()
