"""What the tests of the console ask for: a company that is served, and a browser in front of it."""

import pytest

from tests.console.browsing import ROOT, SCREENSHOTS, chromium, tab_of
from tests.integration.api_world import serving
from tests.integration.cli_world import cli, company  # noqa: F401 - fixtures

HERE = str(SCREENSHOTS.parent)


def pytest_collection_modifyitems(items):
    for one in items:
        if str(one.path).startswith(HERE):
            one.add_marker(pytest.mark.browser)
            one.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session", autouse=True)
def built():
    """The files of the console: those of this checkout."""
    assert (ROOT / "src/keepstep/api/console_files/index.html").is_file(), "the console is not built: make console"


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture
def world(company):  # noqa: F811 - the fixture
    """The company of the demo, served with a worker; Ana is its administrator."""
    with serving(company.home, worker=True) as world:
        world.operator("ana", "administrator")
        yield world


@pytest.fixture
def tab(browser, world):
    """A tab in front of the company that nobody is signed in at."""
    with tab_of(browser, world.url) as found:
        yield found


@pytest.fixture
def page(tab):
    """The console with Ana signed in."""
    return tab.sign_in()
