"""The schema as the directory itself describes it, MS-ADTS 3.1.1.2."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from keepstep.connectors.ldap_session.session import Depth, Entry, Search, Session
from keepstep.core.directory_schema import GROUPS, USERS, LiveAttribute, extended, groups_schema, users_schema
from keepstep.core.schema import ReadOnly, Schema

_CLASSES: Final[Mapping[str, str]] = MappingProxyType({USERS: "user", GROUPS: "group"})

_OURS: Final = frozenset({"enabled", "lockedout", "container", "protected"})
"""Names of ours that no directory has."""

_CONTAINS: Final = ("mustcontain", "maycontain", "systemmustcontain", "systemmaycontain")
_INHERITS: Final = ("subclassof", "auxiliaryclass", "systemauxiliaryclass")
_CONSTRUCTED: Final = 0x4
"""systemFlags: worked out by the server, never stored (MS-ADTS 2.2.10)."""


@dataclass(frozen=True, slots=True)
class LiveSchemas:
    """What users and groups may hold, by objects, and which attributes the global catalog knows, in lower case."""

    of: Mapping[str, Schema]
    catalogued: frozenset[str]


async def live_schemas(session: Session, schema_dn: str) -> LiveSchemas:
    """Return what users and groups may hold here. ConnectorError if the schema cannot be read."""
    attributes = await session.find(
        Search(
            base=schema_dn,
            depth=Depth.CHILDREN,
            filter="(objectClass=attributeSchema)",
            attributes=(
                "lDAPDisplayName",
                "attributeSyntax",
                "oMSyntax",
                "isSingleValued",
                "rangeUpper",
                "systemOnly",
                "systemFlags",
                "linkID",
                "isMemberOfPartialAttributeSet",
            ),
        )
    )
    classes = await session.find(
        Search(
            base=schema_dn,
            depth=Depth.CHILDREN,
            filter="(objectClass=classSchema)",
            attributes=("lDAPDisplayName", *_CONTAINS, *_INHERITS),
        )
    )
    live = [row for entry in attributes if (row := _attribute(entry)) is not None]
    stock = {USERS: users_schema(), GROUPS: groups_schema()}
    if not live:
        return LiveSchemas(stock, frozenset())
    narrowed = {name: _narrowed(stock[name], live, _allowed(classes, _CLASSES[name])) for name in stock}
    return LiveSchemas(narrowed, frozenset(row.name.lower() for row in live if row.in_catalog))


def _attribute(entry: Entry) -> LiveAttribute | None:
    row = _Row(entry.values)
    name = row.text("ldapdisplayname")
    if not name:
        return None
    return LiveAttribute(
        name=name,
        attribute_syntax=row.text("attributesyntax"),
        om_syntax=row.number("omsyntax"),
        single=row.text("issinglevalued") == "TRUE",
        range_upper=row.number("rangeupper") or None,
        read_only=_read_only(row),
        in_catalog=row.text("ismemberofpartialattributeset") == "TRUE",
    )


def _read_only(row: "_Row") -> ReadOnly | None:
    if row.number("linkid") % 2:  # the odd numbers are back links, MS-ADTS 3.1.1.1.6
        return ReadOnly.BACK_LINK
    if row.number("systemflags") & _CONSTRUCTED:
        return ReadOnly.CONSTRUCTED
    return ReadOnly.SYSTEM if row.text("systemonly") == "TRUE" else None


def _allowed(classes: Sequence[Entry], wanted: str) -> frozenset[str]:
    """Return the attributes, lower case, that objects of class *wanted* may hold, inherited ones included."""
    rows = {_Row(entry.values).text("ldapdisplayname").lower(): _Row(entry.values) for entry in classes}
    allowed: set[str] = set()
    seen: set[str] = set()
    waiting = [wanted]
    while waiting:
        name = waiting.pop().lower()
        if name in seen or name not in rows:
            continue
        seen.add(name)
        for key in _CONTAINS:
            allowed.update(text.lower() for text in rows[name].texts(key))
        for key in _INHERITS:
            waiting += rows[name].texts(key)
    return frozenset(allowed)


def _narrowed(stock: Schema, live: Sequence[LiveAttribute], allowed: frozenset[str]) -> Schema:
    """Return *stock* with what this directory adds, and without what it does not have."""
    whole = extended(stock, (row for row in live if row.name.lower() in allowed))
    known = {row.name.lower() for row in live} | _OURS
    kept = {name: kind for name, kind in whole.attributes.items() if name.lower() in known}
    return replace(whole, attributes=MappingProxyType(kept), _folded={})


@dataclass(frozen=True, slots=True)
class _Row:
    values: Mapping[str, Sequence[bytes]]

    def texts(self, name: str) -> list[str]:
        return [value.decode(errors="replace") for value in self.values.get(name, ())]

    def text(self, name: str) -> str:
        return next(iter(self.texts(name)), "")

    def number(self, name: str) -> int:
        text = self.text(name)
        return int(text) if text.removeprefix("-").isdecimal() else 0
