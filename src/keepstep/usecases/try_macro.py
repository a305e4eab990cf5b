"""Help somebody who writes a text with macros: what it can name, and what it gives for one person or the example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keepstep.core.authority import Reach
from keepstep.core.macro import compile_macro
from keepstep.core.macro_catalogue import example_values
from keepstep.core.macro_choice import MacroName, MacroPart, MacroPlace, choosable, unknown_of, where_of
from keepstep.core.macro_names import Where
from keepstep.core.right import Right
from keepstep.core.schema import Schema
from keepstep.core.secret import MASK
from keepstep.core.subject import Subject
from keepstep.core.sync_rule import Side
from keepstep.core.values import Values
from keepstep.errors import ConnectorError, MacroError
from keepstep.ports import Ports
from keepstep.usecases.choose_subjects import find_subjects
from keepstep.usecases.fire import values_of
from keepstep.usecases.permit import Wanted, permit_subjects


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a text stands: what it belongs to, which part it is, and whose attributes it can read, if anybody's.

    *given*: the attributes of the record that an endpoint is called for.
    """

    place: MacroPlace
    part: MacroPart = MacroPart.BODY
    side: Side | None = None
    given: Schema | None = None

    @property
    def where(self) -> Where:
        """Where it stands, as the macro language tells places apart."""
        return where_of(self.place, self.part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosable:
    """The names that can be used at a spot. *problem*: why the attributes are not among them."""

    names: list[MacroName]
    tables: list[str]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroTrial:
    """A text and what it is tried with. *who*: a user or group of the spot's side; empty: the example person.

    *given*: values that stand for those of the person and of everything else.
    """

    text: str
    who: str = ""
    given: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroTried:
    """What a text gives, or what is wrong with it and where; *column* and *line* count from 1, 0: nowhere.

    *of*: for whom it was tried, None: for the example person. *remarks*: names that give nothing.
    """

    good: bool
    values: Values = ()
    names: tuple[str, ...] = ()
    of: Subject | None = None
    message: str = ""
    hint: str = ""
    line: int = 0
    column: int = 0
    remarks: tuple[str, ...] = ()


async def macro_choices(ports: Ports, spot: Spot, secrets: Sequence[str]) -> Choosable:
    """Return what a text at *spot* can name; *secrets* are told only to whoever may write texts that use them."""
    ports.authority.require(Right.READ_CONFIGURATION)
    schema, problem = await _schema(ports, spot)
    return Choosable(names=_names(ports, spot, schema, secrets), tables=list(ports.context.tables), problem=problem)


async def try_macro(ports: Ports, spot: Spot, trial: MacroTrial, secrets: Sequence[str]) -> MacroTried:
    """Return what the text of *trial* gives; secrets are masked in it. What is wrong with it is a value, no error.

    NotPermitted for somebody whom whoever asks does not reach.
    """
    ports.authority.require(Right.READ_CONFIGURATION)
    schema, _ = await _schema(ports, spot)
    context = ports.context.at(ports.clock.now())
    rows = schema is not None and spot.place is MacroPlace.MAPPING
    names = context.row_names(schema) if rows and schema else context.any_names(spot.where)
    try:
        macro = compile_macro(trial.text, names=names, place="the text")
    except MacroError as exc:
        return MacroTried(good=False, message=exc.message, hint=exc.hint, line=exc.line, column=exc.column)
    read = macro.names
    new = [name for name in read if name not in trial.given and not (schema and schema.attribute(name))]
    remarks = tuple(unknown_of(new, _names(ports, spot, schema, secrets))) if schema else ()
    who = await _person(ports, spot, trial)
    try:
        made = macro.render(await _values(ports, trial, read, who))
    except MacroError as exc:
        return MacroTried(good=False, names=read, of=who, message=exc.message, hint=exc.hint, remarks=remarks)
    return MacroTried(good=True, values=made, names=read, of=who, remarks=remarks)


def _names(ports: Ports, spot: Spot, schema: Schema | None, secrets: Sequence[str]) -> list[MacroName]:
    told = secrets if ports.authority.may(Right.CHANGE_CONFIGURATION) else ()
    return choosable(spot.place, spot.where, schema, ports.context, told)


async def _schema(ports: Ports, spot: Spot) -> tuple[Schema | None, str]:
    if spot.given is not None or spot.side is None:
        return spot.given, ""
    try:
        return await ports.connector(spot.side.connection).schema(spot.side.objects), ""
    except ConnectorError as exc:
        return None, exc.message


async def _person(ports: Ports, spot: Spot, trial: MacroTrial) -> Subject | None:
    if not trial.who or spot.side is None:
        return None
    (found,) = await find_subjects(ports, spot.side, [trial.who])
    wanted = Wanted(right=Right.READ_PEOPLE, reach=Reach(connection=spot.side.connection))
    await permit_subjects(ports, wanted, [found])
    return found


async def _values(ports: Ports, trial: MacroTrial, names: Sequence[str], who: Subject | None) -> dict[str, Values]:
    """Return name to values of everything that the text reads; those of secrets are a mask."""
    held = dict(example_values()) if who is None else (await values_of(ports, names, [who])).get(who, {})
    shared = ports.context.at(ports.clock.now()).values()
    given = {name: (text,) for name, text in trial.given.items()}
    masks = {name: (MASK,) for name in names if name.startswith("secret.")}
    run = {"run.operator": (ports.operator,), "run.id": (ports.context.run_id,)}
    return {**held, **shared, **run, **given, **masks}
