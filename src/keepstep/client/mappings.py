"""What the sides of a server offer to mappings, and what mappings and formats make of real people."""

from typing import Any

from keepstep.client.client import Client, at
from keepstep.core.custom_format import CustomFormat
from keepstep.core.sync_rule import Side
from keepstep.usecases.preview import Chosen, Field, Previewed, Tried


def fields(client: Client, side: Side) -> list[Field]:
    """Return every attribute of *side* by its live schema."""
    return client.get(list[Field], f"{at('connections', side.connection)}/fields", objects=side.objects)


def previewed(client: Client, rule: str, chosen: Chosen) -> list[Previewed]:
    """Return what the mapping of *rule* makes of the *chosen* people."""
    return client.post(list[Previewed], "/mapping-previews", {"rule": rule, **_said(chosen)})


def tried(client: Client, side: Side, written: str | CustomFormat, chosen: Chosen) -> Tried:
    """Return what the format *written* gives for the *chosen* people of *side*."""
    spec = written if isinstance(written, str) else written.model_dump(mode="json", exclude_defaults=True)
    asked = {"connection": side.connection, "objects": side.objects, "written": spec, **_said(chosen)}
    return client.post(Tried, "/format-previews", asked)


def _said(chosen: Chosen) -> dict[str, Any]:
    return {"people": list(chosen.people), "limit": chosen.limit}
