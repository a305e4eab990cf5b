"""Macros: parse and check `{{ … }}` once, when it is saved; render it for any number of records.

What a value holds is never looked at as a macro again. Rendering has no effect and always ends: an expression has no
loops, each part is worked out at most once, and a text that would grow beyond a limit is refused.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, assert_never

from keepstep.core.macro_function import Function, Takes
from keepstep.core.macro_syntax import parse_text
from keepstep.core.macro_text import to_int
from keepstep.core.macro_tree import Attribute, Call, Choice, Concat, Literal, Names, Node, Not, Operation
from keepstep.core.macro_value import Scalar, Value, all_of, as_text, bounded, collapsed, single
from keepstep.core.values import NULL, Values
from keepstep.errors import MacroError

__all__ = ["Macro", "Names", "compile_macro"]

MOST_TEXT: Final = 1_000_000
"""The most characters that a function may make of many values together."""

Attributes = Mapping[str, Values]
Evaluate = Callable[[Attributes], Value]
"""Works a part of a macro out for the attributes of one record."""
_Encode = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Macro:
    """A checked text with macros. *names*: the attributes it reads of a record. *rests_on*: the variables
    and value tables it uses, as they are.

    `render(attributes)` gives the values: null when nothing is left, one text, or the values of the one attribute it
    names, each worked on by itself. MacroError, naming place and attribute but no value, if that cannot be done.
    """

    text: str
    names: tuple[str, ...]
    render: Callable[[Attributes], Values] = field(repr=False, compare=False)
    rests_on: tuple[object, ...] = ()

    @property
    def constant(self) -> bool:
        """Whether it renders the same for every record."""
        return not self.names


def compile_macro(text: str, *, names: Names, place: str, encode: _Encode | None = None) -> Macro:
    """Return *text* ready to render; MacroError names *place*, column and the nearest name if it cannot be.

    *encode* makes a value safe between the plain parts of the text, all of which must then have one; a text that is
    one macro alone is not encoded.
    """
    parts = parse_text(text, names, place)
    nodes = tuple(Literal(part) if isinstance(part, str) else part for part in parts)
    used = tuple(dict.fromkeys(name for node in nodes for name in names_in(node)))
    if not nodes:
        return Macro(text, (), lambda _: NULL)
    given = {name: names.given[name] for name in used if name in names.given}
    reads = tuple(name for name in used if name not in given)
    if len(nodes) == 1 and isinstance(nodes[0], Attribute):
        render = _plain(nodes[0].name)
    elif len(nodes) == 1:
        render = _values(compile_node(nodes[0]), place)
    else:
        encoders = tuple(None if isinstance(part, str) or _is_name(part) else encode for part in parts)
        render = _values(_concat(nodes, encoders), place)
    rests_on = _rests_on(nodes, given)
    if not reads:
        constant = render(given)
        return Macro(text, reads, lambda _: constant, rests_on)
    return Macro(text, reads, (lambda attributes: render({**attributes, **given})) if given else render, rests_on)


def _parts(node: Node) -> Iterator[Node]:
    """Yield *node* and everything in it."""
    yield node
    match node:
        case Literal() | Attribute():
            return
        case Call(_, inner) | Concat(inner):
            pass
        case Operation(_, left, right):
            inner = (left, right)
        case Not(operand):
            inner = (operand,)
        case Choice(condition, then, other):
            inner = (condition, then, other)
        case _:
            assert_never(node)
    for part in inner:
        yield from _parts(part)


def names_in(node: Node) -> tuple[str, ...]:
    """Return the names that *node* reads, in order; one may come twice."""
    return tuple(part.name for part in _parts(node) if isinstance(part, Attribute))


def _rests_on(nodes: Iterable[Node], given: Mapping[str, Values]) -> tuple[object, ...]:
    """Return what of the configuration *nodes* rest on; the time is none of it."""
    tables = {
        part.function.table.name: part.function.table.spec.model_dump(mode="json")
        for node in nodes
        for part in _parts(node)
        if isinstance(part, Call) and part.function.table is not None
    }
    variables = {name: values for name, values in given.items() if name != "now"}
    return (tables, variables) if tables or variables else ()


def _is_name(node: Node) -> bool:
    return isinstance(node, Call) and node.function.is_name


def _label(node: Node) -> str:
    """Return what a message calls the value of *node*."""
    if isinstance(node, Attribute):
        return f'attribute "{node.name}"'
    if isinstance(node, Call) and node.function.takes is Takes.TEXT:
        return _label(node.arguments[0])
    return "the value"


def _plain(name: str) -> Callable[[Attributes], Values]:
    """Return the renderer of `{{ name }}`: the values that are not blank."""

    def render(attributes: Attributes) -> Values:
        values = attributes.get(name)
        if not values:
            return NULL
        if len(values) == 1:
            return values if values[0] else NULL
        return tuple(value for value in values if value)

    return render


def _values(evaluate: Evaluate, place: str) -> Callable[[Attributes], Values]:
    """Return the renderer that gives what *evaluate* gives as values, and says *place* in errors."""

    def render(attributes: Attributes) -> Values:
        try:
            value = evaluate(attributes)
        except MacroError as exc:
            raise MacroError(f"{place}: {exc.message}", hint=exc.hint) from None
        if isinstance(value, str):
            return (value,) if value else NULL
        return value if isinstance(value, tuple) else (as_text(value),)

    return render


def compile_node(node: Node) -> Evaluate:
    """Return what works *node* out for given attributes: its value, or a MacroError that says no place."""
    match node:
        case Literal(value):
            return lambda _: value
        case Attribute(name):
            return _attribute(name)
        case Call():
            return _call(node)
        case Concat(parts):
            return _concat(parts, (None,) * len(parts))
        case Operation():
            return _operation(node)
        case Not(operand):
            inner = compile_node(operand)
            return lambda attributes: not inner(attributes)
        case Choice():
            return _choice(node)
        case _:
            assert_never(node)


def _attribute(name: str) -> Evaluate:
    def evaluate(attributes: Attributes) -> Value:
        values = attributes.get(name)
        if not values:
            return ""
        return values[0] if len(values) == 1 else collapsed(values)

    return evaluate


def _choice(node: Choice) -> Evaluate:
    condition, then, other = compile_node(node.condition), compile_node(node.then), compile_node(node.other)
    return lambda attributes: then(attributes) if condition(attributes) else other(attributes)


def _concat(nodes: tuple[Node, ...], encoders: tuple[_Encode | None, ...]) -> Evaluate:
    """Return the expression that puts *nodes* together; nothing, if every part that reads an attribute is blank.

    With encoders, nothing if any such part is blank: a name with a hole in it would name something else.
    """
    whole = any(encoders)
    constant = not any(names_in(node) for node in nodes)
    parts = tuple(
        (compile_node(node), _label(node), constant or bool(names_in(node)), encode)
        for node, encode in zip(nodes, encoders, strict=True)
    )

    def evaluate(attributes: Attributes) -> Value:
        texts: list[str] = []
        blank = True
        for part, label, counts, encode in parts:
            value = part(attributes)
            if not isinstance(value, str):
                value = as_text(single(value, label))
            if value:
                texts.append(encode(value) if encode else value)
                blank = blank and not counts
            elif whole and counts:
                return ""
        if blank:
            return ""
        made = "".join(texts)
        bounded(len(made))
        return made

    return evaluate


def _call(node: Call) -> Evaluate:
    function, (subject, *rest) = node.function, node.arguments
    if function.takes is Takes.ANYTHING:
        return _call_with_anything(node)
    inner = compile_node(subject)
    constants = [argument.value for argument in rest if isinstance(argument, Literal)]
    if len(constants) < len(rest):
        return _call_with_computed(node, inner)
    step = _step(function, constants)
    if function.takes is Takes.VALUES:
        return _values_call(node, inner, step)
    return _text_call(node, inner, step)


def _step(function: Function, arguments: Sequence[Scalar]) -> Callable[[str | Values], Value]:
    """Return *function* with all but its first argument given."""
    run = function.run
    if not arguments:
        return run

    def step(value: str | Values) -> Value:
        return run(value, *arguments)

    return step


def _text_call(node: Call, inner: Evaluate, step: Callable[[str], Value]) -> Evaluate:
    """Return the call of a text function: nothing of nothing, and several values one by one."""

    def evaluate(attributes: Attributes) -> Value:
        value = inner(attributes)
        try:
            if isinstance(value, str):
                return step(value) if value else ""
            return _one_by_one(step, value)
        except MacroError as exc:
            raise _told(node, exc) from None

    return evaluate


def _one_by_one(step: Callable[[str], Value], value: Value) -> Value:
    texts = all_of(value)
    if len(texts) == 1:
        return step(texts[0])
    made = [text for one in texts for text in all_of(step(one))]
    # A letter can become as many as 18 (U+FDFA in NFKD): growing that far alone is no reason to refuse.
    if sum(map(len, made)) > max(MOST_TEXT, 20 * sum(map(len, texts))):
        raise MacroError(f"the values together would be longer than {MOST_TEXT:,} characters")
    return collapsed(made)


def _values_call(node: Call, inner: Evaluate, step: Callable[[Values], Value]) -> Evaluate:
    def evaluate(attributes: Attributes) -> Value:
        value = inner(attributes)
        try:
            return step(all_of(value))
        except MacroError as exc:
            raise _told(node, exc) from None

    return evaluate


def _call_with_anything(node: Call) -> Evaluate:
    arguments = [compile_node(argument) for argument in node.arguments]
    run = node.function.run

    def evaluate(attributes: Attributes) -> Value:
        values = [argument(attributes) for argument in arguments]
        try:
            return run(*values)
        except MacroError as exc:
            raise _told(node, exc) from None

    return evaluate


def _call_with_computed(node: Call, inner: Evaluate) -> Evaluate:
    """Return a call whose arguments are worked out for each record."""
    function = node.function
    computed = [compile_node(argument) for argument in node.arguments[1:]]
    labels = [_label(argument) for argument in node.arguments[1:]]

    def evaluate(attributes: Attributes) -> Value:
        value = inner(attributes)
        given = [argument(attributes) for argument in computed]
        try:
            arguments = [
                to_int(as_text(single(one, label))) if parameter.number else as_text(single(one, label))
                for parameter, one, label in zip(function.parameters, given, labels, strict=True)
            ]
            step = _step(function, arguments)
            if function.takes is Takes.VALUES:
                return step(all_of(value))
            return _one_by_one(step, value) if value != "" else ""
        except MacroError as exc:
            raise _told(node, exc) from None

    return evaluate


def _told(node: Call, exc: MacroError) -> MacroError:
    return MacroError(f"{node.function.name} of {_label(node.arguments[0])}: {exc.message}", hint=exc.hint)


def _operation(node: Operation) -> Evaluate:
    left, right = compile_node(node.left), compile_node(node.right)
    if node.operator == "and":
        return lambda attributes: left(attributes) and right(attributes)
    if node.operator == "or":
        return lambda attributes: left(attributes) or right(attributes)
    work = _OPERATIONS[node.operator]
    labels = _label(node.left), _label(node.right)
    return lambda attributes: work(single(left(attributes), labels[0]), single(right(attributes), labels[1]))


def _reckoned(work: Callable[[int, int], int]) -> Callable[[Scalar, Scalar], Scalar]:
    def reckon(left: Scalar, right: Scalar) -> Scalar:
        if left == "" or right == "":
            return ""
        if isinstance(left, str) or isinstance(right, str):
            raise MacroError("+ and - reckon with numbers; use ~ to put texts together, to_int to make a number")
        return work(left, right)

    return reckon


def _ordered(
    texts: Callable[[str, str], bool], numbers: Callable[[int, int], bool]
) -> Callable[[Scalar, Scalar], bool]:
    def compare(left: Scalar, right: Scalar) -> bool:
        if left == "" or right == "":
            return False
        if isinstance(left, str) and isinstance(right, str):
            return texts(left, right)
        if isinstance(left, str) or isinstance(right, str):
            raise MacroError("a text and a number cannot be compared; use to_int")
        return numbers(left, right)

    return compare


_OPERATIONS: Final[Mapping[str, Callable[[Scalar, Scalar], Scalar]]] = MappingProxyType(
    {
        "+": _reckoned(operator.add),
        "-": _reckoned(operator.sub),
        "==": lambda left, right: as_text(left) == as_text(right),
        "!=": lambda left, right: as_text(left) != as_text(right),
        "<": _ordered(operator.lt, operator.lt),
        "<=": _ordered(operator.le, operator.le),
        ">": _ordered(operator.gt, operator.gt),
        ">=": _ordered(operator.ge, operator.ge),
    }
)
