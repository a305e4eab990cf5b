"""An expression tree as text again: what is read back is the same tree."""

import re
from typing import Final, assert_never

from keepstep.core.macro_function import Function, Parameter
from keepstep.core.macro_syntax import KEYWORDS
from keepstep.core.macro_tree import Attribute, Call, Choice, Concat, Literal, Node, Not, Operation
from keepstep.core.macro_value import Scalar

_BARE: Final = re.compile(r"[^\W\d]\w*(?:[.\-]\w+)*")
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def write_expression(node: Node) -> str:
    """Return *node* as it is written between `{{` and `}}`."""
    match node:
        case Literal(value):
            return write_scalar(value)
        case Attribute(name):
            return write_name(name)
        case Call():
            return _call(node)
        case Concat(parts):
            return " ~ ".join(_inner(part) for part in parts)
        case Operation(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Not(operand):
            return f"not {_inner(operand)}"
        case Choice(condition, then, other):
            ending = "" if other == Literal("") else f" else {_inner(other)}"
            return f"{_inner(then)} if {_inner(condition)}{ending}"
        case _:
            assert_never(node)


def write_scalar(value: Scalar) -> str:
    """Return how a text, number or truth is written."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else f'"{value.translate(_ESCAPES)}"'


def write_name(name: str) -> str:
    """Return how attribute *name* is written: as it is, or in quotes where it would be read as something else."""
    if _BARE.fullmatch(name) and name not in KEYWORDS:
        return name
    return f"attribute({write_scalar(name)})"


def write_step(function: Function, arguments: tuple[Node, ...]) -> str:
    """Return what stands behind `|` for *function* with *arguments*, defaults left away from the end."""
    if function.table:
        return f"{function.name}({write_scalar(function.table.name)})"
    given = list(zip(function.parameters, arguments, strict=True))
    while given and _is_default(*given[-1]):
        given.pop()
    shown = ", ".join(write_expression(argument) for _, argument in given)
    return f"{function.name}({shown})" if shown else function.name


def _is_default(parameter: Parameter, argument: Node) -> bool:
    return parameter.default is not None and argument == Literal(parameter.default)


def _call(node: Call) -> str:
    function, (subject, *rest) = node.function, node.arguments
    if function.repeats:
        return f"{function.name}({', '.join(write_expression(argument) for argument in node.arguments)})"
    return f"{_inner(subject)} | {write_step(function, tuple(rest))}"


def _inner(node: Node) -> str:
    """Return *node* as a part of something larger."""
    text = write_expression(node)
    return text if isinstance(node, Literal | Attribute | Call) else f"({text})"
