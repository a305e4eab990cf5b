"""XML as a tree of plain values, in which the same paths lead to elements and attributes as in JSON.

Nothing is expanded or fetched: a document type is refused, and with it every entity that is not of XML itself.
"""

from dataclasses import dataclass, field
from typing import Final, NoReturn, cast

from keepstep.errors import ResponseInvalid

TEXT: Final = "#text"
"""The member that holds the text of an element which has attributes, or elements too."""

DEEPEST: Final = 100
MOST: Final = 2_000_000
_SEPARATOR: Final = "\n"  # never part of a name or an address
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_TRUE: Final = frozenset({"true", "1"})


@dataclass(slots=True)
class _Element:
    name: str
    members: dict[str, object] = field(default_factory=dict[str, object])
    texts: list[str] = field(default_factory=list[str])
    nil: bool = False
    parent: bool = False

    def value(self) -> object:
        if self.nil:
            return None
        text = "".join(self.texts)
        if not self.members:
            return text
        # The blanks between elements are no text.
        if not self.parent or text.strip():
            self.members[TEXT] = text.strip() if self.parent else text
        return self.members

    def add(self, name: str, value: object) -> None:
        """Hang *value* in as member *name*; what stands there several times is a list."""
        self.parent = True
        if name not in self.members:
            self.members[name] = value
        elif isinstance(held := self.members[name], list):
            cast("list[object]", held).append(value)
        else:
            self.members[name] = [held, value]


class _Builder:
    """Hangs elements into each other as they end."""

    def __init__(self) -> None:
        self._open: list[_Element] = [_Element("")]
        self._count = 0

    @property
    def tree(self) -> object:
        return self._open[0].value()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1 + len(attributes)
        if len(self._open) > DEEPEST:
            raise ResponseInvalid(f"the answer is nested more than {DEEPEST} elements deep")
        if self._count > MOST:
            raise ResponseInvalid(f"the answer holds more than {MOST:,} elements")
        element = _Element(_local(name))
        for written, value in attributes.items():
            space, _, _ = written.rpartition(_SEPARATOR)
            local = _local(written)
            if space == _INSTANCE:
                element.nil = element.nil or (local == "nil" and value.strip() in _TRUE)
            else:
                element.members[f"@{local}"] = value
        self._open.append(element)

    def end(self, name: str) -> None:
        element = self._open.pop()
        self._open[-1].add(element.name, element.value())

    def text(self, text: str) -> None:
        self._open[-1].texts.append(text)


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]


def _refuse(*_: object) -> NoReturn:
    raise ResponseInvalid("the answer declares a document type or an entity, which is refused")


def read_xml(text: str) -> object:
    """Return `{root: …}`: an element with only text is that text, others are objects of elements and `@attributes`.

    Names are local names, whatever the namespace. Elements of one name become a list where they stand more than once.
    `xsi:nil="true"` is null. ResponseInvalid for what is no XML, or too deep.
    """
    from xml.parsers import expat

    builder = _Builder()
    parser = expat.ParserCreate("utf-8", namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.ExternalEntityRefHandler = _refuse
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except (expat.ExpatError, UnicodeError) as exc:
        line = getattr(exc, "lineno", 0)
        raise ResponseInvalid(f"the answer is not XML, or is cut off (line {line})") from exc
    return builder.tree
