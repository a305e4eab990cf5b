"""Lists of the API: which fields of each item are given, and in which order; the same for every list."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Final, cast, get_args, get_origin

import msgspec
from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from keepstep.core.suggest import did_you_mean
from keepstep.errors import UsageError

_FIELDS: Final = "fields"
_SORT: Final = "sort"
_LONGEST: Final = 1000

PARAMETERS: Final[Mapping[str, Any]] = {
    name: {"name": name, "in": "query", "description": text, "schema": {"type": "string", "maxLength": _LONGEST}}
    for name, text in (
        (_FIELDS, "Only these fields of each item, with commas between."),
        (_SORT, "The field by which the items are put in order; `-` in front: from the greatest to the least."),
    )
}
"""What lists take, as the OpenAPI document describes it."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class _Items:
    """What a list holds. *names*: the fields of an item, none if they are not known. *paged*: it comes page by page."""

    names: tuple[str, ...]
    paged: bool


class ListRoute(APIRoute):
    """A route that, where it gives a list, takes `fields` and, where it gives it whole, `sort`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._items = _items_of(self.response_model) if "GET" in (self.methods or ()) else None
        if self._items is not None:
            said = [_FIELDS, _SORT] if self._sorts else [_FIELDS]
            self.openapi_extra = {"parameters": [{"$ref": f"#/components/parameters/{name}"} for name in said]}

    @property
    def _sorts(self) -> bool:
        """Whether the order is chosen here, and not by the route itself."""
        own = any(one.alias == _SORT for one in self.dependant.query_params)
        return self._items is not None and not self._items.paged and not own

    def get_route_handler(self) -> Handler:
        """Return what answers a request."""
        handler = super().get_route_handler()

        async def choosing(request: Request) -> Response:
            answer = await handler(request)
            wanted, order = request.query_params.get(_FIELDS, ""), request.query_params.get(_SORT, "")
            if self._items is None or not (wanted or (order and self._sorts)):
                return answer
            data: Any = msgspec.json.decode(bytes(answer.body))
            items: list[dict[str, Any]] = data["items"] if self._items.paged else data
            if order and self._sorts:
                items = _sorted(items, order, self._items.names)
            if wanted:
                items = _cut(items, wanted, self._items.names)
            body = msgspec.json.encode({**data, "items": items} if self._items.paged else items)
            headers = {name: text for name, text in answer.headers.items() if name != "content-length"}
            return Response(body, status_code=answer.status_code, headers=headers)

        return choosing


def _items_of(answer: Any) -> _Items | None:
    """Return what a list of the kind *answer* holds; None where that is no list of objects."""
    if get_origin(answer) is list:
        names = _names_of(get_args(answer)[0])
        return None if names is None else _Items(names, paged=False)
    if isinstance(answer, type) and issubclass(answer, BaseModel) and "items" in answer.model_fields:
        names = _names_of(get_args(answer.model_fields["items"].annotation)[0])
        return None if names is None else _Items(names, paged=True)
    return None


def _names_of(item: Any) -> tuple[str, ...] | None:
    if isinstance(item, type) and issubclass(item, BaseModel):
        return tuple(field.alias or name for name, field in item.model_fields.items())
    if isinstance(item, type) and is_dataclass(cast("Any", item)):
        return tuple(field.name for field in fields(cast("Any", item)))
    return () if get_origin(item) is dict else None


def _cut(items: Sequence[Mapping[str, Any]], wanted: str, known: Sequence[str]) -> list[dict[str, Any]]:
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    if items and not known:
        known = list(items[0])
    for name in names:
        _must_be_known(name, known)
    return [{name: item[name] for name in names if name in item} for item in items]


def _sorted(items: list[dict[str, Any]], order: str, known: Sequence[str]) -> list[dict[str, Any]]:
    name = order.removeprefix("-")
    _must_be_known(name, known)
    return sorted(items, key=lambda item: _rank(item.get(name)), reverse=order.startswith("-"))


def _rank(value: object) -> tuple[int, float, str]:
    """Return by what *value* is put in order: nothing first, then numbers, then texts in any letter case."""
    if value is None:
        return 0, 0, ""
    if isinstance(value, int | float):
        return 1, value, ""
    if isinstance(value, str):
        return 2, 0, value.casefold()
    return 3, 0, msgspec.json.encode(value).decode()


def _must_be_known(name: str, known: Sequence[str]) -> None:
    if known and name not in known:
        near = did_you_mean(name[:_LONGEST], known)
        raise UsageError(f"the items of this list have no such field{near}", hint=f"they have: {', '.join(known)}")
