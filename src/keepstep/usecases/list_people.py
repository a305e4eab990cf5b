"""Which attributes a list of people tells: those that were asked for, or a few that say who somebody is."""

from collections.abc import Sequence

from keepstep.core.schema import Schema
from keepstep.core.suggest import did_you_mean, listed
from keepstep.errors import ConfigurationError

OURS = frozenset({"protected"})
KEYS = frozenset({"id", "objectGUID"})
"""Attributes that say again what the key says."""


def names_of(schema: Schema, asked: Sequence[str]) -> tuple[str, ...]:
    """Return *asked*, or a few attributes of *schema*. ConfigurationError for one that there is not."""
    for name in asked:
        if schema.attribute(name) is None:
            near = did_you_mean(name, schema.attributes)
            hint = f"it has: {listed(schema.attributes)}"
            raise ConfigurationError(f'{schema.objects} have no attribute "{name}"{near}', hint=hint)
    if asked:
        return tuple(asked)
    few = [name for entry in schema.display for name in entry.split()]
    few += [kind.name for kind in schema.unique] + [name for name in ("enabled",) if schema.attribute(name)]
    few = few or [name for name in schema.attributes if name not in OURS]
    return tuple(name for name in dict.fromkeys(few) if name not in KEYS)
