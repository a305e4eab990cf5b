"""G4: guards act before the first write: a bad plan harms nobody, a bad target at most the canary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from keepstep.core.guard import Override
from keepstep.core.plan import REMOVALS, Plan
from keepstep.errors import GuardTripped, KeepstepError, UsageError
from keepstep.ports import Ports
from keepstep.usecases.apply import RunSummary, apply
from tests.guarantees.world import INBOUND, OUTBOUND, STAFF, World, entry, guid, hasty, reacting, unguarded

MARKING = reacting(
    OUTBOUND, reactions={"source_deleted": "mark", "orphaned": "mark"}, mark={"customAttributes.Status": "left"}
)
DELETING = reacting(INBOUND, reactions={"source_deleted": "delete", "orphaned": "delete"})


@dataclass(frozen=True)
class Case:
    """*people* in step under *rule*; then *gone*, *changed* and *new* ones; then the guards."""

    text: str
    rule: tuple = OUTBOUND
    people: int = 40
    gone: int = 0
    changed: int = 0
    new: int = 0
    guards: dict = field(default_factory=dict)


BAD = {
    "more deletes than the usual percentage": Case("3 of 40 accounts (8 %) would be deleted; the limit is 5 %", gone=3),
    "more deletes than the count": Case("the limit is 2", gone=3, guards={"delete": {"percent": 100, "count": 2}}),
    "one delete where none is allowed": Case("the limit is 0 %", gone=1, guards={"delete": {"percent": 0}}),
    "two deletes among three people": Case("2 of 3 accounts", people=3, gone=2),
    "everybody deleted, of two": Case("2 of 2 accounts", people=2, gone=2),
    "more leavers marked than disabled ones are allowed": Case("5 of 40 accounts", rule=MARKING, gone=5),
    "more updates than half": Case("21 of 40 accounts (52 %) would be updated", changed=21, guards={"update": {"percent": 50}}),
    "more updates than the count": Case("the limit is 4", changed=5, guards={"update": {"percent": 100, "count": 4}}),
    "more creates than the count": Case("would be created; the limit is 5", new=6, guards={"create": {"percent": 100, "count": 5}}),
    "more creates than the percentage": Case("would be created", new=6, guards={"create": {"percent": 10}}),
    "in the directory, more disabled than the percentage": Case("5 of 40 accounts", rule=INBOUND, gone=5),
    "in the directory, two disabled among four": Case("2 of 4 accounts", rule=INBOUND, people=4, gone=2),
    "in the directory, more deletes than the percentage": Case("3 of 40 accounts", rule=DELETING, gone=3),
    "in the directory, more updates than the count": Case(
        "the limit is 4", rule=INBOUND, changed=5, guards={"update": {"percent": 100, "count": 4}}
    ),
    "in the directory, more creates than the count": Case(
        "the limit is 5", rule=INBOUND, new=6, guards={"create": {"percent": 100, "count": 5}}
    ),
}  # fmt: skip


@pytest.fixture
def quick(world):
    world.preset = hasty()
    for name in ("Status", "Department"):
        world.emulator.define_attribute(name, "STRING")
    return world


def outbound(rule: tuple) -> bool:
    return rule[0].target == "infobip.persons"


def people(world: World, rule: tuple, numbers: Iterable[int], changed: Iterable[int] = ()) -> None:
    """Let the source side of *rule* have exactly these, with another last name for those *changed*."""
    names = {number: f"Last{number}" for number in numbers} | {number: f"Changed{number}" for number in changed}
    if outbound(rule):
        world.write(entry(number, sn=name) for number, name in names.items())
        return
    for person in world.emulator.persons():
        if person["externalId"] not in {guid(number) for number in names}:
            world.emulator.delete("EXTERNAL_ID", person["externalId"])
    for number, name in names.items():
        body = {"externalId": guid(number), "firstName": f"First{number}", "lastName": name}
        if world.emulator.person("EXTERNAL_ID", guid(number)):
            world.emulator.edit("EXTERNAL_ID", guid(number), body)
        else:
            world.emulator.create(body)


async def in_step(world: World, rule: tuple, numbers: Iterable[int]) -> None:
    people(world, rule, numbers)
    summary = await world.apply(await world.plan(rule), rule)
    assert summary.state == "done"


@dataclass
class Untouched:
    """Both sides as they were, and no call that could have changed anything."""

    world: World

    def __enter__(self) -> None:
        self.call = self.world.last_call()
        self.before = self.world.emulator.dump(), self.world.directory.read_bytes()

    def __exit__(self, *_: object) -> None:
        assert self.world.writes(after=self.call) == []
        assert (self.world.emulator.dump(), self.world.directory.read_bytes()) == self.before


async def made(world: World, case: Case) -> tuple[Plan, tuple]:
    rule = reacting(case.rule, guards=case.guards)
    await in_step(world, unguarded(case.rule), range(case.people))
    people(world, rule, range(case.gone, case.people + case.new), range(case.gone, case.gone + case.changed))
    return await world.plan(rule, accept_size=True), rule


@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
async def test_beyond_a_limit_nobody_is_touched(quick, case):
    plan, rule = await made(quick, case)
    assert len(plan.actions) == case.gone + case.changed + case.new
    with Untouched(quick):
        with pytest.raises(GuardTripped) as tripped:
            await quick.apply(plan, rule)
        assert case.text in tripped.value.message
        assert "--override-guards" in tripped.value.hint
    async with quick.ports() as ports:
        assert [run for run in ports.journal.runs() if run.plan == plan.digest] == []


@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("rule", [OUTBOUND, INBOUND], ids=["outbound", "inbound"])
async def test_a_single_leaver_goes_in_the_smallest_directory_too(quick, rule, size):
    plan, rule = await made(quick, Case("", rule=rule, people=size, gone=1))
    assert len(plan.actions) == 1
    summary = await quick.apply(plan, rule)
    assert summary.state == "done"


# ---------------------------------------------------------------- going beyond, by name


async def overridden(ports: Ports, plan: Plan, rule: tuple, override: Override) -> RunSummary:
    return await apply(ports, plan, *rule, override=override)


async def test_an_override_is_done_and_kept_in_the_audit_log_with_who_and_why(quick):
    plan, rule = await made(quick, Case("", gone=3))
    async with quick.ports() as ports:
        summary = await overridden(ports, plan, rule, Override(operator="mira", reason="the branch was closed"))
        assert summary.state == "done"
        (kept,) = [one for one in ports.audit.entries() if one.action == "override_guards"]
    assert kept.operator == "mira"
    assert kept.detail["reason"] == "the branch was closed"
    assert kept.detail["plan"] == plan.digest
    assert "3 of 40 accounts" in kept.detail["trips"]
    assert quick.emulator.count == 37


@pytest.mark.parametrize(
    ("operator", "reason"), [("", "why"), (" ", "why"), ("unknown", "why"), ("mira", ""), ("mira", " ")]
)
async def test_an_override_without_a_name_or_a_reason_is_none(quick, operator, reason):
    plan, rule = await made(quick, Case("", gone=3))
    with Untouched(quick), pytest.raises(UsageError):
        async with quick.ports() as ports:
            await overridden(ports, plan, rule, Override(operator=operator, reason=reason))


# ---------------------------------------------------------------- accounts that no plan may touch

WORTHY = {
    "adminCount is set": {"adminCount": "1"},
    "a critical system object": {"isCriticalSystemObject": "TRUE"},
    "named in the configuration": {"cn": "Break Glass"},
}
PROTECTED = [f"CN=Break Glass,{STAFF}", f"OU=Vault,{STAFF}"]


@pytest.mark.parametrize("rule", [INBOUND, DELETING], ids=["disable", "delete"])
@pytest.mark.parametrize("shield", WORTHY.values(), ids=WORTHY)
async def test_a_protected_account_is_left_alone_and_reported(quick, rule, shield):
    quick.protected = PROTECTED
    quick.write([entry(1, employeeID="999", **shield), *(entry(number) for number in range(2, 42))])
    plan = await quick.plan(reacting(rule, reactions={"orphaned": rule[0].reactions["orphaned"]}))
    names = {action.name for action in plan.actions}
    assert shield.get("cn", "Person 00001") not in names
    assert len(names) == 40
    assert any("protected" in finding.reason for finding in plan.findings)
    before = next(block for block in quick.directory.read_text().split("\n\n") if "employeeID: 999" in block)
    await quick.apply(plan, rule, override=True)
    assert before in quick.directory.read_text()


async def test_a_protected_unit_is_left_alone_with_all_that_is_in_it(quick):
    quick.protected = PROTECTED
    vault = f"dn: OU=Vault,{STAFF}\nobjectClass: organizationalUnit\nou: Vault\n"
    inside = entry(1).replace(STAFF, f"OU=Vault,{STAFF}")
    quick.write([vault, inside, *(entry(number) for number in range(2, 6))])
    plan = await quick.plan(INBOUND)
    assert {action.name for action in plan.actions} == {f"Person {number:05d}" for number in range(2, 6)}
    await quick.apply(plan, INBOUND, override=True)
    assert inside.strip() in quick.directory.read_text()


@pytest.mark.parametrize("late", [*WORTHY.values()], ids=WORTHY)
async def test_an_account_that_became_protected_after_the_plan_is_left_alone(quick, late):
    quick.write([entry(1, cn="Break Glass"), *(entry(number) for number in range(2, 6))])
    plan = await quick.plan(INBOUND)
    assert "Break Glass" in {action.name for action in plan.actions}
    if "cn" in late:
        quick.protected = PROTECTED
    else:
        quick.write([entry(1, **{"cn": "Break Glass", **late}), *(entry(number) for number in range(2, 6))])
    summary = await quick.apply(plan, INBOUND, override=True)
    assert [result.state for result in summary.undone] == ["stale"]
    assert entry(1, **{"cn": "Break Glass", **late}).strip() in quick.directory.read_text()


# ---------------------------------------------------------------- a target that is not what it should be

CANARY = 10
WRITES = ("path=upsert", "path=batch")
TARGETS = {
    "refuses every person of a batch": "item-errors:times=0,items=1000",
    "refuses the first person of every batch": "item-errors:times=0",
    "answers every write with a server error": "500:times=0",
    "is overloaded for ever": "503:times=0",
    "breaks off before it has read anything": "drop-before:times=0",
    "breaks off after it has done everything": "drop-after-commit:times=0",
    "answers 200 with an error in it": "error-in-200:times=0",
    "answers 200 with a web page": "html-200:times=0",
    "ends its sessions again and again": "token-expired-midway:times=0",
}


@pytest.mark.parametrize("bad", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("kind", ["creates", "updates", "deletes"])
async def test_a_bad_target_loses_at_most_the_canary(quick, kind, bad):
    rule = reacting(OUTBOUND, guards={"delete": {"percent": 100}})
    await in_step(quick, rule, range(40))
    numbers = {"creates": range(80), "updates": range(40), "deletes": range(2)}[kind]
    people(quick, rule, numbers, changed=range(40) if kind == "updates" else ())
    plan = await quick.plan(rule, accept_size=True)
    assert len(plan.actions) >= 38
    before = {person["id"]: person for person in quick.emulator.persons()}
    for path in WRITES:
        quick.emulator.add_fault(f"{bad},{path}")
    try:
        summary = await quick.apply(plan, rule)
    except KeepstepError as error:
        assert error.hint or error.retry
        summary = None
    assert any(call["fault"] for call in quick.writes())
    harmed = differing(before, {person["id"]: person for person in quick.emulator.persons()})
    assert len(harmed) <= CANARY or (summary is not None and summary.state == "done")
    if len(harmed) <= CANARY and summary is not None:
        assert summary.state == "stopped"
        assert "the rest was not touched" in summary.note


def differing(before: dict, after: dict) -> set:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


async def test_a_target_that_says_done_and_did_nothing_is_found_out_by_the_canary(quick):
    await in_step(quick, OUTBOUND, range(40))
    quick.emulator.set_rules("null_value=ignore")
    quick.write(entry(number, department="") for number in range(40))
    plan = await quick.plan(reacting(OUTBOUND))
    before = quick.emulator.dump()
    call = quick.last_call()
    summary = await quick.apply(plan, OUTBOUND)
    assert summary.state == "stopped"
    assert "10 of 10 are not as they were written" in summary.note
    assert sum(len(call["items"]) for call in quick.writes(after=call)) == CANARY
    assert quick.emulator.dump() == before


async def test_a_directory_that_cannot_be_written_is_left_as_it_is(quick):
    await in_step(quick, INBOUND, range(40))
    people(quick, INBOUND, range(40), changed=range(40))
    plan = await quick.plan(INBOUND)
    quick.directory.with_name("directory.ldif").write_text(quick.directory.read_text() + "\ndn: CN=cut in the mid")
    with Untouched(quick), pytest.raises(KeepstepError) as refused:
        await quick.apply(plan, INBOUND)
    assert refused.value.hint


async def test_removals_are_withheld_and_the_rest_goes_on_when_a_read_was_not_whole(quick):
    await in_step(quick, OUTBOUND, range(40))
    people(quick, OUTBOUND, range(2, 40), changed=range(5, 8))
    quick.emulator.add_fault("lying-total:by=4,times=0,operation=list_persons")
    plan = await quick.plan(OUTBOUND)
    assert not {action.kind for action in plan.actions} & REMOVALS
    assert len(plan.actions) == 3
