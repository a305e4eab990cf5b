"""What each answer of a directory means: LDAP result codes, Active Directory's own codes, and what to do about them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, assert_never

from keepstep.core.effect import Absent, Conflict, NotSent, Outcome, Refused, Unknown
from keepstep.errors import (
    ConnectionLost,
    ConnectorError,
    CredentialsRefused,
    ResponseInvalid,
    RightMissing,
    Throttled,
    TlsRefused,
    WriteRefused,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How one LDAP operation ended: result code (RFC 4511 4.1.9; negative: libldap's own) and diagnostic text.

    The text may hold names and values: it is looked into for codes and never shown.
    """

    code: int = 0
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether the operation was carried out."""
        return self.code == 0

    @property
    def win32(self) -> int:
        """The Windows error that Active Directory and Samba put in front of the text, or 0. MS-ADTS 3.1.1.3.1.9."""
        found = _WIN32.match(self.text)
        return int(found[1], 16) if found else 0

    def named(self, names: Iterable[str]) -> list[str]:
        """Return those attributes of *names* that the text is about."""
        words = {word.lower() for word in _WORD.findall(self.text)}
        return [name for name in names if name.lower() in words]

    @property
    def misses_object(self) -> bool:
        """Whether a value names an object that is not there: ERROR_DS_NAME_REFERENCE_INVALID, ERROR_NO_SUCH_USER."""
        return self.win32 in {0x20B5, 0x0525}

    @property
    def bind_data(self) -> str:
        """The sub-code of a refused bind, lower case: `data 52e` gives "52e"; empty if there is none."""
        found = _DATA.search(self.text)
        return found[1].lower() if found else ""


_WIN32: Final = re.compile(r"\s*([0-9A-Fa-f]{8}):")
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_DATA: Final = re.compile(r"\bdata ([0-9A-Fa-f]+)")


class Kind(StrEnum):
    """The families of answers: each is one of our errors for a read or bind, and one outcome for a write."""

    GOOD = "good"
    ABSENT = "absent"
    TAKEN = "taken"
    REFUSED = "refused"
    RIGHT = "right"
    CREDENTIALS = "credentials"
    TLS = "tls"
    BUSY = "busy"
    LIMIT = "limit"
    LOST = "lost"
    STRANGE = "strange"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer means, as a sentence without values, and what to do about it."""

    kind: Kind
    sentence: str
    hint: str = ""


_LOST_HINT: Final = "check that the server runs and that a firewall lets its LDAP port through"
_RIGHT_HINT: Final = "grant the right to the service account: `keepstep connection check` names it"
_TLS_HINT: Final = "use ldaps:// or start_tls: true"
_SCHEMA_HINT: Final = "compare the value with what the directory's schema allows"
_LIMIT_HINT: Final = "narrow users.base or users.filter, or have the limit raised (MaxResultSetSize, MaxQueryDuration)"

MEANINGS: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        0: Meaning(Kind.GOOD, "done"),
        1: Meaning(Kind.STRANGE, "the directory could not carry out the operation", "bind first, and check its log"),
        2: Meaning(Kind.STRANGE, "the directory does not understand the request", "is this an LDAP version 3 server?"),
        3: Meaning(Kind.LIMIT, "the directory's time limit ended the operation", _LIMIT_HINT),
        4: Meaning(Kind.LIMIT, "the directory's size limit ended the search", _LIMIT_HINT),
        5: Meaning(Kind.STRANGE, "the directory answered a comparison that was not asked for"),
        6: Meaning(Kind.STRANGE, "the directory answered a comparison that was not asked for"),
        7: Meaning(Kind.CREDENTIALS, "the directory does not offer this way to bind", "choose another bind.method"),
        8: Meaning(Kind.TLS, "the directory wants a protected connection for this", _TLS_HINT),
        9: Meaning(Kind.LIMIT, "the directory gave only a part and referred to another server", ""),
        10: Meaning(
            Kind.STRANGE,
            "the directory refers to another server, which is not followed",
            "connect to a writable domain controller of the domain that holds the object",
        ),
        11: Meaning(Kind.LIMIT, "an administrative limit of the directory ended the operation", _LIMIT_HINT),
        12: Meaning(Kind.STRANGE, "the directory lacks a control that is needed", "is this Active Directory?"),
        13: Meaning(Kind.TLS, "the directory wants a protected connection for this", _TLS_HINT),
        14: Meaning(Kind.STRANGE, "the directory did not end the bind"),
        16: Meaning(Kind.REFUSED, "the attribute does not exist there", _SCHEMA_HINT),
        17: Meaning(Kind.REFUSED, "the attribute does not exist there", _SCHEMA_HINT),
        18: Meaning(Kind.REFUSED, "the attribute cannot be compared in this way", "change the filter"),
        19: Meaning(Kind.REFUSED, "a constraint of the directory does not allow the value", _SCHEMA_HINT),
        20: Meaning(Kind.REFUSED, "the attribute holds this value already"),
        21: Meaning(Kind.REFUSED, "the value does not fit the attribute's syntax", _SCHEMA_HINT),
        32: Meaning(
            Kind.ABSENT,
            "the object is not there, or the service account may not see it",
            "check the bases of the connection, and that the service account may list what is below",
        ),
        33: Meaning(Kind.STRANGE, "an alias of the directory leads nowhere"),
        34: Meaning(Kind.REFUSED, "the directory does not take the name (DN)", "check base, container and cn"),
        35: Meaning(Kind.REFUSED, "the object can hold no others"),
        36: Meaning(Kind.STRANGE, "an alias of the directory may not be followed"),
        47: Meaning(Kind.CREDENTIALS, "the directory does not let this account act for another"),
        48: Meaning(Kind.CREDENTIALS, "the directory does not let this account bind in this way"),
        49: Meaning(Kind.CREDENTIALS, "the directory does not accept the user and the password", "check both"),
        50: Meaning(Kind.RIGHT, "the service account lacks the right", _RIGHT_HINT),
        51: Meaning(Kind.BUSY, "the directory is too busy", "try again later"),
        52: Meaning(Kind.BUSY, "the directory is not available at the moment", "try again later"),
        53: Meaning(Kind.REFUSED, "the directory is not willing to do this", "its rules forbid it for this object"),
        54: Meaning(Kind.STRANGE, "the directory found a loop in its references"),
        64: Meaning(Kind.REFUSED, "the name does not fit the kind of object or its container"),
        65: Meaning(Kind.REFUSED, "the object would not fit its class in the schema", _SCHEMA_HINT),
        66: Meaning(Kind.REFUSED, "the object holds others and cannot be deleted", "move or delete those first"),
        67: Meaning(Kind.REFUSED, "the naming attribute is changed by a rename only"),
        68: Meaning(Kind.TAKEN, "another object has this name"),
        69: Meaning(Kind.REFUSED, "the class of an object cannot be changed"),
        70: Meaning(Kind.LIMIT, "the result is too large for the directory", _LIMIT_HINT),
        71: Meaning(Kind.REFUSED, "the object cannot go to another server", "move it inside its own domain only"),
        76: Meaning(Kind.STRANGE, "the directory refuses a virtual list view that was not asked for"),
        80: Meaning(Kind.REFUSED, "the directory refused without saying why", "its event log may tell"),
        118: Meaning(Kind.STRANGE, "the operation was cancelled"),
        119: Meaning(Kind.STRANGE, "there was no operation to cancel"),
        120: Meaning(Kind.STRANGE, "it was too late to cancel"),
        121: Meaning(Kind.STRANGE, "the operation cannot be cancelled"),
        122: Meaning(Kind.REFUSED, "the object is no longer as it was"),
        123: Meaning(Kind.CREDENTIALS, "the directory does not let this account act for another"),
        -1: Meaning(Kind.LOST, "the directory cannot be reached, or the connection broke", _LOST_HINT),
        -2: Meaning(Kind.CREDENTIALS, "the Kerberos sign-in failed on this side", "see `keepstep connection check`"),
        -3: Meaning(Kind.OURS, "the request could not be written"),
        -4: Meaning(Kind.STRANGE, "the directory's answer could not be read"),
        -5: Meaning(Kind.LOST, "the directory did not answer in time", "raise timeout, or " + _LOST_HINT),
        -6: Meaning(
            Kind.CREDENTIALS,
            "this machine lacks the Kerberos part of SASL",
            "apt-get install libsasl2-modules-gssapi-mit",
        ),
        -7: Meaning(Kind.OURS, "the filter is not one"),
        -8: Meaning(Kind.LOST, "the operation was given up"),
        -9: Meaning(Kind.OURS, "the request has a part that LDAP does not know"),
        -10: Meaning(Kind.OURS, "there is not enough memory"),
        -11: Meaning(Kind.TLS, "TLS could not be set up", _TLS_HINT),
        -12: Meaning(Kind.OURS, "the LDAP library cannot do this"),
        -13: Meaning(Kind.STRANGE, "the directory left out a control that is needed", "is this Active Directory?"),
        -14: Meaning(Kind.STRANGE, "the directory gave no result"),
        -15: Meaning(Kind.STRANGE, "the directory has more to say than was asked"),
        -16: Meaning(Kind.STRANGE, "the directory refers in circles"),
        -17: Meaning(Kind.STRANGE, "the directory refers too often"),
    }
)
"""Every result code of RFC 4511, RFC 3909, RFC 4370, RFC 4528, VLV and libldap."""

_PASSWORD_HINT: Final = "let new_accounts.password make longer ones, or relax the domain's password policy"  # noqa: S105

# The Windows error says more than the LDAP code it comes with; winerror.h.
_WIN32_MEANINGS: Final[Mapping[int, Meaning]] = MappingProxyType(
    {
        0x0005: Meaning(Kind.RIGHT, "the service account lacks the right", _RIGHT_HINT),
        0x001F: Meaning(Kind.TLS, "a password may be set over a protected connection only", _TLS_HINT),
        0x0056: Meaning(Kind.REFUSED, "the old password is another"),
        0x0057: Meaning(Kind.REFUSED, "the attribute or value does not exist there", _SCHEMA_HINT),
        0x0524: Meaning(Kind.TAKEN, "another object has this sAMAccountName"),
        0x0525: Meaning(Kind.REFUSED, "an account it names does not exist"),
        0x0526: Meaning(Kind.TAKEN, "another group has this sAMAccountName"),
        0x052D: Meaning(Kind.REFUSED, "the domain's password policy does not allow the password", _PASSWORD_HINT),
        0x0561: Meaning(Kind.ABSENT, "the account is not a member of the group"),
        0x0562: Meaning(Kind.TAKEN, "the account is a member of the group already"),
        0x2014: Meaning(Kind.REFUSED, "the object would not fit its class in the schema", _SCHEMA_HINT),
        0x2071: Meaning(Kind.TAKEN, "another object has this name"),
        0x2077: Meaning(Kind.REFUSED, "the directory keeps this attribute itself"),
        0x2081: Meaning(Kind.REFUSED, "the attribute takes one value only", _SCHEMA_HINT),
        0x2082: Meaning(Kind.REFUSED, "the value is too long or out of range", _SCHEMA_HINT),
        0x2098: Meaning(Kind.RIGHT, "the service account lacks the right", _RIGHT_HINT),
        0x20B5: Meaning(Kind.REFUSED, "an object it names does not exist"),
        0x21C7: Meaning(Kind.TAKEN, "another object has this servicePrincipalName"),
        0x21C8: Meaning(Kind.TAKEN, "another object has this userPrincipalName"),
    }
)

# The sub-code of a refused bind; winerror.h, as in the AcceptSecurityContext texts of a domain controller.
_BIND_MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "525": Meaning(Kind.CREDENTIALS, "the directory does not know the user", "check bind.user"),
        "52e": Meaning(Kind.CREDENTIALS, "the user or the password is wrong", "check bind.user and the secret"),
        "52f": Meaning(Kind.CREDENTIALS, "the account may not sign in in this way", "see its sign-in restrictions"),
        "530": Meaning(Kind.CREDENTIALS, "the account may not sign in at this time", "see its logon hours"),
        "531": Meaning(Kind.CREDENTIALS, "the account may not sign in from here", "see its logon workstations"),
        "532": Meaning(Kind.CREDENTIALS, "the account's password has expired", "set a new one, and the secret"),
        "533": Meaning(Kind.CREDENTIALS, "the account is disabled", "enable it"),
        "534": Meaning(Kind.CREDENTIALS, "the account may not sign in over the network", "grant it that right"),
        "701": Meaning(Kind.CREDENTIALS, "the account has expired", "extend its accountExpires"),
        "773": Meaning(Kind.CREDENTIALS, "the account must change its password first", "set a new one, and the secret"),
        "775": Meaning(Kind.CREDENTIALS, "the account is locked out", "unlock it, and find what locks it"),
        "80090346": Meaning(
            Kind.CREDENTIALS,
            "the directory wants channel binding, which Kerberos inside TLS cannot give here",
            "use bind.method kerberos with ldap:// (it is then sealed by Kerberos), or a simple bind over ldaps://",
        ),
    }
)

_UNKNOWN_CODE: Final = Meaning(Kind.STRANGE, "the directory gave a result that LDAP does not define")


def meaning(answer: Answer) -> Meaning:
    """Return what *answer* means: the Windows error first, then the result code. Total."""
    if answer.code == 49:
        return _BIND_MEANINGS.get(answer.bind_data, MEANINGS[49])
    if answer.code > 0 and (known := _WIN32_MEANINGS.get(answer.win32)) is not None:
        return known
    # Samba gives a taken userPrincipalName the general code of constraints and tells it in the text only.
    if answer.win32 == 0x202F and "already in use" in answer.text:
        return Meaning(Kind.TAKEN, "another object has this userPrincipalName")
    return MEANINGS.get(answer.code, _UNKNOWN_CODE)


def error_of(answer: Answer, doing: str) -> ConnectorError:
    """Return the error for an operation, described by *doing*, that the rest cannot go on without."""
    known = meaning(answer)
    message = f"{doing}: {known.sentence} (LDAP result {answer.code}{_tail(answer)})"
    return _error_class(known.kind)(message, hint=known.hint)


def _error_class(kind: Kind) -> type[ConnectorError]:
    match kind:
        case Kind.CREDENTIALS:
            return CredentialsRefused
        case Kind.TLS:
            return TlsRefused
        case Kind.RIGHT:
            return RightMissing
        case Kind.LOST:
            return ConnectionLost
        case Kind.BUSY:
            return Throttled
        case Kind.TAKEN | Kind.REFUSED:
            return WriteRefused
        case Kind.STRANGE | Kind.LIMIT | Kind.OURS | Kind.ABSENT | Kind.GOOD:
            return ResponseInvalid
        case _:
            assert_never(kind)


def outcome_of(answer: Answer, doing: str, names: Iterable[str] = ()) -> Outcome:
    """Return the outcome of a write that was described by *doing* and not carried out.

    Unknown where the directory may have carried it out and the answer got lost. *names*: the attributes written, of
    which those are told that the directory complains about.
    """
    known = meaning(answer)
    complaints = (list(names) if answer.misses_object else answer.named(names)) if known.kind is Kind.REFUSED else []
    about = "".join(f', "{name}"' for name in complaints)
    reason = f"{doing}{about}: {known.sentence} (LDAP result {answer.code}{_tail(answer)})"
    if known.hint:
        reason += f"; {known.hint}"
    match known.kind:
        case Kind.ABSENT:
            return Absent()
        case Kind.TAKEN:
            return Conflict(reason)
        case Kind.BUSY | Kind.OURS:
            return NotSent(reason)
        case Kind.LOST:
            return Unknown(reason)
        case Kind.REFUSED | Kind.RIGHT | Kind.CREDENTIALS | Kind.TLS | Kind.LIMIT | Kind.STRANGE | Kind.GOOD:
            return Refused(reason, lasting=known.kind is Kind.REFUSED)
        case _:
            assert_never(known.kind)


def _tail(answer: Answer) -> str:
    if answer.code == 49 and answer.bind_data:
        return f", data {answer.bind_data}"
    return f", error {answer.win32:08X}" if answer.win32 else ""
