"""First passwords on a real domain: by policy, judged before anything is written, sealed before they are set."""

import ldap
import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Done, Effect, Refused
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.errors import SecretMissing, StoreError
from keepstep.ports import FirstPassword, Query
from keepstep.store.database import open_database, sqlite_url
from keepstep.store.first_passwords import FirstPasswords
from keepstep.store.key_source import FileKeys, create_master_key
from keepstep.store.vault import Vault
from tests.integration.store_world import TickingClock

pytestmark = [pytest.mark.samba]

CREATE = frozenset({ActionKind.CREATE})


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("passwords")
    yield made
    samba.remove(made)


@pytest.fixture
def kept(tmp_path):
    create_master_key(tmp_path / "master.key")
    clock = TickingClock()
    with open_database(sqlite_url(tmp_path / "keepstep.db")) as database:
        yield FirstPasswords(database, Vault(database, FileKeys(tmp_path / "master.key"), clock), clock)


@pytest.fixture
async def connect(samba, place):
    made = []

    def make(handover=None, **new_accounts):
        spec = samba.connection(users={"base": place}, new_accounts={"must_change_password": False, **new_accounts})
        made.append(AdConnector("corp", spec, samba.resolve, handover))
        return made[-1]

    yield make
    for connector in made:
        await connector.close()


@pytest.fixture
def policy(samba):
    def want(length, **more):
        options = [f"--{name.replace('_', '-')}={value}" for name, value in more.items()]
        samba.tool("domain", "passwordsettings", "set", f"--min-pwd-length={length}", *options)

    yield want
    want(7, complexity="on")


async def create(connector, account="mira", target=None, **attributes):
    wanted = {"sAMAccountName": (account,), "cn": (account,), "enabled": ("true",)}
    wanted |= {name: (value,) for name, value in attributes.items()}
    (outcome,) = await connector.apply(
        "users", [Effect(key="k", kind=ActionKind.CREATE, target=target, attributes=wanted)]
    )
    return outcome


def signs_in(samba, dn, password):
    try:
        samba.bind(dn, password)
    except ldap.INVALID_CREDENTIALS:
        return False
    return True


async def test_a_sealed_password_is_the_one_that_opens_the_account(samba, place, connect, kept):
    assert isinstance(await create(connect(kept, deliver="sealed")), Done)
    (waiting,) = kept.waiting()
    assert (waiting.connection, waiting.account) == ("corp", "mira")
    assert signs_in(samba, f"CN=mira,{place}", kept.open(waiting, operator="ana").reveal())


async def test_nothing_is_sealed_unless_it_was_asked_for(connect, kept):
    assert isinstance(await create(connect(kept)), Done)
    assert kept.waiting() == []


class Looking:
    """Looks at the account in the moment its password is sealed."""

    def __init__(self, samba, dn):
        self.samba, self.dn, self.seen = samba, dn, []

    def seal(self, first):
        held = self.samba.look(self.dn, "pwdLastSet", "userAccountControl")
        self.seen.append((held["pwdLastSet"][0], held["userAccountControl"][0]))
        raise StoreError("the disk is full")

    def withdraw(self, connection, key):
        self.seen.append("withdrawn")


async def test_a_password_is_sealed_before_it_is_set_and_without_a_seal_nobody_is_made(samba, place, connect):
    looking = Looking(samba, f"CN=mira,{place}")
    outcome = await create(connect(looking, deliver="sealed"))
    assert isinstance(outcome, Refused)
    assert "could not be sealed: the disk is full" in outcome.reason
    assert not outcome.lasting
    assert looking.seen == [(b"0", b"514"), "withdrawn"]
    assert samba.look(f"CN=mira,{place}") is None


async def test_a_create_that_is_finished_later_seals_the_new_password_over_the_old_one(samba, place, connect, kept):
    interrupted = connect(kept, deliver="sealed")
    half_made = samba.user("mira", place)
    key = (await interrupted.find(Query(objects="users", attributes=("cn",)), "sAMAccountName", ["mira"]))[0].key
    kept.seal(
        FirstPassword(connection="corp", key=key, account="mira", password=Secret("Lost-With-The-Line-1"), days=14)
    )
    assert await create(interrupted, target=key) == Done(key)
    (waiting,) = kept.waiting()
    password = kept.open(waiting, operator="ana").reveal()
    assert password != "Lost-With-The-Line-1"
    assert signs_in(samba, half_made, password)


async def test_the_password_of_an_account_that_was_taken_back_is_not_kept(samba, place, connect, kept, policy):
    connector = connect(kept, deliver="sealed", password_length=12)
    assert await connector.hopeless("users", CREATE) == ""
    policy(14)  # behind the connector's back
    outcome = await create(connector)
    assert isinstance(outcome, Refused)
    assert "password policy" in outcome.reason
    assert samba.look(f"CN=mira,{place}") is None
    assert kept.waiting() == []
    with pytest.raises(SecretMissing, match="no first password is kept"):
        kept.find("mira")


async def test_a_policy_that_the_domain_would_never_take_is_told_before_anybody_is_made(samba, place, connect, policy):
    policy(14)
    connector = connect(password_length=12)
    says = "new_accounts.password makes 12 characters, and the domain wants 14"
    assert says in await connector.hopeless("users", CREATE)
    assert await connector.hopeless("users", frozenset({ActionKind.UPDATE})) == ""
    (finding,) = [one for one in await connector.check(CREATE) if one.subject == "first passwords"]
    assert not finding.good
    assert says in finding.detail
    outcome = await create(connector)
    assert isinstance(outcome, Refused)
    assert says in outcome.reason
    assert samba.look(f"CN=mira,{place}") is None
    assert await connect(password={"length": 14}).hopeless("users", CREATE) == ""


async def test_complexity_counts_only_where_the_domain_asks_for_it(connect, policy):
    plain = {"password": {"length": 20, "lower": 0, "upper": 0, "specials": 0}}
    assert "uses 1 kinds of characters, and the domain wants 3" in await connect(**plain).hopeless("users", CREATE)
    policy(7, complexity="off")
    assert await connect(**plain).hopeless("users", CREATE) == ""
    assert isinstance(await create(connect(**plain)), Done)


async def test_a_finer_policy_that_may_be_read_is_told(samba, connect):
    samba.tool("domain", "passwordsettings", "pso", "create", "Strict", "1", "--min-pwd-length=40")
    try:
        (finding,) = [one for one in await connect().check(CREATE) if one.subject == "first passwords"]
    finally:
        samba.tool("domain", "passwordsettings", "pso", "delete", "Strict")
    assert finding.good
    assert "up to 40" in finding.detail


async def test_a_format_makes_the_password_of_the_account_s_own_values(samba, place, connect, kept):
    chosen = {"format": "{{ employeeID }}-{{ random | slice(0, 14) }}-{{ random_digits | slice(0, 2) }}x"}
    connector = connect(kept, deliver="sealed", password=chosen)
    assert isinstance(await create(connector, employeeID="4711"), Done)
    password = kept.open(kept.find("mira"), operator="ana").reveal()
    assert password.startswith("4711-")
    assert password.endswith("x")
    assert len(password) == 5 + 14 + 1 + 2 + 1
    assert signs_in(samba, f"CN=mira,{place}", password)


async def test_a_format_that_is_too_short_for_somebody_makes_nobody(samba, place, connect, policy):
    policy(12)
    connector = connect(password={"format": "{{ employeeID }}-{{ random | slice(0, 8) }}A"})
    outcome = await create(connector, employeeID="1")
    assert isinstance(outcome, Refused)
    assert "makes 11 characters, and the domain wants 12" in outcome.reason
    assert samba.look(f"CN=mira,{place}") is None
    assert isinstance(await create(connector, employeeID="12"), Done)
