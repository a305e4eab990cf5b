"""What users and groups may hold, as an LDAP server itself describes it (RFC 4512 4.2)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeVar

from keepstep.connectors.ldap_session.library import library
from keepstep.connectors.ldap_session.session import Depth, Search, Session
from keepstep.core.schema import CONTAINER, DN_NAME, NAMING, AttributeType, Case, Normal, ReadOnly, Schema, Syntax
from keepstep.core.unmappable import PASSWORDS
from keepstep.core.values import ENABLED
from keepstep.errors import ResponseInvalid

KEY: Final = "entryUUID"
"""The attribute that is the key of an entry and never changes (RFC 4530)."""

_SECRETS: Final = PASSWORDS | frozenset(
    name.lower()
    for name in (
        *("authPassword", "pwdHistory", "passwordHistory", "olcRootPW", "userPKCS12", "ipaNTHash", "ipatokenOTPkey"),
        *("sambaNTPassword", "sambaLMPassword", "sambaPasswordHistory", "krbPrincipalKey", "krbMKey", "krbPwdHistory"),
    )
)
"""What holds a password or a key, in lower case: nobody reads it."""

_PREFIX: Final = "1.3.6.1.4.1.1466.115.121.1."
_SYNTAXES: Final[Mapping[str, Syntax]] = MappingProxyType(
    {
        **dict.fromkeys((f"{_PREFIX}{number}" for number in (4, 5, 8, 9, 10, 23, 28, 40, 49)), Syntax.BINARY),
        f"{_PREFIX}7": Syntax.BOOLEAN,
        f"{_PREFIX}12": Syntax.DN,
        f"{_PREFIX}24": Syntax.TIME,
        f"{_PREFIX}27": Syntax.INTEGER,
    }
)
"""Syntaxes of RFC 4517, and those of RFC 2252 and RFC 4523 whose values are no text."""

_NORMALS: Final[Mapping[Syntax, Normal]] = MappingProxyType(
    {
        Syntax.BOOLEAN: Normal.LOWER,
        Syntax.TIME: Normal.UTC_TIME,
        Syntax.DN: Normal.BARE_DN,
        Syntax.BINARY: Normal.BASE64,
    }
)

_IGNORING_CASE: Final = frozenset({"telephonenumbermatch", "uuidmatch", "booleanmatch", "objectidentifiermatch"})
"""The matching rules for which letter case does not count, beside those called caseIgnore… (RFC 4517 4.2)."""

_PLACES: Final = tuple(
    AttributeType(
        name=name,
        case=Case.IGNORE,
        syntax=Syntax.DN,
        normal=Normal.BARE_DN,
        writable=False,
        read_only=ReadOnly.CONSTRUCTED,
    )
    for name in (CONTAINER, DN_NAME)
)

SWITCH: Final = AttributeType(
    name=ENABLED,
    case=Case.IGNORE,
    syntax=Syntax.BOOLEAN,
    normal=Normal.LOWER,
    choices=("true", "false"),
    writable=False,
    read_only=ReadOnly.CONSTRUCTED,
)
"""Whether an account may be used, where the connection says how that is seen."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeDefinition:
    """One attribute type, with what it inherits. *operational*: the server keeps it for itself."""

    name: str
    syntax: str
    equality: str
    length: int | None
    single: bool
    operational: bool

    @property
    def kind(self) -> AttributeType:
        """What it is to Keepstep: only read."""
        syntax = _SYNTAXES.get(self.syntax, Syntax.TEXT)
        return AttributeType(
            name=self.name,
            multi=not self.single,
            case=self._case(syntax),
            syntax=syntax,
            normal=_NORMALS.get(syntax, Normal.AS_IS),
            max_length=self.length or None,
            choices=("true", "false") if syntax is Syntax.BOOLEAN else (),
            writable=False,
            unique=self.name.lower() == KEY.lower(),
            read_only=ReadOnly.SYSTEM if self.operational else None,
        )

    def _case(self, syntax: Syntax) -> Case:
        rule = self.equality.lower()
        ignores = syntax is Syntax.DN or rule.startswith("caseignore") or rule in _IGNORING_CASE
        return Case.IGNORE if ignores else Case.EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassDefinition:
    """One object class: its names, those above it, and the attributes that it adds, all in lower case."""

    names: tuple[str, ...]
    above: tuple[str, ...]
    attributes: frozenset[str]
    auxiliary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subschema:
    """What a server knows: attributes by every name of theirs in lower case, and classes.

    *unread*: how many definitions could not be understood.
    """

    attributes: Mapping[str, AttributeDefinition]
    classes: Sequence[ClassDefinition]
    unread: int = 0

    def unknown(self, classes: Iterable[str]) -> list[str]:
        """Return those of *classes* that the server does not have."""
        known = {name for one in self.classes for name in one.names}
        return [name for name in classes if name.lower() not in known]

    def compares(self, name: str) -> bool:
        """Whether the server can tell who holds a value of attribute *name*."""
        found = self.attributes.get(name.lower())
        return found is not None and bool(found.equality)

    def operational(self, name: str) -> bool:
        """Whether the server changes *name* by itself, without noting that the entry was modified.

        Membership is kept with the group, however a server declares the attribute that tells of it.
        """
        found = self.attributes.get(name.lower())
        return name.lower() == "memberof" or (found is not None and found.operational)

    def schema(self, objects: str, classes: Iterable[str], *, ours: Iterable[AttributeType] = ()) -> Schema:
        """Return what *objects*, entries of one of *classes*, may hold, with attributes of *ours* beside them."""
        allowed = self._allowed({name.lower() for name in classes})
        kinds = {
            found.name: found.kind
            for name, found in self.attributes.items()
            if name not in _SECRETS and found.name.lower() not in _SECRETS and (name in allowed or found.operational)
        }
        kinds |= {kind.name: kind for kind in (*_PLACES, *ours)}
        return Schema(
            objects=objects,
            attributes=MappingProxyType(kinds),
            name_case=Case.IGNORE,
            display=tuple(name for name in ("displayName", NAMING, "uid", DN_NAME) if name in kinds),
        )

    def _allowed(self, wanted: set[str]) -> frozenset[str]:
        """Return the attributes of the classes *wanted*, of those below and above them, and of every auxiliary class.

        Which auxiliary classes an entry has is known only when it is read.
        """
        by_name = {name: one for one in self.classes for name in one.names}
        chosen = [one for one in self.classes if one.auxiliary or wanted & self._line(one, by_name)]
        names = {name for one in chosen for name in self._line(one, by_name)}
        return frozenset(attribute for name in names if name in by_name for attribute in by_name[name].attributes)

    @staticmethod
    def _line(one: ClassDefinition, by_name: Mapping[str, ClassDefinition]) -> set[str]:
        """Return the names of a class and of all those above it."""
        found: set[str] = set()
        waiting = list(one.names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += by_name[name].above if name in by_name else ()
        return found


async def read_subschema(session: Session, dn: str) -> Subschema:
    """Return what the server says in its subschema entry *dn*. ConnectorError if that cannot be read."""
    search = Search(
        base=dn,
        depth=Depth.BASE,
        filter="(objectClass=subschema)",
        attributes=("attributeTypes", "objectClasses"),
        referred=True,
    )
    entries = await session.find(search)
    held: Mapping[str, list[bytes]] = entries[0].values if entries else {}
    models = library("ldap.schema.models")
    attributes, some = _each(held.get("attributetypes", ()), models.AttributeType)
    classes, more = _each(held.get("objectclasses", ()), models.ObjectClass)
    if not attributes or not classes:
        raise ResponseInvalid(
            f'the server gives no schema: "{dn}" holds none, or the account may not read it',
            hint="let the account read the subschema entry",
        )
    return Subschema(
        attributes=_inherited(attributes), classes=[_class_of(found) for found in classes], unread=some + more
    )


def _each(values: Iterable[bytes], of: Callable[[str], T]) -> tuple[list[T], int]:
    """Return the definitions that can be understood, and how many cannot."""
    found: list[T] = []
    unread = 0
    for value in values:
        try:
            found.append(of(value.decode(errors="replace")))
        except (ValueError, IndexError, AssertionError):
            # that of one attribute says nothing of the others; the connection check tells
            unread += 1
    return found, unread


def _inherited(definitions: Iterable[Any]) -> dict[str, AttributeDefinition]:
    """Return the attributes by each of their names; what one does not say, the one above it says (RFC 4512 2.5.1)."""
    by_name: dict[str, Any] = {}
    for found in definitions:
        by_name.update({name.lower(): found for name in (*found.names, found.oid)})

    def said(found: Any, what: str) -> Any:
        for _ in range(len(by_name)):
            if value := getattr(found, what):
                return value
            above = by_name.get(found.sup[0].lower()) if found.sup else None
            if above is None:
                break
            found = above
        return None

    return {
        name: AttributeDefinition(
            name=found.names[0] if found.names else found.oid,
            syntax=said(found, "syntax") or "",
            equality=said(found, "equality") or "",
            length=said(found, "syntax_len"),
            single=found.single_value,
            operational=found.usage != 0,
        )
        for name, found in by_name.items()
    }


def _class_of(found: Any) -> ClassDefinition:
    return ClassDefinition(
        names=tuple(name.lower() for name in (*found.names, found.oid)),
        above=tuple(name.lower() for name in found.sup),
        attributes=frozenset(name.lower() for name in (*found.must, *found.may)),
        auxiliary=found.kind == 2,  # RFC 4512 2.4: 0 structural, 1 abstract, 2 auxiliary
    )
