"""Ready-made templates: a text with settings, which becomes a template of one's own."""

from collections.abc import Mapping
from typing import cast

from pydantic import JsonValue

from keepstep.core.request_filling import PLACEHOLDER
from keepstep.core.spec import Name, Spec
from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError


class TemplatePreset(Spec):
    """What it does, the settings that it needs with what each is, and the template, in which `{name}` is a setting."""

    about: str
    settings: dict[Name, str]
    template: dict[str, JsonValue]

    def filled(self, given: Mapping[str, str]) -> dict[str, JsonValue]:
        """Return the template with *given* in the places of its settings; UsageError for one too few or too many."""
        for name in given:
            if name not in self.settings:
                near = did_you_mean(name, self.settings)
                raise UsageError(f'there is no setting "{name}"{near}', hint=f"settings: {', '.join(self.settings)}")
        if missing := [name for name in self.settings if not given.get(name)]:
            told = "; ".join(f"{name}: {self.settings[name]}" for name in missing)
            raise UsageError(f"settings are missing: {', '.join(missing)}", hint=f"--with NAME=TEXT for each; {told}")
        return cast("dict[str, JsonValue]", _filled(self.template, given))


def _filled(tree: JsonValue, given: Mapping[str, str]) -> JsonValue:
    if isinstance(tree, str):
        return PLACEHOLDER.sub(lambda match: given.get(match[1], match[0]), tree)
    if isinstance(tree, list):
        return [_filled(item, given) for item in tree]
    if isinstance(tree, dict):
        return {key: _filled(value, given) for key, value in tree.items()}
    return tree
