"""The request log: what was asked, of whom, and how it ended; bounded, and readable from other threads."""

import threading
from collections import Counter, deque
from collections.abc import Sequence

import msgspec

from keepstep.emulator.call import Item


class Entry(msgspec.Struct, kw_only=True):
    """One request. `committed`: its handler did its work, whatever became of the answer."""

    number: int
    time: str
    method: str
    path: str
    query: dict[str, str]
    correlation: str
    operation: str
    status: int = 0
    credential: str = ""
    fault: list[str] = []
    committed: bool = False
    items: Sequence[Item] = ()


class RequestLog:
    """The latest *most* requests with at most *most_items* persons between them; older ones are forgotten."""

    def __init__(self, most: int = 20_000, most_items: int = 500_000) -> None:
        self._most, self._most_items = most, most_items
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._items = 0
        self._last = 0
        self._counts: Counter[str] = Counter()

    def begin(self) -> int:
        """Return the number of a new request; numbers start at 1 and never repeat."""
        with self._lock:
            self._last += 1
            return self._last

    def add(self, entry: Entry) -> None:
        """Keep *entry*, and count it under its operation and status."""
        with self._lock:
            self._entries.append(entry)
            self._items += len(entry.items)
            while len(self._entries) > 1 and (len(self._entries) > self._most or self._items > self._most_items):
                self._items -= len(self._entries.popleft().items)
            self._counts[entry.operation] += 1
            self._counts[f"{entry.operation}:{entry.status}"] += 1
            if entry.status == 429:
                self._counts["refused"] += 1

    def entries(self, after: int = 0, operation: str = "", limit: int = 0) -> list[Entry]:
        """Return the kept requests numbered above *after*, oldest first."""
        with self._lock:
            found = [e for e in self._entries if e.number > after and operation in {"", e.operation}]
        found.sort(key=lambda entry: entry.number)
        return found[:limit] if limit else found

    def counters(self) -> dict[str, int]:
        """Return how many calls each operation, and each of its statuses, had; `refused` counts every 429."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        """Forget the requests and the counts; numbers go on."""
        with self._lock:
            self._entries.clear()
            self._counts.clear()
            self._items = 0
