"""Runs as a server holds them: read as those of a home folder are, and steered."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from keepstep.client.client import MOST, Client, at
from keepstep.client.plans import plan_of, results_of
from keepstep.core.plan import Plan
from keepstep.core.run import Run, RunId, StepResult
from keepstep.core.template import TemplateSpec
from keepstep.core.template_drawing import Path
from keepstep.core.template_drawing import path_of as drawn_path
from keepstep.core.template_run import BlockStep, SubjectRun, SubjectState, TemplateRun
from keepstep.errors import NotKept
from keepstep.usecases.choose_subjects import Asked
from keepstep.usecases.steer_run import subject_called

_PAUSE: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Subjects:
    items: list[SubjectRun]
    next: int | None


@dataclass(frozen=True, slots=True)
class _Count:
    count: int


@dataclass(frozen=True, slots=True)
class RemoteJournal:
    """The runs of plans."""

    client: Client

    def run(self, prefix: str) -> Run:
        """Return the run whose id starts with *prefix*."""
        return results_of(self.client, prefix)[0]

    def plan(self, digest: str) -> Plan:
        """Return the plan whose digest starts with *digest*."""
        return plan_of(self.client, digest)

    def results(self, run: RunId) -> list[StepResult]:
        """Return what came of each action of *run*."""
        return results_of(self.client, run)[1]

    def runs(self, *, limit: int) -> list[Run]:
        """Return the newest runs first, at most as many as a server gives at once."""
        return self.client.get(list[Run], "/runs", limit=min(limit, MOST))


@dataclass(frozen=True, slots=True)
class RemoteTemplateRuns:
    """The runs of templates."""

    client: Client

    def run(self, prefix: str) -> TemplateRun:
        """Return the run whose id starts with *prefix*, with its counts."""
        return self.client.get(TemplateRun, at("template-runs", prefix))

    def runs(self, *, limit: int) -> list[TemplateRun]:
        """Return the newest runs first, at most as many as a server gives at once."""
        return self.client.get(list[TemplateRun], "/template-runs", limit=min(limit, MOST))

    def subjects(
        self, run: RunId, *, states: Sequence[SubjectState] = (), after: int = -1, limit: int = MOST
    ) -> list[SubjectRun]:
        """Return the subjects of *run* behind position *after*, at most *limit* of them."""
        path, found = f"{at('template-runs', run)}/subjects", list[SubjectRun]()
        while len(found) < limit:
            page = self.client.get(
                _Subjects, path, state=list(map(str, states)), after=after, limit=min(limit - len(found), MOST)
            )
            found += page.items
            if page.next is None:
                break
            after = page.next
        return found

    def named(self, run: RunId, who: str) -> list[SubjectRun]:
        """Return the subjects of *run* that are called *who*."""
        return self.client.get(_Subjects, f"{at('template-runs', run)}/subjects", who=who).items

    def steps(self, run: RunId, position: int) -> list[BlockStep]:
        """Return the executions of one subject, in order."""
        return self.client.get(list[BlockStep], f"{at('template-runs', run, 'subjects', str(position))}/steps")

    def see_through(self, run: RunId, watch: Callable[[], None]) -> None:
        """Wait until nothing of *run* is due any more; *watch* is called from time to time."""
        while self.client.get(_Count, f"{at('template-runs', run)}/due").count:
            watch()
            time.sleep(_PAUSE)

    def steer(self, prefix: str, to: str, reason: str = "") -> TemplateRun:
        """Pause, resume or cancel a run."""
        return self.client.post(TemplateRun, f"{at('template-runs', prefix)}/steer", {"to": to, "reason": reason})

    def retry(self, prefix: str, who: Sequence[str]) -> int:
        """Try again the block that subjects failed at; return how many they were."""
        return self.client.post(_Count, f"{at('template-runs', prefix)}/retry", {"who": list(who)}).count

    def skip(self, prefix: str, who: str, block: str, *, reason: str, success: bool) -> SubjectRun:
        """Pass over a block for one subject, and return where it stands then."""
        said = {"who": who, "block": block, "reason": reason, "success": success}
        return self.client.post(SubjectRun, f"{at('template-runs', prefix)}/skip", said)

    def decide(self, prefix: str, who: Sequence[str], *, approved: bool, note: str) -> int:
        """Decide about subjects that wait for it; return how many they were."""
        said = {"approved": approved, "note": note, "who": list(who)}
        return self.client.post(_Count, f"{at('template-runs', prefix)}/decisions", said).count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Started(TemplateRun):
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Template:
    name: str
    subject: str
    description: str
    blocks: int


@dataclass(frozen=True, slots=True)
class _Graph:
    written: dict[str, Any]


def cancelled(client: Client, prefix: str, reason: str) -> Run | TemplateRun:
    """Cancel the run of a plan, or of a template, and return it."""
    try:
        return client.post(Run, f"{at('runs', prefix)}/cancel", {"reason": reason})
    except NotKept:
        return RemoteTemplateRuns(client).steer(prefix, "cancel", reason)


def begun(client: Client, template: str, asked: Asked, *, most: int | None, canary: int | None) -> _Started:
    """Begin a run of *template* for whoever is *asked* for, if they are not more than *most*, and return it."""
    said = {
        "who": list(asked.ids),
        "skip_unknown": asked.skip_unknown,
        "search": asked.search,
        "filter": asked.filter,
        "members_of": asked.members_of,
        "most": most,
        "canary": canary,
    }
    return client.post(_Started, f"{at('templates', template)}/runs", said)


def path_of(client: Client, run: str, who: str) -> tuple[TemplateSpec, Path]:
    """Return the template that *run* began with, and the way of the subject called *who*."""
    runs = RemoteTemplateRuns(client)
    found = runs.run(run)
    subject = subject_called(runs.named(found.id, who), found, who)
    graph = client.get(_Graph, f"{at('template-runs', found.id)}/graph")
    return TemplateSpec.model_validate(graph.written), drawn_path(subject, runs.steps(found.id, subject.position))


def templates(client: Client) -> list[tuple[str, str, str, str]]:
    """Return name, side, number of blocks and description of each template."""
    found = client.get(list[_Template], "/templates")
    return [(one.name, one.subject, str(one.blocks), one.description) for one in found]
