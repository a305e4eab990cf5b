"""Every text of a call that can hold macros: where it stands, and what its macros are encoded for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from keepstep.core.call import CallSpec
from keepstep.core.encoding import Spot
from keepstep.core.macro_context import MacroContext
from keepstep.core.macro_names import Where
from keepstep.core.macro_tree import Names
from keepstep.core.request_body import BodyType
from keepstep.core.request_text import RequestText, compile_request_text


@dataclass(frozen=True, slots=True)
class EndpointText:
    """One text, and the keys and positions that lead to it from the endpoint."""

    path: tuple[str | int, ...]
    text: str
    where: Where
    spot: Spot

    def read(self, context: MacroContext, others: Iterable[str], label: str) -> RequestText:
        """Return the text ready to be rendered; MacroError for a name that is neither in *context* nor in *others*."""
        return self.read_with(context.names(self.where, others), label)

    def read_with(self, names: Names, label: str) -> RequestText:
        """Return the text ready to be rendered with *names*; MacroError for any other name."""
        return compile_request_text(self.text, names=names, label=label, place=self.spot)


def texts_of(endpoint: CallSpec) -> Iterator[EndpointText]:
    """Yield the texts of *endpoint* in the order in which a person writes them."""
    yield EndpointText(("url",), endpoint.url, Where.URL, Spot.URL_PATH)
    for key, text in endpoint.params.items():
        yield EndpointText(("params", key), text, Where.PARAM, Spot.TEXT)
    for key, text in endpoint.headers.items():
        yield EndpointText(("headers", key), text, Where.HEADER, Spot.HEADER)
    spot = Spot.XML if endpoint.body_type is BodyType.XML else Spot.TEXT
    for path, text in _leaves(endpoint.body, ("body",)):
        yield EndpointText(path, text, Where.BODY, spot)


def _leaves(tree: JsonValue, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(tree, str):
        yield path, tree
    elif isinstance(tree, dict):
        for key, value in tree.items():
            yield from _leaves(value, (*path, key))
    elif isinstance(tree, list):
        for position, value in enumerate(tree):
            yield from _leaves(value, (*path, position))
