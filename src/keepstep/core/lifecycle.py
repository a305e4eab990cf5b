"""What an action means in a person's working life."""

from enum import StrEnum

from keepstep.core.plan import REMOVALS, Action, ActionKind


class Lifecycle(StrEnum):
    """The four events that bring most changes."""

    JOINER = "joiner"
    MOVER = "mover"
    LEAVER = "leaver"
    REHIRE = "rehire"


def lifecycle(action: Action) -> Lifecycle:
    """Return the event behind *action*; every change of somebody who stays counts as a move."""
    if action.rehire:
        return Lifecycle.REHIRE
    if action.leaver or action.kind in REMOVALS:
        return Lifecycle.LEAVER
    return Lifecycle.JOINER if action.kind is ActionKind.CREATE else Lifecycle.MOVER
