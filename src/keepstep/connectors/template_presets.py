"""The ready-made templates that are shipped."""

from importlib.resources import files

from pydantic import ValidationError

from keepstep.core.template_preset import TemplatePreset
from keepstep.errors import ConfigurationError

FOLDER = "keepstep.connectors.presets.templates"


def known_template_presets() -> list[str]:
    """Return the names of the ready-made templates."""
    return sorted(entry.name[:-5] for entry in files(FOLDER).iterdir() if entry.name.endswith(".yaml"))


def template_preset(name: str) -> TemplatePreset:
    """Return the ready-made template called *name*; ConfigurationError if there is none."""
    if name not in known_template_presets():
        hint = f"ready-made: {', '.join(known_template_presets())}"
        raise ConfigurationError(f'there is no ready-made template "{name}"', hint=hint)
    from ruamel.yaml import YAML

    text = files(FOLDER).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    tree: object = YAML(typ="safe", pure=True).load(text)  # pyright: ignore[reportUnknownMemberType] - no stubs
    try:
        return TemplatePreset.model_validate(tree)
    except ValidationError as exc:
        raise ConfigurationError(f'the ready-made template "{name}" is wrong: {exc}') from exc
