"""Which rows of a comparison somebody wants to see, or to do something about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from keepstep.core.basis import Basis
from keepstep.core.comparison import NOTHING_SEEN, Row, Seen, Standing
from keepstep.core.distinguished_name import DistinguishedName, parse_dn
from keepstep.core.macro import Macro, compile_macro
from keepstep.core.macro_context import NO_CONTEXT, MacroContext
from keepstep.core.macro_tree import Names
from keepstep.core.schema import DN_NAME, Schema
from keepstep.core.spec import Spec
from keepstep.core.suggest import did_you_mean, listed
from keepstep.core.sync_rule import SyncRule
from keepstep.core.values import Values
from keepstep.errors import ConfigurationError, InvalidName, UsageError

SOURCE: Final = "source."
TARGET: Final = "target."
"""What names of attributes begin with in conditions."""


def _list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Texts = Annotated[list[str], BeforeValidator(_list)]


class RowChoice(Spec):
    """Rows for which all that is said here holds; without anything, all of them.

    *situation*: they stand so. *attribute*: they differ in one of these. *ou*: their object is below one of these
    containers, on either side. *where*: a condition over `source.NAME` and `target.NAME`. *search*: a text in their
    name, their keys, or what they are found by.
    """

    situation: Texts = []
    attribute: Texts = []
    ou: Texts = []
    where: str = ""
    search: str = ""


def label(standing: Standing, rule: SyncRule) -> str:
    """Return how a person calls *standing*, with the names of the sides of *rule*."""
    here, there = rule.source_side.connection, rule.target_side.connection
    if here == there:
        here, there = rule.source, rule.target
    names = {
        Standing.ONLY_IN_SOURCE: f"only in {here}",
        Standing.UNAUTHORISED: f"only in {there} (unauthorised)",
        Standing.DISABLED_BUT_ACTIVE: f"disabled in {here}, active in {there}",
    }
    return names.get(standing, str(standing).replace("_", " "))


def standing_of(text: str, rule: SyncRule) -> Standing:
    """Return the standing that *text* names: by its own name, or `only_in_CONNECTION` for one side.

    UsageError, with the nearest name, if there is none.
    """
    known = {str(standing): standing for standing in Standing}
    here, there = rule.source_side.connection, rule.target_side.connection
    if here != there:
        known[f"only_in_{here}"] = Standing.ONLY_IN_SOURCE
        known[f"only_in_{there}"] = Standing.UNAUTHORISED
    if text in known:
        return known[text]
    hint = f"choose one of {', '.join(known)}"
    raise UsageError(f'there is no situation "{text}"{did_you_mean(text, known)}', hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """A choice of rows that was understood. *seen*: the attributes that rows have to carry for it."""

    standings: frozenset[Standing] = frozenset()
    attributes: frozenset[str] = frozenset()
    containers: tuple[DistinguishedName, ...] = ()
    condition: Macro | None = None
    text: str = ""
    seen: Seen = NOTHING_SEEN

    def takes(self, row: Row) -> bool:
        """Return whether *row* is chosen. MacroError if the condition cannot be worked out for it."""
        if self.standings and row.standing not in self.standings:
            return False
        if self.attributes and not any(delta.name in self.attributes for delta in row.differences):
            return False
        if self.text and not self._has_text(row):
            return False
        if self.containers and not any(self._is_below(side.get(DN_NAME)) for side in (row.source, row.target)):
            return False
        return self.condition is None or self._holds(self.condition, row)

    def _has_text(self, row: Row) -> bool:
        texts: list[str | None] = [row.name, row.source_key, row.target_key]
        texts += [text for side in (row.source, row.target) for values in side.values() for text in values]
        return any(self.text in text.casefold() for text in texts if text)

    def _is_below(self, names: Values | None) -> bool:
        if not names:
            return False
        try:
            name = parse_dn(names[0])
        except InvalidName:
            return False
        return any(name.is_below(container) for container in self.containers)

    @staticmethod
    def _holds(condition: Macro, row: Row) -> bool:
        values = {f"{SOURCE}{name}": held for name, held in row.source.items()}
        values |= {f"{TARGET}{name}": held for name, held in row.target.items()}
        return condition.render({name: values.get(name, ()) for name in condition.names}) == ("true",)


def chooser_of(choice: RowChoice, basis: Basis, context: MacroContext = NO_CONTEXT) -> Chooser:
    """Return *choice* ready to be asked; ConfigurationError or UsageError for what neither side knows."""
    source, target = basis.source_schema, basis.schema
    chooser = Chooser(
        standings=frozenset(standing_of(text, basis.rule) for text in choice.situation),
        attributes=frozenset(_known(name, target, "the target") for name in choice.attribute),
        containers=tuple(parse_dn(text) for text in choice.ou),
        text=choice.search.casefold(),
    )
    here: set[str] = set()
    there: set[str] = set()
    if chooser.containers:
        here.update(name for name in (DN_NAME,) if source.attribute(name))
        there.update(name for name in (DN_NAME,) if target.attribute(name))
        if not here and not there:
            raise ConfigurationError("neither side has containers", hint="choose by another attribute: --where")
    if chooser.text:
        here.update(_shown(source), (name for _, name in basis.rule.correlate))
        there.update(_shown(target), (name for name, _ in basis.rule.correlate))
    if choice.where:
        condition = _condition(choice.where, source, target, context)
        here.update(name.removeprefix(SOURCE) for name in condition.names if name.startswith(SOURCE))
        there.update(name.removeprefix(TARGET) for name in condition.names if name.startswith(TARGET))
        chooser = replace(chooser, condition=condition)
    return replace(chooser, seen=Seen(tuple(sorted(here)), tuple(sorted(there))))


def _known(name: str, schema: Schema, side: str) -> str:
    kind = schema.attribute(name)
    if kind is None:
        near = did_you_mean(name, schema.attributes) or f"; it has {listed(schema.attributes)}"
        raise ConfigurationError(f'{side} has no attribute "{name}"{near}')
    return kind.name


def _shown(schema: Schema) -> Iterable[str]:
    return (name for entry in schema.display for name in entry.split())


def _condition(text: str, source: Schema, target: Schema, context: MacroContext) -> Macro:
    spellings: Mapping[str, Names] = {SOURCE: Names.of_schema(source), TARGET: Names.of_schema(target)}
    given = context.values()

    def spelling(name: str) -> str:
        for prefix, names in spellings.items():
            if name.startswith(prefix):
                found = names.spelling(name.removeprefix(prefix))
                return f"{prefix}{found}" if found else ""
        return name if name in given else ""

    known = tuple(f"{prefix}{name}" for prefix, names in spellings.items() for name in names.known)
    names = Names((*given, *known), spelling, given=given, tables=context.tables)
    return compile_macro(text if "{{" in text else f"{{{{ {text} }}}}", names=names, place="the condition")
