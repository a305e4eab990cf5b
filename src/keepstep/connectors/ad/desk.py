"""What every write needs at hand."""

from dataclasses import dataclass

from keepstep.connectors.ad.groups import Groups
from keepstep.connectors.ldap_session.session import Session
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.directory_record import Shields
from keepstep.core.directory_schema import GROUPS
from keepstep.core.first_password import DomainPolicy
from keepstep.core.schema import Schema
from keepstep.ports import Handover


def home_of(spec: ActiveDirectoryConnection, objects: str) -> str:
    """Return the DN of the container of new *objects* that name none."""
    if objects == GROUPS:
        return spec.groups.base or spec.base
    return spec.new_accounts.container or spec.users.base or spec.base


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One session, the kind of objects that is written, and what the configuration says about them.

    *connection*: its name. *domain*: the DN within which names are unique. *policy*: what it demands of passwords.
    """

    connection: str
    session: Session
    spec: ActiveDirectoryConnection
    domain: str
    policy: DomainPolicy
    handover: Handover | None
    objects: str
    schema: Schema
    shields: Shields
    groups: Groups

    @property
    def kind(self) -> str:
        """The LDAP class of the objects."""
        return "group" if self.objects == GROUPS else "user"

    @property
    def home(self) -> str:
        """The container of new objects that name none."""
        return home_of(self.spec, self.objects)
