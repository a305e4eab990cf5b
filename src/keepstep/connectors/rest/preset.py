"""The applications that are known: a preset is a YAML file and needs no code."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from pydantic import ValidationError

from keepstep.core.application import ApplicationSpec
from keepstep.core.connection import RestConnection
from keepstep.core.endpoint import EndpointSpec
from keepstep.errors import ConfigurationError

PRESETS = "keepstep.connectors.presets"


def application_of(spec: RestConnection) -> ApplicationSpec:
    """Return the preset that *spec* names, with what the connection adds; it may have loose ends."""
    whole = load_preset(spec.preset)
    if spec.endpoints or spec.objects:
        whole = whole.with_own(spec.endpoints, spec.objects)
    if not spec.headers:
        return whole
    return whole.with_own({name: _with_headers(one, spec.headers) for name, one in whole.endpoints.items()}, {})


def _with_headers(endpoint: EndpointSpec, headers: Mapping[str, str]) -> EndpointSpec:
    """Return *endpoint* with *headers* too; what it says itself about one stands."""
    own = {name.lower() for name in endpoint.headers}
    added = {name: text for name, text in headers.items() if name.lower() not in own}
    return endpoint.model_copy(update={"headers": {**added, **endpoint.headers}})


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
