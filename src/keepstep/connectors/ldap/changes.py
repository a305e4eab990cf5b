"""What changed on an LDAP server since it was last asked, whoever changed it: modifyTimestamp, and who is present."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from keepstep.connectors.ldap.codec import key_of
from keepstep.connectors.ldap.cursor import Cursor
from keepstep.connectors.ldap.offer import Offer, Standing, standing_of
from keepstep.connectors.ldap.subschema import KEY
from keepstep.connectors.ldap.sweep import MODIFIED, Sweep, second_of, sweep
from keepstep.connectors.ldap_session.session import Search, Session
from keepstep.core.ldap_filter import all_of
from keepstep.core.values import NativeKey
from keepstep.errors import ResponseInvalid

MANY: Final = 5_000
"""If more objects changed than this, reading everything is as quick as reading them one by one."""

LONGEST: Final = 600.0
"""Seconds after which all entries are looked at, whatever contextCSN says."""

LOST: Final = (5, 20)
"""If more than so many objects are gone at once, and more than so many percent, everything is read, and guarded."""


@dataclass(frozen=True, slots=True)
class Touched:
    """Which objects are not as they were, by key; *whole*: why that is not all, and everything has to be read."""

    keys: frozenset[NativeKey]
    cursor: str
    whole: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Follows one kind of objects of a server, for one question, which *asked* tells from others.

    *scope* selects what is followed, *anywhere* the same kind of objects wherever below the base of the connection.
    *look_whole*: how many seconds pass between two looks at all entries; *now* tells the time in seconds.
    """

    session: Session
    offer: Offer
    asked: str
    scope: Search
    anywhere: Search
    look_whole: float
    now: Callable[[], float]

    async def since(self, text: str, standing: Standing) -> Touched:
        """Return what was touched since the cursor *text*, as the server stood a moment ago.

        ConnectorError if it cannot be asked.
        """
        before = Cursor.read(text) if text else None
        if before is None:
            return await self._anew(standing, "it was never followed")
        if before.asked != self.asked:
            return await self._anew(standing, "other objects or attributes are watched now")
        if before.data != standing.data:
            return await self._anew(standing, "another server answers, or its data was loaded anew")
        if standing.behind(before.csn):
            return await self._anew(
                standing, "the server went back in time: it was restored, or is a replica that lags"
            )
        if self._due(before, standing):
            return await self._by_sweep(before, standing)
        if standing.csn and standing.csn == tuple(before.csn):
            now = self.now()
            return Touched(frozenset(), str(before.seen("", before=now, after=now)))
        return await self._by_time(before, standing)

    def _due(self, before: Cursor, standing: Standing) -> bool:
        """Whether all entries have to be looked at: something may be gone, or may have another name."""
        passed = self.now() - before.swept
        still = bool(standing.csn) and standing.csn == tuple(before.swept_csn)
        return not 0 <= passed < (LONGEST if still else self.look_whole)

    async def _anew(self, standing: Standing, why: str) -> Touched:
        """Return that everything is to be read, and the cursor from before that read."""
        before = self.now()
        seen = await self._sweep("")
        if seen.flaw:
            return Touched(frozenset(), "", f"{why}; {seen.flaw}")
        return Touched(frozenset(), str(await self._cursor(seen, standing, before)), why)

    async def _sweep(self, start: str) -> Sweep:
        own = [name for name in self.scope.attributes if self.offer.subschema.operational(name)]
        return await sweep(self.session, self.scope, own, start)

    async def _cursor(self, seen: Sweep, standing: Standing, before: float) -> Cursor:
        """Return the cursor after a sweep that began at *before*.

        An entry newer than the contextCSN shows that nobody keeps that up to date: then it is not relied on.
        """
        now = await standing_of(self.session, self.offer.context)
        csn = standing.csn if seen.csn <= max(now.csn, default="") else ()
        return Cursor(
            data=standing.data,
            asked=self.asked,
            csn=csn,
            newest=seen.newest,
            since=self.now(),
            settled=False,
            entries=str(seen.entries),
            swept=before,
            swept_csn=csn,
        )

    async def _by_sweep(self, before: Cursor, standing: Standing) -> Touched:
        """Return whose name or stamps are others than at the last sweep, and who came and went."""
        start = self.now()
        seen = await self._sweep(before.start)
        if seen.flaw:
            return Touched(frozenset(), "", seen.flaw)
        after = await self._cursor(seen, standing, start)
        after = replace(after, newest=before.newest, since=before.since, settled=before.settled)
        after = after.seen(seen.newest, before=start, after=self.now())
        difference = before.sketch.without(seen.entries)
        if difference is None:
            return Touched(frozenset(), str(after), "more objects changed than are told one by one")
        gone, come = (frozenset(map(_key_in, elements)) for elements in (difference.gone, difference.come))
        if _too_many(lost=len(gone - come), left=len(seen.entries)):
            return Touched(frozenset(), str(after), f"{len(gone - come)} objects are gone at once")
        return _bounded(gone | come | seen.late, after)

    async def _by_time(self, before: Cursor, standing: Standing) -> Touched:
        """Return who was modified in the seconds that may not have been told."""
        start = self.now()
        wanted = all_of(self.anywhere.filter, f"({MODIFIED}>={before.start}Z)")
        try:
            entries = await self.session.find(replace(self.anywhere, filter=wanted, attributes=(KEY, MODIFIED)))
        except ResponseInvalid as exc:
            return await self._anew(standing, exc.message)
        if not all(KEY.lower() in entry.values and second_of(entry) for entry in entries):
            return await self._anew(standing, "some entries came without their key or modifyTimestamp")
        newest = max((second_of(entry) for entry in entries), default="")
        csn = standing.csn if before.swept_csn else ()
        after = replace(before, csn=csn).seen(newest, before=start, after=self.now())
        return _bounded(frozenset(map(key_of, entries)), after)


def _too_many(*, lost: int, left: int) -> bool:
    """Whether so many are gone that the account may rather have lost its right to see them."""
    most, percent = LOST
    return lost > 0 and (left == 0 or (lost > most and lost * 100 > (lost + left) * percent))


def _key_in(element: bytes) -> NativeKey:
    return NativeKey(str(UUID(bytes=element[:16])))


def _bounded(keys: frozenset[NativeKey], after: Cursor) -> Touched:
    if len(keys) > MANY:
        return Touched(frozenset(), str(after), f"{len(keys):,} objects changed")
    return Touched(keys, str(after))
