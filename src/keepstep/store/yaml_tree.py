"""The text of a YAML file as a tree that knows where each part begins and ends, letter by letter.

Only what an edit needs: values stay text, an alias stays an alias. Marks of the library count letters of the text.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML

Event = Any
"""An event of ruamel.yaml, which has no types: `value`, `style`, `flow_style`, `start_mark`, `end_mark`."""


@dataclass(slots=True, kw_only=True)
class Part:
    """A value as written: text[start:end]. *style*: how a scalar is written; *flow*: in brackets, on one line or more.

    *entries* of a mapping: key and value, in order; None: this is no mapping.
    """

    start: int
    end: int
    column: int
    style: str = ""
    flow: bool = False
    alias: bool = False
    entries: "list[tuple[Part, Part]] | None" = None
    text: str = ""
    items: "list[Part]" = field(default_factory=list["Part"])

    def entry(self, name: str) -> "tuple[Part, Part] | None":
        """Return key and value of the entry called *name*, or None."""
        return next((pair for pair in self.entries or () if pair[0].text == name), None)


def tree_of(text: str) -> Part | None:
    """Return the document in *text*, or None where it holds nothing. The text has been parsed before and is YAML."""
    events: Iterator[Event] = iter(YAML(typ="safe", pure=True).parse(text))  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType] - untyped library
    for event in events:
        if type(event).__name__ not in {"StreamStartEvent", "DocumentStartEvent"}:
            return None if type(event).__name__ == "StreamEndEvent" else _part(text, event, events)
    return None


def _part(text: str, event: Event, events: Iterator[Event]) -> Part:
    start, end = int(event.start_mark.index), int(event.end_mark.index)
    part = Part(start=start, end=end, column=int(event.start_mark.column))
    match type(event).__name__:
        case "MappingStartEvent":
            part.flow, part.entries = bool(event.flow_style), []
            part.end = _mapping(text, part, events)
        case "SequenceStartEvent":
            part.flow = bool(event.flow_style)
            part.end = _sequence(text, part, events)
        case "AliasEvent":
            part.alias = True
        case _:
            part.text, part.style = str(event.value), str(event.style or "")
            if part.style in {"|", ">"}:
                part.end = _end_of_block(text, part)
    return part


def _mapping(text: str, part: Part, events: Iterator[Event]) -> int:
    entries = part.entries if part.entries is not None else []
    for event in events:
        if type(event).__name__ == "MappingEndEvent":
            break
        key = _part(text, event, events)
        value = _part(text, next(events), events)
        if value.start == value.end:
            value.start = value.end = _behind_colon(text, key.end)
        entries.append((key, value))
    else:
        return part.end
    return int(event.end_mark.index) if part.flow else (entries[-1][1].end if entries else part.end)


def _behind_colon(text: str, place: int) -> int:
    """Return where an empty value stands: behind the colon of its key, or behind the key that has none."""
    colon = text.find(":", place)
    return colon + 1 if colon >= 0 and not text[place:colon].strip() else place


def _sequence(text: str, part: Part, events: Iterator[Event]) -> int:
    for event in events:
        if type(event).__name__ == "SequenceEndEvent":
            break
        part.items.append(_part(text, event, events))
    else:
        return part.end
    return int(event.end_mark.index) if part.flow else (part.items[-1].end if part.items else part.end)


def _end_of_block(text: str, part: Part) -> int:
    """Return where a literal or folded text ends: before the line break of its last line that is not empty.

    One that keeps its empty lines (`|+`) ends after them.
    """
    head = text[part.start : part.end].split("\n", 1)[0].split("#", 1)[0]
    if "+" in head:
        return part.end
    return part.start + len(text[part.start : part.end].rstrip())
