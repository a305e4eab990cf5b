"""People of a real domain sign in with their password there, and have the roles of their groups."""

import json
from datetime import timedelta

import pytest

from keepstep.core.secret import SecretRef
from keepstep.core.throttle import counted_as
from keepstep.home import make_home
from keepstep.settings import Settings
from tests.integration.api_world import serving

pytestmark = [pytest.mark.samba]

PASSWORD = "Correct-Horse-77"
OTHER = "Another-Horse-78"


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("signing")
    yield made
    samba.remove(made)


@pytest.fixture
def people(samba, place):
    """Ana, in a group that is in the group with a role; Bo, in none."""
    ana, bo = samba.account("sign-ana", PASSWORD, place), samba.account("sign-bo", OTHER, place)
    inner = samba.add(f"CN=inner,{place}", "group", sAMAccountName="sign-inner", member=[ana])
    samba.add(f"CN=desk,{place}", "group", sAMAccountName="sign-desk", member=[inner])
    return {"ana": ana, "bo": bo}


@pytest.fixture
def world(samba, place, people, tmp_path):
    del people
    home = tmp_path / "home"
    make_home(Settings(home=home, operator="root"))
    spec = json.loads(samba.connection().model_dump_json(exclude_unset=True))
    desk = {"group": f"CN=Desk,{place}", "roles": ["auditor"], "until": "2099-12-31"}
    everything = {"version": 1, "connections": {"corp": spec}, "sign_in": {"directory": "corp", "delegations": [desk]}}
    home.joinpath("keepstep.yaml").write_text(json.dumps(everything), encoding="utf-8")
    with serving(home) as world:
        world.store.vault.set("admin", samba.resolve(SecretRef(secret="admin")))
        yield world


def refused(world, name, password):
    return world.client().bad(401, "POST", "/session", {"name": name, "password": password})


def test_a_member_of_a_group_in_the_group_signs_in_and_has_its_role(world):
    ana = world.client().sign_in("Sign-Ana", PASSWORD)
    me = ana.get("/session")
    assert (me["operator"]["name"], me["operator"]["kind"]) == ("sign-ana", "member")
    assert me["operator"]["roles"] == [{"role": "auditor", "until": "2099-12-31"}]
    ana.good("GET", "/audit")
    ana.bad(403, "GET", "/operators")
    world.client().sign_in("sign-ana@lab.example", PASSWORD)


def test_who_is_in_no_such_group_is_proven_and_has_no_role(world):
    told = world.client().bad(403, "POST", "/session", {"name": "sign-bo", "password": OTHER})
    assert "none of your groups" in told["detail"]
    assert world.store.identity.operators.all() == []


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("sign-ana", OTHER),
        ("sign-ana", ""),
        ("sign-a*", PASSWORD),
        ("sign-ana)(cn=*", PASSWORD),
        ("nobody-here", PASSWORD),
    ],
)
def test_whoever_is_not_proven_is_refused(world, name, password):
    refused(world, name, password)


def test_who_is_switched_off_in_the_directory_is_refused(world, samba, people):
    samba.change(people["ana"], userAccountControl=b"514")
    refused(world, "sign-ana", PASSWORD)


def test_tries_count_for_the_account_by_whichever_of_its_names(world):
    for name in ("sign-ana", "sign-ana@lab.example", "SIGN-ANA@LAB.EXAMPLE"):
        refused(world, name, "wrong wrong 12345")
    answer = world.client().ask("POST", "/session", {"name": "sign-ana@lab.example", "password": PASSWORD})
    assert answer.status == 429
    key = counted_as("name", "sign-ana")
    assert world.store.identity.sessions.tries([key])[key].count == 3


def test_roles_follow_the_groups_at_the_next_sign_in(world, samba, place):
    world.client().sign_in("sign-ana", PASSWORD)
    samba.change(f"CN=inner,{place}", member=None)
    world.client().bad(403, "POST", "/session", {"name": "sign-ana", "password": PASSWORD})


def test_an_account_of_the_directory_is_never_locked_by_tries_at_this_door(world):
    for _ in range(3):
        refused(world, "sign-ana", "wrong wrong 12345")
    sessions, key = world.store.identity.sessions, counted_as("name", "sign-ana")
    count = sessions.tries([key])[key].count + 4
    for _ in range(4):
        sessions.count_wrong([key], world.store.clock.now())
    answer = world.client().ask("POST", "/session", {"name": "sign-ana", "password": PASSWORD})
    assert answer.status == 429
    past = world.store.clock.now() - timedelta(minutes=20)
    sessions.forgive(key)
    for _ in range(count):
        sessions.count_wrong([key], past)
    world.client().sign_in("sign-ana", PASSWORD)


def test_a_local_operator_of_the_same_name_is_not_spoken_for_by_the_directory(world):
    world.operator("sign-ana", "administrator")
    refused(world, "sign-ana", PASSWORD)
    refused(world, "sign-ana@lab.example", PASSWORD)


def test_who_was_switched_off_here_stays_out_whatever_the_directory_says(world):
    browser = world.client().sign_in("sign-ana", PASSWORD)
    world.store.identity.desk.change("sign-ana", enabled=False)
    browser.bad(401, "GET", "/session")
    refused(world, "sign-ana", PASSWORD)


def test_the_password_is_kept_nowhere(world, tmp_path):
    world.client().sign_in("sign-ana", PASSWORD)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path for path in files if PASSWORD.encode() in path.read_bytes()] == []
