from collections.abc import AsyncIterator

import pytest

from tests.emulator.door import Door, opened


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as door:
        yield door
