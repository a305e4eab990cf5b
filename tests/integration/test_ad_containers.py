"""Organizational units that a container's path lacks are made when asked for, below the base and nowhere else."""

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.effect import Conflict, Done, Effect, Refused
from keepstep.core.plan import ActionKind

pytestmark = [pytest.mark.samba]


@pytest.fixture
def place(samba):
    made = samba.organizational_unit("containers")
    yield made
    samba.remove(made)


@pytest.fixture
async def connect(samba, place):
    made = []

    def make(*, missing=True, **overrides):
        spec = samba.connection(
            base=place, users={"base": place}, new_accounts={"create_missing_containers": missing}, **overrides
        )
        made.append(AdConnector("corp", spec, samba.resolve))
        return made[-1]

    yield make
    for connector in made:
        await connector.close()


async def create(connector, container, account="mira"):
    wanted = {"sAMAccountName": (account,), "cn": (account,), "container": (container,), "enabled": ("true",)}
    (outcome,) = await connector.apply("users", [Effect(key="k", kind=ActionKind.CREATE, attributes=wanted)])
    return outcome


async def move(connector, key, container):
    effect = Effect(key="k", kind=ActionKind.UPDATE, target=key, attributes={"container": (container,)})
    (outcome,) = await connector.apply("users", [effect])
    return outcome


async def test_missing_units_are_made_and_told(samba, place, connect):
    path = f"OU=Sales\\, East,OU=Žuta,{place}"
    outcome = await create(connect(), path)
    assert isinstance(outcome, Done)
    assert outcome.made == (f"OU=Žuta,{place}", path)
    assert samba.look(f"CN=mira,{path}") is not None
    again = await create(connect(), path, "ana")
    assert isinstance(again, Done)
    assert again.made == ()


async def test_nothing_is_made_unless_it_was_asked_for(samba, place, connect):
    outcome = await create(connect(missing=False), f"OU=Sales,{place}")
    assert outcome == Refused("the container does not exist, or the service account may not see it", lasting=False)
    assert samba.look(f"OU=Sales,{place}") is None


async def test_a_move_makes_what_is_missing(samba, place, connect):
    connector = connect()
    made = await create(connector, place)
    assert await move(connector, made.key, f"OU=New,{place}") == Done(made.key, made=(f"OU=New,{place}",))
    assert samba.look(f"CN=mira,OU=New,{place}") is not None


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("OU=Beside,{domain}", "outside of the connection's base"),
        ("OU=In,CN=Folder,{place}", "only organizational units"),
        ("CN=Folder,OU=Out,{place}", "only organizational units"),
    ],
)
async def test_nothing_else_and_nothing_outside_of_the_base_is_made(samba, place, connect, path, says):
    outcome = await create(connect(), path.format(place=place, domain=samba.base))
    assert isinstance(outcome, Refused)
    assert says in outcome.reason
    for name in (f"OU=Beside,{samba.base}", f"CN=Folder,{place}", f"OU=Out,{place}", f"CN=mira,{place}"):
        assert samba.look(name) is None


async def test_units_made_for_somebody_who_is_not_made_are_taken_back(samba, place, connect):
    connector = connect()
    assert isinstance(await create(connector, place), Done)
    outcome = await create(connector, f"OU=Inner,OU=Outer,{place}")
    assert isinstance(outcome, Conflict)
    assert samba.look(f"OU=Outer,{place}") is None


async def test_the_right_to_make_units_is_named_where_it_is_missing(samba, place, connect):
    samba.account("svc-units", "Units-Pass-2718!")
    samba.grant(place, f"(OA;CI;CCDC;bf967aba-0de6-11d0-a285-00aa003049e2;;{samba.sid('svc-units')})")
    bind = {"method": "simple", "user": "svc-units@lab.example", "password": {"secret": "svc-units"}}
    connector = connect(bind=bind)
    outcome = await create(connector, f"OU=Sales,{place}")
    assert isinstance(outcome, Refused)
    assert 'lacks the right "create organizationalUnit objects" on the container' in outcome.reason
    assert not outcome.lasting
    findings = await connector.check(frozenset({ActionKind.CREATE}))
    (finding,) = [one for one in findings if one.subject == "create users"]
    assert not finding.good
    assert finding.hint == f'dsacls "{place}" /I:T /G "svc-units@lab.example:CC;organizationalUnit;"'
