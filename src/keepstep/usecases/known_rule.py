"""The rule that somebody names."""

from typing import TYPE_CHECKING

from keepstep.core.suggest import did_you_mean
from keepstep.errors import ConfigurationError

if TYPE_CHECKING:
    from keepstep.core.configuration import Configuration
    from keepstep.core.mapping import MappingSpec
    from keepstep.core.sync_rule import SyncRule


def rule_of(configuration: "Configuration", name: str) -> "tuple[SyncRule, MappingSpec]":
    """Return the rule called *name* and its mapping; ConfigurationError names the nearest rule."""
    rule = configuration.rules.get(name)
    if rule is None:
        known = ", ".join(configuration.rules)
        hint = f"rules: {known}" if known else "there are no rules yet: add one to keepstep.yaml"
        raise ConfigurationError(f'there is no rule "{name}"{did_you_mean(name, configuration.rules)}', hint=hint)
    return rule, configuration.mappings[rule.mapping]
