"""Whatever ran, in whatever order: the pages of the list give each run once that may be seen, the newest first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from keepstep.core.authority import Authority, Reach
from keepstep.core.right import Right
from keepstep.core.role import RoleSpec
from keepstep.core.run import RunId, RunState
from keepstep.core.run_list import RunKind, RunListed, RunsOfKind, RunsWanted
from keepstep.core.template_run import TemplateRunState
from keepstep.usecases.change_accounts import BY_HAND
from keepstep.usecases.list_runs import OF_PLANS, OF_TEMPLATES, list_runs

BEGIN = datetime(2031, 5, 4, tzinfo=UTC)
RULES, TEMPLATES = ("staff", "Groups", "old"), ("greet", "Leave", BY_HAND)
OPERATORS = ("ana", "ivo")


@st.composite
def everything(draw):
    """Runs of both kinds, some of them begun in the same moment."""
    kinds = draw(st.lists(st.sampled_from(RunKind), max_size=25))
    return [draw(_run(kind, number)) for number, kind in enumerate(kinds)]


def _run(kind, number):
    of, states = (RULES, RunState) if kind is RunKind.PLAN else (TEMPLATES, TemplateRunState)
    return st.builds(
        RunListed,
        kind=st.just(kind),
        id=st.just(RunId(f"run-{number:02}")),
        of=st.sampled_from(of),
        state=st.sampled_from(states),
        operator=st.sampled_from(OPERATORS),
        started=st.integers(0, 5).map(lambda hours: BEGIN + timedelta(hours=hours)),
    )


def _names(known):
    return st.just("all") | st.lists(st.sampled_from([name.swapcase() for name in known]), unique=True)


ROLES = st.builds(
    lambda rights, rules, templates: RoleSpec(rights=rights, rules=rules, templates=templates),
    rights=st.lists(
        st.sampled_from([Right.READ_RUNS, Right.APPROVE, Right.RUN_TEMPLATES, Right.READ_AUDIT]),
        min_size=1,
        unique=True,
    ),
    rules=_names(RULES),
    templates=_names(TEMPLATES[:2]),
)
AUTHORITIES = st.builds(
    lambda roles, only: Authority("ana", {str(number): role for number, role in enumerate(roles)}, only=only),
    roles=st.lists(ROLES, max_size=3),
    only=st.none() | st.frozensets(st.sampled_from([Right.READ_RUNS, Right.APPROVE, Right.RUN_TEMPLATES])),
)
WANTED = st.builds(
    RunsWanted,
    kind=st.none() | st.sampled_from(RunKind),
    states=st.lists(st.sampled_from([*RunState, TemplateRunState.PAUSED]), max_size=2),
    operator=st.sampled_from(("", *OPERATORS)),
    text=st.sampled_from(("", "e", "STA")),
)


@dataclass
class Kept:
    """Runs as a database would give them, and how many were read of it at once."""

    all: list[RunListed]
    most: int = 0

    def place(self, run):
        return next(one.place for one in self.all if one.id == run)

    def of_plans(self, asked, limit):
        return self._page(RunKind.PLAN, asked, limit)

    def of_templates(self, asked, limit):
        return self._page(RunKind.TEMPLATE, asked, limit)

    def _page(self, kind, asked: RunsOfKind, limit):
        found = [one for one in self.all if one.kind is kind and self._means(asked, one)]
        page = sorted(found, key=lambda one: one.place, reverse=True)[:limit]
        self.most = max(self.most, len(page))
        return page

    def _means(self, asked: RunsOfKind, one):
        return (
            (asked.names is None or one.of.lower() in asked.names or one.operator == asked.own)
            and (asked.states is None or one.state in asked.states)
            and asked.operator in {"", one.operator}
            and asked.text.lower() in one.of.lower()
            and (asked.before is None or one.place < asked.before)
        )


def may_see(by, one):
    """Whether the page of this run would be shown to *by*."""
    if one.kind is RunKind.PLAN:
        return any(by.may(right, Reach(rule=one.of, place="")) for right in OF_PLANS)
    template = "" if one.of == BY_HAND else one.of
    own = one.operator == by.operator and any(by.may(right) for right in OF_TEMPLATES)
    return own or any(by.may(right, Reach(template=template, place="")) for right in OF_TEMPLATES)


def is_meant(wanted, one):
    return (
        wanted.kind in {None, one.kind}
        and (not wanted.states or one.state in wanted.states)
        and wanted.operator in {"", one.operator}
        and wanted.text.lower() in one.of.lower()
    )


@given(runs=everything(), by=AUTHORITIES, wanted=WANTED, limit=st.integers(1, 6))
def test_page_after_page_gives_each_run_once_that_may_be_seen_the_newest_first(runs, by, wanted, limit):
    if not any(by.may(right) for right in (*OF_PLANS, *OF_TEMPLATES)):
        return
    kept, found, before = Kept(runs), [], ""
    while page := list_runs(kept, _from(wanted, before), limit, by=by):
        assert len(page) <= limit
        found += page
        if len(page) < limit:
            break
        before = page[-1].id
    expected = [one for one in runs if is_meant(wanted, one) and may_see(by, one)]
    assert found == sorted(expected, key=lambda one: one.place, reverse=True)
    assert kept.most <= limit


def _from(wanted, before):
    return RunsWanted(kind=wanted.kind, states=wanted.states, operator=wanted.operator, text=wanted.text, before=before)


@given(by=AUTHORITIES, name=st.sampled_from((*RULES, *TEMPLATES[:2])))
def test_what_is_reached_is_what_would_be_allowed(by, name):
    for rights in (OF_PLANS, OF_TEMPLATES):
        rules, templates = by.reached_rules(*rights), by.reached_templates(*rights)
        assert (rules is None or name.lower() in rules) == any(
            by.may(one, Reach(rule=name, place="")) for one in rights
        )
        assert (templates is None or name.lower() in templates) == any(
            by.may(one, Reach(template=name, place="")) for one in rights
        )
