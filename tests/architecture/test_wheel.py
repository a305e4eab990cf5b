"""What an installed Keepstep has with it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (built,) = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_every_file_of_the_package_is_in_the_wheel(wheel):
    source = ROOT / "src"
    wanted = {
        str(path.relative_to(source))
        for path in (source / "keepstep").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted - set(wheel.namelist()) == set()


@pytest.mark.parametrize(
    "name", ["connectors/presets/infobip.yaml", "examples/starter.yaml", "examples/demo/today.ldif"]
)
def test_what_is_read_at_run_time_is_in_the_wheel(wheel, name):
    assert f"keepstep/{name}" in wheel.namelist()


def test_the_migrations_are_in_the_wheel(wheel):
    assert [name for name in wheel.namelist() if name.startswith("keepstep/store/migrations/versions/0001")]


def test_the_licence_is_in_the_wheel(wheel):
    assert [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
