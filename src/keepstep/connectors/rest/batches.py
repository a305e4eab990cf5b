"""Writes in batches, and what the answer says of each item."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

import msgspec

from keepstep.connectors.rest.calls import Caller
from keepstep.connectors.rest.documents import encode
from keepstep.connectors.rest.transport import Failure
from keepstep.core.effect import Absent, Conflict, Done, Effect, NotSent, Outcome, Refused, Unknown
from keepstep.core.response import BatchResults, ItemAnswer, Meaning, Problem, read_batch
from keepstep.core.values import NativeKey, Values


@dataclass(slots=True)
class Work:
    """One effect on its way. *partly*: a part of it is in force already; *outcome* ends it.

    *calls*: the writes that left for it, each with its answer.
    """

    effect: Effect
    attributes: Mapping[str, Values] = field(default_factory=dict[str, Values])
    partly: bool = False
    calls: list[str] = field(default_factory=list[str])
    outcome: Outcome | None = None

    @property
    def key(self) -> NativeKey:
        """The key of the object that is changed."""
        return self.effect.target or NativeKey("")

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.outcome is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Items of one call: the endpoint, the member that holds them, how its answer is read, further values."""

    endpoint: str
    items: str
    results: BatchResults
    values: Mapping[str, object] = field(default_factory=dict[str, object])


Item = tuple[Work, msgspec.Raw]


def portions(items: Sequence[Item], size: int, max_bytes: int) -> Iterator[list[Item]]:
    """Yield *items* in portions of at most *size* items and about *max_bytes* bytes, none empty."""
    portion: list[Item] = []
    weight = 0
    for work, raw in items:
        bytes_of_item = len(bytes(raw))
        if portion and (len(portion) >= size or weight + bytes_of_item > max_bytes):
            yield portion
            portion, weight = [], 0
        portion.append((work, raw))
        weight += bytes_of_item + 1
    if portion:
        yield portion


async def send(caller: Caller, batch: Batch, portion: Sequence[Item]) -> list[ItemAnswer]:
    """Send one batch, once; return one answer an item. Raises only when nothing of it was done.

    A batch that is refused as a whole gives its problem to every item; one whose answer was lost tells nothing, nor
    does a 404 to the whole of it: it is not about persons, whatever it says.
    """
    body = encode({batch.items: [raw for _, raw in portion]})
    answer = await caller.write(batch.endpoint, {**batch.values, "body": body})
    told = caller.told(batch.endpoint, answer)
    for work, _ in portion:
        work.calls.append(told)
    problem = caller.problem(answer)
    if problem is not None:
        lasting = replace(problem, meaning=Meaning.RETRY) if problem.status == 404 else problem
        return [ItemAnswer(problem=lasting) for _ in portion]
    if isinstance(answer, Failure):
        return [ItemAnswer() for _ in portion]
    sent = [work.key for work, _ in portion]
    return read_batch(caller.application.problems, batch.results, sent, (answer.status, answer.body))


def failed(work: Work, problem: Problem) -> Outcome:
    """Return the outcome of *work* that ends in *problem*; what was done before it is told."""
    partly = " (a part of the change was made before)" if work.partly else ""
    match problem.meaning:
        case Meaning.ABSENT:
            return Absent()
        case Meaning.CONFLICT:
            return Conflict(problem.say + partly)
        case Meaning.REFUSED | Meaning.CREDENTIALS | Meaning.RIGHT_MISSING:
            return Refused(problem.say + partly, lasting=problem.meaning is Meaning.REFUSED)
        case Meaning.THROTTLED:
            return Unknown(problem.say + partly) if work.partly else NotSent(problem.say)
        case Meaning.RETRY:
            return Unknown(problem.say)
        case _:
            assert_never(problem.meaning)


def settle(work: Work, answer: ItemAnswer, *, last: bool) -> None:
    """Take in what the batch answer says of *work*; done ends it only if this was the *last* thing to do."""
    if answer.problem is not None:
        work.outcome = failed(work, answer.problem)
    elif not answer.done:
        work.outcome = Unknown("the answer does not say what became of it")
    elif last:
        work.outcome = Done(work.key)
    else:
        work.partly = True
