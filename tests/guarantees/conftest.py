from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from keepstep.emulator import Emulator, running_in_thread
from tests.guarantees.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """An empty application without limits, and an empty directory."""
    emulator = Emulator(limits=False)
    emulator.define_attribute("Department", "STRING")
    with running_in_thread(emulator) as url:
        made = World(home=tmp_path, emulator=emulator, url=url)
        made.write([])
        yield made
