"""The attributes of a directory that no mapping writes, and why."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_BY_POLICY: Final = "a password is set by policy only: new_accounts"
_GIVEN: Final = "the directory gives it"
_ONLY_DIRECTORY: Final = "only the directory writes it"
_BY_KIND: Final = "it follows from the kind of object"
_BY_NAME: Final = "it follows from the name: use cn and container"
_RIGHTS: Final = "rights are never part of a mapping"

PASSWORDS: Final = frozenset(
    name.casefold()
    for name in (
        *("unicodePwd", "userPassword", "clearPassword", "unixUserPassword", "dBCSPwd", "ntPwdHistory", "lmPwdHistory"),
        *("supplementalCredentials", "currentValue", "priorValue", "initialAuthIncoming", "initialAuthOutgoing"),
        *("trustAuthIncoming", "trustAuthOutgoing", "ms-Mcs-AdmPwd", "msLAPS-Password", "msLAPS-EncryptedPassword"),
        *(
            "msLAPS-EncryptedPasswordHistory",
            "msDS-ManagedPassword",
            "msDS-KeyCredentialLink",
            "msFVE-RecoveryPassword",
        ),
    )
)
"""Attributes that hold a password or a key, in lower case: macros do not read them either."""

_REASONS: Final[Mapping[str, str]] = {
    "objectGUID": _GIVEN,
    "objectSid": _GIVEN,
    "sIDHistory": _GIVEN,
    "uSNCreated": _GIVEN,
    "uSNChanged": _GIVEN,
    "name": _BY_NAME,
    "distinguishedName": _BY_NAME,
    "canonicalName": _BY_NAME,
    "objectClass": _BY_KIND,
    "objectCategory": _BY_KIND,
    "sAMAccountType": _BY_KIND,
    "userAccountControl": "use enabled",
    "msDS-User-Account-Control-Computed": "use enabled",
    "lockoutTime": "use lockedOut",
    "pwdLastSet": _BY_POLICY,
    "directReports": "it follows from the others: use manager of theirs",
    "primaryGroupID": "a primary group is changed by hand; use memberOf for groups",
    "tokenGroups": "use memberOf",
    "nTSecurityDescriptor": _RIGHTS,
    "adminCount": _ONLY_DIRECTORY,
    "protected": "Keepstep works it out",
    **dict.fromkeys(PASSWORDS, _BY_POLICY),
}

UNMAPPABLE: Final[Mapping[str, str]] = MappingProxyType({name.casefold(): why for name, why in _REASONS.items()})
"""Why no row may write an attribute, by its name in lower case."""


def why_not_mapped(name: str) -> str:
    """Return why no row may write attribute *name* of a directory, or the empty text."""
    return UNMAPPABLE.get(name.casefold(), "")
