"""The program as somebody calls it: arguments in, output and exit code out, on a home folder of its own."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepstep.cli.main import build
from keepstep.emulator import Emulator, running_in_thread
from keepstep.home import example

CONFIG = example("demo", "keepstep.yaml")
PASSWORD = "demo-password"


@dataclass
class Cli:
    """Calls of `keepstep --home …` in this process, or in one of its own where signals matter."""

    home: Path
    emulator: Emulator = field(default_factory=lambda: Emulator(limits=False))
    url: str = ""

    def run(self, *arguments, text=None, home=None):
        given = [*map(str, arguments), "--home", str(home or self.home)]
        result = CliRunner().invoke(build(), given, input=text, prog_name="keepstep")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    def good(self, *arguments, **options):
        result = self.run(*arguments, **options)
        assert result.exit_code == 0, result.output
        return result.stdout

    def bad(self, *arguments, code=1, **options):
        result = self.run(*arguments, **options)
        assert result.exit_code == code, result.output
        return result.stderr

    @contextmanager
    def process(self, *arguments, stdin=subprocess.DEVNULL):
        command = [sys.executable, "-m", "keepstep", *map(str, arguments), "--home", str(self.home)]
        with subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)

    def configure(self, *changes, day="last-week"):
        text = CONFIG.replace("http://127.0.0.1:8085", self.url)
        for before, after in changes:
            assert before in text, before
            text = text.replace(before, after)
        self.home.joinpath("keepstep.yaml").write_text(text, encoding="utf-8")
        self.become(day)

    def become(self, day):
        self.home.joinpath("directory.ldif").write_text(example("demo", f"{day}.ldif"), encoding="utf-8")


@pytest.fixture
def cli(tmp_path):
    """A home that was made by `init`, with nothing in it."""
    cli = Cli(tmp_path / "home")
    cli.good("init")
    return cli


@pytest.fixture
def company(tmp_path):
    """A home connected to a small directory and to an empty Infobip."""
    cli = Cli(tmp_path / "home")
    cli.good("init")
    cli.good("secret", "set", "infobip-password", text=f"{PASSWORD}\n")
    with running_in_thread(cli.emulator) as url:
        cli.url = url
        cli.emulator.define_attribute("Department")
        cli.configure()
        yield cli
