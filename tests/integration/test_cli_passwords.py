"""`keepstep password`: who waits, and each password once, with a note of who saw it."""

import json

import pytest

from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.ports import FirstPassword
from keepstep.settings import read_settings
from keepstep.wiring import opened

PLANTED = "Vrt-Kiša_7731"


@pytest.fixture
def kept(cli):
    cli.good("init")

    def seal(account="mira", connection="corp", password=PLANTED):
        first = FirstPassword(
            connection=connection, key=NativeKey(account), account=account, password=Secret(password), days=14
        )
        with opened(read_settings({}, home=cli.home)) as installation:
            installation.first_passwords.seal(first)

    return seal


def test_nobody_waits_at_first(cli):
    cli.good("init")
    assert cli.good("password", "list") == "no first password waits to be opened\n"
    assert json.loads(cli.good("password", "list", "--json")) == []


def test_who_waits_is_listed_without_passwords(cli, kept):
    kept()
    assert "corp        mira" in cli.good("password", "list")
    (listed,) = json.loads(cli.good("password", "list", "--json"))
    assert set(listed) == {"connection", "account", "since", "until"}
    assert PLANTED not in cli.good("password", "list") + json.dumps(listed)


def test_a_password_is_printed_alone_and_once(cli, kept):
    kept()
    assert cli.good("password", "show", "Mira") == f"{PLANTED}\n"
    told = cli.bad("password", "show", "Mira")
    assert "was opened at" in told
    assert PLANTED not in told
    assert "no first password waits" in cli.good("password", "list")


def test_who_saw_it_is_in_the_audit_log_and_the_password_is_not(cli, kept):
    kept()
    cli.good("password", "show", "mira")
    listed = cli.good("audit", "list", "--json")
    (entry,) = [one for one in json.loads(listed) if one["action"] == "password_show"]
    assert (entry["subject"], entry["detail"]) == ("mira", {"connection": "corp"})
    assert entry["operator"]
    assert PLANTED not in listed
    cli.good("audit", "verify")


def test_an_account_of_two_connections_asks_which(cli, kept):
    kept()
    kept(connection="lab", password="Other-Pass-1")
    assert "--connection" in cli.bad("password", "show", "mira", code=2)
    assert cli.good("password", "show", "mira", "--connection", "lab") == "Other-Pass-1\n"
    assert "no first password is kept" in cli.bad("password", "show", "nobody")
