"""Rules that turn a source record into the desired attributes of a target account."""

import collections.abc
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from keepstep.core.custom_format import CustomFormat, to_text
from keepstep.core.distinguished_name import escape_value
from keepstep.core.macro import Macro, Names, compile_macro
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.plan import digest_of
from keepstep.core.schema import AttributeType, Schema, Syntax
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
    """What a row does when its value belongs to another account: report the person, or append a number."""

    REFUSE = "refuse"
    SUFFIX = "suffix"


class Row(Spec):
    """One row: a macro expression or a custom format, and what to do when it gives nothing or something taken."""

    source: Annotated[str | None, Field(alias="from")] = None
    format: CustomFormat | None = None
    when_empty: WhenEmpty = WhenEmpty.KEEP
    on_clash: Clash = Clash.REFUSE
    on: Literal["always", "create"] = "always"

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if (self.source is None) == (self.format is None):
            raise ValueError("a row has either `from` or `format`")
        return self

    @property
    def text(self) -> str:
        """What the value is made of, as a text with macros."""
        return to_text(self.format) if self.format else self.source or ""


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
    *search* finds nothing in it; else it needs a closer look.
    """

    kind: AttributeType
    row: Row
    macro: Macro
    kept: Callable[[str], str] = field(repr=False, compare=False)
    limit: int = field(repr=False, compare=False)
    search: Callable[[str], object] | None = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """The rows of a mapping, ready to be used for any number of records. Names have the spelling of the schemas.

    *source_names* must be read of the source side, *target_names* are written. *only_on_create* are set when an
    account is made and left alone afterwards; `on_clash: suffix` is among them, as what was chosen once stays.
    *digest* changes when a row, a variable or value table it uses, or what a schema says of its attribute does.
    """

    rows: tuple[CompiledRow, ...]
    source_names: frozenset[str]
    target_names: frozenset[str]
    only_on_create: frozenset[str]
    digest: str

    def clash(self, name: str) -> Clash:
        """Return what the row of target attribute *name* does when its value is taken."""
        return next((row.row.on_clash for row in self.rows if row.kind.name == name), Clash.REFUSE)


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
    fixed = (row.kind.name for row in rows if row.row.on == "create" or row.row.on_clash is Clash.SUFFIX)
    return Mapping(
        rows=tuple(rows),
        source_names=frozenset(name for row in rows for name in row.macro.names),
        target_names=frozenset(row.kind.name for row in rows),
        only_on_create=frozenset(fixed),
        digest=digest_of(
            [(row.row.model_dump(mode="json"), row.macro.names, row.kind, row.macro.rests_on) for row in rows]
        ),
    )


def _compile_row(name: str, row: Row, names: Names, schema: Schema, place: str) -> CompiledRow:
    kind = _writable(name, schema, place)
    if row.on_clash is Clash.SUFFIX and not kind.unique:
        unique = ", ".join(sorted(one.name for one in schema.unique)) or "none"
        hint = f"the attributes of {schema.objects} whose values belong to one account: {unique}"
        raise ConfigurationError(f"{place}: on_clash: suffix is for attributes whose values are unique", hint=hint)
    encode = _name_value if kind.syntax is Syntax.DN else None
    if encode and row.format and not row.format.names_safely:
        hint = "a format for a name has parts only: texts, and attributes between them"
        raise ConfigurationError(f"{place}: a name cannot be worked on as a whole", hint=hint)
    # A block text of YAML ends with a line break, which nobody means to be a part of the value.
    macro = compile_macro(row.text.rstrip("\r\n"), names=names, place=place, encode=encode)
    compiled = CompiledRow(kind, row, macro, kind.kept, *_quick_check(kind))
    if macro.constant:
        _check_constant(compiled, place)
    return compiled


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
