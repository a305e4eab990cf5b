"""One configured system: where it is, and what of it is read."""

from typing import Annotated, Literal

from pydantic import Field

from keepstep.core.application import ObjectSpec
from keepstep.core.authorization import Authorization, HeaderName, NoAuthorization
from keepstep.core.circuit import CircuitSpec
from keepstep.core.endpoint import EndpointSpec
from keepstep.core.first_password import PASSWORD_LENGTH, Delivery, PasswordPolicy
from keepstep.core.secret import SecretRef
from keepstep.core.spec import Name, Spec
from keepstep.core.table import TableConnection
from keepstep.core.webhook import WebhookSpec

ObjectsName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]
"""What the objects of a connection are called: `connection.objects` names a side, so there is no dot in it."""

HttpUrl = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$")]


class ClientCertificate(Spec):
    """The certificate by which an application knows Keepstep. *file*: PEM; *key*: its private key, as PEM too."""

    file: Annotated[str, Field(min_length=1)]
    key: SecretRef


class RestConnection(Spec):
    """A REST application: a preset of endpoints and operations, a base URL and an authorization.

    *endpoints*, *objects* and *webhooks* are added to those of the preset; one of the same name replaces it.
    *headers* are sent with every call.
    *pace*: the share of each published rate limit that is used, as the account is shared with other software.
    *protected*: identifiers (any unique attribute) of people that no plan may touch.
    """

    kind: Literal["rest"]
    preset: Name = "infobip"
    enabled: bool = True
    base_url: HttpUrl
    authorization: Authorization = NoAuthorization()
    headers: dict[HeaderName, str] = {}
    endpoints: dict[Name, EndpointSpec] = {}
    objects: dict[ObjectsName, ObjectSpec] = {}
    webhooks: dict[Name, WebhookSpec] = {}
    pace: Annotated[float, Field(gt=0, le=1)] = 0.6
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    ca_file: str = ""
    client_certificate: ClientCertificate | None = None
    protected: list[str] = []
    circuit: CircuitSpec | None = CircuitSpec()
    description: str = ""


LdapUrl = Annotated[str, Field(pattern=r"^ldaps?://[^\s/]+/?$")]


class SimpleBind(Spec):
    r"""Name and password over TLS. *user*: DN, user principal name or DOMAIN\name."""

    method: Literal["simple"]
    user: Annotated[str, Field(min_length=1)]
    password: SecretRef


class KerberosBind(Spec):
    """GSSAPI with the tickets of *keytab* or of the process's credential cache."""

    method: Literal["kerberos"]
    principal: str = ""
    keytab: str = ""


Bind = Annotated[SimpleBind | KerberosBind, Field(discriminator="method")]


class Scope(Spec):
    """Which objects of a directory: below *base*, matching *filter* (RFC 4515)."""

    base: str = ""
    filter: str = ""


class NamedSearch(Scope):
    """A scope with a name of its own, which is a side of rules beside `users` and `groups`. *of*: which it selects."""

    of: Literal["users", "groups"] = "users"


SearchName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]{0,63}$")]


class NewAccounts(Spec):
    """How accounts are made in a directory: their first password, and where one goes that names no container.

    *password_length* says the length where *password* is not given.
    """

    container: str = ""
    create_missing_containers: bool = False
    password: PasswordPolicy | None = None
    password_length: Annotated[int, Field(ge=12, le=127)] = PASSWORD_LENGTH
    must_change_password: bool = True
    deliver: Delivery = Delivery.NONE
    deliver_days: Annotated[int, Field(ge=1, le=90)] = 14

    @property
    def first_password(self) -> PasswordPolicy:
        """How first passwords are made."""
        return self.password or PasswordPolicy(length=self.password_length)


class ActiveDirectoryConnection(Spec):
    """Active Directory over LDAPS or StartTLS. Objects: `users`, `groups` and its searches.

    *global_catalog*: where the whole forest is asked; empty: the same server, at the port of the global catalog.
    *protected*: DNs of accounts and of containers that no plan may touch, beside the built-in and adminCount ones.
    """

    kind: Literal["active_directory"]
    enabled: bool = True
    url: LdapUrl
    global_catalog: Annotated[str, Field(pattern=r"^(ldaps?://[^\s/]+/?)?$")] = ""
    start_tls: bool = False
    allow_plain: bool = False
    ca_file: str = ""
    bind: Bind
    base: Annotated[str, Field(min_length=3)]
    users: Scope = Scope()
    groups: Scope = Scope()
    searches: dict[SearchName, NamedSearch] = {}
    new_accounts: NewAccounts = NewAccounts()
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    protected: list[str] = []
    circuit: CircuitSpec | None = CircuitSpec()
    description: str = ""


class LdifConnection(Spec):
    """A directory held in an LDIF file (RFC 2849). Objects: `users`, `groups` and its searches."""

    kind: Literal["ldif"]
    enabled: bool = True
    file: Annotated[str, Field(min_length=1)]
    base: str = ""
    users: Scope = Scope()
    groups: Scope = Scope()
    searches: dict[SearchName, NamedSearch] = {}
    new_accounts: NewAccounts = NewAccounts()
    protected: list[str] = []
    circuit: CircuitSpec | None = CircuitSpec()
    description: str = ""


ClassName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9\-]*$")]


class UserScope(Scope):
    """Which entries are users: below *base*, of one of the object classes *classes*, matching *filter*.

    *disabled*: whom this filter selects is switched off; empty: nobody can tell.
    """

    classes: Annotated[list[ClassName], Field(min_length=1, max_length=20)] = ["person"]
    disabled: str = ""


class GroupScope(Scope):
    """Which entries are groups: below *base*, of one of the object classes *classes*, matching *filter*."""

    classes: Annotated[list[ClassName], Field(min_length=1, max_length=20)] = [
        "groupOfNames",
        "groupOfUniqueNames",
        "posixGroup",
    ]


class LdapConnection(Spec):
    """A plain LDAP server, which is only read. Objects: `users`, `groups` and its searches.

    *look_whole*: so many seconds pass at least between two looks at all entries, which tell who is gone.
    """

    kind: Literal["ldap"]
    enabled: bool = True
    url: LdapUrl
    start_tls: bool = False
    allow_plain: bool = False
    ca_file: str = ""
    bind: Bind
    base: Annotated[str, Field(min_length=3)]
    users: UserScope = UserScope()
    groups: GroupScope = GroupScope()
    searches: dict[SearchName, NamedSearch] = {}
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    look_whole: Annotated[float, Field(ge=0, le=86_400)] = 30
    circuit: CircuitSpec | None = CircuitSpec()
    description: str = ""


ServedConnection = ActiveDirectoryConnection | LdapConnection
"""A directory that a server holds, which is spoken to over LDAP."""

DirectoryConnection = ActiveDirectoryConnection | LdifConnection | LdapConnection
"""A directory of users and groups, wherever it is."""

ConnectionSpec = Annotated[
    RestConnection | ActiveDirectoryConnection | LdapConnection | LdifConnection | TableConnection,
    Field(discriminator="kind"),
]
