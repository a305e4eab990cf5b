"""Active Directory: users and groups of one domain, over LDAPS, StartTLS or Kerberos-sealed LDAP."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from keepstep.connectors.ad.bell import Bell
from keepstep.connectors.ad.changes import Following, Touched
from keepstep.connectors.ad.codec import attributes_for, decoder
from keepstep.connectors.ad.desk import Desk, home_of
from keepstep.connectors.ad.filters import KINDS, holding, in_scope, switched, with_keys
from keepstep.connectors.ad.first_password import domain_policy, hopeless
from keepstep.connectors.ad.groups import Groups
from keepstep.connectors.ad.live_schema import LiveSchemas, live_schemas
from keepstep.connectors.ad.pricing import price
from keepstep.connectors.ad.probing import Probe
from keepstep.connectors.ad.restoring import restore
from keepstep.connectors.ad.standing import Standing, standings
from keepstep.connectors.ad.visibility import hidden_part
from keepstep.connectors.ad.writes import carry_out, new_password, set_password
from keepstep.connectors.ldap_session.browsing import first_page, units_in
from keepstep.connectors.ldap_session.chunks import chunks
from keepstep.connectors.ldap_session.line import Line, catalog_server, directory_server, login
from keepstep.connectors.ldap_session.opening import not_opened, opened
from keepstep.connectors.ldap_session.reading import Reading, complete_values
from keepstep.connectors.ldap_session.session import Depth, Search, Session
from keepstep.core.browse import Browse, Browsed, Unit, base_of
from keepstep.core.change import Change, Changes
from keepstep.core.connection import ActiveDirectoryConnection, Scope
from keepstep.core.directory_record import Shields
from keepstep.core.directory_schema import GROUPS, USERS
from keepstep.core.effect import Effect, NotSent, Outcome
from keepstep.core.first_password import DomainPolicy
from keepstep.core.ldap_filter import all_of
from keepstep.core.plan import Action, ActionKind, Cost
from keepstep.core.schema import Schema, UniqueScope
from keepstep.core.secret import Resolve, Secret
from keepstep.core.values import Completeness, NativeKey, Record, Verdict
from keepstep.errors import ConfigurationError, ConnectorError
from keepstep.ports import Finding, Handover, Query, Sink

_UNSEARCHABLE: Final = frozenset({"enabled", "lockedout", "container", "protected"})
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class _Domain:
    """What the directory says of itself: the DN of its domain, its schemas, and what it demands of passwords."""

    dn: str
    schemas: LiveSchemas
    policy: DomainPolicy


class AdConnector:
    """One domain of Active Directory. One connection, opened when first needed and again when it broke.

    ConfigurationError when *spec* cannot be used: a filter or a protected name that is none.
    """

    def __init__(
        self, name: str, spec: ActiveDirectoryConnection, resolve: Resolve, handover: Handover | None = None
    ) -> None:
        self._name: Final = name
        self._handover: Final = handover
        self._spec: Final = spec
        self._shields: Final = Shields(spec.protected)
        self._scopes: Final = {USERS: spec.users, GROUPS: spec.groups}
        self._filters: Final = {objects: in_scope(objects, scope) for objects, scope in self._scopes.items()}
        self._line: Final = Line(lambda: directory_server(name, spec), lambda: login(spec, resolve))
        self._catalog: Final = Line(lambda: catalog_server(name, spec), lambda: login(spec, resolve))
        self._bell: Final = Bell(Line(lambda: directory_server(name, spec), lambda: login(spec, resolve)))
        self._domain: _Domain | None = None

    @property
    def capabilities(self) -> frozenset[ActionKind]:
        """Everything: the rights of the service account decide."""
        return frozenset(ActionKind)

    @property
    def address(self) -> str:
        """The server and the base."""
        return f"{self._spec.url.rstrip('/')}/{self._spec.base}"

    async def check(self, wanted: frozenset[ActionKind]) -> list[Finding]:
        """Return what works and what is missing, with the command that grants it; raises nothing of LDAP's."""
        tls = self._spec.start_tls or self._spec.url.startswith("ldaps:")
        try:
            await self._line.session()
        except (ConnectorError, ConfigurationError) as exc:
            return not_opened(exc, tls=tls)
        found = opened(self.address, tls=tls)
        try:
            return found + await self._line.reading(lambda session: self._probe(session, wanted))
        except ConnectorError as exc:
            return [*found, Finding(subject="read", good=False, detail=exc.message, hint=exc.hint)]

    async def schema(self, objects: str) -> Schema:
        """Return what *objects* may hold in this directory, as it says itself. Asked once a connector."""
        self._scope(objects)
        schema = (await self._line.reading(self._known)).schemas.of[objects]
        return replace(schema, home=home_of(self._spec, objects), _folded={})

    def call_of(self, objects: str, kind: ActionKind) -> str:
        """Return the LDAP operation that makes a change of *kind*, and the server that it goes to."""
        del objects
        word = {ActionKind.CREATE: "add", ActionKind.DELETE: "delete"}.get(kind, "modify")
        return f"LDAP {word} at {self._spec.url}"

    async def hopeless(self, objects: str, kinds: frozenset[ActionKind]) -> str:
        """Return why no account could ever be made: its first password would be none for the domain."""
        if objects != USERS or ActionKind.CREATE not in kinds:
            return ""
        return await self._line.reading(self._unmet)

    async def read(self, query: Query, sink: Sink) -> Verdict:
        """Pass every object of the scope to *sink*; COMPLETE only if the directory said that this was all."""
        scope = self._scope(query.objects)
        schema = await self.schema(query.objects)
        search = Search(
            base=scope.base or self._spec.base,
            filter=self._filters[query.objects],
            attributes=attributes_for(query.attributes),
        )
        decode = decoder(query.attributes, schema, self._shields)

        async def use(session: Session) -> Verdict:
            verdict = await Reading(session, search, decode, sink, key="objectGUID").run()
            return await _doubted(session, search.base, verdict)

        return await self._line.reading(use)

    async def fetch(self, query: Query, keys: Sequence[NativeKey]) -> dict[NativeKey, Record]:
        """Return the objects with these GUIDs as they are now, wherever in the domain they are; if scoped, in scope."""
        scope = self._scope(query.objects)
        found: dict[NativeKey, Record] = {}
        for some in chunks(list(keys)):
            wanted, base = with_keys(some), ""
            if query.scoped and wanted:
                wanted, base = all_of(self._filters[query.objects], wanted), scope.base or self._spec.base
            records = await self._search(query, wanted, base=base)
            found |= {record.key: record for record in records}
        return found

    async def find(self, query: Query, attribute: str, values: Sequence[str]) -> list[Record]:
        """Return the objects of the domain, the forest or the container that hold one of *values*.

        For a name that every kind of object shares (sAMAccountName, userPrincipalName), a group or computer counts.
        The forest is the global catalog's, and this domain as it is now.
        """
        schema = await self.schema(query.objects)
        if attribute.casefold() in _UNSEARCHABLE or schema.attribute(attribute) is None:
            raise ConnectorError(f'{self._name}: "{attribute}" cannot be searched for', hint="use an LDAP attribute")
        found: dict[NativeKey, Record] = {}
        for some in chunks(list(dict.fromkeys(values))):
            wanted = holding(query.objects, attribute, some, schema, query.scope)
            found |= {record.key: record for record in await self._holders(query, attribute, wanted)}
        return list(found.values())

    async def browse(self, asked: Browse) -> Browsed:
        """Return the first of those that *asked* selects, below the base of the connection."""
        self._scope(asked.objects)
        state = "" if asked.enabled is None or asked.objects != USERS else switched(on=asked.enabled)
        search = Search(
            base=base_of(asked.within, self._spec.base),
            filter=all_of(KINDS[asked.objects], asked.wanted, state),
            attributes=attributes_for(asked.attributes),
            depth=Depth.CHILDREN if asked.flat else Depth.SUBTREE,
            size=asked.most,
        )

        async def use(session: Session) -> Browsed:
            domain = await self._known(session)
            decode = decoder(asked.attributes, domain.schemas.of[asked.objects], self._shields)
            entries, more = await first_page(session, search)
            return Browsed(tuple(decode(entry) for entry in entries if "objectguid" in entry.values), more)

        return await self._line.reading(use)

    async def units(self, parent: str) -> tuple[Unit, ...]:
        """Return the containers directly in *parent*, or the base."""
        base = base_of(parent, self._spec.base)
        return await self._line.reading(lambda session: units_in(session, parent and base, self._spec.base))

    async def apply(self, objects: str, effects: Sequence[Effect]) -> list[Outcome]:
        """Carry out *effects* one after the other. ConnectorError only if nothing at all was sent."""
        self._scope(objects)
        outcomes: list[Outcome] = []
        desk: Desk | None = None
        for some in chunks(effects):
            try:
                held = await self._line.reading(lambda session, some=some: self._standings(session, objects, some))
            except ConnectorError as exc:
                if not outcomes:
                    raise
                outcomes += [NotSent(exc.message)] * len(some)
                continue
            for at, effect in enumerate(some):
                try:
                    desk = await self._desk(await self._line.session(), objects, desk)
                except ConnectorError as exc:
                    # one try to get through is enough for all that is left of these
                    outcomes += [NotSent(exc.message)] * (len(some) - at)
                    break
                standing = held.get(effect.target) if effect.target is not None else None
                outcomes.append(await carry_out(desk, effect, standing))
        return outcomes

    async def reset_password(self, key: NativeKey, password: Secret) -> Outcome:
        """Give the account another password, without the old one."""
        session = await self._line.session()
        desk = await self._desk(session, USERS)
        held = await standings(session, desk.domain, [key], self._shields)
        return await set_password(desk, held.get(key), password)

    async def replace_password(self, key: NativeKey, *, must_change: bool) -> Outcome:
        """Give the account another password, made and handed over as that of a new one."""
        session = await self._line.session()
        desk = await self._desk(session, USERS)
        held = await standings(session, desk.domain, [key], self._shields)
        return await new_password(desk, held.get(key), must_change=must_change)

    async def restore(self, key: NativeKey) -> Outcome:
        """Bring a deleted object back to where it was; Done if it is there."""
        session = await self._line.session()
        return await restore(await self._desk(session, USERS), key)

    async def changes(self, query: Query, cursor: str) -> Changes:
        """Return what of the objects of the scope changed since *cursor*, whoever changed it."""
        scope = self._scope(query.objects)
        wanted = f"{scope.base or self._spec.base} {self._filters[query.objects]}"

        async def use(session: Session) -> Touched:
            domain = await self._known(session)
            return await Following(session, domain.dn, query, wanted).since(cursor)

        touched = await self._line.reading(use)
        if touched.whole:
            return Changes(changes=(), cursor=str(touched.cursor), whole=True, reason=touched.whole)
        found = await self.fetch(replace(query, scoped=True), sorted(touched.keys))
        changed = tuple(Change(key=key, record=found.get(key)) for key in sorted(touched.keys))
        return Changes(changes=changed, cursor=str(touched.cursor))

    async def wake(self, query: Query, seconds: float) -> None:
        """Return as soon as something in the domain may have changed, at the latest after *seconds*."""
        domain = await self._line.reading(self._known)
        await self._bell.wait(domain.dn, seconds)

    def batch(self, kind: ActionKind) -> int:
        """Return 100: effects go one by one, and their objects are looked up together."""
        return _BATCH

    def cost(self, objects: str, actions: Sequence[Action]) -> Cost:
        """Return the LDAP operations that *actions* need, and about how long they take."""
        return price(actions)

    async def close(self) -> None:
        """Let go of the connection; may be called twice."""
        self._line.close()
        self._catalog.close()
        self._bell.close()

    # ---------------------------------------------------------------- inside

    def _scope(self, objects: str) -> Scope:
        scope = self._scopes.get(objects)
        if scope is None:
            raise ConfigurationError(f'{self._name} has no objects "{objects}"', hint=f"it has {USERS} and {GROUPS}")
        return scope

    async def _known(self, session: Session) -> _Domain:
        if self._domain is None:
            root = await session.base("", ("defaultNamingContext", "schemaNamingContext"))
            told = {name: values[0].decode() for name, values in root.values.items() if values} if root else {}
            domain = told.get("defaultnamingcontext", self._spec.base)
            schema_dn = told.get("schemanamingcontext", f"CN=Schema,CN=Configuration,{domain}")
            schemas = await live_schemas(session, schema_dn)
            self._domain = _Domain(domain, schemas, await domain_policy(session, domain))
        return self._domain

    async def _search(self, query: Query, wanted: str, *, base: str = "", depth: Depth = Depth.SUBTREE) -> list[Record]:
        """Return the records of the domain (below *base*) that the filter *wanted* selects; none for the empty one."""
        if not wanted:
            return []

        async def use(session: Session) -> list[Record]:
            domain = await self._known(session)
            names = attributes_for(query.attributes)
            return await self._records(
                session, query, domain, Search(base=base or domain.dn, filter=wanted, attributes=names, depth=depth)
            )

        return await self._line.reading(use)

    async def _records(self, session: Session, query: Query, domain: _Domain, search: Search) -> list[Record]:
        decode = decoder(query.attributes, domain.schemas.of[query.objects], self._shields)
        entries = await session.find(search)
        return [decode(await complete_values(session, entry)) for entry in entries if "objectguid" in entry.values]

    async def _holders(self, query: Query, attribute: str, wanted: str) -> list[Record]:
        match query.scope:
            case UniqueScope.DOMAIN:
                return await self._search(query, wanted)
            case UniqueScope.FOREST:
                # the catalog may lag behind what was just written to this domain
                return [*await self._in_forest(query, attribute, wanted), *await self._search(query, wanted)]
            case UniqueScope.CONTAINER:
                container = query.container or home_of(self._spec, query.objects)
                return await self._search(query, wanted, base=container, depth=Depth.CHILDREN)
            case _:
                assert_never(query.scope)

    async def _in_forest(self, query: Query, attribute: str, wanted: str) -> list[Record]:
        """Return the records that the global catalog has; ConnectorError if it cannot tell."""
        if not wanted:
            return []
        domain = await self._line.reading(self._known)
        if attribute.casefold() not in domain.schemas.catalogued:
            raise ConnectorError(
                f'{self._name}: the global catalog does not hold "{attribute}", so nobody can tell who has a value',
                hint="make it unique within the domain, or have the attribute replicated to the global catalog",
            )
        search = Search(base="", filter=wanted, attributes=attributes_for(query.attributes), referred=True)
        try:
            return await self._catalog.reading(lambda session: self._catalogued(session, query, domain, search))
        except ConnectorError as exc:
            raise type(exc)(
                f"{self._name}: whether a value is free in the forest cannot be told, as the global catalog cannot be "
                f"asked: {exc.message}",
                hint="set global_catalog to the url of a controller that has one, or make it unique within the domain",
            ) from exc

    async def _catalogued(self, session: Session, query: Query, domain: _Domain, search: Search) -> list[Record]:
        root = await session.base("", ("isGlobalCatalogReady",))
        if root is None or root.values.get("isglobalcatalogready") != [b"TRUE"]:
            raise ConnectorError("the server has no global catalog that is ready")
        return await self._records(session, query, domain, search)

    async def _desk(self, session: Session, objects: str, old: Desk | None = None) -> Desk:
        """Return a desk for *session*; *old* where it will still do, with the groups it knows already."""
        if old is not None and old.session is session:
            return old
        domain = await self._known(session)
        return Desk(
            connection=self._name,
            session=session,
            spec=self._spec,
            domain=domain.dn,
            policy=domain.policy,
            handover=self._handover,
            objects=objects,
            schema=domain.schemas.of[objects],
            shields=self._shields,
            groups=Groups(session, self._shields),
        )

    async def _unmet(self, session: Session) -> str:
        return hopeless(await self._desk(session, USERS))

    async def _probe(self, session: Session, wanted: frozenset[ActionKind]) -> list[Finding]:
        return await Probe(await self._desk(session, USERS)).findings(wanted)

    async def _standings(self, session: Session, objects: str, effects: Sequence[Effect]) -> dict[NativeKey, Standing]:
        domain = await self._known(session)
        keys = [effect.target for effect in effects if effect.target is not None]
        if not keys:
            # nothing to look up: still find out, before anything is written, whether the connection is alive
            await session.base("", ("dnsHostName",))
        known = domain.schemas.of[objects]
        names = {name for effect in effects for name in effect.attributes if known.attribute(name) is not None}
        more = tuple(name for name in attributes_for(sorted(names)) if name.casefold() != "memberof")
        return await standings(session, domain.dn, keys, self._shields, more=more)


async def _doubted(session: Session, base: str, verdict: Verdict) -> Verdict:
    """Return *verdict*, less than complete if the account could not see all there is."""
    if not verdict.complete:
        return verdict
    calls = session.calls
    try:
        unseen = await hidden_part(session, base, found=verdict.records)
    except ConnectorError as exc:
        unseen = f"whether this was all could not be found out: {exc.message}"
    calls = verdict.calls + session.calls - calls
    if not unseen:
        return replace(verdict, calls=calls)
    return replace(
        verdict, completeness=Completeness.PARTIAL, reason=f"{unseen}, after {verdict.records} objects", calls=calls
    )
