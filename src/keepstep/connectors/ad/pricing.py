"""What a plan costs in operations of LDAP."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from keepstep.connectors.ldap_session.chunks import BATCH
from keepstep.core.plan import Action, ActionKind, Cost

_MOVING: Final = frozenset({"cn", "container"})

_SECONDS: Final = {"search": 0.005, "add": 0.01, "modify": 0.005, "password": 0.02, "rename": 0.01, "delete": 0.01}
"""About what a domain controller takes on a local network; passwords are the dearest (key derivation)."""


def price(actions: Sequence[Action]) -> Cost:
    """Return the operations by kind, and about the seconds they take one after the other."""
    calls: Counter[str] = Counter()
    looked_up = 0
    for action in actions:
        names = {delta.name.casefold() for delta in action.deltas}
        groups = sum(len(delta.after) for delta in action.deltas if delta.name.casefold() == "memberof")
        match action.kind:
            case ActionKind.CREATE:
                calls.update({"search": 2, "add": 1, "password": 1, "modify": 1 + groups})
            case ActionKind.UPDATE:
                looked_up += 1
                calls.update(
                    {"modify": int(bool(names - _MOVING - {"memberof"})) + groups, "rename": int(bool(names & _MOVING))}
                )
            case ActionKind.ENABLE | ActionKind.DISABLE:
                looked_up += 1
                calls["modify"] += 1
            case ActionKind.DELETE:
                looked_up += 1
                calls["delete"] += 1
    calls["search"] += -(-looked_up // BATCH)
    kept = {name: count for name, count in sorted(calls.items()) if count}
    return Cost(calls=kept, seconds=round(sum(_SECONDS[name] * count for name, count in kept.items()), 3))
