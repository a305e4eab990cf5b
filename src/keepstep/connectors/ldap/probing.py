"""What a connection check looks at: keys, schema, pages, what can be read, and how changes are noticed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from keepstep.connectors.ldap.codec import key_of
from keepstep.connectors.ldap.offer import Offer
from keepstep.connectors.ldap.subschema import KEY
from keepstep.connectors.ldap_session.results import meaning
from keepstep.connectors.ldap_session.session import Entry, Search, Session
from keepstep.core.connection import GroupScope, UserScope
from keepstep.core.plan import ActionKind
from keepstep.ports import Finding

ONLY_READ: Final = "a plain LDAP server is only read: change it with its own tools"


@dataclass(frozen=True, slots=True)
class Probe:
    """The look at what a bound account can read."""

    session: Session
    offer: Offer
    scopes: Mapping[str, UserScope | GroupScope]
    look_whole: float

    async def findings(self, searches: Mapping[str, Search], wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what each of *searches*, by objects, selects, and what the server offers."""
        found = list(self._offered())
        stamped = True
        for objects, search in searches.items():
            finding, entries = await self._reads(objects, search)
            found.append(finding)
            stamped = stamped and all("modifytimestamp" in entry.values for entry in entries)
        found.append(self._changes(stamped=stamped))
        if wanted:
            hint = "make it the source of a rule, not the target"
            found.append(Finding(subject="write", good=False, detail=ONLY_READ, hint=hint))
        return found

    def _offered(self) -> Iterator[Finding]:
        subschema = self.offer.subschema
        names = {found.name for found in subschema.attributes.values()}
        detail = f"{len(names)} attributes, {KEY} among them"
        if subschema.unread:
            detail += f"; {subschema.unread} definitions could not be understood and are left out"
        yield Finding(subject="schema", good=True, detail=detail)
        told = (
            "results come in pages" if self.offer.paged else "no pages: beyond the server's size limit no read is whole"
        )
        yield Finding(subject="pages", good=True, detail=told)

    async def _reads(self, objects: str, search: Search) -> tuple[Finding, list[Entry]]:
        subject = f"read {objects}"
        scope = self.scopes[objects]
        page = await self.session.page(search)
        if not page.answer.good:
            known = meaning(page.answer)
            hint = f'check `{objects}.base`, "{search.base}", and that the account may read what is below'
            return Finding(subject=subject, good=False, detail=known.sentence, hint=known.hint or hint), []
        blind = sum(KEY.lower() not in entry.values for entry in page.entries)
        if blind:
            hint = f"let the account read {KEY}"
            return Finding(subject=subject, good=False, detail=f"{blind} entries hide their {KEY}", hint=hint), []
        keys = {key_of(entry) for entry in page.entries}
        detail = f"{len(keys)}{' or more' if page.cookie else ''} in scope"
        unknown = self.offer.subschema.unknown(scope.classes)
        if not keys and unknown:
            hint = f"correct `{objects}.classes`"
            told = f"nothing in scope, and the server does not know the class {', '.join(unknown)}"
            return Finding(subject=subject, good=False, detail=told, hint=hint), []
        if not keys:
            detail += ": is the base right, and may the account see what is there?"
        return Finding(subject=subject, good=True, detail=detail), page.entries

    def _changes(self, *, stamped: bool) -> Finding:
        subject = "notice changes"
        if not stamped:
            detail, hint = "some entries hide their modifyTimestamp", "let the account read modifyTimestamp"
            return Finding(subject=subject, good=False, detail=detail, hint=hint)
        how = "contextCSN tells at once that something changed" if self.offer.counts else "looked for every 10 seconds"
        return Finding(subject=subject, good=True, detail=f"{how}; who is gone, every {self.look_whole:g} seconds")
