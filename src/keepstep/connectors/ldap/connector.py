"""A plain LDAP server (OpenLDAP, 389 Directory Server and others of RFC 4511) as a connector, which only reads."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from keepstep.connectors.ldap.changes import Following, Touched
from keepstep.connectors.ldap.codec import OURS, attributes_for, decoder
from keepstep.connectors.ldap.filters import holding, in_scope, of_classes, switched_off, with_keys
from keepstep.connectors.ldap.offer import Offer, Standing, offer_of, standing_of
from keepstep.connectors.ldap.probing import ONLY_READ, Probe
from keepstep.connectors.ldap.subschema import KEY, SWITCH
from keepstep.connectors.ldap_session.browsing import first_page, units_in
from keepstep.connectors.ldap_session.chunks import chunks
from keepstep.connectors.ldap_session.line import Line, directory_server, login
from keepstep.connectors.ldap_session.opening import not_opened, opened
from keepstep.connectors.ldap_session.reading import Reading
from keepstep.connectors.ldap_session.session import Depth, Entry, Search, Session
from keepstep.core.browse import Browse, Browsed, Unit, base_of
from keepstep.core.change import Change, Changes
from keepstep.core.connection import GroupScope, LdapConnection, UserScope
from keepstep.core.directory_schema import GROUPS, USERS
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.effect import Effect, Outcome, Refused
from keepstep.core.ldap_filter import all_of, names_in
from keepstep.core.plan import Action, ActionKind, Cost
from keepstep.core.schema import DN_NAME, Schema
from keepstep.core.secret import Resolve
from keepstep.core.values import Completeness, NativeKey, Record, Verdict
from keepstep.errors import ConfigurationError, ConnectorError, InvalidName
from keepstep.ports import Finding, Query, Sink

_LOOK: Final = 0.5
"""Seconds between two looks at contextCSN."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the server offers, and its schemas by objects."""

    offer: Offer
    schemas: dict[str, Schema]


class LdapConnector:
    """One LDAP server. One connection, opened when first needed and again when it broke.

    ConfigurationError when *spec* cannot be used: a filter that is none. *now* tells the time in seconds.
    """

    def __init__(
        self, name: str, spec: LdapConnection, resolve: Resolve, *, now: Callable[[], float] = time.time
    ) -> None:
        self._name: Final = name
        self._spec: Final = spec
        self._scopes: Final[dict[str, UserScope | GroupScope]] = {USERS: spec.users, GROUPS: spec.groups}
        self._filters: Final = {objects: in_scope(scope) for objects, scope in self._scopes.items()}
        self._disabled: Final = {objects: switched_off(scope) for objects, scope in self._scopes.items()}
        self._line: Final = Line(lambda: directory_server(name, spec), lambda: login(spec, resolve))
        self._now: Final = now
        self._learnt: _Known | None = None
        self._heard: Final[dict[str, tuple[str, ...]]] = {}

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """None: it is only read."""
        return frozenset()

    @property
    def address(self) -> str:
        """The server and the base."""
        return f"{self._spec.url.rstrip('/')}/{self._spec.base}"

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what works and what is missing; raises nothing of LDAP's."""
        tls = self._spec.start_tls or self._spec.url.startswith("ldaps:")
        try:
            await self._line.session()
        except (ConnectorError, ConfigurationError) as exc:
            return not_opened(exc, tls=tls)
        found = opened(self.address, tls=tls)
        try:
            return found + await self._line.reading(lambda session: self._probe(session, wanted))
        except (ConnectorError, ConfigurationError) as exc:
            return [*found, Finding(subject="server", good=False, detail=exc.message, hint=exc.hint)]

    async def schema(self, objects: str) -> Schema:
        """Return what *objects* may hold on this server, as it says itself. Asked once a connector."""
        self._scope(objects)
        return (await self._line.reading(self._known)).schemas[objects]

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every object of the scope to *sink*; COMPLETE only if the server said that this was all."""
        self._scope(query.objects)

        async def use(session: Session) -> Verdict:
            known = await self._known(session)
            search = self._within(known, query, self._asked(known, query))
            verdict = await Reading(session, search, self._decoder(known, query), sink, key=KEY).run()
            return await _doubted(session, search.base, verdict)

        return await self._line.reading(use)

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with these entryUUIDs as they are now, wherever below the base; if scoped, in scope."""
        scope = self._scope(query.objects)
        kind, base = of_classes(scope), self._spec.base
        if query.scoped:
            kind, base = self._filters[query.objects], scope.base or base
        found: dict[NativeKey, Record] = {}
        for some in chunks(list(keys)):
            if wanted := with_keys(some):
                records = await self._search(query, Search(base=base, filter=all_of(kind, wanted)))
                found |= {record.key: record for record in records}
        return found

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the objects anywhere below the base of the connection that hold one of *values*."""
        schema = await self.schema(query.objects)
        kind = of_classes(self._scope(query.objects))
        found: dict[NativeKey, Record] = {}
        for search in await self._holders(schema, attribute, list(dict.fromkeys(values))):
            records = await self._search(query, replace(search, filter=all_of(kind, search.filter)))
            found |= {record.key: record for record in records}
        return list(found.values())

    async def browse(self, asked: Browse) -> Browsed:
        """Return the first of those that *asked* selects, below the base of the connection."""
        scope = self._scope(asked.objects)
        off = scope.disabled if isinstance(scope, UserScope) else ""
        state = "" if asked.enabled is None or not off else f"(!{off})" if asked.enabled else off
        query = Query(objects=asked.objects, attributes=asked.attributes)

        async def use(session: Session) -> Browsed:
            known = await self._known(session)
            search = Search(
                base=base_of(asked.within, self._spec.base),
                filter=all_of(of_classes(scope), asked.wanted, state),
                attributes=self._asked(known, query),
                depth=Depth.CHILDREN if asked.flat else Depth.SUBTREE,
                paged=known.offer.paged,
                size=asked.most,
                referred=True,
            )
            entries, more = await first_page(session, search)
            decode = self._decoder(known, query)
            return Browsed(tuple(decode(entry) for entry in entries if KEY.lower() in entry.values), more)

        return await self._line.reading(use)

    async def units(self, parent: str) -> tuple[Unit, ...]:
        """Return the containers directly in *parent*, or the base."""
        base = base_of(parent, self._spec.base)
        return await self._line.reading(lambda session: units_in(session, parent and base, self._spec.base))

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Refuse each of *effects*."""
        return [Refused(ONLY_READ) for _ in effects]

    async def changes(self, query: Query, cursor: str) -> Changes:
        """Return what of the objects of the scope changed since *cursor*, whoever changed it."""
        held = self._scope(query.objects)

        async def use(session: Session) -> Touched:
            known = await self._known(session)
            scope = self._within(known, query, self._asked(known, query))
            off = held.disabled if isinstance(held, UserScope) else ""
            following = Following(
                session=session,
                offer=known.offer,
                asked=f"{query.objects} {scope.base} {scope.filter} {off} {' '.join(query.attributes)}",
                scope=scope,
                anywhere=replace(scope, base=self._spec.base, filter=of_classes(held)),
                look_whole=self._spec.look_whole,
                now=self._now,
            )
            standing = await self._standing(session, known.offer)
            self._heard[query.objects] = standing.csn
            return await following.since(cursor, standing)

        touched = await self._line.reading(use)
        if touched.whole:
            return Changes(changes=(), cursor=touched.cursor, whole=True, reason=touched.whole)
        found = await self.fetch(replace(query, scoped=True), sorted(touched.keys))
        changed = tuple(Change(key=key, record=found.get(key)) for key in sorted(touched.keys))
        return Changes(changes=changed, cursor=touched.cursor)

    async def wake(self, query: Query, seconds: float) -> None:
        """Return as soon as contextCSN says that something changed, at the latest after *seconds*."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        offer = (await self._line.reading(self._known)).offer
        while (left := end - loop.time()) > 0:
            csn = (await self._line.reading(lambda session: self._standing(session, offer))).csn
            if csn != self._heard.setdefault(query.objects, csn):
                return
            await asyncio.sleep(min(_LOOK, left) if offer.counts else left)

    def batch(self, kind: ActionKind) -> int:
        """Return 1: nothing is written."""
        return 1

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return nothing: nothing is written."""
        return Cost()

    async def close(self) -> None:
        """Let go of the connection; may be called twice."""
        self._line.close()

    # ---------------------------------------------------------------- inside

    def _scope(self, objects: str) -> UserScope | GroupScope:
        scope = self._scopes.get(objects)
        if scope is None:
            raise ConfigurationError(f'{self._name} has no objects "{objects}"', hint=f"it has {USERS} and {GROUPS}")
        return scope

    async def _known(self, session: Session) -> _Known:
        if self._learnt is None:
            offer = await offer_of(session, self._spec.base)
            self._learnt = _Known(offer, {objects: self._schema(offer, objects) for objects in self._scopes})
        return self._learnt

    @staticmethod
    async def _standing(session: Session, offer: Offer) -> Standing:
        """Return how far the server has come, without a contextCSN that nobody keeps up to date."""
        standing = await standing_of(session, offer.context)
        return standing if offer.counts else replace(standing, csn=())

    def _schema(self, offer: Offer, objects: str) -> Schema:
        """Return what *objects* may hold. ConfigurationError if nobody could see whether one is switched off."""
        disabled = self._disabled[objects]
        for name in sorted(names_in(disabled)) if disabled is not None else ():
            if name.lower() not in offer.subschema.attributes:
                told = f'{self._name}: {objects}.disabled names "{name}", which the server does not have'
                raise ConfigurationError(told, hint="use an attribute of the server's schema")
        ours = (SWITCH,) if disabled is not None else ()
        return offer.subschema.schema(objects, self._scopes[objects].classes, ours=ours)

    async def _probe(self, session: Session, wanted: frozenset[ActionKind]) -> list[Finding]:
        known = await self._known(session)
        searches = {
            objects: self._within(known, Query(objects=objects, attributes=()), (KEY, "modifyTimestamp"))
            for objects in self._scopes
        }
        return await Probe(session, known.offer, self._scopes, self._spec.look_whole).findings(searches, wanted)

    def _asked(self, known: _Known, query: Query) -> tuple[str, ...]:
        return attributes_for(query.attributes, known.schemas[query.objects], self._disabled[query.objects])

    def _decoder(self, known: _Known, query: Query) -> Callable[[Entry], Record]:
        return decoder(query.attributes, known.schemas[query.objects], self._disabled[query.objects])

    def _within(self, known: _Known, query: Query, attributes: tuple[str, ...]) -> Search:
        """Return the search for everything that is in the scope of *query*."""
        return Search(
            base=self._scopes[query.objects].base or self._spec.base,
            filter=self._filters[query.objects],
            attributes=attributes,
            paged=known.offer.paged,
            referred=True,
        )

    async def _search(self, query: Query, search: Search) -> list[Record]:
        """Return the records that *search* selects, with what *query* asks for."""

        async def use(session: Session) -> list[Record]:
            known = await self._known(session)
            names = self._asked(known, query)
            whole = replace(search, attributes=names, paged=known.offer.paged, referred=True)
            decode = self._decoder(known, query)
            return [decode(entry) for entry in await session.find(whole) if KEY.lower() in entry.values]

        return await self._line.reading(use)

    def _holds(self, dn: str) -> bool:
        """Whether *dn* is a name below the base."""
        try:
            return parse_dn(dn).is_below(parse_dn(self._spec.base))
        except InvalidName:
            return False

    async def _holders(self, schema: Schema, attribute: str, values: Sequence[str]) -> list[Search]:
        """Return the searches for whoever holds one of *values*. ConnectorError if the server cannot tell."""
        if attribute.lower() == DN_NAME.lower():
            return [Search(base=value, depth=Depth.BASE) for value in values if self._holds(value)]
        kind = schema.attribute(attribute)
        offer = (await self._line.reading(self._known)).offer
        if kind is None or attribute.lower() in OURS or not offer.subschema.compares(attribute):
            hint = "use an attribute that has a rule for equality in the server's schema"
            raise ConnectorError(f'{self._name}: "{attribute}" cannot be searched for', hint=hint)
        wanted = [holding(kind.name, some, schema) for some in chunks(values)]
        return [Search(base=self._spec.base, filter=filter_) for filter_ in wanted if filter_]


async def _doubted(session: Session, base: str, verdict: Verdict) -> Verdict:
    """Return *verdict*, less than complete if nothing was found where the account may not see what is there."""
    if not verdict.complete or verdict.records:
        return verdict
    entry = await session.base(base, ("hasSubordinates",))
    if entry is not None and entry.values.get("hassubordinates") == [b"FALSE"]:
        return verdict
    reason = "nothing was found, and whether the account may see all there is, a plain LDAP server does not tell"
    return replace(verdict, completeness=Completeness.PARTIAL, reason=reason)
