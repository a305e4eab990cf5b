"""A macro expression taken apart into the parts of a custom format, where it has that shape."""

from collections.abc import Callable, Mapping
from typing import Final

from keepstep.core.custom_format import Alternative, Case, CustomFormat, Part
from keepstep.core.macro_parts import MOST_DIGITS
from keepstep.core.macro_syntax import parse_text
from keepstep.core.macro_tree import ANY_NAME, Attribute, Call, Choice, Concat, Literal, Node, Operation
from keepstep.core.macro_value import LONGEST
from keepstep.core.macro_writing import write_expression, write_step

_CASES: Final[Mapping[str, Case]] = {"lower": "lower", "upper": "upper", "title": "title", "capitalize": "capitalize"}


def to_parts(text: str) -> CustomFormat | None:
    """Return the custom format that gives what *text* gives, for any record; None if there is none.

    MacroError if *text* cannot be understood.
    """
    nodes = parse_text(text.rstrip("\r\n"), ANY_NAME, "the expression")
    if not nodes:
        return None
    if len(nodes) == 1 and not isinstance(nodes[0], str):
        found = _whole(nodes[0])
    else:
        parts = [Part(text=node) if isinstance(node, str) else _part(node) for node in nodes]
        found = CustomFormat(parts=parts)
    return found if any(not part.expression for part in _all_parts(found)) else None


def _all_parts(form: CustomFormat) -> list[Part]:
    return [*form.parts, *(part for one in form.alternatives for part in one.parts)]


def _whole(node: Node) -> CustomFormat:
    """Return the format of one expression: what works on the whole is peeled off from outside."""
    base = node
    peeled: dict[str, object] = {}
    for name, read in _WHOLE:
        if name not in peeled and isinstance(base, Call) and (value := read(base)) is not None:
            peeled[name] = value
            base = base.arguments[0]
    if (several := _several(base)) is not None:
        parts, separator = several
        return CustomFormat.model_validate({"parts": parts, "separator": separator, **peeled})
    if (alternatives := _alternatives(base)) is not None:
        return CustomFormat.model_validate({"alternatives": alternatives, **peeled})
    return CustomFormat(parts=[_part(node)])


def _limit(call: Call) -> int | None:
    length = call.arguments[1] if call.function.name == "truncate" else None
    return length.value if isinstance(length, Literal) and isinstance(length.value, int) and length.value > 0 else None


def _no_spaces(call: Call) -> bool | None:
    return True if call.function.name == "replace" and call.arguments[1:] == (Literal(" "), Literal("")) else None


def _case(call: Call) -> Case | None:
    return _CASES.get(call.function.name)


def _one_case(call: Call) -> Case | None:
    """Return the case that is the same with and without the blanks: it may stand on either side of taking them out."""
    return case if (case := _case(call)) in {"lower", "upper"} else None


def _no_accents(call: Call) -> bool | None:
    return True if call.function.name == "remove_accents" else None


_WHOLE: Final[tuple[tuple[str, Callable[[Call], object]], ...]] = (
    ("at_most", _limit),
    ("case", _case),
    ("remove_spaces", _no_spaces),
    ("case", _one_case),
    ("remove_accents", _no_accents),
)
"""What works on the whole, from outside in: key of the format, and what it says of a call, None if nothing."""


def _several(node: Node) -> tuple[list[Part], str] | None:
    """Return the parts that *node* puts together, and what stands between them."""
    if isinstance(node, Concat):
        return [_part(part) for part in node.parts], ""
    if not isinstance(node, Call) or node.function.name not in {"words", "connect"}:
        return None
    separator, values = Literal(" "), node.arguments
    if node.function.name == "connect":
        first, *rest = values
        if not isinstance(first, Literal) or not isinstance(first.value, str):
            return None
        separator, values = first, tuple(rest)
    parts = [_part(value) for value in values]
    if len(parts) < 2 or not separator.value or any(part.text for part in parts):
        return None
    return parts, str(separator.value)


def _alternatives(node: Node) -> list[Alternative] | None:
    branches = _branches(node)
    if len(branches) == 1 and not isinstance(node, Choice):
        return None
    if len(branches) == 1 and isinstance(node, Choice) and node.other != Literal(""):
        return None
    return [_alternative(branch) for branch in branches]


def _branches(node: Node) -> list[Node]:
    if isinstance(node, Operation) and node.operator == "or":
        return [*_branches(node.left), node.right]
    return [node]


def _alternative(node: Node) -> Alternative:
    when = ""
    if isinstance(node, Choice) and node.other == Literal(""):
        when, node = write_expression(node.condition), node.then
    parts, separator = _several(node) or ([_part(node)], "")
    return Alternative(when=when, parts=parts, separator=separator)


def _part(node: Node) -> Part:
    if isinstance(node, Literal) and isinstance(node.value, str) and node.value:
        return Part(text=node.value)
    base: Node = node
    steps: list[Call] = []
    while isinstance(base, Call) and _is_step(base):
        steps.insert(0, base)
        base = base.arguments[0]
    if not isinstance(base, Attribute):
        return Part(expression=write_expression(node))
    chosen: dict[str, object] = {}
    for name, read in _CHOICES.items():
        if steps and (value := read(steps[0])):
            chosen[name] = value
            del steps[0]
    functions = [write_step(step.function, step.arguments[1:]) for step in steps]
    return Part.model_validate({"attribute": base.name, "functions": functions, **chosen})


def _is_step(call: Call) -> bool:
    return not call.function.repeats and all(isinstance(argument, Literal) for argument in call.arguments[1:])


def _numbers(call: Call, count: int) -> list[int]:
    """Return the last *count* arguments where they are whole numbers, else nothing."""
    values = [argument.value for argument in call.arguments[-count:] if isinstance(argument, Literal)]
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    return numbers if len(numbers) == count else []


def _value(call: Call) -> str:
    if call.function.name == "nth" and (number := _numbers(call, 1)) and 0 < number[0] < 1000:
        return str(number[0])
    return call.function.name if call.function.name in {"first", "last"} else ""


def _words(call: Call) -> str:
    plain = {"first_word": "first", "last_word": "last"}
    return plain.get(call.function.name) or _piece(call, "slice_words")


def _piece(call: Call, function: str) -> str:
    """Return the choice that a call of *function*, which takes a start and an end, stands for."""
    if call.function.name != function or not (numbers := _numbers(call, 2)):
        return ""
    start, end = numbers
    if start == 0 and 0 < end < 1000:
        return "first" if end == 1 else f"first {end}"
    if end == LONGEST and -1000 < start < 0:
        return "last" if start == -1 else f"last {-start}"
    return str(end) if end == start + 1 and 1 < end < 1000 else ""


def _digits(call: Call) -> int:
    numbers = _numbers(call, 1) if call.function.name == "random_digits" else []
    return numbers[0] if numbers and 0 < numbers[0] <= MOST_DIGITS else 0


_CHOICES: Final[Mapping[str, Callable[[Call], object]]] = {
    "value": _value,
    "words": _words,
    "characters": lambda call: _piece(call, "slice"),
    "case": _case,
    "random_digits": _digits,
}
"""What is taken of an attribute, in this order: key of the part to what it says of a call, nothing if none."""
