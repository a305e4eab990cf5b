"""The durable engine: turns of chunks that are carried out, also after this process died. The only file that knows it.

What is to be done stands in the ledger (`store/chunks.py`); the engine is told of it under an id that is the same for
the same turn, so that telling it twice, from anywhere, is as telling it once. Only ids are kept by it.
"""

import asyncio
import logging
import os
import warnings
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy.event import listen

_QUEUE: Final = "chunks"
_VERSION: Final = "engine-1"
"""Constant: another one would strand what is under way. It changes only with a drain."""

_SCHEMA: Final = 56
"""PostgreSQL's names have 63 bytes; the engine's schema is called after ours."""

_ENDED: Final = frozenset({"SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"})

Turn = Callable[[str], Awaitable[None]]
"""Carries out the turn of a chunk that has this id; never raises for what the work itself came to."""

_at_work: list[tuple[Turn, asyncio.AbstractEventLoop]] = []
"""The work of this process, and the loop it belongs to: the engine has a loop and a registry of its own."""


# without an end to tries: one that was taken up often because workers died is not at fault
@DBOS.workflow(name="turn", max_recovery_attempts=None)
async def _workflow(chunk: str) -> None:
    await _step(chunk)


@DBOS.step(name="carry_out")
async def _step(chunk: str) -> None:
    turn, loop = _at_work[0]
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(turn, chunk), loop))


async def _awaited(turn: Turn, chunk: str) -> None:
    await turn(chunk)


class Engine:
    """The engine of this process, of which there is one at most. *name*: who this is among the workers.

    *schema*: that of the installation, on a server: several may share a database, and each has an engine apart.
    """

    def __init__(self, database: "Path | str", name: str, turn: Turn, *, schema: str = "", at_once: int = 4) -> None:
        self._database = database
        self._schema = schema
        self._name = name
        self._at_once = at_once
        self._turn = turn

    @property
    def shared(self) -> bool:
        """Whether several processes work on it."""
        return isinstance(self._database, str)

    async def start(self) -> None:
        """Begin to carry out what is queued, and what this worker had begun when it died."""
        # it has a handler, so the engine makes none that writes to the terminal
        logging.getLogger("dbos").handlers[:] = [logging.NullHandler()]
        logging.getLogger("dbos").propagate = False
        for variable in [name for name in os.environ if name.startswith("DBOS__")]:
            del os.environ[variable]
        # what it took from the queue in the moment it was told to stop stays queued, and its coroutine is never run
        warnings.filterwarnings("ignore", r"coroutine 'execute_dequeued_workflow\.", RuntimeWarning)
        _at_work[:] = [(self._turn, asyncio.get_running_loop())]
        await asyncio.to_thread(self._launch)

    def _launch(self) -> None:
        config = self._config()
        _begin(config)
        known = DBOS.retrieve_queue(_QUEUE) is not None
        DBOS.register_queue(_QUEUE, worker_concurrency=self._at_once, polling_interval_sec=0.1)
        if not known:
            # it looks for a queue that is new once a second, but has those that it finds when it begins from then on
            DBOS.destroy()
            _begin(config)

    def _config(self) -> DBOSConfig:
        config: DBOSConfig = {
            "name": "keepstep",
            "application_version": _VERSION,
            "executor_id": self._name,
            "log_level": "CRITICAL",
            "serializer": DBOSPortableJSONSerializer(),
            "scheduler_polling_interval_sec": 5.0,
            "notification_listener_polling_interval_sec": 0.1,
        }
        if isinstance(self._database, str):
            config["system_database_url"] = self._database
            config["sys_db_pool_size"] = 10
            config["dbos_system_schema"] = f"{self._schema[:_SCHEMA]}_engine"
        else:
            config["system_database_engine"] = _file_engine(self._database)
        return config

    # The engine's coroutines would change the executor of the loop that awaits them, so its plain functions are called,
    # in threads of our own.

    async def enqueue(self, chunk: str) -> None:
        """Have the turn *chunk* carried out; nothing happens if it was enqueued before and has not ended.

        One that ended and is due all the same is one of a ledger that was restored from a backup: the ledger is right.
        """

        def call() -> None:
            if _enqueued(chunk) in _ENDED:
                DBOS.delete_workflows([chunk])
                _enqueued(chunk)

        await asyncio.to_thread(call)

    async def take_over(self, dead: str) -> int:
        """Queue again what the worker *dead* had begun; return how much that is."""

        def call() -> int:
            found = DBOS.list_workflows(status="PENDING", executor_id=dead, load_input=False, load_output=False)
            ids = [one.workflow_id for one in found]
            if ids:
                DBOS.resume_workflows(ids, queue_name=_QUEUE)
            return len(ids)

        return await asyncio.to_thread(call)

    async def forget(self, before: datetime) -> int:
        """Forget what ended before the moment *before*; return how much that was."""

        def call() -> int:
            found = DBOS.list_workflows(
                status=["SUCCESS", "ERROR", "CANCELLED"],
                completed_before=before.isoformat(),
                load_input=False,
                load_output=False,
                limit=5000,
            )
            ids = [one.workflow_id for one in found]
            if ids:
                DBOS.delete_workflows(ids)
            return len(ids)

        return await asyncio.to_thread(call)

    async def stop(self) -> None:
        """Take nothing more, and let go; what is under way is found begun by the next one."""
        await asyncio.to_thread(DBOS.destroy)


def _begin(config: DBOSConfig) -> None:
    DBOS(config=config)
    DBOS.launch()


def _enqueued(chunk: str) -> str:
    """Enqueue the turn *chunk*, and return its status."""
    with SetWorkflowID(chunk):
        return DBOS.enqueue_workflow(_QUEUE, _workflow, chunk).get_status().status


def _file_engine(file: Path) -> sa.Engine:
    """Return an engine for the file, which only its owner may read; a commit is on disk when it returns."""
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    engine = sa.create_engine(f"sqlite:///{file}", pool_size=20, max_overflow=0)
    listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    cursor = connection.cursor()
    for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
