"""Workers as processes that are killed, frozen and woken, over one database."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue

from keepstep.core.chunk import Chunk, ChunkKind
from keepstep.core.run import RunId
from keepstep.store.chunks import SqlChunks, add
from keepstep.store.database import Database
from tests.integration.worker_process import ITEMS, Orders, effects

RUN = RunId("r")
FAR = timedelta(days=365)


@dataclass
class Process:
    """One worker. What it says is read all the time, so that it never waits for us."""

    popen: subprocess.Popen
    lines: Queue = field(default_factory=Queue)
    said: list = field(default_factory=list)

    def __post_init__(self):
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.popen.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def until(self, start):
        """Wait for a line that begins like this."""
        while True:
            line = self.lines.get(timeout=60)
            assert line is not None, (start, self.said)
            self.said.append(line)
            if line.startswith(start):
                return line

    def rest(self):
        """Wait until it ended, and give all it said."""
        while (line := self.lines.get(timeout=60)) is not None:
            self.said.append(line)
        assert self.popen.wait(60) == 0, self.said
        return self.said

    def signal(self, number):
        os.kill(self.popen.pid, number)

    def kill(self):
        self.popen.kill()
        self.popen.wait(60)


@dataclass
class World:
    """A database with chunks to do, and what came of them."""

    database: Database
    url: str
    folder: Path

    def __post_init__(self):
        with self.database.write() as connection:
            ITEMS.create(connection)

    def submit(self, count, run=RUN):
        chunks = [Chunk(kind=ChunkKind.TEMPLATE, run=run, number=number) for number in range(count)]
        with self.database.write() as connection:
            add(connection, chunks, datetime.now(UTC))

    @contextmanager
    def worker(self, name, **orders):
        given = Orders(database=self.url, folder=str(self.folder), name=name, **orders)
        command = [sys.executable, "-m", "tests.integration.worker_process", json.dumps(asdict(given))]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as popen:
            try:
                process = Process(popen)
                process.until("ready")
                yield process
            finally:
                if popen.poll() is None:
                    popen.send_signal(signal.SIGCONT)
                    popen.kill()

    def unsettled(self):
        return SqlChunks(self.database).unsettled(RUN, datetime.now(UTC) + FAR)

    def finished(self, patience=60):
        """Wait until nothing is left to do."""
        pause = threading.Event()
        for _ in range(patience * 10):
            if not self.unsettled():
                return True
            pause.wait(0.1)
        return False

    def effects(self):
        """How often each item of each chunk had its effect, whoever did it."""
        return [key[1:] for key in effects(self.folder).elements()]

    def by(self, name):
        """How many effects a worker had."""
        return sum(count for key, count in effects(self.folder).items() if key[0] == name)
