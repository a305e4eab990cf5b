"""What every connector promises about writing."""

from collections.abc import Mapping
from typing import Final

from keepstep.core.effect import Absent, Conflict, Done, Outcome, Refused
from keepstep.core.plan import ActionKind
from keepstep.core.values import ENABLED, NULL, Values
from keepstep.testing.subject import (
    MULTILINE_TEXTS,
    Subject,
    bare,
    change,
    creation,
    done,
    expect,
    expect_same,
)

_NOWHERE: Final = "noSuchAttributeAnywhere"


async def check_create_makes_what_was_asked(subject: Subject) -> None:
    """A created object can be fetched under the key of its outcome and holds what was asked, in the system itself."""
    wanted = subject.new("create")
    key = await subject.create("create")
    schema = await subject.connector.schema(subject.objects)
    expect_same(schema, wanted, (await subject.record(key, *wanted)).attributes)
    held = await subject.view(key)
    if held is None:
        raise AssertionError("the system does not hold the new object")
    for name in (subject.unique, subject.modify):
        expect_same(schema, {name: wanted[name]}, held)


async def check_create_of_an_existing_one_is_a_conflict(subject: Subject) -> None:
    """Creating what exists is a Conflict: nobody is overwritten and nobody is added."""
    key = await subject.create("twice")
    before, count = await subject.view(key), len(await subject.read())
    again = {**subject.new("twice"), subject.modify: ("changed by mistake",)}
    (outcome,) = await subject.apply(creation("twice-again", again))
    expect(isinstance(outcome, Conflict), f"the outcome is {outcome}, not Conflict")
    expect(await subject.view(key) == before, "a refused create changed the object that exists")
    expect(len(await subject.read()) == count, "a refused create left an object")


async def check_create_that_was_begun_is_finished(subject: Subject) -> None:
    """A create that names its target finishes that object and makes no second one."""
    key = await subject.create("begun")
    wanted = {**subject.new("begun"), subject.modify: ("finished",)}
    count = len(await subject.read())
    (outcome,) = await subject.apply(creation("begun", wanted, key))
    expect(done(outcome) == key, "finishing a create gave another object")
    expect((await subject.record(key)).one(subject.modify) == "finished", "the object is not finished")
    expect(len(await subject.read()) == count, "finishing a create made a second object")


async def check_update_touches_only_what_was_asked(subject: Subject) -> None:
    """An update changes its attributes, in the system itself, and no other."""
    key = await subject.create("update", **{subject.other: ("stays",)})
    names = tuple(name for name in subject.new("update") if name != subject.modify)
    before = await subject.record(key, *names, subject.other)
    (outcome,) = await subject.apply(change(key, {subject.modify: ("changed",)}))
    expect(done(outcome) == key, "an update gave another object")
    expect(await subject.record(key, *names, subject.other) == before, "an update touched what was not asked")
    held = await subject.view(key)
    expect(held is not None and held.get(subject.modify) == ("changed",), "the system does not hold the change")


async def check_update_to_what_is_there_is_done(subject: Subject) -> None:
    """Writing the value that is there already, or nothing at all, is Done and changes nothing."""
    key = await subject.create("same")
    before = await subject.view(key)
    value = (await subject.record(key)).attributes[subject.modify]
    outcomes = [*await subject.apply(change(key, {subject.modify: value})), *await subject.apply(change(key, {}))]
    expect([done(outcome) for outcome in outcomes] == [key, key], "an update without a change is not done")
    expect(await subject.view(key) == before, "an update without a change changed something")


async def check_null_clears(subject: Subject) -> None:
    """`()` clears an attribute; clearing a clear one is Done."""
    key = await subject.create("clear", **{subject.other: ("stays",)})
    for _ in range(2):
        (outcome,) = await subject.apply(change(key, {subject.modify: NULL}))
        done(outcome)
        record = await subject.record(key)
        expect(not any(record.attributes.get(subject.modify, NULL)), "the attribute is not clear")
        expect(record.one(subject.other) == "stays", "clearing one attribute cleared another")


async def check_hostile_values_survive_an_update(subject: Subject) -> None:
    """Whatever text is written is what is held afterwards, letter for letter."""
    key = await subject.create("hostile")
    for text in subject.hostile:
        (outcome,) = await subject.apply(change(key, {subject.modify: (text,)}))
        done(outcome)
        expect((await subject.record(key)).one(subject.modify) == text, f"{text!r} reads back otherwise")
        held = await subject.view(key)
        expect(held is not None and held.get(subject.modify) == (text,), f"the system holds {text!r} otherwise")


async def check_line_breaks_survive_where_they_are_allowed(subject: Subject) -> None:
    """CR, LF and tab are held as written in an attribute that takes them."""
    if not subject.multiline:
        return
    key = await subject.create("lines")
    for text in MULTILINE_TEXTS:
        (outcome,) = await subject.apply(change(key, {subject.multiline: (text,)}))
        done(outcome)
        held = (await subject.record(key, subject.multiline)).one(subject.multiline)
        expect(held == text, f"{text!r} reads back otherwise")


async def check_hostile_names_survive_a_create(subject: Subject) -> None:
    """An object may be named by any text; all are made in one call, and each stays itself."""
    wanted = [{**subject.new(f"name{number}"), subject.named: (text,)} for number, text in enumerate(subject.hostile)]
    outcomes = await subject.apply(*(creation(f"name{number}", names) for number, names in enumerate(wanted)))
    keys = [done(outcome) for outcome in outcomes]
    expect(len(set(keys)) == len(keys), "two names became one object")
    found = await subject.connector.fetch(subject.query(subject.named), keys)
    for key, text in zip(keys, subject.hostile, strict=True):
        expect(found[key].one(subject.named) == text, f"the name {text!r} reads back otherwise")
        expect(await subject.view(key) is not None, f"the system does not hold {text!r}")
    by_key = {record.key: record for record in await subject.read(subject.named)}
    expect(all(by_key[key] == found[key] for key in keys), "a name is read otherwise than it is fetched")


async def check_disable_and_enable(subject: Subject) -> None:
    """DISABLE and ENABLE change `enabled` and nothing else; doing it twice is Done."""
    key = await subject.create("switch")
    before = await subject.record(key)
    for kind, enabled in ((ActionKind.DISABLE, "false"), (ActionKind.ENABLE, "true")):
        for _ in range(2):
            (outcome,) = await subject.apply(bare(kind, key))
            expect(done(outcome) == key, "the outcome names another object")
            expect((await subject.record(key, ENABLED)).one(ENABLED) == enabled, f"after {kind} it is otherwise")
    expect(await subject.record(key) == before, "disabling and enabling changed something else")


async def check_delete_removes_one_object_for_good(subject: Subject) -> None:
    """DELETE removes exactly its target; a second one finds it Absent."""
    key, neighbour = await subject.create("delete"), await subject.create("neighbour")
    (outcome,) = await subject.apply(bare(ActionKind.DELETE, key))
    done(outcome)
    found = await subject.connector.fetch(subject.query(), [key, neighbour])
    expect(set(found) == {neighbour}, "delete removed something else than its target")
    expect(await subject.view(key) is None, "the system still holds the object")
    (outcome,) = await subject.apply(bare(ActionKind.DELETE, key))
    expect(outcome == Absent(), f"deleting what is gone is {outcome}, not Absent")


async def check_what_is_not_there_is_absent(subject: Subject) -> None:
    """Every change of an object that is not there is Absent, and makes none."""
    count = len(await subject.read())
    effects = [change(subject.unknown, {subject.modify: ("x",)})]
    kinds = (ActionKind.ENABLE, ActionKind.DISABLE, ActionKind.DELETE)
    effects += [bare(kind, subject.unknown) for kind in kinds if kind in subject.connector.capabilities]
    for effect in effects:
        (outcome,) = await subject.apply(effect)
        expect(outcome == Absent(), f"{effect.kind} of what is not there is {outcome}, not Absent")
    expect(len(await subject.read()) == count, "a change of nothing made something")


async def check_an_unknown_attribute_is_refused_by_name(subject: Subject) -> None:
    """An attribute that the system does not have is Refused, named, and nothing of that effect is done."""
    key = await subject.create("unknown")
    before, count = await subject.view(key), len(await subject.read())
    surplus: Mapping[str, Values] = {_NOWHERE: ("x",)}
    effects = (
        change(key, {subject.modify: ("half done",), **surplus}),
        creation("unknown-new", {**subject.new("unknown-new"), **surplus}),
    )
    for outcome in await subject.apply(*effects):
        _expect_refused(outcome, naming=_NOWHERE)
    expect(await subject.view(key) == before, "a refused update was half done")
    expect(len(await subject.read()) == count, "a refused create left an object")


async def check_a_read_only_attribute_is_refused_by_name(subject: Subject) -> None:
    """What nobody may write is Refused, named."""
    if not subject.read_only:
        return
    key = await subject.create("readonly")
    (outcome,) = await subject.apply(change(key, {subject.read_only: ("x",)}))
    _expect_refused(outcome, naming=subject.read_only)


async def check_a_value_that_is_too_long_is_refused_by_name(subject: Subject) -> None:
    """A value beyond the limit is Refused: the attribute is named, the value is not repeated."""
    kind = (await subject.connector.schema(subject.objects)).attribute(subject.long)
    if kind is None or kind.max_length is None:
        return
    key = await subject.create("long")
    before = await subject.view(key)
    text = "overlong" * kind.max_length
    (outcome,) = await subject.apply(change(key, {subject.long: (text,)}))
    _expect_refused(outcome, naming=subject.long)
    expect("overlongoverlong" not in str(outcome), "the refusal repeats the value")
    expect(await subject.view(key) == before, "a refused update changed something")


async def check_a_value_of_another_object_is_a_conflict(subject: Subject) -> None:
    """An update to a unique value that another object holds is a Conflict, and both stay as they are."""
    holder, key = await subject.create("holder"), await subject.create("wisher")
    before = [await subject.view(holder), await subject.view(key)]
    (outcome,) = await subject.apply(change(key, {subject.unique: subject.new("holder")[subject.unique]}))
    expect(isinstance(outcome, Conflict), f"the outcome is {outcome}, not Conflict")
    expect([await subject.view(holder), await subject.view(key)] == before, "a conflict changed something")


async def check_outcomes_stand_in_the_order_of_their_effects(subject: Subject) -> None:
    """One call of many effects gives one outcome each, in order; one bad effect spoils no other."""
    first, last = await subject.create("first"), await subject.create("last")
    outcomes = await subject.apply(
        change(first, {subject.modify: ("one",)}),
        change(subject.unknown, {subject.modify: ("two",)}),
        change(last, {_NOWHERE: ("three",)}),
        change(last, {subject.other: ("four",)}),
    )
    kinds = [type(outcome) for outcome in outcomes]
    expect(kinds == [Done, Absent, Refused, Done], f"the outcomes are {outcomes}")
    expect((await subject.record(first)).one(subject.modify) == "one", "the first change is not in force")
    expect((await subject.record(last)).one(subject.other) == "four", "the last change is not in force")
    expect(await subject.connector.apply(subject.objects, []) == [], "no effects gave outcomes")


async def check_many_are_written_in_one_call(subject: Subject) -> None:
    """As many effects as `batch` says, and more, go into one call."""
    count = min(subject.connector.batch(ActionKind.CREATE) + 1, 25)
    outcomes = await subject.apply(*(creation(f"many{n}", subject.new(f"many{n}")) for n in range(count)))
    keys = [done(outcome) for outcome in outcomes]
    found = await subject.connector.fetch(subject.query(), keys)
    for number, key in enumerate(keys):
        expect(
            found[key].attributes[subject.unique] == subject.new(f"many{number}")[subject.unique],
            "an outcome names the object of another effect",
        )


async def check_what_it_cannot_do_is_refused(subject: Subject) -> None:
    """A kind of change outside the capabilities is Refused and changes nothing."""
    key = await subject.create("capable")
    before = await subject.view(key)
    for kind in set(ActionKind) - subject.connector.capabilities:
        (outcome,) = await subject.apply(bare(kind, key))
        expect(isinstance(outcome, Refused), f"{kind} is {outcome}, not Refused")
    expect(await subject.view(key) == before, "a refused change changed something")


async def check_batches_and_costs_make_sense(subject: Subject) -> None:
    """A batch holds at least one effect, and no actions cost no time."""
    for kind in ActionKind:
        expect(subject.connector.batch(kind) >= 1, f"a batch of {kind} holds nothing")
    cost = subject.connector.cost(subject.objects, ())
    expect(cost.seconds >= 0, "time runs forward")
    expect(all(calls >= 0 for calls in cost.calls.values()), "calls are counted")


async def check_close_may_come_twice(subject: Subject) -> None:
    """Closing lets go, and closing again is harmless."""
    await subject.create("close")
    await subject.connector.close()
    await subject.connector.close()


def _expect_refused(outcome: Outcome, *, naming: str) -> None:
    if not isinstance(outcome, Refused):
        raise AssertionError(f"the outcome is {outcome}, not Refused")  # noqa: TRY004 - a broken promise
    expect(naming.casefold() in outcome.reason.casefold(), f'the refusal does not name "{naming}": {outcome.reason}')
