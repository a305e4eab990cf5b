"""What every write needs at hand."""

from dataclasses import dataclass

from keepstep.connectors.ad.groups import Groups
from keepstep.connectors.ad.session import Session
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.directory_record import Shields
from keepstep.core.directory_schema import GROUPS
from keepstep.core.schema import Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One session, the kind of objects that is written, and what the configuration says about them.

    *domain*: the DN within which names are unique.
    """

    session: Session
    spec: ActiveDirectoryConnection
    domain: str
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
        if self.objects == GROUPS:
            return self.spec.groups.base or self.spec.base
        return self.spec.new_accounts.container or self.spec.users.base or self.spec.base
