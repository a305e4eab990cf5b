"""A connector to an emulated Infobip account, over real HTTP."""

from contextlib import asynccontextmanager

from keepstep.connectors.rest.connector import RestConnector
from keepstep.core.connection import RestConnection
from keepstep.core.effect import Effect
from keepstep.core.plan import ActionKind
from keepstep.core.secret import Secret
from keepstep.core.values import NativeKey
from keepstep.emulator import Credentials, Emulator, parse_rules, running
from keepstep.ports import Query
from tests.lab.loopback import LOOPBACK

SECRETS = {"password": "demo-password", "key": "demo-key", "reader": "demo-read-only-key", "wrong": "not-this-one"}
BASIC = {"type": "basic", "username": "keepstep", "password": {"secret": "password"}}
ALL = ("externalId", "firstName", "lastName", "email", "phone", "tags", "city", "customAttributes.Department")


def resolve(ref):
    return Secret(SECRETS[ref.secret])


def connect(url, preset=None, egress=LOOPBACK, counts=None, **options):
    settings = {"authorization": BASIC, "timeout": 5, "pace": 1.0, **options}
    spec = RestConnection.model_validate({"kind": "rest", "base_url": url, **settings})
    return RestConnector("infobip", spec, resolve, application=preset, egress=egress, counts=counts)


@asynccontextmanager
async def world(*rules, people=0, faults=(), limits=False, preset=None, **options):
    """Yield an emulator and a connector to it."""
    emulator = Emulator(
        rules=parse_rules(rules), people=people, seed=7, limits=limits, faults=faults, credentials=Credentials()
    )
    async with running(emulator) as url:
        connector = connect(url, preset, **options)
        try:
            yield emulator, connector
        finally:
            await connector.close()


def query(*attributes):
    return Query(objects="persons", attributes=attributes or ALL)


def one(**fields):
    """Return attributes from keywords: a text is one value, `Department` is the custom attribute."""
    names = {"Department": "customAttributes.Department"}
    return {names.get(name, name): (held,) if isinstance(held, str) else tuple(held) for name, held in fields.items()}


def creation(attributes, target=None):
    return Effect(key="create", kind=ActionKind.CREATE, attributes=attributes, target=target)


def update(target, attributes, before=None):
    return Effect(
        key="update", kind=ActionKind.UPDATE, target=NativeKey(target), attributes=attributes, before=before or {}
    )


def deletion(target):
    return Effect(key="delete", kind=ActionKind.DELETE, target=NativeKey(target))


async def read(connector, *attributes):
    """Return the records by key, and the verdict."""
    records = []
    verdict = await connector.read(query(*attributes), records.extend)
    return {record.key: record for record in records}, verdict
