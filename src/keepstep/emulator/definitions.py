"""Tags and custom attributes: what a person's tags and attributes may be.

Source: Infobip reference, sections 3.5 and 3.6. Names are unique without regard to case.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

DATA_TYPES: Final = ("STRING", "DECIMAL", "INTEGER", "BOOLEAN", "DATE", "DATE_TIME", "LIST_OF_OBJECTS")


class Attribute(msgspec.Struct, omit_defaults=True, rename="camel"):
    """One custom attribute definition."""

    created_at: str
    modified_at: str
    name: str
    data_type: str
    object_schema: dict[str, str] = {}


class Tag(msgspec.Struct, rename="camel"):
    """One tag."""

    created_at: str
    modified_at: str
    id: int
    name: str


class Definitions:
    """The tags and custom attributes of the account, each found by its name in any case."""

    def __init__(self) -> None:
        self._attributes: dict[str, Attribute] = {}
        self._tags: dict[str, Tag] = {}
        self._last_tag = 4000

    def attribute(self, name: str) -> Attribute | None:
        """Return the definition called *name*, or None."""
        return self._attributes.get(name.lower())

    def attributes(self) -> list[Attribute]:
        """Return every definition, oldest first."""
        return list(self._attributes.values())

    def define_attribute(self, name: str, data_type: str, now: str, schema: Mapping[str, str]) -> Attribute:
        """Add a definition; one of the same name is replaced."""
        attribute = Attribute(now, now, name, data_type, dict(schema))
        self._attributes[name.lower()] = attribute
        return attribute

    def drop_attribute(self, name: str) -> Attribute | None:
        """Remove the definition called *name*; return it, or None."""
        return self._attributes.pop(name.lower(), None)

    def tag(self, name: str) -> Tag | None:
        """Return the tag called *name*, or None."""
        return self._tags.get(name.lower())

    def tags(self) -> list[Tag]:
        """Return every tag, oldest first."""
        return list(self._tags.values())

    def define_tag(self, name: str, now: str) -> Tag:
        """Add a tag, or return the one there is."""
        known = self.tag(name)
        if known is not None:
            return known
        self._last_tag += 1
        tag = Tag(now, now, self._last_tag, name)
        self._tags[name.lower()] = tag
        return tag

    def drop_tag(self, name: str) -> Tag | None:
        """Remove the tag called *name*; return it, or None."""
        return self._tags.pop(name.lower(), None)
