"""What the pages say is so: files exist, commands exist, examples work, the transcript is what the demo prints."""

import re
from pathlib import Path

import pytest
from tools.house import PAGE, page
from typer.main import get_command
from typer.testing import CliRunner

from keepstep.cli.main import build
from keepstep.connectors.rest.preset import application_of
from keepstep.store.config_file import parse
from keepstep.usecases.configure import understand

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "keepstep"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def ids(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_every_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text())
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_every_file_that_is_named_exists(path):
    named = set(
        re.findall(
            r"`((?:core|usecases|connectors|store|cli|emulator|testing|ad|rest|ldif)/[\w/]+\.(?:py|yaml))`",
            path.read_text(),
        )
    )
    folders = (PACKAGE, PACKAGE / "connectors")
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in folders)] == []


def test_the_house_page_is_up_to_date():
    assert PAGE.read_text() == page(), "run `make docs`"


def commands():
    """Every command of the program, as the words that call it."""
    root = get_command(build())
    for name, command in root.commands.items():
        yield (name,)
        for inner in getattr(command, "commands", {}):
            yield (name, inner)


@pytest.mark.parametrize("path", PAGES, ids=ids)
def test_every_command_that_is_named_exists(path):
    known = set(commands())
    groups = {words[0] for words in known if len(words) == 2}
    found = re.findall(r"(?:^|`)keepstep ([a-z][a-z-]*)(?: ([a-z][a-z-]*)\b)?", path.read_text(), re.MULTILINE)
    for first, second in found:
        assert (first,) in known, first
        if first in groups and first not in {"plan", "compare"} and second:
            assert (first, second) in known, f"{first} {second}"


def test_every_command_is_in_a_page():
    text = "\n".join(path.read_text() for path in PAGES)
    assert [
        name for name, *rest in commands() if not rest and f"keepstep {name}" not in text and f"`{name}`" not in text
    ] == []


def test_the_example_configuration_is_right():
    (example,) = re.findall(r"```yaml\n(version: 1.*?)```", (ROOT / "docs" / "index.md").read_text(), re.DOTALL)
    assert list(understand(parse(example, name="index.md"), application_of).rules) == ["staff"]


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """What `keepstep demo --once` prints."""
    home = tmp_path_factory.mktemp("demo") / "home"
    result = CliRunner().invoke(build(), ["demo", "--once", "--home", str(home)])
    assert result.exit_code == 0, result.output
    return result.stdout


def told(text):
    """The lines of *text* with what differs from run to run left out."""
    text = re.sub(r"\b[0-9a-f]{12}\b", "DIGEST", text)
    return [line.rstrip() for line in re.sub(r"\b\d{8}T\d{9}-[0-9a-f]{8}\b", "RUN", text).splitlines() if line.strip()]


def test_the_transcript_of_the_readme_is_what_the_demo_prints(shown):
    (transcript,) = re.findall(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    printed = iter(told(shown))
    assert [line for line in told(transcript) if line not in printed] == []


@pytest.mark.parametrize(
    "line",
    [
        "+ create Nika Radić  unmatched, joiner",
        "customAttributes.Department: Sales → Finance",
        "- delete Lana Novak",
        "source_disabled, leaver",
        "linked, rehire",
        "lastName: Kovač → Kovač-Babić",
        "lastName: Juric → Jurić",
        "! Old Contractor  orphaned",
        "! Toni Matić  disputed",
        "unauthorised",
        "Nothing to do: the target is in step.",
    ],
)
def test_the_demo_shows_one_of_each(shown, line):
    assert line in shown


def test_the_index_leads_to_every_page():
    index = (ROOT / "docs" / "index.md").read_text()
    assert [
        path.name for path in (ROOT / "docs").glob("*.md") if path.name != "index.md" and f"({path.name})" not in index
    ] == []
