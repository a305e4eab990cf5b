"""What an answer means: error bodies of every shape, and the items of a batch, driven by tables in the preset.

Infobip answers errors in seven shapes (reference 2.2); one tolerant parser reads them all, and a table says what a
status, a code or a text means. Texts may hold people's values, so they are matched and never shown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal, cast

import msgspec
from pydantic import Field

from keepstep.core.field_path import at, parse_path
from keepstep.core.spec import Spec

_LONGEST: Final = 65_536


class Meaning(StrEnum):
    """What an answer that is not a success tells the caller to do."""

    ABSENT = "absent"
    CONFLICT = "conflict"
    REFUSED = "refused"
    THROTTLED = "throttled"
    RETRY = "retry"
    CREDENTIALS = "credentials"
    RIGHT_MISSING = "right_missing"


class ProblemShape(Spec):
    """Where one family of error bodies keeps its code, its text and its details."""

    code: str = ""
    text: str = ""
    details: str = ""


class ProblemRule(Spec):
    """What a status (`409`, `5xx`), a code or a text (regular expression, case ignored) means; all given must hold."""

    means: Meaning
    status: list[Annotated[str, Field(pattern=r"^[1-5](\d\d|xx)$")]] = []
    code: list[str] = []
    text: str = ""
    say: Annotated[str, Field(description="how it is put to a person")] = ""


class ProblemTable(Spec):
    """The shapes of error bodies, and the rules that judge them: the first that fits decides."""

    shapes: list[ProblemShape]
    rules: list[ProblemRule]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One refusal, judged. *say* is fit for a person: it holds codes and property names, never values."""

    meaning: Meaning
    status: int
    say: str
    code: str = ""


class BatchResults(Spec):
    """Where the answer to a batch keeps its items, and how an item is told.

    *lists*: the members that hold items, at least one of which must be there. *by*: `index`, or a path to the key
    that was sent. *unlisted*: what became of an item that no list names: done (only failures are listed), or unknown.
    """

    lists: Annotated[list[str], Field(min_length=1)]
    by: str
    status: str = "status"
    key: str = ""
    code: str = ""
    text: Annotated[list[str], Field(description="paths to the texts of an item's problem")] = []
    details: str = ""
    good: list[str] = []
    unlisted: Literal["done", "unknown"] = "unknown"
    silent: Annotated[bool, Field(description="whether a success may have no body at all")] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAnswer:
    """What the answer says of one item of a batch. Neither done nor a problem: nothing that can be relied on."""

    done: bool = False
    key: str = ""
    status: str = ""
    problem: Problem | None = None


def parse_json(body: bytes) -> object | None:
    """Return the decoded body, or None when it is no JSON."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_problem(table: ProblemTable, status: int, body: bytes) -> Problem:
    """Return what an answer with *status* and *body* means; total over every answer, JSON or not."""
    tree = parse_json(body[:_LONGEST]) if len(body) <= _LONGEST else None
    code, text, places = _facts(table, tree)
    return judge(table, status, code, text, places)


def names_problem(table: ProblemTable, body: bytes) -> bool:
    """Return whether *body* is an error body of a known shape, whatever the status says."""
    tree = parse_json(body) if len(body) <= _LONGEST else None
    code, text, _ = _facts(table, tree)
    return bool(code or text)


def judge(table: ProblemTable, status: int, code: str, text: str, places: Sequence[str] = ()) -> Problem:
    """Return what *status*, *code* and *text* mean by the first rule of *table* that fits; refused if none does."""
    for rule in table.rules:
        if _fits(rule, status, code, text):
            return Problem(meaning=rule.means, status=status, code=code, say=_say(rule.say, status, code, places))
    return Problem(meaning=Meaning.REFUSED, status=status, code=code, say=_say("", status, code, places))


def _fits(rule: ProblemRule, status: int, code: str, text: str) -> bool:
    number = str(status)
    if rule.status and not any(number == want or (want[1:] == "xx" and number[0] == want[0]) for want in rule.status):
        return False
    if rule.code and code not in rule.code:
        return False
    return not rule.text or re.search(rule.text, text, re.IGNORECASE) is not None


def _say(say: str, status: int, code: str, places: Sequence[str]) -> str:
    known = f"status {status}" + (f", code {code}" if code and re.fullmatch(r"[\w.\-]{1,40}", code) else "")
    shown = [place for place in places if re.fullmatch(r"[\w.\[\]\- ]{1,120}", place)][:3]
    return f"{say or 'it was refused'} ({known}{', at ' + ', '.join(shown) if shown else ''})"


def _facts(table: ProblemTable, tree: object) -> tuple[str, str, list[str]]:
    """Return code, text and the named places of an error body, by the first shape that fits."""
    if isinstance(tree, list):
        items = cast("list[object]", tree)
        tree = items[0] if items else None
    for shape in table.shapes:
        code, text = _text_at(tree, shape.code), _text_at(tree, shape.text)
        if (shape.code and code) or (not shape.code and text):
            places = _places(at(tree, parse_path(shape.details))) if shape.details else []
            return code, text, places
    return "", "", []


def _places(details: object) -> list[str]:
    if isinstance(details, dict):
        # Family A names the properties as the members of a map.
        return [str(name) for name in cast("dict[str, object]", details)]
    if isinstance(details, list):
        found = [at(item, parse_path("property")) for item in cast("list[object]", details)]
        return [str(name) for name in found if name is not None]
    return []


def _text_at(tree: object, path: str) -> str:
    if not path:
        return ""
    value = at(tree, parse_path(path))
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, dict | list) else str(value)


def read_batch(
    table: ProblemTable, results: BatchResults, sent: Sequence[str], answer: tuple[int, bytes]
) -> list[ItemAnswer]:
    """Return one answer for each item in *sent* (their keys, in order), reading every item of the batch answer.

    An item that is named twice, or an entry that belongs to no item that was sent, makes everything that is not named
    as failed uncertain: nothing is taken for done on the word of an answer that does not fit its question.
    """
    status, body = answer
    if results.silent and not body.strip():
        return [ItemAnswer(done=True) for _ in sent]
    tree = parse_json(body)
    lists = [at(tree, parse_path(name)) for name in results.lists]
    if all(found is None for found in lists):
        return [ItemAnswer() for _ in sent]
    positions = {key: place for place, key in enumerate(sent)}
    named: dict[int, ItemAnswer] = {}
    odd = False
    for entry in (entry for found in lists for entry in _entries(found)):
        place = _position(results, entry, positions, len(sent))
        if place is None or place in named:
            odd = True
            continue
        named[place] = _item(table, results, entry, status)
    done_unlisted = results.unlisted == "done" and not odd
    return [named.get(place, ItemAnswer(done=done_unlisted)) for place in range(len(sent))]


def read_item(table: ProblemTable, results: BatchResults, answer: tuple[int, bytes]) -> ItemAnswer:
    """Return what the answer to a batch of one says of its item, under whatever key it names it."""
    status, body = answer
    if results.silent and not body.strip():
        return ItemAnswer(done=True)
    tree = parse_json(body)
    lists = [at(tree, parse_path(name)) for name in results.lists]
    if all(found is None for found in lists):
        return ItemAnswer()
    entries = [entry for found in lists for entry in _entries(found)]
    if len(entries) != 1:
        return ItemAnswer(done=results.unlisted == "done" and not entries)
    return _item(table, results, entries[0], status)


def _entries(found: object) -> list[object]:
    if isinstance(found, list):
        return cast("list[object]", found)
    return [] if found is None or found == {} else [found]


def _position(results: BatchResults, entry: object, positions: Mapping[str, int], count: int) -> int | None:
    if results.by == "index":
        index = at(entry, parse_path("index"))
        return index if isinstance(index, int) and 0 <= index < count else None
    return positions.get(_text_at(entry, results.by))


def _item(table: ProblemTable, results: BatchResults, entry: object, http_status: int) -> ItemAnswer:
    status = _text_at(entry, results.status)
    code = _text_at(entry, results.code)
    key = _text_at(entry, results.key)
    number = int(status) if status.isdigit() and len(status) == 3 else 0
    if status in results.good or (number and number < 400 and not code):
        return ItemAnswer(done=True, key=key, status=status)
    texts = [text for path in results.text if (text := _first_text(entry, path))]
    if not (code or texts or number):
        return ItemAnswer(status=status)
    places = _places(at(entry, parse_path(results.details))) if results.details else []
    problem = judge(table, number or max(http_status, 400), code, " ".join(texts), places)
    return ItemAnswer(key=key, status=status, problem=problem)


def _first_text(entry: object, path: str) -> str:
    """Return the text at *path*, going into the first item where it leads through a list (`errors[].message`)."""
    found = entry
    for step in parse_path(path):
        found = at(found, (step,))
        if step.many and isinstance(found, list):
            items = cast("list[object]", found)
            found = items[0] if items else None
    return found if isinstance(found, str) else ""
