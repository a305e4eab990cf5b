"""The applications that are known: a preset is a YAML file and needs no code."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TypeVar

from pydantic import ValidationError

from keepstep.core.application import ApplicationSpec
from keepstep.core.call import CallSpec
from keepstep.core.connection import RestConnection
from keepstep.errors import ConfigurationError

CallT = TypeVar("CallT", bound=CallSpec)

PRESETS = "keepstep.connectors.presets"


def application_of(spec: RestConnection) -> ApplicationSpec:
    """Return the preset that *spec* names, with what the connection adds; it may have loose ends."""
    whole = load_preset(spec.preset)
    if spec.endpoints or spec.objects or spec.webhooks:
        whole = whole.with_own(endpoints=spec.endpoints, objects=spec.objects, webhooks=spec.webhooks)
    if not spec.headers:
        return whole
    return whole.with_own(
        endpoints={name: _with_headers(one, spec.headers) for name, one in whole.endpoints.items()},
        webhooks={name: _with_headers(one, spec.headers) for name, one in whole.webhooks.items()},
    )


def _with_headers(call: CallT, headers: Mapping[str, str]) -> CallT:
    """Return *call* with *headers* too; what it says itself about one stands."""
    own = {name.lower() for name in call.headers}
    added = {name: text for name, text in headers.items() if name.lower() not in own}
    return call.model_copy(update={"headers": {**added, **call.headers}})


def preset_names() -> list[str]:
    """Return what the presets are called."""
    return sorted(entry.name[:-5] for entry in files(PRESETS).iterdir() if entry.name.endswith(".yaml"))


@lru_cache(maxsize=8)
def load_preset(name: str) -> ApplicationSpec:
    """Return the preset called *name*; ConfigurationError if there is none, or it is wrong."""
    file = files(PRESETS).joinpath(f"{name}.yaml")
    if not file.is_file():
        raise ConfigurationError(f'there is no preset "{name}"', hint=f"known presets: {', '.join(preset_names())}")
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
