"""The applications that are known: a preset is a YAML file and needs no code."""

from functools import lru_cache
from importlib.resources import files

from pydantic import ValidationError

from keepstep.core.application import ApplicationSpec
from keepstep.errors import ConfigurationError

PRESETS = "keepstep.connectors.presets"


@lru_cache(maxsize=8)
def load_preset(name: str) -> ApplicationSpec:
    """Return the preset called *name*; ConfigurationError if there is none, or it is wrong."""
    file = files(PRESETS).joinpath(f"{name}.yaml")
    if not file.is_file():
        known = sorted(entry.name[:-5] for entry in files(PRESETS).iterdir() if entry.name.endswith(".yaml"))
        raise ConfigurationError(f'there is no preset "{name}"', hint=f"known presets: {', '.join(known)}")
    return parse_preset(name, file.read_text(encoding="utf-8"))


def parse_preset(name: str, text: str) -> ApplicationSpec:
    """Return the preset written in *text* (YAML); ConfigurationError names every place that is wrong."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        tree: object = YAML(typ="safe", pure=True).load(text)  # pyright: ignore[reportUnknownMemberType] - no stubs
        return ApplicationSpec.model_validate(tree)
    except YAMLError as exc:
        raise ConfigurationError(f'preset "{name}" is not YAML: {exc}') from exc
    except ValidationError as exc:
        places = "; ".join(f"{'.'.join(str(part) for part in error['loc'])}: {error['msg']}" for error in exc.errors())
        raise ConfigurationError(f'preset "{name}": {places}') from exc
