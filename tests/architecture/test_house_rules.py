"""The rules of the house that a machine can hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "keepstep"
MODULES = sorted(SOURCE.rglob("*.py"))
PYTHON = sorted(
    [*MODULES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py"), *(ROOT / "bench").rglob("*.py")]
)

MOST_LINES = 400
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 5


def tracked() -> list[Path]:
    """The files of the project: what git knows, or would take."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in done.stdout.splitlines() if (path := ROOT / name).is_file()]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_no_file_is_longer_than_a_person_reads():
    long = {named(path): n for path in MODULES if (n := len(path.read_text().splitlines())) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{named(path)}:{node.lineno} {node.name}: {lines} lines"
        for path in MODULES
        for node in functions(path)
        if (lines := node.end_lineno - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert long == []


def test_no_function_takes_more_than_five_parameters_without_saying_why():
    many = []
    for path in MODULES:
        lines = path.read_text().splitlines()
        for node in functions(path):
            given = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            count = len([name for name in given if name not in {"self", "cls"}])
            excused = "PLR0913 - " in "".join(lines[node.lineno - 1 : node.body[0].lineno])
            if count > MOST_PARAMETERS and not excused:
                many.append(f"{named(path)}:{node.lineno} {node.name}: {count}")
    assert many == []


def test_no_file_has_a_name_that_says_nothing():
    empty = re.compile(r"(^|_)(utils?|helpers?|common|misc|base|manager|processor|handler)(_|\.py$)")
    assert [named(path) for path in PYTHON if empty.search(path.name)] == []


@pytest.mark.parametrize(
    "words",
    [
        "TO" + "DO",
        "FIX" + "ME",
        "XX" + "X",
        "NotImplemented" + "Error",
        "pragma: " + "no cover",
        "mark.sk" + "ip",
        "pytest.sk" + "ip(",
        "x" + "fail(",
    ],
)
def test_nothing_is_left_for_later(words):
    assert [named(path) for path in PYTHON if words in path.read_text()] == []


def test_only_the_last_resort_catches_everything():
    """Whoever else catches all, to clean up, raises it again; a lane raises it in the thread that waits."""
    swallowed = []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ExceptHandler):
                continue
            broad = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            )
            passed_on = any(isinstance(inner, ast.Raise) and inner.exc is None for inner in ast.walk(node))
            if broad and not passed_on:
                swallowed.append(named(path))
    assert swallowed == [
        "src/keepstep/api/crash.py",
        "src/keepstep/cli/main.py",
        "src/keepstep/connectors/ldap_session/lane.py",
        "src/keepstep/worker/loop.py",
    ]


def test_no_module_holds_state_that_changes():
    """A module-level list, dict or set is Final, and nobody writes to it (linted); a bare one is a mistake."""
    loose = []
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and isinstance(
                node.value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp
            ):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                loose += [f"{named(path)}: {name}" for name in names if name != "__all__"]
    assert loose == []


def test_the_core_and_the_use_cases_ask_no_clock():
    clock = re.compile(r"datetime\.(now|utcnow)|date\.today|time\.(time|monotonic)|uuid4|urandom")
    pure = [path for path in MODULES if path.relative_to(SOURCE).parts[0] in {"core", "usecases"}]
    assert [named(path) for path in pure if clock.search(path.read_text())] == []


def test_no_tracked_file_names_a_machine_or_a_registry():
    words = (
        "/" + "work/",
        "../" + "shared",
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js.org",
        "npm" + "js.com",
        "/ho" + "me/",
    )
    found = []
    for path in tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{named(path)}: {word}" for word in words if word in text]
    assert found == []


def test_no_tracked_file_is_huge():
    written = {ROOT / "docs/openapi.json"}  # by a tool
    huge = [path for path in tracked() if path.stat().st_size > 500_000 and path.suffix != ".lock"]
    assert [named(path) for path in huge if path not in written] == []


def test_every_requirement_is_pinned_by_hash():
    for name in ("requirements.lock", "requirements-demo.lock"):
        blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
        assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_demo_needs_no_compiler():
    text = (ROOT / "requirements-demo.lock").read_text()
    assert "python-ldap" not in text
    assert set(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE)) <= set(
        re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
