"""The command line against a server beside the same on its home folder."""

from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from keepstep.cli.main import build
from tests.integration.api_world import World, serving
from tests.integration.cli_world import Cli


@dataclass
class Both:
    """One installation, asked by way of its home folder and by way of its server."""

    company: Cli
    world: World
    token: str

    def there(self, *arguments, token=None, text=None, url=None):
        given = [*map(str, arguments), "--server", url or self.world.url]
        environment = {"KEEPSTEP_TOKEN": self.token if token is None else token}
        result = CliRunner().invoke(build(), given, input=text, env=environment, prog_name="keepstep")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    def same(self, *arguments, code=0):
        """Ask both ways; return what both of them say."""
        here, there = self.company.run(*arguments), self.there(*arguments)
        told = f"there:\n{there.output}\nhere:\n{here.output}"
        assert (there.exit_code, there.stdout, there.stderr) == (here.exit_code, here.stdout, here.stderr), told
        assert here.exit_code == code, here.output
        return here.stdout

    def good(self, *arguments, **options):
        result = self.there(*arguments, **options)
        assert result.exit_code == 0, result.output
        return result.stdout


@pytest.fixture
def both(company):
    with serving(company.home, worker=True) as world:
        yield Both(company, world, world.token("automat", "administrator").token)
