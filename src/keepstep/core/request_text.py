"""One text of a request: checked when it is saved, and rendered with every value encoded for its place."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from keepstep.core.encoding import Spot, encode
from keepstep.core.macro import Evaluate, compile_node, names_in
from keepstep.core.macro_syntax import parse_parts
from keepstep.core.macro_tree import Attribute, Names
from keepstep.core.macro_value import Value, as_text
from keepstep.core.values import Values
from keepstep.core.xml_spots import XmlSpots
from keepstep.errors import IdentifierEmpty, MacroError

IDENTIFYING: Final = frozenset({Spot.URL_PATH, Spot.QUERY, Spot.FILTER, Spot.DN})
"""Where a hole would make the call one about somebody else, or about everybody."""

_ADDRESS: Final = re.compile(r"\{base_?[uU]rl\}[/?#]|https?://[^/?#{}]+[/?#]")
_BASE: Final = "connection.base_url"


@dataclass(frozen=True, slots=True)
class Piece:
    """One macro of a text: as written, the names it reads, and what works it out. *as_is*: it is not encoded."""

    text: str
    names: tuple[str, ...]
    place: Spot
    evaluate: Evaluate = field(repr=False, compare=False)
    as_is: bool = False


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as it is sent.

    *nothing*: there are macros in it, and all of them gave nothing. *private*: what was made of secrets.
    """

    text: str
    nothing: bool
    private: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestText:
    """A checked text of a request, ready to be rendered. *label* is how errors call it.

    *identifies*: what the text says is whom or what the call is about, so that no macro in it may give nothing.
    """

    label: str
    pieces: tuple[str | Piece, ...]
    identifies: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that the macros of it read, once."""
        return tuple(dict.fromkeys(name for piece in self.pieces if isinstance(piece, Piece) for name in piece.names))

    @property
    def alone(self) -> Piece | None:
        """The macro that is all of the text, if it is one macro alone."""
        return self.pieces[0] if len(self.pieces) == 1 and isinstance(self.pieces[0], Piece) else None

    def render(
        self, values: Mapping[str, Values], plain: Callable[[str, Spot], str] = lambda text, _: text
    ) -> Rendered:
        """Return the text with each macro worked out and encoded, and *plain* applied to the text between them.

        MacroError, naming label and macro but no value, if a macro fails, has several values, or its value cannot stand
        in its place; IdentifierEmpty if it gives nothing where it must not.
        """
        parts: list[str] = []
        private: list[str] = []
        nothing = bool(self.names)
        place = Spot.TEXT
        for piece in self.pieces:
            if isinstance(piece, str):
                made = plain(piece, place)
                nothing = nothing and made == piece
            else:
                place = piece.place
                text = self._one(piece, values)
                nothing = nothing and not text
                made = text if piece.as_is else self._encoded(piece, text)
                if text and any(name.startswith("secret.") for name in piece.names):
                    private.append(text)
            parts.append(made)
        return Rendered("".join(parts), nothing, tuple(private))

    def value(self, piece: Piece, values: Mapping[str, Values]) -> Value:
        """Return what *piece* of the text is worth, "" for nothing and several texts as they are."""
        try:
            found = piece.evaluate({name: values.get(name, ()) for name in piece.names})
        except MacroError as exc:
            raise MacroError(f"{self.label}: {exc.message}", hint=exc.hint) from None
        if found == "" and self.identifies:
            raise IdentifierEmpty(
                f"{self.label}: {piece.text} gives nothing, and this {piece.place} says whom or what the call is about",
                hint="give it a value to fall back on with default(…), or leave out people who lack it; "
                "`keepstep endpoint test` takes it by --value NAME=TEXT",
            )
        return found

    def several(self, piece: Piece, count: int) -> MacroError:
        """Return the error of a macro that has *count* values where one is needed."""
        return MacroError(f"{self.label}: {piece.text} has {count} values; use first or join")

    def _one(self, piece: Piece, values: Mapping[str, Values]) -> str:
        found = self.value(piece, values)
        if isinstance(found, tuple):
            raise self.several(piece, len(found))
        return as_text(found)

    def _encoded(self, piece: Piece, text: str) -> str:
        try:
            return encode(text, piece.place)
        except MacroError as exc:
            raise MacroError(f"{self.label}: {piece.text}: {exc.message}", hint=exc.hint) from None


def compile_request_text(text: str, *, names: Names, label: str, place: Spot, identifies: bool = False) -> RequestText:
    """Return *text* ready to be rendered into *place*; MacroError says what is wrong with it, and where.

    A place of the kind URL path is a whole URL: macros behind its ? are encoded for the query. *identifies* says so of
    a place that does not by itself.
    """
    pieces: list[str | Piece] = []
    spots = XmlSpots()
    here = place
    for part in parse_parts(text, names, label):
        if part.node is None:
            pieces.append(part.text)
            spots.pass_by(part.text)
            here = Spot.QUERY if place is Spot.URL_PATH and "?" in part.text else here
            continue
        piece = Piece(part.text, tuple(dict.fromkeys(names_in(part.node))), here, compile_node(part.node))
        if place is Spot.URL_PATH:
            piece = _in_url(piece, part.node, pieces, label)
        elif place is Spot.XML and spots.unfit:
            raise MacroError(
                f"{label}: {part.text} stands in {spots.unfit}, where a value cannot be told from the markup",
                hint="put it between tags, or into quotes",
            )
        pieces.append(piece)
    return RequestText(label=label, pieces=tuple(pieces), identifies=identifies or place in IDENTIFYING)


def _in_url(piece: Piece, node: object, before: list[str | Piece], label: str) -> Piece:
    """Return *piece* as it stands in a URL behind *before*; MacroError if it would choose the host."""
    if not before and node == Attribute(_BASE):
        return replace(piece, as_is=True)
    first = before[0] if before else ""
    based = isinstance(first, Piece) and first.as_is
    if not based and not (isinstance(first, str) and _ADDRESS.match(first)):
        raise MacroError(
            f"{label}: {piece.text} stands where the host is named, which no macro may choose",
            hint="begin with {base_url}/, and set base_url of the connection",
        )
    return piece
