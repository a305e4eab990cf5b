"""What an installed Keepstep has with it."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {**os.environ, "KEEPSTEP_CONSOLE": "skip"}  # as `make console` built it, if it did
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=120)
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


@pytest.mark.slow
def test_a_wheel_of_the_sources_builds_the_console_by_itself(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build"]
    subprocess.run([*build, "-t", "sdist", "-d", tmp_path], cwd=ROOT, check=True, capture_output=True, timeout=120)
    (source,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        assert not [name for name in archive.getnames() if "node_modules" in name or "console_files" in name]
        archive.extractall(tmp_path, filter="data")
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    subprocess.run([*build, "-t", "wheel", "-d", tmp_path], cwd=folder, check=True, capture_output=True, timeout=280)
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as wheel:
        names = wheel.namelist()
    assert "keepstep/api/console_files/index.html" in names
    assert [name for name in names if name.startswith("keepstep/api/console_files/assets/") and name.endswith(".js.br")]
