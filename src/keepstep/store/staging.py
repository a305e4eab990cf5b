"""Where the records of a read are put: a nameless file, so that memory stays flat in the number of people."""

import os
import tempfile
import weakref
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from struct import Struct
from typing import Final

import msgspec

from keepstep.core.values import NativeKey, Record, Snapshot, Verdict
from keepstep.errors import StoreError
from keepstep.store.translation import translated_files

_LENGTH: Final = Struct(">I")
_FRAME: Final = 32
"""Records in one frame: few enough that a decoded frame is gone before the garbage collector looks at it twice."""

_BUFFER: Final = 1 << 20
_PENDING: Final = 20_000
"""Repeated keys that are held in memory until the file is gone through for their first content."""

_KEY_BITS: Final = (1 << 60) - 1  # 32 bytes an int instead of 48


class FileStaging:
    """Makes stages in *directory*. Their files have no name: nothing is left behind, however the process ends."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def open(self, side: str) -> "FileStage":
        """Return an empty stage for the records of one read. StoreError if no file can be made."""
        with translated_files(f"folder {self._directory}"):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            return FileStage(side, _StageFile(self._directory))


class FileStage:
    """The records of one read while it goes on: about 70 bytes of memory a record."""

    def __init__(self, side: str, file: "_StageFile") -> None:
        self._side = side
        self._file: _StageFile | None = file
        self._seen: set[int] = set()
        self._pending: dict[NativeKey, list[Record]] = {}
        self._conflicting: set[NativeKey] = set()

    def add(self, records: Sequence[Record]) -> None:
        """Keep *records*; a key seen before with the same content is kept once. StoreError if the disk is full."""
        file, seen = self._open_file(), self._seen
        for record in records:
            mark = hash(record.key) & _KEY_BITS
            if mark in seen:
                self._pending.setdefault(record.key, []).append(record)
            else:
                seen.add(mark)
                file.append(record)
        if len(self._pending) >= _PENDING:
            self._settle()

    @property
    def conflicts(self) -> int:
        """How many keys were seen again with different content."""
        self._settle()
        return len(self._conflicting)

    def seal(self, verdict: Verdict) -> Snapshot:
        """Return the snapshot: re-iterable, in the order of reading, each key once, with its first content."""
        self._settle()
        file = self._open_file()
        file.flush()
        self._file = None
        self._seen.clear()
        return Snapshot(side=self._side, verdict=verdict, records=StagedRecords(file))

    def discard(self) -> None:
        """Forget the records; a snapshot that was sealed keeps them."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self._seen.clear()
        self._pending.clear()

    def _open_file(self) -> "_StageFile":
        if self._file is None:
            raise ValueError("the stage was sealed or discarded")
        return self._file

    def _settle(self) -> None:
        """Compare the repeated keys with what was kept: same, different, or only looking the same."""
        pending, self._pending = self._pending, {}
        if not pending:
            return
        file = self._open_file()
        file.flush()
        for kept in file.records():
            if (again := pending.pop(kept.key, None)) and any(kept.attributes != one.attributes for one in again):
                self._conflicting.add(kept.key)
            if not pending:
                return
        for first, *again in pending.values():  # another key with the same mark: once in 10**12 pairs
            file.append(first)
            if any(first.attributes != one.attributes for one in again):
                self._conflicting.add(first.key)


class StagedRecords(Collection[Record]):
    """Records streamed from a file, as often as asked; the file goes away with this object."""

    def __init__(self, file: "_StageFile") -> None:
        self._file = file

    def __len__(self) -> int:
        return self._file.count

    def __iter__(self) -> Iterator[Record]:
        return self._file.records()

    def __contains__(self, item: object) -> bool:
        return any(record == item for record in self)


class _StageFile:
    """Length-prefixed msgpack frames in a file without a name."""

    def __init__(self, directory: Path) -> None:
        self.count = 0
        with tempfile.TemporaryFile(dir=directory, prefix=".stage-") as made:
            self._descriptor = os.dup(made.fileno())
        self.close = weakref.finalize(self, os.close, self._descriptor)
        self._size = 0
        self._frame: list[Record] = []
        self._buffer = bytearray()
        self._encoder = msgspec.msgpack.Encoder()

    def append(self, record: Record) -> None:
        """Add one record behind the others."""
        self.count += 1
        self._frame.append(record)
        if len(self._frame) == _FRAME:
            self._end_frame()
            if len(self._buffer) >= _BUFFER:
                self._write()

    def flush(self) -> None:
        """Put everything into the file."""
        if self._frame:
            self._end_frame()
        self._write()

    def records(self) -> Iterator[Record]:
        """Yield the records that were flushed, in their order; several iterations may go on at once."""
        decode = msgspec.msgpack.Decoder(list[Record]).decode
        for frame in self._frames():
            yield from decode(frame)

    def _end_frame(self) -> None:
        encoded = self._encoder.encode(self._frame)
        self._frame.clear()
        self._buffer += _LENGTH.pack(len(encoded))
        self._buffer += encoded

    def _write(self) -> None:
        with translated_files("the folder for temporary files"):
            rest = memoryview(bytes(self._buffer))
            while rest:
                written = os.pwrite(self._descriptor, rest, self._size)
                self._size += written
                rest = rest[written:]
        self._buffer.clear()

    def _frames(self) -> Iterator[bytes]:
        position, end, chunk, at = 0, self._size, b"", 0
        while position < end or at < len(chunk):
            if len(chunk) - at >= _LENGTH.size:
                length = _LENGTH.unpack_from(chunk, at)[0] + _LENGTH.size
                if len(chunk) - at >= length:
                    yield chunk[at + _LENGTH.size : at + length]
                    at += length
                    continue
            with translated_files("the folder for temporary files"):
                more = os.pread(self._descriptor, _BUFFER, position)
            if not more:
                raise StoreError("a temporary file was cut", hint="check the disk, then read again")
            position += len(more)
            chunk, at = chunk[at:] + more, 0
