"""A text of the configuration as it is read and edited, wherever it is kept."""

from keepstep.core.configuration import Document
from keepstep.store import config_edit
from keepstep.store.config_file import parse


class ConfigurationText:
    """Reads texts of the configuration, and changes parts of them."""

    def __init__(self, name: str) -> None:
        self.name = name

    def read(self, text: str, name: str = "") -> Document:
        """Return *text* as plain data with places; ConfigurationError if it is not YAML."""
        return parse(text, name=name or self.name)

    def put(self, text: str, path: tuple[str, ...], value: object) -> str:
        """Return *text* with *value* at *path*, every other letter as it was."""
        return config_edit.put(text, path, value, name=self.name)

    def take(self, text: str, path: tuple[str, ...]) -> str:
        """Return *text* without what stands at *path*, every other letter as it was."""
        return config_edit.take(text, path, name=self.name)
