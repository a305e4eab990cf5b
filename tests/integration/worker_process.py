"""A worker in a process of its own, whose work is counted in a file by whoever does it: run by `worker_world.py`."""

import asyncio
import os
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, Table, Text, insert, select, update

from keepstep.connected import SystemClock
from keepstep.core.chunk import ChunkKind
from keepstep.core.run import RunId
from keepstep.store.chunks import SqlChunks, check
from keepstep.store.database import open_database
from keepstep.store.workers import SqlWorkers
from keepstep.worker.durable import Engine
from keepstep.worker.loop import Tempo, Worker

ITEMS = Table(
    "effects_of_a_test",
    MetaData(),
    Column("run", Text, primary_key=True),
    Column("chunk", Integer, primary_key=True),
    Column("item", Integer, primary_key=True),
    Column("done", Integer, nullable=False),
)


@dataclass(frozen=True, kw_only=True)
class Orders:
    """What a process is told. *follow*: only this run is seen through, as a command does; empty: it serves."""

    database: str
    folder: str
    name: str
    items: int = 3
    seconds: float = 0.05
    follow: str = ""
    leaving: float = 5.0
    silence: float = 2.0


def effects(folder: Path) -> Counter:
    """How often each item of each chunk had its effect, and by whom, as the world saw it."""
    file = folder / "effects"
    return Counter(tuple(line.split()) for line in file.read_text().splitlines()) if file.exists() else Counter()


def put(folder: Path, effect: str) -> None:
    """Have an effect: one line."""
    with (folder / "effects").open("a") as file:
        file.write(effect)


def work_of(orders, database, told):
    """Each item is begun, has its effect, and is finished; one found begun is looked up before it is repeated."""

    def begin(claim, item):
        with database.write() as connection:
            check(connection, claim)
            where = (ITEMS.c.run == claim.chunk.run, ITEMS.c.chunk == claim.chunk.number, ITEMS.c.item == item)
            row = connection.execute(select(ITEMS.c.done).where(*where)).first()
            if row is None:
                values = {"run": claim.chunk.run, "chunk": claim.chunk.number, "item": item, "done": 0}
                connection.execute(insert(ITEMS).values(values))
            return row

    def finish(claim, item):
        with database.write() as connection:
            check(connection, claim)
            where = (ITEMS.c.run == claim.chunk.run, ITEMS.c.chunk == claim.chunk.number, ITEMS.c.item == item)
            connection.execute(update(ITEMS).where(*where).values(done=1))

    async def work(claim):
        for item in range(orders.items):
            row = await asyncio.to_thread(begin, claim, item)
            if row is not None and row.done:
                continue
            chunk = str(claim.chunk.number)
            seen = {key[1:] for key in effects(Path(orders.folder))}
            if row is None or (chunk, str(item)) not in seen:
                put(Path(orders.folder), f"{orders.name} {chunk} {item}\n")
            told(f"did {chunk} {item}")
            await asyncio.sleep(orders.seconds)
            await asyncio.to_thread(finish, claim, item)

    return work


async def main(orders):
    def told(line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    with open_database(orders.database) as database:
        shared = database.postgres
        name = orders.name if shared else "local"
        engine = orders.database if shared else Path(orders.folder, "engine.db")
        worker = Worker(
            name=name,
            make_engine=lambda turn: Engine(engine, name, turn, schema=database.schema),
            chunks=SqlChunks(database),
            workers=SqlWorkers(database),
            works={ChunkKind.TEMPLATE: work_of(orders, database, told)},
            clock=SystemClock(),
            tell=told,
            tempo=Tempo(beat=orders.silence / 6, silence=orders.silence, leaving=orders.leaving),
        )
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        told("ready")
        if orders.follow:
            await worker.see_through(RunId(orders.follow), lambda: None)
        else:
            await worker.run(stop)
        told("left")


if __name__ == "__main__":
    import json

    os.umask(0o077)
    asyncio.run(main(Orders(**json.loads(sys.argv[1]))))
