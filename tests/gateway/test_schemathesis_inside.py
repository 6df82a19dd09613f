"""What stands behind the experiences, held against the running house by Schemathesis: all checks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.gateway.judged import LONG, faults, opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door() -> AsyncIterator[tuple[str, str]]:
    """The door of a whole estate. One stands for all documents."""
    async with opened() as found:
        yield found


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.slow
@pytest.mark.req(4)
@pytest.mark.timeout(0 if LONG else 300)
@pytest.mark.parametrize("name", ["process", "system"])
async def test_a_document_promises_what_the_house_does(door: tuple[str, str], tmp_path: Path, name: str) -> None:
    """Examples for each operation, good and bad: none fails a check."""
    assert "" == await faults(door, tmp_path, name, borders=False)
