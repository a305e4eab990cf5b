"""A template drawn, as text and as a picture, with the path of a run marked."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from keepstep.core.template import (
    ActionBlock,
    ApprovalBlock,
    BlockSpec,
    DecisionBlock,
    DelayBlock,
    EndBlock,
    NotifyBlock,
    SubTemplateBlock,
    TemplateSpec,
    Until,
    WaitBlock,
    WebhookBlock,
)
from keepstep.core.template_run import BlockStep, SubjectRun

_WIDTH: Final = 230
_HEIGHT: Final = 58
_GAP_X: Final = 70
_GAP_Y: Final = 64
_MARGIN: Final = 40
_LANE: Final = 16
_LETTERS: Final = 30
_WORDS: Final[Mapping[str, str]] = {
    "next": "",
    "then": "yes",
    "else": "no",
    "on_failure": "failure",
    "on_late": "late",
    "on_rejected": "rejected",
}


@dataclass(frozen=True, slots=True)
class Path:
    """The way of one subject: blocks with their results in order, and where it is now (empty: it has ended)."""

    steps: Sequence[tuple[str, str]] = ()
    at: str = ""

    def results(self) -> dict[str, str]:
        """Return the last result of each block."""
        return dict(self.steps)

    def taken(self) -> set[tuple[str, str]]:
        """Return the pairs of blocks that followed each other."""
        names = [name for name, _ in self.steps] + ([self.at] if self.at else [])
        return set(pairwise(names))


def path_of(subject: SubjectRun, steps: Iterable[BlockStep]) -> Path:
    """Return the way of *subject*, of whom *steps* were executed."""
    done = [(step.block, str(step.state)) for step in steps]
    return Path(tuple(done), subject.block if subject.wake_at else "")


def words_of(block: BlockSpec) -> str:
    """Return what *block* does, in a few words."""
    match block:
        case WebhookBlock():
            return block.webhook
        case ActionBlock():
            return block.action.verb.replace("_", " ")
        case DecisionBlock():
            return f"if {block.if_}"
        case DelayBlock(delay=Until(until=until)):
            return f"until {until}"
        case DelayBlock():
            return f"wait {block.delay}"
        case WaitBlock():
            return f"wait until {block.wait_until}"
        case ApprovalBlock():
            return f"approval of {block.approval.need} of {', '.join(block.approval.by) or 'anybody'}"
        case NotifyBlock():
            return f"notify {block.notify}"
        case SubTemplateBlock():
            return f"template {block.template}"
        case EndBlock():
            return f"end: {block.end}"


def drawn(name: str, template: TemplateSpec, path: Path | None = None) -> Iterator[str]:
    """Yield the lines of *template* as text: each block once, with its arrows; the path of a run is marked."""
    path = path or Path()
    results, taken = path.results(), path.taken()
    yield f"{name} (for {template.subject})"
    for key in _order(template):
        block = template.blocks[key]
        mark = {"succeeded": "✔", "failed": "✘", "unknown": "?", "skipped": "»"}.get(results.get(key, ""), " ")
        mark = "●" if key == path.at else mark
        start = "▶ " if key == template.start else "  "
        title = f"  ({block.title})" if block.title else ""
        yield f"{mark} {start}{key}: {words_of(block)}{title}"
        for word, goal in block.arrows():
            line = "━━" if (key, goal) in taken else "──"
            label = f" {_WORDS.get(word, word)} " if _WORDS.get(word, word) else ""
            yield f"      └{line}{label}{line}> {goal}"


def drawn_svg(name: str, template: TemplateSpec, path: Path | None = None) -> str:
    """Return *template* as an SVG picture that fits light and dark pages; the path of a run is marked."""
    path = path or Path()
    places = _places(template)
    tops = {key: y for key, (_, y) in places.items()}
    pairs = [(key, goal) for key, block in template.blocks.items() for _, goal in block.arrows() if goal in tops]
    lanes = sum(tops[goal] - tops[key] > _HEIGHT + _GAP_Y for key, goal in pairs)
    width = max(x for x, _ in places.values()) + _WIDTH + lanes * _LANE + _MARGIN
    height = max(y for _, y in places.values()) + _HEIGHT + _MARGIN
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    fonts = 'font-family="system-ui, sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title" {fonts}>',
        f'<title id="title">{escape(name)}: {len(places)} blocks for {escape(template.subject)}</title>',
        _STYLE,
        _TIP,
    ]
    parts += _arrows(template, places, path.taken())
    results = path.results()
    for key, place in places.items():
        state = "here" if key == path.at else results.get(key, "")
        parts.append(_box(key, template.blocks[key], place, state))
    return "\n".join([*parts, "</svg>\n"])


_TIP: Final = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="10" markerHeight="10" '
    'orient="auto" markerUnits="userSpaceOnUse">'
    '<path d="M0 0 8 4 0 8z" class="tip"/></marker></defs>'
)
_STYLE: Final = """<style>
  .box { fill: #fff; stroke: #64748b; stroke-width: 1.5 }
  .name { font-weight: 600; fill: #0f172a } .does { fill: #475569 }
  .arrow { fill: none; stroke: #64748b; stroke-width: 1.5 } .tip { fill: #64748b }
  .word { fill: #475569; font-size: 11px }
  .taken { stroke: #2563eb; stroke-width: 3 } .succeeded { stroke: #16a34a; stroke-width: 3 }
  .failed { stroke: #dc2626; stroke-width: 3 } .unknown, .here { stroke: #d97706; stroke-width: 3 }
  @media (prefers-color-scheme: dark) {
    .box { fill: #1e293b } .name { fill: #f1f5f9 } .does, .word { fill: #cbd5e1 }
  }
</style>"""


def _box(key: str, block: BlockSpec, place: tuple[int, int], state: str) -> str:
    x, y = place
    round_ = 28 if isinstance(block, EndBlock) else 6
    return (
        f"<g><title>{escape(key)}: {escape(words_of(block))}</title>"
        f'<rect class="box {escape(state)}" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="{round_}"/>'
        f'<text class="name" x="{x + 12}" y="{y + 24}">{escape(_short(key))}</text>'
        f'<text class="does" x="{x + 12}" y="{y + 43}">{escape(_short(block.title or words_of(block)))}</text></g>'
    )


def _arrows(
    template: TemplateSpec, places: Mapping[str, tuple[int, int]], taken: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield the arrows: straight to the next row, else in a lane of its own beside all boxes, so that none is crossed.

    What leads on goes down on the right, what leads back goes up on the left.
    """
    right = max(x for x, _ in places.values()) + _WIDTH
    left = min(x for x, _ in places.values())
    lanes = {"right": 0, "left": 0}
    for key, block in template.blocks.items():
        for number, (word, goal) in enumerate(block.arrows()):
            if goal not in places:
                continue
            source, end = places[key], places[goal]
            if end[1] - source[1] == _HEIGHT + _GAP_Y:
                line, spot = _straight(source, end, number)
            else:
                side = "right" if end[1] > source[1] else "left"
                lanes[side] += 1
                edge = right + lanes[side] * _LANE if side == "right" else left - lanes[side] * _LANE
                line, spot = _around(source, end, edge, number)
            kind = "arrow taken" if (key, goal) in taken else "arrow"
            told = _WORDS.get(word, word)
            label = f'<text class="word" x="{spot[0]:.0f}" y="{spot[1]:.0f}">{escape(told)}</text>' if told else ""
            yield f'<path class="{kind}" d="{line}" marker-end="url(#tip)"/>{label}'


def _straight(source: tuple[int, int], goal: tuple[int, int], number: int) -> tuple[str, tuple[float, float]]:
    """Return the line down to a box of the next row, and where its word stands."""
    shift = (number - 0.5) * 26
    x1, y1 = source[0] + _WIDTH / 2 + shift, source[1] + _HEIGHT
    x2, y2 = goal[0] + _WIDTH / 2 + shift / 2, goal[1]
    middle = (y1 + y2) / 2
    line = f"M{x1:.0f} {y1} C{x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2}"
    return line, (x1 + 6 + max(0.0, x2 - x1) * 0.2, y1 + 18)


def _around(source: tuple[int, int], goal: tuple[int, int], edge: int, number: int) -> tuple[str, tuple[float, float]]:
    """Return the line that goes around by the lane at *edge*, and where its word stands."""
    beside = edge > source[0]
    x1 = source[0] + (_WIDTH if beside else 0)
    x2 = goal[0] + (_WIDTH if beside else 0)
    y1 = source[1] + 16 + number * 14
    y2 = goal[1] + _HEIGHT - 12
    line = f"M{x1} {y1} H{edge} V{y2} H{x2}"
    return line, (x1 + 5 if beside else x1 - 44, y1 - 4)


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _order(template: TemplateSpec) -> list[str]:
    """Return the blocks by their distance from start, then as they are written."""
    levels = _levels(template)
    return sorted(template.blocks, key=lambda key: (levels[key], list(template.blocks).index(key)))


def _levels(template: TemplateSpec) -> dict[str, int]:
    """Return how deep each block lies: below everything that leads to it, but for arrows that lead back."""
    levels: dict[str, int] = {}

    def lay(key: str, depth: int, above: frozenset[str]) -> None:
        if key in above or key not in template.blocks or levels.get(key, -1) >= depth:
            return
        levels[key] = depth
        for _, goal in template.blocks[key].arrows():
            lay(goal, depth + 1, above | {key})

    lay(template.start, 0, frozenset())
    return {key: levels.get(key, 0) for key in template.blocks}


def _places(template: TemplateSpec) -> Mapping[str, tuple[int, int]]:
    """Return the upper left corner of each box: a row for each level."""
    rows: dict[int, list[str]] = {}
    for key, level in _levels(template).items():
        rows.setdefault(level, []).append(key)
    widest = max(len(row) for row in rows.values())
    levels = _levels(template)
    pairs = [(key, goal) for key, block in template.blocks.items() for _, goal in block.arrows()]
    backward = [key for key, goal in pairs if levels.get(goal, 0) <= levels[key]]
    lanes = len(backward) + 3
    places: dict[str, tuple[int, int]] = {}
    for level, row in rows.items():
        left = _MARGIN + lanes * _LANE + (widest - len(row)) * (_WIDTH + _GAP_X) // 2
        for number, key in enumerate(row):
            places[key] = (left + number * (_WIDTH + _GAP_X), _MARGIN + level * (_HEIGHT + _GAP_Y))
    return places
