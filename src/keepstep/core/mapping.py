"""Rules that turn a source record into the desired attributes of a target account."""

import collections.abc
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from keepstep.core.custom_format import CustomFormat, to_text
from keepstep.core.distinguished_name import escape_value
from keepstep.core.macro import Macro, Names, compile_macro
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.plan import digest_of
from keepstep.core.schema import CONTAINER, DN_NAME, NAMING, AttributeType, Schema, Syntax, UniqueScope
from keepstep.core.spec import Spec
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.sync_rule import SideName
from keepstep.core.value_form import malformed
from keepstep.core.values import NO_ATTRIBUTES, NULL, Record, Values
from keepstep.errors import ConfigurationError, InvalidName, MacroError


class WhenEmpty(StrEnum):
    """What a row does when its source is empty: leave the target's value, clear it, or leave out the person."""

    KEEP = "keep"
    CLEAR = "clear"
    SKIP = "skip"


class Clash(StrEnum):
    """What a row does when the value for a new account belongs to another one.

    REFUSE and SKIP report the person, SUFFIX appends a number, INCREMENT raises the one at the end, NEXT takes the
    next of the row's formats.
    """

    REFUSE = "refuse"
    SUFFIX = "suffix"
    INCREMENT = "increment"
    NEXT = "next"
    SKIP = "skip"


CHOOSES: Final = frozenset({Clash.SUFFIX, Clash.INCREMENT, Clash.NEXT})
"""What makes a value that is chosen once, when the account is made, and stays."""


class Row(Spec):
    """One row: a macro expression or a custom format, and what to do when it gives nothing or something taken."""

    source: Annotated[str | None, Field(alias="from")] = None
    format: CustomFormat | None = None
    when_empty: WhenEmpty = WhenEmpty.KEEP
    find: str = ""
    values: Literal["exact", "add"] = "exact"
    on: Literal["always", "create"] = "always"
    on_clash: Clash = Clash.REFUSE
    formats: list[str | CustomFormat] = []
    otherwise: Clash = Clash.SUFFIX
    scope: UniqueScope | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.source is None) == (self.format is None):
            raise ValueError("a row has either `from` or `format`")
        if bool(self.formats) != (self.on_clash is Clash.NEXT):
            raise ValueError("`on_clash: next` and `formats`, the next ones, belong together")
        if self.otherwise is Clash.NEXT:
            raise ValueError("`otherwise` says what to do after the formats: suffix, increment, skip or refuse")
        return self

    @property
    def text(self) -> str:
        """What the value is made of, as a text with macros."""
        return to_text(self.format) if self.format else self.source or ""

    @property
    def other_texts(self) -> list[str]:
        """The next formats, as texts with macros."""
        return [one if isinstance(one, str) else to_text(one) for one in self.formats]


class Category(StrEnum):
    """What a mapping makes."""

    USER = "User"
    GROUP = "Group"
    CONTACT = "Contact"


class MappingSpec(Spec):
    """Target attribute to row, for the objects of one side. A row that is only a text is its `from`.

    *category*: what it makes; not said, what its rule says.
    """

    into: SideName
    rows: Annotated[dict[str, str | Row], Field(min_length=1)]
    category: Category | None = None
    description: str = ""

    def row(self, name: str) -> Row:
        """Return the row of target attribute *name* in its full form."""
        row = self.rows[name]
        return row if isinstance(row, Row) else Row.model_validate({"from": row})


@dataclass(frozen=True, slots=True)
class Desired:
    """What one account should hold, as the target keeps it; an attribute that is not there is left as it is.

    *skip*: why the person is left out, without any value; empty for a person who is not.
    """

    attributes: collections.abc.Mapping[str, Values]
    skip: str = ""


@dataclass(frozen=True, slots=True)
class CompiledRow:
    """One row, checked against both schemas.

    *kept* makes one text what the target keeps. That is sure to be taken when it has at most *limit* characters and
    *search* finds nothing in it; else it needs a closer look. *scope*: within what a value belongs to one account.
    """

    kind: AttributeType
    row: Row
    macro: Macro
    kept: Callable[[str], str] = field(repr=False, compare=False)
    limit: int = field(repr=False, compare=False)
    search: Callable[[str], object] | None = field(repr=False, compare=False)
    scope: UniqueScope | None = None
    others: tuple[Macro, ...] = ()
    find: AttributeType | None = None

    @property
    def chooses(self) -> bool:
        """Whether the value of a new account is chosen such that nobody in *scope* has it."""
        return self.scope is not None and (self.row.on_clash is not Clash.REFUSE or self.row.scope is not None)

    def other_values(self, record: Record) -> Iterator[Values]:
        """Yield what the *others*, the next formats, give for *record*; nothing for one that fails or is refused."""
        for macro in self.others:
            try:
                values = self.kind.normalise(macro.render(record.attributes))
            except MacroError:
                continue
            if values and not _refusal(self, values):
                yield values


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """The rows of a mapping, ready to be used for any number of records. Names have the spelling of the schemas.

    *source_names* must be read of the source side, *target_names* are written. *only_on_create* are set when an
    account is made and left alone afterwards; what `on_clash` chooses is among them.
    *choosing*: the rows that give a new account a free value. *added* are never taken from.
    *references*: the rows that give keys of other accounts, whose names are looked up.
    *digest* changes when a row, a variable or value table it uses, or what a schema says of its attribute does.
    """

    rows: tuple[CompiledRow, ...]
    source_names: frozenset[str]
    target_names: frozenset[str]
    only_on_create: frozenset[str]
    digest: str
    choosing: tuple[CompiledRow, ...] = ()
    added: frozenset[str] = frozenset()
    references: tuple[CompiledRow, ...] = ()

    def row(self, name: str) -> CompiledRow | None:
        """Return the row of target attribute *name*."""
        return next((row for row in self.rows if row.kind.name == name), None)


def compile_mapping(
    spec: MappingSpec,
    source_schema: Schema,
    target_schema: Schema,
    *,
    place: str,
    context: MacroContext = NO_CONTEXT,
) -> Mapping:
    """Return *spec* ready for use; ConfigurationError names every row that cannot work, one a line, and why."""
    names = context.row_names(source_schema)
    rows: list[CompiledRow] = []
    problems: list[ConfigurationError] = []
    for name in spec.rows:
        try:
            rows.append(_compile_row(name, spec.row(name), names, target_schema, f"{place}.rows.{name}"))
        except ConfigurationError as exc:
            problems.append(exc)
    for name, count in Counter(row.kind.name for row in rows).items():
        if count > 1:
            problems.append(ConfigurationError(f'{place}: attribute "{name}" has {count} rows'))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise ConfigurationError("\n".join(problem.message for problem in problems), hint=problems[0].hint)
    fixed = (row.kind.name for row in rows if row.row.on == "create" or row.row.on_clash in CHOOSES)
    return Mapping(
        rows=tuple(rows),
        source_names=frozenset(name for row in rows for macro in (row.macro, *row.others) for name in macro.names),
        target_names=frozenset(row.kind.name for row in rows),
        only_on_create=frozenset(fixed),
        digest=digest_of(
            [(row.row.model_dump(mode="json"), row.macro.names, row.kind, row.macro.rests_on) for row in rows]
        ),
        references=tuple(row for row in rows if row.find),
        choosing=tuple(row for row in rows if row.chooses),
        added=frozenset(row.kind.name for row in rows if row.row.values == "add"),
    )


def _compile_row(name: str, row: Row, names: Names, schema: Schema, place: str) -> CompiledRow:
    kind = _writable(name, schema, place)
    scope = _scope(row, kind, schema, place)
    if row.values == "add" and not kind.multi:
        hint = "take it out: there is one value, which is replaced"
        raise ConfigurationError(f"{place}: values: add is for attributes with several values", hint=hint)
    find = _found_by(row, kind, schema, place)
    encode = _name_value if kind.syntax is Syntax.DN and not find else None
    if find:
        # Until the account is found the row holds the key, which is to look like what it is compared with.
        kind = replace(find, name=kind.name, multi=kind.multi, writable=True, unique=False, required=False)
    if encode and row.format and not row.format.names_safely:
        hint = "a format for a name has parts only: texts, and attributes between them"
        raise ConfigurationError(f"{place}: a name cannot be worked on as a whole", hint=hint)
    # A block text of YAML ends with a line break, which nobody means to be a part of the value.
    macro = compile_macro(row.text.rstrip("\r\n"), names=names, place=place, encode=encode)
    others = tuple(
        compile_macro(text.rstrip("\r\n"), names=names, place=f"{place}.formats.{number}", encode=encode)
        for number, text in enumerate(row.other_texts)
    )
    compiled = CompiledRow(kind, row, macro, kind.kept, *_quick_check(kind), scope, others, find)
    if macro.constant:
        _check_constant(compiled, place)
    return compiled


def _found_by(row: Row, kind: AttributeType, schema: Schema, place: str) -> AttributeType | None:
    """Return the target attribute by which the accounts are found that *row* refers to; None if it gives names."""
    if not row.find:
        return None
    if kind.syntax is not Syntax.DN or kind.name == CONTAINER or schema.attribute(DN_NAME) is None:
        hint = "take it out; find is for attributes such as manager"
        raise ConfigurationError(f"{place}: this attribute does not hold names of accounts", hint=hint)
    find = schema.attribute(row.find)
    if find is None or find.multi:
        near = did_you_mean(row.find, schema.attributes) if find is None else "; it needs one with a single value"
        raise ConfigurationError(f'{place}: {schema.objects} cannot be found by "{row.find}"{near}')
    return find


def _scope(row: Row, kind: AttributeType, schema: Schema, place: str) -> UniqueScope | None:
    """Return within what a value of *row* belongs to one account; None for an attribute that many may share."""
    if kind.unique:
        if row.scope is UniqueScope.CONTAINER:
            hint = "take the scope out, or say domain or forest"
            raise ConfigurationError(f"{place}: its values are unique in the whole domain already", hint=hint)
        return row.scope or UniqueScope.DOMAIN
    if row.scope or row.on_clash is Clash.REFUSE:
        return row.scope
    if kind.name == NAMING:
        return UniqueScope.CONTAINER
    unique = ", ".join(sorted(one.name for one in schema.unique)) or "none"
    hint = f"say in which scope, as scope: domain; by themselves unique are: {unique}"
    raise ConfigurationError(f"{place}: many accounts may share a value of this attribute", hint=hint)


def _writable(name: str, schema: Schema, place: str) -> AttributeType:
    if why := schema.why_not_mapped(name):
        raise ConfigurationError(f'{place}: attribute "{name}" cannot be mapped: {why}', hint="take the row out")
    kind = schema.attribute(name)
    if kind is None:
        near = did_you_mean(name, schema.attributes)
        hint = "" if near else f"{schema.objects} have: {listed(schema.attributes)}"
        raise ConfigurationError(f'{place}: {schema.objects} have no attribute "{name}"{near}', hint=hint)
    return kind


def _name_value(text: str) -> str:
    try:
        return escape_value(text)
    except InvalidName as exc:
        raise MacroError(exc.message) from None


def _check_constant(row: CompiledRow, place: str) -> None:
    """Refuse now what would be refused for everybody."""
    values = row.kind.normalise(row.macro.render(NO_ATTRIBUTES))
    if not values and row.row.when_empty is not WhenEmpty.CLEAR:
        hint = f"say when_empty: clear to clear {row.kind.name} for everybody"
        raise ConfigurationError(f"{place}: the row gives nothing, for anybody", hint=hint)
    if refusal := _refusal(row, values):
        raise ConfigurationError(f"{place}: {refusal}")


def map_record(mapping: Mapping, record: Record) -> Desired:
    """Return what the account of *record* should hold; total: what cannot be said or kept leaves the person out."""
    source = record.attributes
    attributes: dict[str, Values] = {}
    try:
        for row in mapping.rows:
            values = row.macro.render(source)
            if (
                len(values) == 1
                and 0 < len(text := row.kept(values[0])) <= row.limit
                and (row.search is None or row.search(text) is None)
            ):
                attributes[row.kind.name] = (text,)
            elif skip := _take(row, values, attributes):
                return Desired(NO_ATTRIBUTES, skip)
    except MacroError as exc:
        return Desired(NO_ATTRIBUTES, exc.message)
    return Desired(attributes)


def _take(row: CompiledRow, values: Values, attributes: dict[str, Values]) -> str:
    """Add what the target keeps of *values* to *attributes*, or return why the person is left out."""
    kind = row.kind
    values = kind.normalise(values)
    if values:
        attributes[kind.name] = values
        return _refusal(row, values)
    if row.row.when_empty is WhenEmpty.CLEAR:
        attributes[kind.name] = NULL
    elif row.row.when_empty is WhenEmpty.SKIP:
        return f'there is no value for attribute "{kind.name}", and its row says skip'
    return ""


def _refusal(row: CompiledRow, values: Values) -> str:
    if refusal := row.kind.refusal(values):
        return refusal
    for value in values:
        if problem := malformed(row.kind.syntax, value):
            return f'attribute "{row.kind.name}" must be {problem}'
    return ""


def _quick_check(kind: AttributeType) -> tuple[int, Callable[[str], object] | None]:
    """Return limit and search of a row: texts that pass are texts that `_refusal` has nothing against; most pass."""
    if kind.syntax is not Syntax.TEXT or kind.choices:
        return 0, None
    limit = kind.max_length if kind.max_length is not None else 10**9
    return limit, re.compile(f"[{re.escape(kind.forbidden)}]").search if kind.forbidden else None
