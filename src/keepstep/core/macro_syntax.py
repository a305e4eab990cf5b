"""The language of macros: text with `{{ expressions }}` in, checked expression trees out.

An expression reads attributes and calls the functions of the table. It has no loops, no assignments and no access to
anything else; every part is worked out at most once, and the number of parts is limited, so it always ends.
The words are those of Jinja2, which many administrators know; names may be LDAP names as they are (`msDS-…`).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from keepstep.core.macro_function import Function, Parameter
from keepstep.core.macro_functions import FUNCTIONS
from keepstep.core.macro_names import misplaced
from keepstep.core.macro_text import to_int
from keepstep.core.macro_tree import Attribute, Call, Choice, Concat, Literal, Names, Node, Not, Operation
from keepstep.core.macro_value import as_text
from keepstep.core.suggest import did_you_mean
from keepstep.errors import MacroError

LONGEST_TEXT: Final = 10_000
MOST_PARTS: Final = 100
DEEPEST: Final = 20


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<end>}})
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>[0-9]+(?![\w.]))
      | (?P<name>[^\W\d]\w*(?:[.\-]\w+)*)
      | (?P<operator>==|!=|<=|>=|[<>~+\-|(),=]))""",
    re.VERBOSE | re.DOTALL,
)
KEYWORDS: Final = frozenset({"if", "else", "and", "or", "not", "true", "false", "none"})
_ESCAPES: Final = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t"}
_HINT: Final = "a macro is {{ name }}, {{ name | function }} or {{ function(name, 'text') }}; see docs/macros.md"


class Part(NamedTuple):
    """A part of a text as it is written: plain, or a macro with its expression."""

    text: str
    node: Node | None = None


def parse_parts(text: str, names: Names, place: str) -> list[Part]:
    """Return the plain texts and the macros of *text* in order; MacroError says what is wrong and where."""
    return list(_Parser(text, names, place).parts())


def parse_text(text: str, names: Names, place: str) -> list[str | Node]:
    """Return the plain texts and the expressions of *text* in order; MacroError says what is wrong and where."""
    return [part.text if part.node is None else part.node for part in parse_parts(text, names, place)]


class _Parser:
    """Walks once over a text; `_next` is the token under the finger while inside an expression."""

    def __init__(self, text: str, names: Names, place: str) -> None:
        self._text = text
        self._names = names
        self._place = place
        self._at = 0
        self._count = 0
        self._depth = 0
        self._next = _Token("end", "", 0)

    def parts(self) -> Iterator[Part]:
        if len(self._text) > LONGEST_TEXT:
            raise self._wrong(f"the text has {len(self._text):,} characters, {LONGEST_TEXT:,} are allowed", 0)
        balance = 0
        while (start := self._text.find("{{", self._at)) >= 0:
            balance = self._check_plain(self._text[self._at : start], balance)
            if start > self._at:
                yield Part(self._text[self._at : start])
            node = self._macro(start)
            yield Part(self._text[start : self._at], node)
        rest = self._text[self._at :]
        self._check_plain(rest, balance)
        if rest:
            yield Part(rest)

    def _check_plain(self, plain: str, balance: int) -> int:
        """Refuse what looks like a macro and is none; a JSON text may well hold `}}`."""
        for offset, ch in enumerate(plain):
            if ch == "{" and plain[offset + 1 : offset + 2] in {"%", "#"}:
                what = f"{plain[offset : offset + 2]} begins a statement or comment, which macros do not have"
                raise self._wrong(what, self._at + offset)
            balance += (ch == "{") - (ch == "}")
            if balance < 0 and "}}" in plain[max(offset - 1, 0) : offset + 2]:
                opened = "}} closes a macro that was not opened"
                raise self._wrong(opened, self._at + offset - (plain[offset - 1 : offset] == "}"))
            balance = max(balance, 0)
        return balance

    def _macro(self, start: int) -> Node:
        self._at = start + 2
        self._count = 0
        self._advance()
        if self._next.kind == "end":
            raise self._wrong("the macro is empty", start)
        node = self._expression()
        if self._next.kind != "end":
            raise self._unexpected()
        return node

    def _advance(self) -> _Token:
        """Return the token under the finger and go to the next one."""
        current = self._next
        found = _TOKEN.match(self._text, self._at)
        if found is None or found.lastgroup is None:
            raise self._unreadable()
        self._at = found.end()
        self._next = _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup))
        return current

    def _accept(self, *texts: str) -> str:
        """Go past the next token if it is one of *texts*, and return it."""
        if self._next.kind in {"operator", "name"} and self._next.text in texts:
            return self._advance().text
        return ""

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unexpected(f" where {text} is needed")

    def _counted(self, node: Node) -> Node:
        self._count += 1
        if self._count > MOST_PARTS:
            raise self._wrong(f"the macro has more than {MOST_PARTS} parts", self._next.at)
        return node

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(f"the macro is nested more than {DEEPEST} deep", self._next.at)
        node = self._either()
        if self._accept("if"):
            condition = self._either()
            other = self._expression() if self._accept("else") else Literal("")
            node = self._counted(Choice(condition, node, other))
        self._depth -= 1
        return node

    def _either(self) -> Node:
        node = self._both()
        while self._accept("or"):
            node = self._counted(Operation("or", node, self._both()))
        return node

    def _both(self) -> Node:
        node = self._negation()
        while self._accept("and"):
            node = self._counted(Operation("and", node, self._negation()))
        return node

    def _negation(self) -> Node:
        count = 0
        while self._accept("not"):
            count += 1
        node = self._comparison()
        if not count:
            return node
        opposite = self._counted(Not(node))
        return opposite if count % 2 else self._counted(Not(opposite))

    def _comparison(self) -> Node:
        node = self._sum()
        if operator := self._accept("==", "!=", "<", ">", "<=", ">="):
            node = self._counted(Operation(operator, node, self._sum()))
        return node

    def _sum(self) -> Node:
        node = self._concat()
        while operator := self._accept("+", "-"):
            node = self._counted(Operation(operator, node, self._concat()))
        return node

    def _concat(self) -> Node:
        parts = [self._piped()]
        while self._accept("~"):
            parts.append(self._piped())
        return parts[0] if len(parts) == 1 else self._counted(Concat(tuple(parts)))

    def _piped(self) -> Node:
        node = self._primary()
        while self._accept("|"):
            if self._next.kind != "name":
                raise self._unexpected(" where the name of a function is needed")
            name = self._advance()
            following = self._arguments() if self._accept("(") else []
            node = self._call(name, [("", node), *following])
        return node

    def _primary(self) -> Node:
        token = self._next
        if self._accept("("):
            node = self._expression()
            self._expect(")")
            return node
        if self._accept("-"):
            if self._next.kind != "number":
                raise self._unexpected(" after -")
            return self._counted(Literal(-self._number(self._advance())))
        if token.kind == "number":
            return self._counted(Literal(self._number(self._advance())))
        if token.kind == "string":
            return self._counted(Literal(self._string(self._advance())))
        if token.kind == "name" and (token.text not in KEYWORDS or token.text in {"true", "false", "none"}):
            return self._name(self._advance())
        raise self._unexpected()

    def _name(self, token: _Token) -> Node:
        if token.text in {"true", "false"}:
            return self._counted(Literal(token.text == "true"))
        if token.text == "none":
            return self._counted(Literal(""))
        if not self._accept("("):
            return self._attribute(token.text, token.at)
        if token.text != "attribute":
            return self._call(token, self._arguments())
        if self._next.kind != "string":
            raise self._unexpected(" where the name of an attribute is needed, in quotes")
        name = self._advance()
        self._expect(")")
        return self._attribute(self._string(name), name.at)

    def _attribute(self, name: str, at: int) -> Node:
        if reason := misplaced(name, self._names.where):
            raise self._wrong(f'"{name}" cannot be used in {self._names.where}; {reason}:', at)
        spelling = self._names.spelling(name)
        if not spelling:
            near = did_you_mean(name, self._names.known)
            if not near and name in FUNCTIONS:
                near = f"; {name} is a function: write value | {name}"
            raise self._wrong(f'unknown name "{name}"', at, near)
        return self._counted(Attribute(spelling))

    def _arguments(self) -> list[tuple[str, Node]]:
        """Read what stands between parentheses, the opening one read already: (name or nothing, expression)."""
        found: list[tuple[str, Node]] = []
        while not self._accept(")"):
            if found:
                self._expect(",")
            name = self._keyword()
            if not name and found and found[-1][0]:
                raise self._unexpected(" after an argument with a name")
            found.append((name, self._expression()))
        return found

    def _keyword(self) -> str:
        if self._next.kind != "name" or not re.match(r"\s*=(?!=)", self._text[self._at :]):
            return ""
        name = self._advance().text
        self._expect("=")
        return name

    def _call(self, token: _Token, given: list[tuple[str, Node]]) -> Node:
        function = FUNCTIONS.get(token.text)
        if function is None:
            raise self._wrong(f'unknown function "{token.text}"', token.at, did_you_mean(token.text, FUNCTIONS))
        if not given or given[0][0]:
            raise self._wrong(f"{function.name} needs a value: {function.signature}", token.at)
        if function.repeats:
            if any(name for name, _ in given):
                raise self._wrong(f"{function.name} takes arguments without names", token.at)
            return self._counted(Call(function, tuple(node for _, node in given)))
        arguments = tuple(self._bound(token, function, given[1:]))
        if function.names_table:
            function, arguments = self._tabled(token, function, arguments[0]), ()
        return self._counted(Call(function, (given[0][1], *arguments)))

    def _tabled(self, token: _Token, function: Function, name: Node) -> Function:
        """Return *function* bound to the value table called *name*."""
        if not isinstance(name, Literal):
            raise self._wrong(f"{function.name} needs the name of a table, written out in quotes", token.at)
        table = self._names.tables.get(as_text(name.value))
        if table is None:
            near = did_you_mean(as_text(name.value), self._names.tables)
            raise self._wrong(f'there is no table "{name.value}"', token.at, near)
        return replace(function, run=table.look_up, parameters=(), table=table)

    def _bound(self, token: _Token, function: Function, given: list[tuple[str, Node]]) -> Iterator[Node]:
        """Give one node for each parameter of *function*, in order."""
        positional = [node for name, node in given if not name]
        named = {name: node for name, node in given if name}
        if len(positional) > len(function.parameters):
            counts = f"{len(positional)} given, at most {len(function.parameters)} wanted"
            raise self._wrong(f"{function.name} has too many arguments ({counts}): {function.signature}", token.at)
        wanted = [parameter.name for parameter in function.parameters]
        taken = wanted[: len(positional)]
        for name in named:
            if name not in wanted or name in taken:
                problem = "has that argument twice" if name in wanted else "has no such argument"
                raise self._wrong(f'{function.name} {problem}: "{name}"', token.at, did_you_mean(name, wanted))
        if len(named) + len(positional) < len(given):
            raise self._wrong(f"{function.name} has an argument twice", token.at)
        nodes = dict(zip(wanted, positional, strict=False)) | named
        for parameter in function.parameters:
            yield self._fitting(token, function, parameter, nodes.get(parameter.name))

    def _fitting(self, token: _Token, function: Function, parameter: Parameter, node: Node | None) -> Node:
        if node is None:
            if parameter.default is None:
                raise self._wrong(f'{function.name} needs "{parameter.name}": {function.signature}', token.at)
            return Literal(parameter.default)
        if not isinstance(node, Literal):
            return node
        if not parameter.number:
            return Literal(self._checked(token, function, parameter, as_text(node.value)))
        try:
            return Literal(to_int(as_text(node.value)))
        except MacroError:
            raise self._wrong(f'{function.name}: "{parameter.name}" is a whole number', token.at) from None

    def _checked(self, token: _Token, function: Function, parameter: Parameter, text: str) -> str:
        """Return *text*, an argument that is written out, if it can do at all."""
        if parameter.check is not None:
            try:
                parameter.check(text)
            except MacroError as exc:
                raise self._wrong(f"{function.name}: {exc.message}", token.at) from None
        return text

    def _number(self, token: _Token) -> int:
        if len(token.text) > 18:
            raise self._wrong("a number has at most 18 digits", token.at)
        return int(token.text)

    def _string(self, token: _Token) -> str:
        def unescaped(found: re.Match[str]) -> str:
            if found[1] not in _ESCAPES:
                raise self._wrong(
                    f"a text knows \\n \\t \\\\ \\\" \\' and no \\{found[1]}", token.at + found.start() + 1
                )
            return _ESCAPES[found[1]]

        return re.sub(r"\\(.)", unescaped, token.text[1:-1], flags=re.DOTALL)

    def _unreadable(self) -> MacroError:
        at = self._at + len(self._text[self._at :]) - len(self._text[self._at :].lstrip())
        if at >= len(self._text):
            return self._wrong("the macro is not closed with }}", self._text.rfind("{{"))
        ch = self._text[at]
        if ch in "\"'":
            return self._wrong("the text is not closed with a quote", at)
        if ch in "*/%[]":
            return self._wrong(f"{ch} is not part of the macro language", at)
        return self._wrong(f"{ch!r} is not understood", at)

    def _unexpected(self, where: str = "") -> MacroError:
        token = self._next
        if token.text in {"in", "is"}:
            return self._wrong(f"there is no {token.text}; use has(name, 'text') or ==", token.at)
        shown = token.text if token.kind in {"operator", "end"} else f"this {token.kind}"
        return self._wrong(f"{shown} is not expected here" if not where else f"unexpected {shown}{where}", token.at)

    def _wrong(self, what: str, at: int, ending: str = "") -> MacroError:
        before = self._text[:at]
        line = before.count("\n") + 1
        column = at - (before.rfind("\n") + 1) + 1
        spot = f"line {line}, column {column}" if "\n" in self._text.rstrip("\n") else f"column {column}"
        error = MacroError(f"{what} in {self._place}, {spot}{ending}", hint="" if ending else _HINT)
        error.line, error.column = line, column
        return error
