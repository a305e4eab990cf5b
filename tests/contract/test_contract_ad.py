"""Active Directory keeps the contract of every connector, and that of directories, on a real Samba domain."""

import uuid
from itertools import count

import pytest

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.plan import ActionKind
from keepstep.core.values import NativeKey
from keepstep.testing.contract import checks, checks_of_browsing, checks_of_directories
from keepstep.testing.subject import Subject

pytestmark = [pytest.mark.samba]

_NUMBERS = count()


@pytest.fixture
async def subject(samba):
    number = next(_NUMBERS)
    scope = samba.organizational_unit(f"Contract {number}")
    other = samba.organizational_unit("Elsewhere", scope)
    group = samba.add(f"CN=group {number},{scope}", "group", sAMAccountName=f"group-{number}")
    spec = samba.connection(users={"base": scope}, groups={"base": scope})
    connector = AdConnector("corp", spec, samba.resolve)

    async def view(key):
        held = samba.look(f"<GUID={key}>", "displayName", "department", "sAMAccountName")
        return None if held is None else {name: tuple(v.decode() for v in values) for name, values in held.items()}

    yield Subject(
        connector=connector,
        objects="users",
        new=lambda tag: {
            "sAMAccountName": (f"c{number}-{tag}",),
            "cn": (f"Contract {number} {tag}",),
            "displayName": (f"Contract {tag}",),
            "enabled": ("true",),
        },
        unique="sAMAccountName",
        modify="displayName",
        other="department",
        named="cn",
        unknown=NativeKey(str(uuid.UUID(int=number + 1))),
        view=view,
        long="department",
        read_only="whenCreated",
        multiline="info",
        secrets=[samba.told["PASSWORD"]],
        container=other,
        group=group,
    )
    await connector.close()


@pytest.mark.parametrize("check", checks(frozenset(ActionKind)), ids=lambda check: check.__name__)
async def test_the_connector_keeps_the_contract(check, subject):
    await check(subject)


@pytest.mark.parametrize("check", (*checks_of_directories(), *checks_of_browsing()), ids=lambda check: check.__name__)
async def test_the_directory_keeps_the_contract(check, subject):
    await check(subject)
