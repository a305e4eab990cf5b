"""The attributes of Active Directory users and groups: how many values, how they compare, what may be written.

Lengths and single or multi are those of the attributeSchema objects in MS-ADA1, MS-ADA2 and MS-ADA3 (rangeUpper,
isSingleValued); where the account manager is stricter than the schema, its rule stands (MS-ADTS 3.1.1.8.1).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from keepstep.core.directory_values import Wire
from keepstep.core.schema import AttributeType, Case, Normal, ReadOnly, Schema, Syntax
from keepstep.core.unmappable import PASSWORDS, UNMAPPABLE

USERS: Final = "users"
GROUPS: Final = "groups"

SAM_FORBIDDEN: Final = '"/\\[]:;|=,+*?<>@' + "".join(map(chr, range(32)))
"""What sAMAccountName may not hold: MS-ADTS 3.1.1.8.1 adds `@` by Windows' own tools, and control characters."""

ABSENT_CONTROL: Final = "\x00"
"""No directory string of Active Directory can hold NUL."""


def _text(name: str, length: int | None = None, *, multi: bool = False, writable: bool = True) -> AttributeType:
    return AttributeType(
        name=name,
        multi=multi,
        case=Case.IGNORE,
        max_length=length,
        writable=writable,
        forbidden=ABSENT_CONTROL,
    )


_NORMALS: Final = MappingProxyType(
    {
        Syntax.BOOLEAN: Normal.LOWER,
        Syntax.TIME: Normal.UTC_TIME,
        Syntax.DN: Normal.BARE_DN,
        Syntax.BINARY: Normal.BASE64,
    }
)


def _typed(name: str, syntax: Syntax, *, multi: bool = False, writable: bool = True) -> AttributeType:
    exact = syntax in {Syntax.BINARY, Syntax.INTEGER}
    return AttributeType(
        name=name,
        multi=multi,
        case=Case.EXACT if exact else Case.IGNORE,
        syntax=syntax,
        normal=_NORMALS.get(syntax, Normal.AS_IS),
        writable=writable,
        choices=("true", "false") if syntax is Syntax.BOOLEAN else (),
    )


def _read_only(name: str, syntax: Syntax = Syntax.TEXT, *, multi: bool = False) -> AttributeType:
    return replace(_typed(name, syntax, multi=multi, writable=False), read_only=ReadOnly.SYSTEM)


# name and rangeUpper of single-valued strings
_SINGLE: Final = """
givenName 64, sn 64, initials 6, middleName 64, personalTitle 64, generationQualifier 64, displayName 256,
description 1024, mail 256, telephoneNumber 64, mobile 64, homePhone 64, pager 64, facsimileTelephoneNumber 64,
ipPhone 64, title 128, department 64, division 256, company 64, employeeID 16, employeeNumber 512, employeeType 256,
physicalDeliveryOfficeName 128, streetAddress 1024, l 128, st 128, postalCode 40, co 128, c 3, info 1024,
wWWHomePage 2048, homeDirectory 0, homeDrive 0, scriptPath 0, profilePath 0, userWorkstations 1024, comment 0,
preferredLanguage 0, mailNickname 0, displayNamePrintable 256, unixHomeDirectory 10240, loginShell 1024,
gecos 10240, targetAddress 0, extensionName 255
"""

# name and rangeUpper of multi-valued strings
_MULTI: Final = """
otherTelephone 64, otherMobile 64, otherHomePhone 64, otherPager 64, otherIpPhone 64,
otherFacsimileTelephoneNumber 64, otherMailbox 0, postOfficeBox 40, postalAddress 4096, street 1024, url 0,
proxyAddresses 1123, servicePrincipalName 0, o 64, ou 64, departmentNumber 0, carLicense 0, roomNumber 0,
homePostalAddress 4096, registeredAddress 4096, labeledURI 0, uid 256, businessCategory 128, seeAlso 0
"""


def _rows(table: str, *, multi: bool) -> list[AttributeType]:
    pairs = (entry.split() for entry in table.replace("\n", " ").split(","))
    return [_text(name, int(length) or None, multi=multi) for name, length in pairs]


_SHARED: Final = (
    AttributeType(
        name="sAMAccountName",
        case=Case.IGNORE,
        unique=True,
        required=True,
        max_length=20,
        forbidden=SAM_FORBIDDEN,
    ),
    replace(_text("cn", 64), required=True),
    _read_only("name"),
    _typed("container", Syntax.DN),
    _read_only("distinguishedName", Syntax.DN),
    replace(_read_only("objectGUID"), unique=True),
    replace(_read_only("objectSid"), unique=True),
    _read_only("sIDHistory", multi=True),
    _read_only("objectClass", multi=True),
    _read_only("objectCategory", Syntax.DN),
    _read_only("whenCreated", Syntax.TIME),
    _read_only("whenChanged", Syntax.TIME),
    _read_only("uSNCreated", Syntax.INTEGER),
    _read_only("uSNChanged", Syntax.INTEGER),
    _read_only("adminCount", Syntax.INTEGER),
    _read_only("isCriticalSystemObject", Syntax.BOOLEAN),
    _read_only("sAMAccountType", Syntax.INTEGER),
    _read_only("instanceType", Syntax.INTEGER),
    replace(_read_only("canonicalName"), read_only=ReadOnly.CONSTRUCTED),
    replace(_read_only("protected"), read_only=ReadOnly.CONSTRUCTED),
    _typed("mS-DS-ConsistencyGuid", Syntax.BINARY),
    _typed("gidNumber", Syntax.INTEGER),
)

_USERS_ONLY: Final = (
    AttributeType(
        name="userPrincipalName", case=Case.IGNORE, unique=True, max_length=1024, forbidden=ABSENT_CONTROL + " "
    ),
    _typed("enabled", Syntax.BOOLEAN),
    # An account is only ever unlocked from outside: locking is the directory's own doing.
    replace(_typed("lockedOut", Syntax.BOOLEAN), choices=("false",)),
    _typed("memberOf", Syntax.DN, multi=True),
    _typed("accountExpires", Syntax.TIME),
    _typed("manager", Syntax.DN),
    _typed("assistant", Syntax.DN),
    _typed("secretary", Syntax.DN, multi=True),
    replace(_read_only("directReports", Syntax.DN, multi=True), read_only=ReadOnly.BACK_LINK),
    _typed("countryCode", Syntax.INTEGER),
    _typed("codePage", Syntax.INTEGER),
    _typed("uidNumber", Syntax.INTEGER),
    replace(_typed("thumbnailPhoto", Syntax.BINARY), max_length=102_400),
    _typed("jpegPhoto", Syntax.BINARY, multi=True),
    _typed("userCertificate", Syntax.BINARY, multi=True),
    _typed("userSMIMECertificate", Syntax.BINARY, multi=True),
    _typed("logonHours", Syntax.BINARY),
    _typed("msExchHideFromAddressLists", Syntax.BOOLEAN),
    _read_only("userAccountControl", Syntax.INTEGER),
    _read_only("primaryGroupID", Syntax.INTEGER),
    _read_only("pwdLastSet", Syntax.TIME),
    _read_only("lastLogon", Syntax.TIME),
    _read_only("lastLogonTimestamp", Syntax.TIME),
    _read_only("lastLogoff", Syntax.TIME),
    _read_only("badPasswordTime", Syntax.TIME),
    _read_only("lockoutTime", Syntax.TIME),
    _read_only("badPwdCount", Syntax.INTEGER),
    _read_only("logonCount", Syntax.INTEGER),
    *(_text(f"msDS-cloudExtensionAttribute{number}") for number in range(1, 21)),
    *(_text(f"extensionAttribute{number}", 1024) for number in range(1, 16)),
)

_GROUPS_ONLY: Final = (
    _typed("member", Syntax.DN, multi=True),
    replace(_read_only("memberOf", Syntax.DN, multi=True), read_only=ReadOnly.BACK_LINK),
    _typed("managedBy", Syntax.DN),
    _typed("groupType", Syntax.INTEGER),
)

_GROUP_STRINGS: Final = frozenset({"description", "displayName", "info", "mail", "mailNickname", "proxyAddresses"})

_GROUP_SAM_LENGTH: Final = 256


def users_schema() -> Schema:
    """Return what a user may hold: the stock Active Directory schema with Keepstep's own names beside it.

    `enabled`, `lockedOut`, `container`, `protected` stand for what LDAP keeps in other attributes.
    """
    rows = (*_rows(_SINGLE, multi=False), *_rows(_MULTI, multi=True), *_SHARED, *_USERS_ONLY)
    return _schema(USERS, rows, ("displayName", "cn", "sAMAccountName", "distinguishedName"))


def groups_schema() -> Schema:
    """Return what a group may hold."""
    strings = (*_rows(_SINGLE, multi=False), *_rows(_MULTI, multi=True))
    rows = (*(kind for kind in strings if kind.name in _GROUP_STRINGS), *_SHARED, *_GROUPS_ONLY)
    schema = _schema(GROUPS, rows, ("cn", "sAMAccountName", "distinguishedName"))
    # The 20 characters hold for users; a group's name may be as long as the schema says.
    sam = replace(schema.attributes["sAMAccountName"], max_length=_GROUP_SAM_LENGTH)
    return replace(schema, attributes=MappingProxyType({**schema.attributes, sam.name: sam}), _folded={})


def _schema(objects: str, rows: Iterable[AttributeType], display: tuple[str, ...]) -> Schema:
    return Schema(
        objects=objects,
        attributes=MappingProxyType({kind.name: kind for kind in rows}),
        name_case=Case.IGNORE,
        display=display,
        identifying=("sAMAccountName", "cn"),
        unmappable=UNMAPPABLE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAttribute:
    """One attributeSchema object of a live directory (MS-ADTS 3.1.1.2.3), as its values say."""

    name: str
    attribute_syntax: str
    om_syntax: int
    single: bool
    range_upper: int | None = None
    read_only: ReadOnly | None = None
    in_catalog: bool = False


# attributeSyntax to meaning, MS-ADTS 3.1.1.2.2.2; 2.5.5.7 and 2.5.5.14 are DN with binary or string, and stay text.
_SYNTAXES: Final = MappingProxyType(
    {
        "2.5.5.1": Syntax.DN,
        "2.5.5.8": Syntax.BOOLEAN,
        "2.5.5.9": Syntax.INTEGER,
        "2.5.5.10": Syntax.BINARY,
        "2.5.5.11": Syntax.TIME,
        "2.5.5.15": Syntax.BINARY,
        "2.5.5.16": Syntax.INTEGER,
        "2.5.5.17": Syntax.BINARY,
    }
)

# Case tells values of these apart: printable and IA5 strings (2.5.5.5) and case-exact strings (2.5.5.3).
_EXACT_SYNTAXES: Final = frozenset({"2.5.5.3", "2.5.5.5"})


_SIZED: Final = frozenset({Syntax.TEXT, Syntax.BINARY})


def extended(schema: Schema, live: Iterable[LiveAttribute]) -> Schema:
    """Return *schema* with the attributes of *live* that it lacks.

    Of those it knows already, the directory tells the length, where no rule is stricter, and why they are read only.
    """
    added: dict[str, AttributeType] = dict(schema.attributes)
    for row in live:
        known = schema.attribute(row.name)
        if known is None:
            added[row.name] = _from_live(row)
        else:
            added[known.name] = _told(known, row)
    return replace(schema, attributes=MappingProxyType(added), _folded={})


def _told(known: AttributeType, row: LiveAttribute) -> AttributeType:
    length = known.max_length
    if row.range_upper and known.syntax in _SIZED and not known.unique:
        length = row.range_upper
    return replace(known, max_length=length, read_only=None if known.writable else row.read_only or known.read_only)


def _from_live(row: LiveAttribute) -> AttributeType:
    syntax = _SYNTAXES.get(row.attribute_syntax, Syntax.TEXT)
    read_only = ReadOnly.PASSWORD if row.name.casefold() in PASSWORDS else row.read_only
    kind = replace(
        _typed(row.name, syntax, multi=not row.single, writable=read_only is None),
        max_length=row.range_upper if syntax in _SIZED else None,
        read_only=read_only,
    )
    if syntax is not Syntax.TEXT:
        return kind
    case = Case.EXACT if row.attribute_syntax in _EXACT_SYNTAXES else Case.IGNORE
    return replace(kind, case=case, forbidden=ABSENT_CONTROL)


_WIRES: Final[Mapping[str, Wire]] = MappingProxyType(
    {
        "objectguid": Wire.GUID,
        "objectsid": Wire.SID,
        "sidhistory": Wire.SID,
        **dict.fromkeys(
            (
                "accountexpires",
                "pwdlastset",
                "lastlogon",
                "lastlogontimestamp",
                "lastlogoff",
                "badpasswordtime",
                "lockouttime",
            ),
            Wire.FILETIME,
        ),
    }
)

_WIRE_OF_SYNTAX: Final[Mapping[Syntax, Wire]] = MappingProxyType(
    {Syntax.BINARY: Wire.BINARY, Syntax.BOOLEAN: Wire.BOOLEAN, Syntax.TIME: Wire.GENERALIZED_TIME}
)


def wire_of(schema: Schema, name: str) -> Wire:
    """Return how the directory writes values of attribute *name*; an unknown one is text."""
    wire = _WIRES.get(name.casefold())
    if wire is not None:
        return wire
    kind = schema.attribute(name)
    return _WIRE_OF_SYNTAX.get(kind.syntax, Wire.TEXT) if kind is not None else Wire.TEXT
