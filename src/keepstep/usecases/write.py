"""Write to a connected system, and remember that it was Keepstep: what it did is no news to the other direction."""

from collections.abc import Sequence

from keepstep.core.effect import Done, Effect, Outcome, Unknown
from keepstep.core.own_write import own_writes
from keepstep.core.sync_rule import Side
from keepstep.ports import Ports


async def write(ports: Ports, side: Side, effects: Sequence[Effect]) -> list[Outcome]:
    """Carry out *effects* on *side* and return one outcome for each; each is noted before, where somebody watches.

    What was certainly not made is withdrawn; what may have been made, or breaks off, stays noted.
    """
    noted = [list(own_writes(side.connection, effect)) for effect in effects]
    ports.own_writes.note([one for some in noted for one in some])
    outcomes = await ports.connector(side.connection).apply(side.objects, effects)
    kept = {
        one
        for some, outcome in zip(noted, outcomes, strict=True)
        if isinstance(outcome, Done | Unknown)
        for one in some
    }
    if vain := [one for some in noted for one in some if one not in kept]:
        ports.own_writes.withdraw(vain)
    return outcomes
