"""A made-up company's directory as LDIF, and short ways to read and change it."""

import base64
import uuid

from keepstep.connectors.ldif.connector import LdifConnector
from keepstep.core.connection import LdifConnection
from keepstep.core.effect import Effect
from keepstep.core.plan import ActionKind
from keepstep.ports import Query

STAFF = "OU=Staff,DC=corp,DC=example"


def guid(number):
    return str(uuid.UUID(int=number))


def guid64(number):
    return base64.b64encode(uuid.UUID(int=number).bytes_le).decode()


def user(number, name, extra="", place=STAFF):
    return (
        f"dn: CN={name},{place}\nobjectClass: top\nobjectClass: user\ncn: {name}\nobjectGUID:: {guid64(number)}\n"
        f"sAMAccountName: user{number}\nuserAccountControl: 512\n{extra}\n"
    )


def group(number, name, *members, extra=""):
    lines = "".join(f"member: {member}\n" for member in members)
    return (
        f"dn: CN={name},{STAFF}\nobjectClass: group\ncn: {name}\nobjectGUID:: {guid64(number)}\n"
        f"sAMAccountName: {name}\ngroupType: -2147483646\n{lines}{extra}\n"
    )


TREE = "dn: DC=corp,DC=example\nobjectClass: domain\n\ndn: OU=Staff,DC=corp,DC=example\nobjectClass: organizationalUnit\n\n"
ANA, IVO = f"CN=Ana,{STAFF}", f"CN=Ivo,{STAFF}"


def build(folder, *entries, **spec):
    """Return a connector over a file with this text, and the file."""
    path = folder / "corp.ldif"
    path.write_text("version: 1\n\n" + "".join(entries))
    return LdifConnector(LdifConnection(kind="ldif", file="corp.ldif", **spec), path), path


async def read(connector, *names, objects="users"):
    records = []
    verdict = await connector.read(Query(objects=objects, attributes=names or ("cn",)), records.extend)
    return verdict, records


async def names(connector, objects="users"):
    return [record.one("cn") for record in (await read(connector, objects=objects))[1]]


async def one(connector, number, *attributes, objects="users"):
    return (await connector.fetch(Query(objects=objects, attributes=attributes), [guid(number)]))[guid(number)]


async def write(connector, kind, number=None, objects="users", **attributes):
    target = None if number is None else guid(number)
    effect = Effect(key="k", kind=ActionKind(kind), target=target, attributes=attributes)
    (outcome,) = await connector.apply(objects, [effect])
    return outcome
