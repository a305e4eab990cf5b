"""The values of an entry of the file: what a filter and a record are given, and which attributes there are."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from keepstep.connectors.ldif.directory import LINKS, Directory, key_of
from keepstep.connectors.ldif.text import Entry
from keepstep.core.directory_schema import USERS, LiveAttribute, extended
from keepstep.core.directory_values import guid_bytes
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.ldap_filter import same_text
from keepstep.core.schema import Schema


def whole(directory: Directory, entry: Entry, *, linked: bool) -> Mapping[str, Sequence[bytes]]:
    """Return the values of *entry* with what follows from its name, and from the groups where *linked*."""
    if not linked and "objectguid" in entry.raw and "cn" in entry.raw:  # most entries
        return entry.raw
    raw: dict[str, Sequence[bytes]] = dict(entry.raw)
    if "objectguid" not in raw:
        raw["objectguid"] = [guid_bytes(directory.guid(entry))]
    if "cn" not in raw:
        step = parse_dn(entry.dn).rdn
        if step.type.casefold() == "cn":
            raw["cn"] = [step.value.encode()]
    if linked:
        raw["memberof"] = directory.member_of(entry)
    return raw


def getter(directory: Directory, entry: Entry) -> Callable[[str], Sequence[bytes]]:
    """Return what gives a filter the values of *entry*; objectCategory follows from the kind where it is missing."""

    def get(attribute: str) -> Sequence[bytes]:
        name = attribute.casefold().partition(";")[0]
        if name == "objectcategory" and name not in entry.raw:
            return (b"CN=Person" if entry.kind == USERS else b"CN=Group",)
        if name == "distinguishedname":
            return (entry.dn.encode(),)
        if name in {"memberof", "cn", "objectguid"}:
            return whole(directory, entry, linked=name == "memberof").get(name, ())
        return entry.raw.get(name, ())

    return get


def same(attribute: str, held: bytes, value: bytes) -> bool:
    """Compare names as names, and objectCategory by its short form too (MS-ADTS 3.1.1.3.1.3.5)."""
    name = attribute.casefold()
    if name == "objectcategory" and b"=" not in value:
        return key_of(held).partition("\n")[0] == f"cn={value.decode(errors='replace').casefold()}"
    if name in LINKS or name in {"distinguishedname", "objectcategory"}:
        return key_of(held) == key_of(value)
    return held == value if name in {"objectguid", "objectsid"} else same_text(attribute, held, value)


def with_found(schema: Schema, directory: Directory) -> Schema:
    """Return *schema* with the attributes that the objects of the file have beside it, and as many values."""
    most: dict[str, int] = {}
    binary: set[str] = set()
    for entry in directory.of(schema.objects):
        for name, values in entry.raw.items():
            most[name] = max(most.get(name, 0), len(values))
            if schema.attribute(name) is None and name not in binary and not _is_text(values):
                binary.add(name)
    spellings = directory.ldif.spellings
    live = [
        LiveAttribute(
            name=spellings.get(name, name),
            attribute_syntax="2.5.5.10" if name in binary else "2.5.5.12",
            om_syntax=64,
            single=False,
        )
        for name in most
    ]
    full = extended(schema, live)
    several = {name for name, count in most.items() if count > 1}
    return replace(
        full,
        attributes={
            name: replace(kind, multi=True) if name.casefold() in several else kind
            for name, kind in full.attributes.items()
        },
        _folded={},
    )


def _is_text(values: Iterable[bytes]) -> bool:
    try:
        for value in values:
            value.decode()
    except UnicodeDecodeError:
        return False
    return True
