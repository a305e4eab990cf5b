"""A test of a webhook as a person looks at it: for each subject the request, and beside it what came back."""

from collections.abc import Iterator
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import wrap
from typing import Final

from keepstep.cli.output import Line, shown
from keepstep.core.block_result import BlockResult, BlockState
from keepstep.usecases.fire import Rendering
from keepstep.usecases.try_webhook import Trial

_NARROWEST: Final = 100
"""Below this width two columns are harder to read than one after the other."""


def trial_lines(found: Trial) -> Iterator[Line | str]:
    """Yield what is printed of *found*: nothing an application or a person's value holds can move the cursor."""
    for remark in found.remarks:
        yield Line(f"note: {shown(remark)}", "change")
    for rendering in found.rendered:
        yield from _rendered(rendering)
    for shot in found.shots:
        yield Line(f"{shot.subject.side} {shown(shot.subject.name)} ({shown(shot.subject.key)})", "head")
        yield from _shot(shot.result)
        yield ""
    if not found.live:
        yield "nothing was sent: --live sends it"
    yield Line("good", "good") if found.good else Line("not good", "bad")


def _rendered(rendering: Rendering) -> Iterator[Line | str]:
    subject, request = rendering.subject, rendering.request
    yield Line(f"{subject.side} {shown(subject.name)} ({shown(subject.key)})", "head")
    if request is None:
        yield Line(f"cannot be sent: {shown(rendering.problem)}", "bad")
    else:
        yield shown(f"{request.method} {request.url}")
        yield from (shown(f"{name}: {value}") for name, value in request.headers)
        if request.body:
            yield from ("", *(shown(line) for line in request.body.splitlines()))
    yield ""


def _shot(result: BlockResult) -> Iterator[Line | str]:
    width = get_terminal_size((_NARROWEST, 24)).columns
    sent, came = result.request.splitlines(), result.answer.splitlines()
    if width > _NARROWEST:
        half = (width - 3) // 2
        for left, right in zip_longest(_fitted(sent, half), _fitted(came, half), fillvalue=""):
            yield f"{left.ljust(half)} | {right}".rstrip()
    else:
        yield from (shown(line) for line in sent)
        yield from ("", "answer", *(shown(line) for line in came))
    good = result.state is BlockState.SUCCEEDED
    cause = f" ({result.cause})" if result.cause else ""
    told = f": {shown(result.detail)}" if result.detail else ""
    tries = f"{result.attempts} call{'' if result.attempts == 1 else 's'}, {round(result.seconds * 1000):,} ms"
    yield Line(f"{result.state}{cause}{told}; {tries}", "good" if good else "bad")
    yield from (shown(f"  {name} = {', '.join(values)}") for name, values in result.values.items())


def _fitted(lines: list[str], width: int) -> list[str]:
    return [part for line in lines for part in (wrap(shown(line), width, drop_whitespace=False) or [""])]
