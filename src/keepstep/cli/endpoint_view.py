"""A test of an endpoint as a person looks at it: each request and answer, the tree of fields, and what to beware of."""

from collections.abc import Iterator

from keepstep.cli.output import Line, shown
from keepstep.core.exchange import Exchange, Turn
from keepstep.core.field_tree import AnswerField


def exchange_lines(found: Exchange) -> Iterator[Line | str]:
    """Yield what is printed of *found*: nothing an application sent can move the cursor."""
    for number, turn in enumerate(found.turns, 1):
        yield from _turn(turn, f" {number}" if len(found.turns) > 1 else "")
    if found.records is not None:
        yield Line(f"{found.records:,} records; fields found", "head")
    elif found.fields:
        yield Line("fields found", "head")
    yield from _fields(found.fields)
    if found.lists:
        names = ", ".join(f"{shown(one.path) or 'the answer itself'} ({one.items:,})" for one in found.lists)
        yield from ("", Line(f"can be the list of records: {names}", "faint"))
    yield ""
    for remark in found.remarks:
        yield Line(
            f"{'wrong' if remark.severe else 'note'}: {shown(remark.text)}", "bad" if remark.severe else "change"
        )
    yield Line("good: a real read can be expected to work", "good") if found.good else Line("not good", "bad")


def _turn(turn: Turn, number: str) -> Iterator[Line | str]:
    sent, answer = turn.request, turn.answer
    yield Line(f"request{number}", "head")
    yield shown(f"{sent.method} {sent.url}")
    yield from (shown(f"{name}: {value}") for name, value in sent.headers)
    if sent.body:
        yield from ("", *(shown(line) for line in sent.body.split("\n")))
    kind = f", {answer.format}" if answer.format else ""
    records = "" if turn.records is None else f", {turn.records:,} records"
    good = 200 <= answer.status < 300
    yield ""
    yield Line(
        f"response{number}: status {answer.status}, {answer.milliseconds:,} ms, {answer.size:,} bytes{kind}{records}",
        "head" if good else "bad",
    )
    yield from (shown(f"{name}: {value}") for name, value in answer.headers)
    yield ""
    yield from (shown(line) for line in answer.body.split("\n") if answer.body)
    if answer.left_off:
        yield f"… {answer.left_off:,} more characters"
    yield ""


def _fields(fields: tuple[AnswerField, ...]) -> Iterator[str]:
    rows = [
        (f"{'  ' * one.depth}{shown(one.path)}", _kind(one), _often(one), shown(one.example))
        for one in fields
        if one.path
    ]
    width = min(max((len(row[0]) for row in rows), default=0), 60)
    for path, kind, often, example in rows:
        yield f"{path.ljust(width)}  {kind}{often}{f'  {example}' if example else ''}"


def _kind(one: AnswerField) -> str:
    return " ".join(one.types) + (f" ({one.items:,})" if one.items is not None else "")


def _often(one: AnswerField) -> str:
    told = "" if one.present == one.looked else f", in {one.present:,} of {one.looked:,}"
    return told if one.usable else f"{told}, no path can name it"
