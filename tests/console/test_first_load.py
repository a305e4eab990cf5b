"""What a browser with an empty cache has to fetch before somebody can work: the budget of console/README.md."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from tests.console.browsing import ROOT

BUDGET = 205_000
FILES = ROOT / "src/keepstep/api/console_files"


def fetched(tab, path):
    tab.page.mouse.move(0, 0)  # a link below the pointer would be loaded ahead
    tab.page.goto("about:blank")  # what the page before still fetched is not counted
    asked = []
    tab.page.on("response", lambda answer: asked.append(urlsplit(answer.url).path))
    tab.open(path)
    tab.page.get_by_role("heading", level=1).wait_for()
    tab.page.wait_for_timeout(1000)  # what comes right behind the first page counts too
    names = {one.removeprefix("/") for one in asked if PurePosixPath(one).suffix in {".js", ".css"}}
    return {name: (FILES / f"{name}.gz").stat().st_size for name in names}


def test_the_door_is_within_the_budget(tab):
    sizes = fetched(tab, "/sign-in")
    assert sum(sizes.values()) <= BUDGET, sorted(sizes.items(), key=lambda one: -one[1])


def test_the_first_page_of_somebody_signed_in_is_within_the_budget(tab):
    tab.sign_in()
    sizes = fetched(tab, "/")
    assert sum(sizes.values()) <= BUDGET, sorted(sizes.items(), key=lambda one: -one[1])
