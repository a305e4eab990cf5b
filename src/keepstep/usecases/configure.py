"""Understand a configuration, check it against the connected systems, and put it in force."""

from dataclasses import dataclass

from pydantic import ValidationError

from keepstep.core.automated import automation_misfits
from keepstep.core.configuration import ApplicationOf, Configuration, Document, Path, Place, Problem, misfits
from keepstep.core.outbound import outbound_misfits
from keepstep.core.role_check import role_misfits
from keepstep.core.spec_problem import problems_of
from keepstep.errors import ConfigurationError, ConnectorError, KeepstepError, Mistake, SecretMissing
from keepstep.ports import Ports
from keepstep.usecases.reconcile import prepare


def understand(document: Document, application_of: ApplicationOf) -> Configuration:
    """Return the configuration that *document* holds; ConfigurationError lists every mistake with its place."""
    try:
        configuration = Configuration.model_validate(document.data)
    except ValidationError as error:
        found = list(problems_of(error, Configuration, document.data))
        raise refusal(document, found) from None
    found = [
        *misfits(configuration, application_of),
        *outbound_misfits(configuration, application_of),
        *automation_misfits(configuration, application_of),
        *role_misfits(configuration),
    ]
    if found:
        raise refusal(document, found)
    return configuration


def refusal(document: Document, problems: list[Problem]) -> ConfigurationError:
    """Return the error that tells each of *problems* with its place in *document*, and its field."""
    placed = sorted(((place_of(document, problem), problem) for problem in problems), key=_order)
    lines = [f"{document.name}:{place.line}:{place.column}: {problem.text}" for place, problem in placed]
    return ConfigurationError("\n".join(lines), mistakes=[Mistake(one.field, one.words) for _, one in placed])


def _order(line: tuple[Place, Problem]) -> tuple[int, int]:
    place, _ = line
    return place.line, place.column


def place_of(document: Document, problem: Problem) -> Place:
    """Return where *problem* stands in the text: at its key or value, or at the nearest one above that is written."""
    path: Path = problem.path
    first = (document.keys, document.values) if problem.at_key else (document.values, document.keys)
    while True:
        for places in first:
            if path in places:
                return places[path]
        if not path:
            return Place(1, 1)
        path = path[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCheck:
    """What the connected systems say about a configuration: *wrong* must be mended, *open* could not be asked."""

    wrong: tuple[str, ...]
    open: tuple[str, ...]


async def check_live(ports: Ports, configuration: Configuration, document: Document) -> LiveCheck:
    """Return what is wrong in each rule and its mapping by the live schemas of both sides, with its place.

    Nothing is written.
    A rule whose systems cannot be asked now, or which lacks a secret, is not wrong: it is open.
    """
    wrong: list[str] = []
    unasked: list[str] = []
    for name, rule in configuration.rules.items():
        sides = (rule.source_side, rule.target_side)
        if off := [side.connection for side in sides if not configuration.connections[side.connection].enabled]:
            unasked.append(f'rule "{name}": connection "{off[0]}" is switched off')
            continue
        try:
            await prepare(ports, name, rule, configuration.mappings[rule.mapping])
        except (ConnectorError, SecretMissing) as error:
            unasked.append(f'rule "{name}": {error.message}')
        except ConfigurationError as error:
            wrong += [_placed(document, line, ("rules", name)) for line in _with_hint(error).split("\n")]
    return LiveCheck(wrong=tuple(wrong), open=tuple(unasked))


def _placed(document: Document, line: str, default: Path) -> str:
    """Return *line* with the place of what it names, else of *default*, before it."""
    named = [path for path in document.keys if len(path) > 1 and ".".join(map(str, path)) in line]
    path = max(named, key=len, default=default)
    place = place_of(document, Problem(path=path, text=line, at_key=True))
    return f"{document.name}:{place.line}:{place.column}: {line}"


def _with_hint(error: KeepstepError) -> str:
    return f"{error.message} ({error.hint})" if error.hint else error.message
