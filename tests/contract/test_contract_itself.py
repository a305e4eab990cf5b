"""The contract suite notices every broken promise: a good connector is made to lie, one way at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from keepstep.core.effect import Absent, Done, Refused
from keepstep.core.plan import ActionKind, Cost
from keepstep.core.values import Completeness, NativeKey
from keepstep.errors import KeepstepError
from keepstep.ports import Finding, Query
from keepstep.testing.contract import checks, checks_of_directories
from tests.contract.ldif_subject import subject_in
from tests.contract.table_subject import subject_in as table_subject_in


class Honest:
    """Passes everything on."""

    def __init__(self, real):
        self.real = real

    def __getattr__(self, name):
        return getattr(self.real, name)


class FindsFault(Honest):
    async def check(self, wanted):
        return [Finding(subject="x", good=False, detail="y")]


class ShowsSecret(Honest):
    address = "https://s3cret@x.example"


class KnowsLess(Honest):
    async def schema(self, objects):
        schema = await self.real.schema(objects)
        kept = {name: kind for name, kind in schema.attributes.items() if name != "otherTelephone"}
        return replace(schema, attributes=kept, _folded={})


class HasAnyObjects(Honest):
    async def schema(self, objects):
        return await self.real.schema("users")


class ReadsTwice(Honest):
    async def read(self, query, sink):
        verdict = await self.real.read(query, lambda records: (sink(records), sink(records[:1])))
        return replace(verdict, records=verdict.records + 1)


class MissesOne(Honest):
    async def read(self, query, sink):
        verdict = await self.real.read(query, lambda records: sink(records[1:]))
        return replace(verdict, records=verdict.records - 1)


class MiscountsRecords(Honest):
    async def read(self, query, sink):
        return replace(await self.real.read(query, sink), records=0)


class NeverWhole(Honest):
    async def read(self, query, sink):
        return replace(await self.real.read(query, sink), completeness=Completeness.PARTIAL)


class GivesMore(Honest):
    async def read(self, query, sink):
        return await self.real.read(replace(query, attributes=(*query.attributes, "objectClass")), sink)


class SpellsItself(Honest):
    async def fetch(self, query, keys):
        found = await self.real.fetch(query, keys)
        return {
            key: replace(record, attributes={name.lower(): values for name, values in record.attributes.items()})
            for key, record in found.items()
        }


class FetchesNobody(Honest):
    async def fetch(self, query, keys):
        found = await self.real.fetch(query, keys)
        return {key: found.get(key, next(iter(found.values()))) for key in keys} if found else {}


class FindsTooMany(Honest):
    async def find(self, query, attribute, values):
        found = []
        await self.real.read(query, found.extend)
        return found


class FindsByCase(Honest):
    async def find(self, query, attribute, values):
        return await self.real.find(query, attribute, [value for value in values if not value.isupper()])


class Alters(Honest):
    """Changes effects on their way."""

    def alter(self, effect):
        return effect

    async def apply(self, objects, effects):
        return await self.real.apply(objects, [self.alter(effect) for effect in effects])


class DropsAttribute(Alters):
    def alter(self, effect):
        kept = {name: values for name, values in effect.attributes.items() if name != "displayName"}
        return replace(effect, attributes=kept)


class TrimsCommas(Alters):
    def alter(self, effect):
        return replace(
            effect,
            attributes={
                name: tuple(value.replace(",", "") for value in values) if name in {"cn", "displayName"} else values
                for name, values in effect.attributes.items()
            },
        )


class JoinsLines(Alters):
    def alter(self, effect):
        return replace(
            effect,
            attributes={n: tuple(" ".join(v.splitlines()) for v in values) for n, values in effect.attributes.items()},
        )


class TouchesMore(Alters):
    def alter(self, effect):
        if effect.kind is not ActionKind.UPDATE or effect.target is None:
            return effect
        return replace(effect, attributes={"department": ("touched",), **effect.attributes})


class NeverClears(Alters):
    def alter(self, effect):
        return replace(effect, attributes={name: values for name, values in effect.attributes.items() if values})


class MakesAgain(Alters):
    def alter(self, effect):
        return replace(effect, target=None) if effect.kind is ActionKind.CREATE else effect


class DisablesOnly(Alters):
    def alter(self, effect):
        return replace(effect, kind=ActionKind.DISABLE) if effect.kind is ActionKind.ENABLE else effect


class DisablesForDelete(Alters):
    def alter(self, effect):
        return replace(effect, kind=ActionKind.DISABLE) if effect.kind is ActionKind.DELETE else effect


class Answers(Honest):
    """Changes outcomes on their way."""

    def answer(self, effect, outcome):
        return outcome

    async def apply(self, objects, effects):
        outcomes = await self.real.apply(objects, effects)
        return [self.answer(effect, outcome) for effect, outcome in zip(effects, outcomes, strict=True)]


class AlwaysDone(Answers):
    def answer(self, effect, outcome):
        return outcome if isinstance(outcome, Done) else Done(effect.target or NativeKey("x"))


class DoneForAbsent(Answers):
    def answer(self, effect, outcome):
        return Done(effect.target) if outcome == Absent() else outcome


class AdoptsSilently(Answers):
    def answer(self, effect, outcome):
        return Absent() if effect.kind is ActionKind.CREATE and not isinstance(outcome, Done) else outcome


class RefusesWithoutName(Answers):
    def answer(self, effect, outcome):
        return Refused("schema violation") if isinstance(outcome, Refused) else outcome


class RepeatsValues(Answers):
    def answer(self, effect, outcome):
        return Refused(f"{outcome.reason}: {dict(effect.attributes)}") if isinstance(outcome, Refused) else outcome


class Reorders(Honest):
    async def apply(self, objects, effects):
        return (await self.real.apply(objects, effects))[::-1]


class LosesOutcomes(Honest):
    async def apply(self, objects, effects):
        return (await self.real.apply(objects, effects))[:1]


class CannotDelete(Honest):
    """Says that it cannot, and does."""

    @property
    def capabilities(self):
        return frozenset(ActionKind) - {ActionKind.DELETE}


class BatchesNothing(Honest):
    def batch(self, kind):
        return 0


class TravelsInTime(Honest):
    def cost(self, objects, actions):
        return Cost(seconds=-1)


class ClosesOnce(Honest):
    closed = False

    async def close(self):
        assert not self.closed, "closed already"
        self.closed = True


class FindsOtherGroups(Honest):
    async def find(self, query, attribute, values):
        return [] if query.objects == "groups" else await self.real.find(query, attribute, values)


class ForgetsGroups(Alters):
    def alter(self, effect):
        return replace(effect, attributes={n: v for n, v in effect.attributes.items() if n != "memberOf"})


class StaysPut(Alters):
    def alter(self, effect):
        return replace(effect, attributes={n: v for n, v in effect.attributes.items() if n != "container"})


class KeepsName(Alters):
    def alter(self, effect):
        kept = {n: v for n, v in effect.attributes.items() if n != "cn" or effect.kind is ActionKind.CREATE}
        return replace(effect, attributes=kept)


def descendants(kind):
    for below in kind.__subclasses__():
        yield below
        yield from descendants(below)


class ClaimsToWrite(Honest):
    """Only read, and says otherwise."""

    capabilities = frozenset(ActionKind)

    async def check(self, wanted):
        return await self.real.check(frozenset())


class ClaimsItWasDone(Honest):
    """Only read, and says that it wrote."""

    async def apply(self, objects, effects):
        return [Done(effect.target or NativeKey("x")) for effect in effects]


class ChargesForNothing(Honest):
    """Only read, and has a price."""

    def cost(self, objects, actions):
        return Cost(seconds=1)


READERS = (ClaimsToWrite, ClaimsItWasDone, ChargesForNothing)
LIARS = [kind for kind in descendants(Honest) if kind not in {Alters, Answers, *READERS}]
EVERY: tuple[Callable, ...] = (*checks(frozenset(ActionKind)), *checks_of_directories())


async def failures(kind, folder):
    """Return the names of the checks that *kind* does not pass."""
    failed = []
    for check in EVERY:
        place = folder / check.__name__
        place.mkdir()
        subject = subject_in(place)
        subject = replace(subject, connector=kind(subject.connector), secrets=("s3cret",))
        try:
            await check(subject)
        except (AssertionError, LookupError, KeepstepError):
            failed.append(check.__name__)
    return failed


@pytest.fixture(scope="module")
def noticed(tmp_path_factory):
    """Return for every liar the checks that it does not pass."""
    return {kind: asyncio.run(failures(kind, tmp_path_factory.mktemp(kind.__name__))) for kind in [Honest, *LIARS]}


@pytest.mark.parametrize("liar", LIARS, ids=lambda liar: liar.__name__)
def test_a_connector_that_breaks_one_promise_is_noticed(liar, noticed):
    assert noticed[liar]


def test_a_connector_that_passes_everything_on_is_not_accused(noticed):
    assert noticed[Honest] == []


def test_every_check_notices_at_least_one_lie(noticed):
    caught = {name for failed in noticed.values() for name in failed}
    assert {check.__name__ for check in EVERY} - caught == set()


@pytest.mark.parametrize("liar", READERS)
async def test_a_connector_that_is_only_read_and_says_otherwise_is_noticed(liar, tmp_path):
    failed = 0
    for check in checks(frozenset()):
        place = tmp_path / check.__name__
        place.mkdir()
        subject = table_subject_in(place)
        try:
            await check(replace(subject, connector=liar(subject.connector)))
        except AssertionError:
            failed += 1
    assert failed == 1


def test_a_query_of_the_suite_asks_for_what_it_works_with(tmp_path):
    assert subject_in(tmp_path).query() == Query(
        objects="users", attributes=("sAMAccountName", "displayName", "department")
    )
