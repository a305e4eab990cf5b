"""Plans and applies in processes of their own, which can be killed at any moment.

Run as a program it has everything imported, and forks one child for each job that it reads on standard input: a
fresh interpreter would spend more time on its imports than on the work. `Driver` is the other end of its pipe.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from keepstep.connectors.ad.connector import AdConnector
from keepstep.core.connection import ActiveDirectoryConnection
from keepstep.core.mapping import MappingSpec
from keepstep.core.sync_rule import SyncRule
from keepstep.ports import Connector, Ports
from keepstep.usecases.apply import apply
from tests.guarantees.world import World, hasty

KILLED = -signal.SIGKILL


@dataclass(frozen=True)
class Job:
    """Apply plan *digest* of the installation in *home*; die at the *die*-th inner moment, if it is not 0.

    *directory*: the spec of an Active Directory; without one the home's LDIF file is the directory.
    """

    home: str
    url: str
    rule: tuple[SyncRule, MappingSpec]
    digest: str
    die: int = 0
    directory: ActiveDirectoryConnection | None = None
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def world(self) -> World:
        world = AdWorld if self.directory else World
        made = world(home=Path(self.home), emulator=None, url=self.url, preset=hasty())
        made.secrets = {**made.secrets, **self.secrets}
        if isinstance(made, AdWorld):
            made.domain = self.directory
        return made


@dataclass
class AdWorld(World):
    """A world whose directory is a real one."""

    domain: ActiveDirectoryConnection | None = None

    def corp(self) -> Connector:
        assert self.domain is not None
        return AdConnector("corp", self.domain, self.resolve)


@dataclass
class Moments:
    """Counts the moments at which it matters whether the process lives, and ends it at number *die*."""

    die: int
    report: IO[str]
    passed: int = 0

    def pass_by(self, name: str) -> None:
        self.passed += 1
        if self.passed == self.die:
            self.report.write(name)
            self.report.flush()
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """A port, unchanged, that passes a moment before and after each call of *names*."""

    def __init__(self, port: Any, moments: Moments, *names: str) -> None:
        self._port, self._moments, self._names = port, moments, names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name not in self._names:
            return found
        if asyncio.iscoroutinefunction(found):

            async def awaited(*given: Any, **named: Any) -> Any:
                self._moments.pass_by(f"before {name}")
                result = await found(*given, **named)
                self._moments.pass_by(f"after {name}")
                return result

            return awaited

        def called(*given: Any, **named: Any) -> Any:
            self._moments.pass_by(f"before {name}")
            result = found(*given, **named)
            self._moments.pass_by(f"after {name}")
            return result

        return called


def watched(ports: Ports, moments: Moments) -> Ports:
    """Return *ports* with every step of an apply as a moment at which it may die."""
    connectors: dict[str, Any] = {}

    def connector(name: str) -> Any:
        if name not in connectors:
            connectors[name] = Watched(ports.connector(name), moments, "apply", "find")
        return connectors[name]

    return replace(
        ports,
        connector=connector,
        journal=Watched(ports.journal, moments, "open_run", "close_run", "begin", "finish"),
        links=Watched(ports.links, moments, "save"),
    )


async def carry_out(job: Job, moments: Moments) -> str:
    async with job.world.ports() as ports:
        plan = ports.journal.plan(job.digest)
        summary = await apply(watched(ports, moments), plan, *job.rule)
    undone = "; ".join(f"{result.state}: {result.detail}" for result in summary.undone)
    return f"{summary.state} {summary.note} {undone}".strip()


def child(job: Job) -> int:
    """Do *job*; leave what came of it in the file `report` of its home. Exit code 0: done, 1: not all."""
    with Path(job.home, "report").open("w") as report:
        moments = Moments(job.die, report)
        try:
            told = asyncio.run(carry_out(job, moments))
        except BaseException:
            report.write(traceback.format_exc())
            raise
        report.write(told)
        Path(job.home, "moments").write_text(str(moments.passed))
    return 0 if told.startswith("done") else 1


def serve() -> None:
    """Fork one child for each line of standard input; answer with its id, then with how it ended."""
    for line in sys.stdin:
        job = pickle.loads(bytes.fromhex(line))
        pid = os.fork()
        if pid == 0:
            end = 3
            try:
                end = child(job)
            finally:
                os._exit(end)
        say(pid)
        _, status = os.waitpid(pid, 0)
        say(os.waitstatus_to_exitcode(status))


def say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


class Driver:
    """A running driver."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self, job: Job) -> int:
        """Start *job*; its process id."""
        self._process.stdin.write(pickle.dumps(job).hex() + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> int:
        """Wait for the job that was started; its exit code, negative if it was killed."""
        return int(self._process.stdout.readline())


@contextmanager
def driver() -> Iterator[Driver]:
    """A driver while the block runs."""
    command = [sys.executable, "-W", "error", "-m", "tests.guarantees.driver"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield Driver(process)
        finally:
            process.stdin.close()
            process.wait(30)


if __name__ == "__main__":
    from tests.guarantees.driver import serve as served  # what is unpickled belongs to the module, not to the program

    served()
