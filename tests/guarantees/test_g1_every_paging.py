"""G1 in every kind of paging: a read that is not proven whole removes nobody, and creates nobody from its target."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from keepstep.connectors.rest.connector import RestConnector
from keepstep.core.connection import RestConnection
from keepstep.core.mapping import MappingSpec
from keepstep.core.plan import REMOVALS, ActionKind
from keepstep.core.secret import Secret
from keepstep.core.sync_rule import SyncRule
from keepstep.errors import KeepstepError
from keepstep.ports import Connector
from tests.guarantees.world import INBOUND, OUTBOUND, STAFF, World, entry
from tests.lab.lists import FOLLOWING, FORMATS, PAGED, Lists, person, serving
from tests.lab.loopback import LOOPBACK

COUNT = 75  # three pages
SIZE = 25
URLS = tuple(kind for kind in FOLLOWING if kind.startswith(("next", "link")))
FAULTS = {
    "a page is cut in the middle": ("cut", PAGED),
    "an earlier page is answered again": ("repeated", PAGED),
    "200 with a web page": ("html", PAGED),
    "200 with an error body": ("error", PAGED),
    "200 with nothing": ("nothing", PAGED),
    "the list stands elsewhere": ("elsewhere-list", PAGED),
    "a page lacks a few people": ("short", PAGED),
    "one person stands for another": ("doubled", PAGED),
    "the total shrinks": ("shrinking", PAGED),
    "the total grows": ("growing", PAGED),
    "the total is higher than what comes": ("lying", PAGED),
    "the cursor is stale, or the page gone": ("stale-cursor", PAGED),
    "the token ends midway": ("expired", PAGED),
    "another tenant answers midway": ("wrong-tenant", PAGED),
    "the next page is an earlier one": ("circle", FOLLOWING),
    "the next page is not named": ("unnamed", FOLLOWING),
    "the next page is named by garbage": ("garbage", FOLLOWING),
    "the next page is on another host": ("elsewhere", URLS),
}
EVERY = [(kind, "json") for kind in PAGED] + [("cursor-in-header", form) for form in FORMATS if form != "json"]


@dataclass
class PagedWorld(World):
    """A world whose application is described by its configuration alone."""

    lists: Lists | None = None

    def application(self) -> Connector:
        results = {"lists": ["results"], "by": "index"}
        write = {"endpoint": "write", "items": "items", "item": {}, "results": results}
        objects = self.lists.objects(get="one", create=write, update=write, delete=write)
        spec = RestConnection.model_validate(
            {
                "kind": "rest",
                "preset": "plain",
                "base_url": self.url,
                "timeout": 5,
                "endpoints": {
                    "people": self.lists.endpoint(),
                    "one": {"url": "{base_url}/one/{key}"},
                    "write": {"url": "{base_url}/write", "method": "POST"},
                },
                "objects": {"persons": objects},
            }
        )
        return RestConnector("infobip", spec, lambda _: Secret(""), egress=LOOPBACK)


def ruled(rule: tuple[SyncRule, MappingSpec], rows: dict[str, object], correlate: list[list[str]]):
    spec = rule[0].model_dump(mode="json") | {"correlate": correlate}
    into = rule[1].into
    return SyncRule.model_validate(spec), MappingSpec.model_validate({"into": into, "rows": rows})


HIRING = ruled(
    INBOUND,
    {
        "employeeID": "{{ id }}",
        "cn": {"from": "{{ given }} {{ id }}", "on": "create"},
        "container": {"from": STAFF, "on": "create"},
        "sAMAccountName": "{{ id }}",
        "mail": "{{ work }}",
    },
    [["employeeID", "id"]],
)
TELLING = ruled(OUTBOUND, {"work": "{{ mail }}"}, [["work", "mail"]])


def staff(number: int) -> str:
    return entry(number, mail=person(number)["work"], employeeID=person(number)["id"])


@pytest.fixture
def paged(tmp_path, request):
    kind, form = request.param
    world = PagedWorld(home=tmp_path, emulator=None, url="")
    world.lists = Lists([person(number) for number in range(COUNT)], kind=kind, format=form, size=SIZE)
    return world


async def assert_harmless(world: PagedWorld, rule: tuple, fault: str, *, after: int = 1) -> None:
    """The plan is refused, or it removes nobody and creates nobody."""
    world.lists.fault, world.lists.after = fault, after
    world.lists.calls.clear()
    try:
        plan = await world.plan(rule)
    except KeepstepError as error:
        assert error.message
        return
    finally:
        world.lists.fault = ""
    assert not {action.kind for action in plan.actions} & (REMOVALS | {ActionKind.CREATE})
    assert not any(action.leaver for action in plan.actions)
    assert not plan.source.complete or not plan.target.complete


@pytest.mark.parametrize("paged", EVERY, indirect=True, ids="-".join)
async def test_a_faulty_read_of_the_source_disables_nobody(paged, subtests):
    async with serving(paged.lists) as paged.url:
        paged.write([])
        summary = await paged.apply(await paged.plan(HIRING), HIRING, override=True)
        assert summary.state == "done", summary
        for name, (fault, kinds) in FAULTS.items():
            if paged.lists.kind in kinds:
                with subtests.test(name):
                    await assert_harmless(paged, HIRING, fault)
        with subtests.test("another tenant answers"):
            await assert_harmless(paged, HIRING, "wrong-tenant", after=0)
        paged.lists.people = paged.lists.people[1:]
        plan = await paged.plan(HIRING)
        assert [action.kind for action in plan.actions] == [ActionKind.DISABLE]


@pytest.mark.parametrize("paged", EVERY, indirect=True, ids="-".join)
async def test_a_faulty_read_of_the_target_creates_and_removes_nobody(paged, subtests):
    async with serving(paged.lists) as paged.url:
        paged.write(staff(number) for number in range(COUNT))
        summary = await paged.apply(await paged.plan(TELLING), TELLING)
        assert summary.state == "done", summary
        paged.write(staff(number) for number in range(1, COUNT + 1))
        for name, (fault, kinds) in FAULTS.items():
            if paged.lists.kind in kinds:
                with subtests.test(name):
                    await assert_harmless(paged, TELLING, fault)
        with subtests.test("another tenant answers"):
            await assert_harmless(paged, TELLING, "wrong-tenant", after=0)
        plan = await paged.plan(TELLING)
        assert (plan.count(ActionKind.CREATE), plan.count(ActionKind.DELETE)) == (1, 1)


@pytest.mark.parametrize("paged", [("link", "json"), ("scim", "json"), ("page", "xml")], indirect=True, ids="-".join)
async def test_a_connection_that_breaks_in_a_page_disables_nobody(paged):
    async with serving(paged.lists) as paged.url:
        paged.write([])
        await paged.apply(await paged.plan(HIRING), HIRING, override=True)
        await assert_harmless(paged, HIRING, "broken")


@pytest.mark.parametrize("paged", [("none", form) for form in FORMATS], indirect=True, ids="-".join)
async def test_one_answer_that_is_wrong_disables_nobody(paged, subtests):
    async with serving(paged.lists) as paged.url:
        paged.write([])
        await paged.apply(await paged.plan(HIRING), HIRING, override=True)
        for name in ("cut", "html", "error", "nothing", "elsewhere-list", "short", "doubled", "lying", "wrong-tenant"):
            with subtests.test(name):
                await assert_harmless(paged, HIRING, name, after=0)
