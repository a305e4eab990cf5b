"""The wall: what a database or a file system says becomes a StoreError that says what to do."""

import errno
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from keepstep.errors import Retry, StoreError


class _Cause(NamedTuple):
    what: str
    hint: str
    retry: Retry = Retry.NEVER


_BUSY: Final = _Cause(
    "is locked by another process", "wait until the other keepstep is done, then try again", Retry.LATER
)
_FULL: Final = _Cause(
    "cannot grow: the disk is full", "free some space; nothing that was confirmed is lost", Retry.LATER
)
_READ_ONLY: Final = _Cause("is read-only", "give this user the right to write the file and its folder")
_CORRUPT: Final = _Cause("is damaged", "restore it from a backup; `keepstep doctor` shows what is readable")
_UNREACHABLE: Final = _Cause(
    "cannot be reached, or refuses the connection",
    "check that the server is up, the address, the name of the database, the user and the password",
    Retry.LATER,
)
_OTHER: Final = _Cause("refused a statement", "this is a fault in Keepstep: please report it")

# https://www.sqlite.org/rescode.html: the primary code is the low byte.
_SQLITE: Final[Mapping[int, _Cause]] = MappingProxyType(
    {
        sqlite3.SQLITE_BUSY: _BUSY,
        sqlite3.SQLITE_LOCKED: _BUSY,
        sqlite3.SQLITE_FULL: _FULL,
        sqlite3.SQLITE_READONLY: _READ_ONLY,
        sqlite3.SQLITE_PERM: _READ_ONLY,
        sqlite3.SQLITE_CORRUPT: _CORRUPT,
        sqlite3.SQLITE_NOTADB: _Cause("is not a Keepstep database", "name another file, or restore it from a backup"),
        sqlite3.SQLITE_CANTOPEN: _Cause(
            "cannot be opened", "check that the folder exists and that this user may write in it"
        ),
        sqlite3.SQLITE_IOERR: _Cause("cannot be read or written: the disk failed", "check the disk and its space"),
        sqlite3.SQLITE_NOMEM: _Cause("needs more memory than there is", "free some memory", Retry.LATER),
        sqlite3.SQLITE_TOOBIG: _Cause("cannot hold a value of this size", "make the plan or the document smaller"),
    }
)

# https://www.postgresql.org/docs/current/errcodes-appendix.html: whole codes first, then classes.
_POSTGRES: Final[Mapping[str, _Cause]] = MappingProxyType(
    {
        "3D000": _Cause("does not exist", "create the database, then try again"),
        "42501": _Cause("does not allow this user to do that", "grant the user all rights on the database"),
        "25006": _READ_ONLY,
        "40001": _BUSY,
        "40P01": _BUSY,
        "55P03": _BUSY,
        "53100": _FULL,
        "08": _UNREACHABLE,
        "28": _Cause("does not accept the user or password", "check the user and password in the database address"),
        "53": _Cause("is out of memory or connections", "wait, or raise the server's limits", Retry.LATER),
        "54": _Cause("cannot hold a value of this size", "make the plan or the document smaller"),
        "57": _Cause("is shutting down or starting", "wait until the server is up", Retry.LATER),
        "58": _Cause("cannot be read or written: the disk failed", "check the server's disk and log"),
        "XX": _CORRUPT,
    }
)


@contextmanager
def translated(address: str) -> Generator[None]:
    """Raise StoreError, naming *address*, for every error of the database drivers inside."""
    try:
        yield
    except (DBAPIError, PoolTimeoutError, sqlite3.Error) as exc:
        raise store_error(exc, address) from exc


@contextmanager
def translated_files(what: str) -> Generator[None]:
    """Raise StoreError, naming *what*, for every error of the file system inside."""
    try:
        yield
    except OSError as exc:
        cause = _FULL if exc.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG} else None
        if cause is None:
            message = f"{what} cannot be used: {exc.strerror or type(exc).__name__}"
            raise StoreError(message, hint="check that it exists and that this user may read and write it") from exc
        raise _as_error(what, cause, "") from exc


def store_error(exc: Exception, address: str) -> StoreError:
    """Return the StoreError for an error of a database driver: what, where, what to do; never a value."""
    if isinstance(exc, PoolTimeoutError):
        return _as_error(address, _BUSY, "no free connection")
    original = exc.orig if isinstance(exc, DBAPIError) else exc
    code = getattr(original, "sqlite_errorcode", None)
    if isinstance(code, int):
        return _as_error(address, _SQLITE.get(code & 0xFF, _OTHER), getattr(original, "sqlite_errorname", str(code)))
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        return _as_error(address, _POSTGRES.get(state) or _POSTGRES.get(state[:2], _OTHER), state)
    if isinstance(exc, DBAPIError) and (exc.connection_invalidated or type(original).__name__ == "OperationalError"):
        return _as_error(address, _UNREACHABLE, "")
    return _as_error(address, _OTHER, type(original).__name__)


def _as_error(address: str, cause: _Cause, code: str) -> StoreError:
    error = StoreError(f"{address} {cause.what}" + (f" ({code})" if code else ""), hint=cause.hint)
    error.retry = cause.retry
    return error
