"""Join and leave groups. The directory keeps membership with the group: `memberOf` of a user is worked out from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from keepstep.connectors.ad.rights import lacking, write_property
from keepstep.connectors.ad.standing import ASKED, Standing, standing_at, standing_of
from keepstep.connectors.ldap_session.chunks import chunks
from keepstep.connectors.ldap_session.session import Change, Operation, Search, Session
from keepstep.core.directory_record import Shields
from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.effect import Absent, Outcome, Refused
from keepstep.core.ldap_filter import all_of, escape
from keepstep.core.values import NativeKey, Values
from keepstep.errors import InvalidName

_TRANSITIVE: Final = "1.2.840.113556.1.4.1941"
_VALUES_AT_ONCE: Final = 1000
_ALREADY: Final = frozenset({20, 68})
_NOT_THERE: Final = frozenset({16, 53})


@dataclass(frozen=True, slots=True)
class Memberships:
    """The groups to join and to leave."""

    join: tuple[Standing, ...] = ()
    leave: tuple[Standing, ...] = ()


@dataclass(slots=True)
class Groups:
    """The groups met during one `apply`: each is looked up once."""

    session: Session
    shields: Shields
    _within: dict[NativeKey, str] = field(default_factory=dict[NativeKey, str])
    _known: dict[DistinguishedName, Standing | None] = field(default_factory=dict[DistinguishedName, Standing | None])

    async def plan(self, wanted: Values, held: Iterable[str]) -> Memberships | Refused:
        """Return what to join and leave so that *held* becomes *wanted*; Refused if a group cannot be used."""
        try:
            target, present = {parse_dn(text) for text in wanted}, {parse_dn(text) for text in held}
        except InvalidName as exc:
            return Refused(f'attribute "memberOf": {exc.message}')
        join: list[Standing] = []
        leave: list[Standing] = []
        for names, found in ((target - present, join), (present - target, leave)):
            for name in sorted(names, key=str):
                group = await self._look_up(name)
                if group is None:
                    return Refused('attribute "memberOf" names a group that does not exist')
                if reason := group.protected or await self.within(group):
                    return Refused(f'attribute "memberOf" names a group that may not be changed: {reason}')
                found.append(group)
        return Memberships(tuple(join), tuple(leave))

    async def within(self, group: Standing) -> str:
        """Return why nobody may touch a group that *group* is in, through however many others; empty: anybody may.

        Whoever joins *group* gets the rights of all of them. LDAP_MATCHING_RULE_TRANSITIVE_EVAL, MS-ADTS 3.1.1.3.4.4.3.
        """
        if group.key not in self._within:
            domain = DistinguishedName(tuple(rdn for rdn in group.name.rdns if str(rdn).upper().startswith("DC=")))
            above = all_of("(objectClass=group)", f"(member:{_TRANSITIVE}:={escape(str(group.name))})")
            entries = await self.session.find(Search(base=str(domain), filter=above, attributes=ASKED))
            found = (standing_of(entry, self.shields) for entry in entries)
            shielded = next((one for one in found if one is not None and one.protected), None)
            told = f"it is in a group that is protected: {shielded.protected}" if shielded else ""
            self._within[group.key] = told
        return self._within[group.key]

    async def carry_out(self, memberships: Memberships, member: str) -> Outcome | None:
        """Join and leave; None when all is in force, else the outcome of the first that was refused."""
        steps = [(group, Operation.ADD, _ALREADY) for group in memberships.join]
        steps += [(group, Operation.REMOVE, _NOT_THERE) for group in memberships.leave]
        for group, operation, fine in steps:
            change = Change(operation, "member", (member.encode(),))
            answer = await self.session.modify(group.address, [change])
            if not answer.good and answer.code not in fine:
                refused = lacking(answer, "change of group membership", write_property("member", "group"))
                return Refused("a group is gone") if isinstance(refused, Absent) else refused
        return None

    async def _look_up(self, name: DistinguishedName) -> Standing | None:
        if name not in self._known:
            found = await standing_at(self.session, str(name), self.shields)
            self._known[name] = found if found is not None and found.is_a("group") else None
        return self._known[name]


def member_changes(wanted: Values, held: Sequence[str]) -> list[list[Change]] | Refused:
    """Return the modifications, each of a bounded size, that make the members of a group *wanted*.

    Only what differs is sent: a group may have more members than one request may hold.
    """
    try:
        target, present = _by_name(wanted), _by_name(held)
    except InvalidName as exc:
        return Refused(f'attribute "member": {exc.message}')
    added = [text for name, text in target.items() if name not in present]
    removed = [text for name, text in present.items() if name not in target]
    found: list[list[Change]] = []
    for texts, operation in ((added, Operation.ADD), (removed, Operation.REMOVE)):
        found += [
            [Change(operation, "member", [text.encode() for text in some])] for some in chunks(texts, _VALUES_AT_ONCE)
        ]
    return found


def _by_name(texts: Iterable[str]) -> Mapping[DistinguishedName, str]:
    return {parse_dn(text): text for text in texts}
