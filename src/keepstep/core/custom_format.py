"""Custom formats: a value composed of parts. A format is a macro expression written another way, and both convert."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from keepstep.core.macro_syntax import parse_text
from keepstep.core.macro_tree import ANY_NAME, Attribute, Call, Node
from keepstep.core.macro_writing import write_name, write_scalar
from keepstep.core.spec import Spec
from keepstep.errors import MacroError

Case = Literal["lower", "upper", "title", "capitalize"]

_COUNTED: Final = re.compile(r"(?P<end>first|last)(?: (?P<count>[1-9]\d{0,2}))?|(?P<nth>[1-9]\d{0,2})")
_PLAIN: Final = re.compile(r"[^{}\r\n]*")
"""Text that stands between macros as it is."""


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Choice = Annotated[
    str, BeforeValidator(_as_text), Field(pattern=r"^(?:all|(?:first|last)(?: [1-9]\d{0,2})?|[1-9]\d{0,2})$")
]
"""Which of several: `all`, `first`, `last`, `first 2`, `last 2`, or a number counted from 1."""


class Part(Spec):
    """One part: an attribute with what is taken of it, a text, or any expression.

    Of an attribute the *value*, then the *words*, then the *characters* are chosen; *case*, *random_digits* that are
    drawn from it, and *functions* follow.
    """

    attribute: str = ""
    value: Choice = "all"
    words: Choice = "all"
    characters: Choice = "all"
    case: Case | None = None
    functions: list[str] = []
    text: str = ""
    random_digits: Annotated[int, Field(ge=1, le=18)] | None = None
    expression: str = ""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(map(bool, (self.attribute, self.text, self.expression))) != 1:
            raise ValueError("a part is one of attribute, text, expression")
        chosen = {self.value, self.words, self.characters} != {"all"}
        if not self.attribute and (chosen or self.case or self.random_digits or self.functions):
            raise ValueError("all but text and expression belong to a part with an attribute")
        if self.value.partition(" ")[2]:
            raise ValueError("value chooses one value: first, last or a number")
        for function in self.functions:
            _check_function(function)
        if self.expression:
            _check(self.expression)
        return self


class Alternative(Spec):
    """Parts that are used where *when* holds; without it, where they give something."""

    when: str = ""
    parts: Annotated[list[Part], Field(min_length=1)]
    separator: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        _check_separator(self.parts, self.separator)
        if self.when:
            _check(self.when)
        return self


class CustomFormat(Spec):
    """How a value is composed: parts, or the first of several alternatives that holds and gives something.

    What is composed is then worked on as a whole: accents, blanks, case, and last the length.
    """

    parts: list[Part] = []
    separator: str = ""
    alternatives: list[Alternative] = []
    remove_accents: bool = False
    remove_spaces: bool = False
    case: Case | None = None
    at_most: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if bool(self.parts) == bool(self.alternatives):
            raise ValueError("a format has either parts or alternatives")
        if self.alternatives and self.separator:
            raise ValueError("with alternatives, each says its own separator")
        _check_separator(self.parts, self.separator)
        return self

    @property
    def names_safely(self) -> bool:
        """Whether in a distinguished name no value could break out: each stands alone, or in a text of its own."""
        whole = _whole_steps(self) or self.separator
        alone = all(len(one.parts) == 1 for one in self.alternatives)
        return not whole and alone


def _check_separator(parts: list[Part], separator: str) -> None:
    if separator and any(part.text for part in parts):
        raise ValueError("a separator stands between attributes only; write texts where they belong, without one")


def _check_function(written: str) -> None:
    node = _check(f"x | {written}")
    if not isinstance(node, Call) or node.arguments[0] != Attribute("x"):
        raise ValueError(f'"{written}" is not one function, such as digits or replace("-", "")')


def _check(expression: str) -> str | Node:
    try:
        nodes = parse_text("{{ " + expression + " }}", ANY_NAME, f'"{expression}"')
    except MacroError as exc:
        raise ValueError(exc.message) from None
    if len(nodes) != 1:
        raise ValueError(f'"{expression}" is more than one expression')
    return nodes[0]


def to_text(form: CustomFormat) -> str:
    """Return the text with macros that *form* is another way to write."""
    steps = _whole_steps(form)
    if not steps and not form.alternatives and not form.separator:
        return "".join(_in_text(part) for part in form.parts)
    if form.alternatives:
        made = " or ".join(_alternative(one) for one in form.alternatives)
    else:
        made = _joined(form.parts, form.separator)
    loose = bool(form.alternatives) or (len(form.parts) > 1 and not form.separator)
    return "{{ " + " | ".join([f"({made})" if loose and steps else made, *steps]) + " }}"


def _whole_steps(form: CustomFormat) -> list[str]:
    steps = ["remove_accents"] if form.remove_accents else []
    if form.remove_spaces:
        steps.append('replace(" ", "")')
    if form.case:
        steps.append(form.case)
    return [*steps, f"truncate({form.at_most})"] if form.at_most else steps


def _in_text(part: Part) -> str:
    if part.text and _PLAIN.fullmatch(part.text):
        return part.text
    return "{{ " + _written(part) + " }}"


def _alternative(one: Alternative) -> str:
    made = _joined(one.parts, one.separator)
    return f"({made} if ({one.when}))" if one.when else f"({made})"


def _joined(parts: list[Part], separator: str) -> str:
    written = [_written(part) for part in parts]
    if not separator or len(parts) == 1:
        return " ~ ".join(written)
    if separator == " ":
        return f"words({', '.join(written)})"
    return f"connect({', '.join([write_scalar(separator), *written])})"


def _written(part: Part) -> str:
    if part.text:
        return write_scalar(part.text)
    if part.expression:
        return f"({part.expression})"
    steps = [_value_step(part.value), _word_step(part.words), _cut("slice", part.characters), part.case or ""]
    steps.append(f"random_digits({part.random_digits})" if part.random_digits else "")
    return " | ".join([write_name(part.attribute), *filter(None, steps), *part.functions])


def _value_step(choice: str) -> str:
    return "" if choice == "all" else choice if choice in {"first", "last"} else f"nth({choice})"


def _word_step(choice: str) -> str:
    plain = {"first": "first_word", "first 1": "first_word", "1": "first_word"}
    plain |= {"last": "last_word", "last 1": "last_word"}
    return plain.get(choice) or _cut("slice_words", choice)


def _cut(function: str, choice: str) -> str:
    """Return the call of *function*, which takes a start and an end, that gives what *choice* says."""
    found = _COUNTED.fullmatch(choice)
    if found is None:
        return ""
    if found["nth"]:
        return f"{function}({int(found['nth']) - 1}, {found['nth']})"
    count = found["count"] or "1"
    return f"{function}(0, {count})" if found["end"] == "first" else f"{function}(-{count})"
