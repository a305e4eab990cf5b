"""What people do to a run of a template: stop it, hold it, go on, try again, pass over a block, decide."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from keepstep.core.approval import may_decide
from keepstep.core.authority import Authority, Reach
from keepstep.core.block_result import BlockResult, BlockState, Cause
from keepstep.core.right import Right
from keepstep.core.run import RunId
from keepstep.core.template import ApprovalBlock, BlockSpec, DecisionBlock, is_wait
from keepstep.core.template_run import (
    Finished,
    SubjectRun,
    SubjectState,
    TemplateRun,
    TemplateRunState,
    Vote,
)
from keepstep.core.template_step import Ended, following
from keepstep.core.template_version import TemplateVersion
from keepstep.errors import UsageError
from keepstep.ports import Audit

_PAGE = 1000


class SteeredRuns(Protocol):
    """The runs of templates, as people steer them; a worker in another process hears of it at its next block."""

    def run(self, prefix: str) -> TemplateRun:
        """Return the run whose id starts with *prefix*."""
        ...

    def version(self, digest: str) -> TemplateVersion:
        """Return the version that a run pinned."""
        ...

    def change_state(self, run: RunId, state: TemplateRunState, allowed: Sequence[TemplateRunState]) -> bool:
        """Make *run* one of *state*, if it is one of *allowed* now."""
        ...

    def move(self, run: RunId, changed: Sequence[SubjectRun]) -> int:
        """Write down where people put subjects, and wake the run; return how many were moved."""
        ...

    def step_aside(self, run: RunId, done: Finished) -> bool:
        """Write down an execution that a person made the end of, and wake its chunk; False if that came too late."""
        ...

    def failed_at(self, run: RunId, positions: Sequence[int]) -> dict[int, str]:
        """Return the block that last failed, or came to nothing known, for each of *positions*."""
        ...

    def vote(self, run: RunId, vote: Vote) -> bool:
        """Keep *vote*; False if this operator has decided already."""
        ...

    def subjects(
        self, run: RunId, *, states: Sequence[SubjectState] = (), after: int = -1, limit: int = 1000
    ) -> list[SubjectRun]:
        """Return the subjects of *run* behind position *after*."""
        ...

    def named(self, run: RunId, who: str) -> list[SubjectRun]:
        """Return the subjects of *run* that are called *who*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """Who steers, and what: every change is in the audit log."""

    runs: SteeredRuns
    audit: Audit
    by: Authority

    def cancel(self, prefix: str, reason: str = "") -> TemplateRun:
        """Begin nothing more of the run; what is under way ends. UsageError if it is over."""
        return self._state(
            prefix, TemplateRunState.CANCELLED, (TemplateRunState.RUNNING, TemplateRunState.PAUSED), reason
        )

    def pause(self, prefix: str) -> TemplateRun:
        """Begin nothing more of the run until `resume`."""
        return self._state(prefix, TemplateRunState.PAUSED, (TemplateRunState.RUNNING,), "")

    def resume(self, prefix: str) -> TemplateRun:
        """Go on with a run that was paused."""
        return self._state(prefix, TemplateRunState.RUNNING, (TemplateRunState.PAUSED,), "")

    def retry(self, prefix: str, who: Sequence[str] = ()) -> int:
        """Try the block again that subjects failed at, all of them or those in *who*; return how many there are."""
        run = self._alive(prefix)
        wanted = (SubjectState.FAILED, SubjectState.UNKNOWN)
        if who:
            chosen = [self.subject(run, one) for one in who]
            for subject in chosen:
                if subject.state not in wanted:
                    raise UsageError(f'"{subject.name}" is {subject.state}: only who failed is tried again')
            return self._again(run, chosen)
        after, count = -1, 0
        while some := self.runs.subjects(run.id, states=wanted, after=after, limit=_PAGE):
            count += self._again(run, some)
            after = some[-1].position
        return count

    def skip(self, prefix: str, who: str, block: str, *, reason: str, success: bool = True) -> SubjectRun:
        """Pass over *block* for one subject, as if it had succeeded, or failed; return where they stand then.

        UsageError if the subject does not stand there, nor failed there, or the block is carried out just now.
        """
        run = self._alive(prefix)
        subject = self.subject(run, who)
        here = self._stands_at(run, [subject])[0].block
        if subject.state in {SubjectState.SUCCEEDED, SubjectState.CANCELLED} or here != block:
            raise UsageError(
                f'"{subject.name}" is {subject.state} at block "{here}", not at "{block}"',
                hint="name the block where it stands; `keepstep run show` tells",
            )
        spec = self.runs.version(run.version).template.blocks[block]
        told = f"passed over by {self.by.operator}: {reason}"
        result = _passed_over(spec, told, success=success)
        moved = replace(subject, block=block, executions=subject.executions + 1, since=None, wake_at=None, detail=told)
        goal = following(spec, result)
        given = {**moved.given, **result.given(block)}
        if isinstance(goal, Ended):
            ended = SubjectState.SUCCEEDED if goal.success else SubjectState.FAILED
            after = replace(moved, state=ended, given=given)
        else:
            # as after a wait that ended: whether the run is called off is judged before anything is begun
            state = SubjectState.WAITING if is_wait(spec) else SubjectState.READY
            after = replace(moved, state=state, block=goal, given=given)
        done = Finished(execution=subject.executions, block=block, result=result, after=after)
        if not self.runs.step_aside(run.id, done):
            raise UsageError(
                f'"{subject.name}" moved on, or block "{block}" is carried out just now',
                hint="look with `keepstep run show`, and try again",
            )
        detail = {"subject": subject.key, "block": block, "as": result.state, "reason": reason}
        self.audit.add("skip_block", run.id, detail, operator=self.by.operator)
        return after

    def decide(self, prefix: str, who: Sequence[str], *, approved: bool, note: str = "") -> int:
        """Approve or reject subjects that wait for it, those in *who* or all; return how many were decided about.

        UsageError if this operator may not decide, or nobody waits for it.
        """
        run = self._run(prefix, Right.APPROVE)
        waiting = (
            [self.subject(run, one) for one in who]
            if who
            else self.runs.subjects(run.id, states=(SubjectState.APPROVAL,), limit=10**6)
        )
        blocks = self.runs.version(run.version).template.blocks
        decided = 0
        for subject in waiting:
            block = blocks.get(subject.block)
            if subject.state is not SubjectState.APPROVAL or not isinstance(block, ApprovalBlock):
                raise UsageError(f'"{subject.name}" is {subject.state} and waits for no approval')
            if not may_decide(block.approval.by, block.approval, self.by.operator, run.operator):
                raise UsageError(
                    f'{self.by.operator} may not decide at block "{subject.block}"',
                    hint=f"it is for {', '.join(block.approval.by) or 'anybody'}"
                    + (", and not for who began the run" if block.approval.not_requester else ""),
                )
            vote = Vote(
                position=subject.position,
                execution=subject.executions,
                operator=self.by.operator,
                approved=approved,
                note=note,
            )
            if self.runs.vote(run.id, vote):
                decided += 1
                detail = {"subject": subject.key, "block": subject.block, "note": note}
                self.audit.add("approve" if approved else "reject", run.id, detail, operator=self.by.operator)
        if not waiting:
            raise UsageError(
                "nobody in this run waits for an approval", hint="`keepstep run show` tells where they stand"
            )
        return decided

    def subject(self, run: TemplateRun, who: str) -> SubjectRun:
        """Return the subject of *run* that *who* means; UsageError if that is none, or several."""
        return subject_called(self.runs.named(run.id, who), run, who)

    def _again(self, run: TemplateRun, some: Sequence[SubjectRun]) -> int:
        ready = [
            replace(one, state=SubjectState.READY, wake_at=None, since=None, detail="")
            for one in self._stands_at(run, some)
        ]
        moved = self.runs.move(run.id, ready)
        self.audit.add("retry", run.id, {"subjects": str(moved)}, operator=self.by.operator)
        return moved

    def _stands_at(self, run: TemplateRun, some: Sequence[SubjectRun]) -> list[SubjectRun]:
        """Return *some*, each of them who failed at the block that failed, not at the end that this led to."""
        failed = self.runs.failed_at(run.id, [one.position for one in some if one.state is SubjectState.FAILED])
        return [replace(one, block=failed.get(one.position, one.block)) for one in some]

    def _run(self, prefix: str, right: Right = Right.STEER_RUNS) -> TemplateRun:
        """Return the run whose id starts so; NotPermitted without *right* for its template."""
        run = self.runs.run(prefix)
        self.by.require(right, Reach(template=run.template))
        return run

    def _alive(self, prefix: str) -> TemplateRun:
        run = self._run(prefix)
        if run.state is TemplateRunState.CANCELLED:
            raise UsageError(f"run {run.id} is cancelled", hint="begin a new one: `keepstep template run`")
        return run

    def _state(
        self, prefix: str, state: TemplateRunState, allowed: Sequence[TemplateRunState], reason: str
    ) -> TemplateRun:
        run = self._run(prefix)
        if not self.runs.change_state(run.id, state, allowed):
            raise UsageError(f"run {run.id} is {run.state}", hint=f"this is for runs that are {' or '.join(allowed)}")
        words = {
            TemplateRunState.CANCELLED: "cancel_run",
            TemplateRunState.PAUSED: "pause_run",
            TemplateRunState.RUNNING: "resume_run",
        }
        self.audit.add(words[state], run.id, {"reason": reason} if reason else {}, operator=self.by.operator)
        return self.runs.run(run.id)


def _passed_over(block: BlockSpec, told: str, *, success: bool) -> BlockResult:
    """Return what a block came to that a person passed over; a decision goes where they say."""
    if isinstance(block, DecisionBlock):
        values = {"held": ("true" if success else "false",)}
        return BlockResult(state=BlockState.SKIPPED, detail=told, values=values)
    if success:
        return BlockResult(state=BlockState.SKIPPED, detail=told)
    return BlockResult(state=BlockState.FAILED, cause=Cause.REJECTED, detail=told)


def subject_called(found: Sequence[SubjectRun], run: TemplateRun, who: str) -> SubjectRun:
    """Return the one subject that was *found* in *run* by *who*; UsageError if that is none, or several."""
    if len(found) != 1:
        told = "nobody" if not found else f"{len(found)} subjects"
        raise UsageError(
            f'{told} in run {run.id} called "{who}"', hint="name them as `keepstep run show` does, or by number"
        )
    return found[0]
