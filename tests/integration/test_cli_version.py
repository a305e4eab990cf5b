"""The program says which version it is, wherever it is called."""

import subprocess
import sys

from keepstep import __version__


def test_the_version_is_said_without_a_home(tmp_path):
    program = [sys.executable, "-m", "keepstep", "--version"]
    said = subprocess.run(program, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert said.stdout == f"keepstep {__version__}\n"
    assert said.stderr == ""
