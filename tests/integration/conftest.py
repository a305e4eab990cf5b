import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from keepstep.store.database import Database, open_database, sqlite_url
from tests.integration import postgres
from tests.integration.backup_world import archive, installed  # noqa: F401 - an installation to back up
from tests.integration.both_world import both  # noqa: F401 - a home folder and its server
from tests.integration.cli_world import cli, company  # noqa: F401 - fixtures of the command line
from tests.integration.endpoint_world import hr  # noqa: F401 - an application of one's own
from tests.integration.run_world import RunWorld, own_database, run_world
from tests.integration.store_world import TickingClock


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path: Path) -> str:
    """The address of an empty database: a file, or a schema of its own on the server."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "keepstep.db")
    server = request.getfixturevalue("postgres_server")
    schema = f"test_{secrets.token_hex(4)}"
    engine = create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    return f"{server}&options=-csearch_path%3D{schema}"


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    with open_database(store_url) as opened:
        yield opened


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def runs(request, tmp_path: Path) -> Iterator[RunWorld]:
    """A home for runs of templates, on each database."""
    if request.param == "sqlite":
        with run_world(tmp_path / "home") as world:
            yield world
        return
    server = request.getfixturevalue("postgres_server")
    with own_database(server) as url, run_world(tmp_path / "home", url) as world:
        yield world
