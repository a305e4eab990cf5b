"""A role: rights, and the connections, rules, templates, containers, changes and attributes that they reach."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field

from keepstep.core.directory_action import Verb
from keepstep.core.distinguished_name import parse_dn
from keepstep.core.plan import ActionKind
from keepstep.core.right import Right
from keepstep.core.spec import Spec
from keepstep.errors import InvalidName

ALL: Final = "all"
All = Literal["all"]

CHANGES: Final = frozenset({*map(str, ActionKind), *map(str, Verb)})
"""The kinds of change of plans, and the directory actions: what `changes` can name."""


class RoleSpec(Spec):
    """What whoever has the role may do. What is not listed is not allowed; `all` has to be written.

    *within*: containers (DN) that people have to be in, *outside*: those among them that they must not be in.
    *changes*: the kinds of change (`update`, `delete`, …) and directory actions (`set`, `move`, …).
    *attributes*: those that may be written.
    """

    description: str = ""
    rights: Annotated[list[Right], Field(min_length=1)]
    connections: All | list[str] = []
    rules: All | list[str] = []
    templates: All | list[str] = []
    within: All | list[str] = []
    outside: list[str] = []
    changes: All | list[str] = []
    attributes: All | list[str] = []

    def faults(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield the place and the words of what is wrong by itself."""
        for key, names in (("within", self.within), ("outside", self.outside)):
            for position, name in enumerate(names if names != ALL else []):
                try:
                    parse_dn(name)
                except InvalidName as exc:
                    yield (key, position), exc.message
        for position, name in enumerate(self.changes if self.changes != ALL else []):
            if name not in CHANGES:
                yield ("changes", position), f'"{name}" is no change: {", ".join(sorted(CHANGES))}'


def _everywhere(description: str, *rights: Right) -> RoleSpec:
    return RoleSpec(
        description=description,
        rights=list(rights),
        connections=ALL,
        rules=ALL,
        templates=ALL,
        within=ALL,
        changes=ALL,
        attributes=ALL,
    )


_LOOKING: Final = (Right.READ_PEOPLE, Right.READ_CONFIGURATION, Right.READ_RUNS, Right.MAKE_REPORTS)

BUILT_IN: Final[Mapping[str, RoleSpec]] = {
    "administrator": _everywhere("may do everything", *Right),
    "operator": _everywhere(
        "keeps both sides in step: plans, applies, runs and steers; changes no configuration",
        *_LOOKING,
        *(Right.TEST_CONNECTIONS, Right.TEST_WEBHOOKS, Right.MAKE_PLANS, Right.APPLY_PLANS, Right.RUN_TEMPLATES),
        *(Right.CHANGE_ACCOUNTS, Right.STEER_RUNS, Right.PAIR_ACCOUNTS, Right.RUN_AUTOMATIONS),
    ),
    "approver": _everywhere("looks at plans and decides about them", *_LOOKING, Right.APPROVE),
    "technician": _everywhere(
        "runs templates for people and changes accounts by hand",
        *(Right.READ_PEOPLE, Right.READ_RUNS, Right.RUN_TEMPLATES, Right.CHANGE_ACCOUNTS),
    ),
    "auditor": _everywhere("sees everything, changes nothing", *_LOOKING, Right.READ_AUDIT),
}
"""The roles that are always there; none of their names can be given to another."""


def roles_of(own: Mapping[str, RoleSpec]) -> dict[str, RoleSpec]:
    """Return every role by name: the built-in ones, and those of the configuration."""
    return {**own, **BUILT_IN}
