from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import street as door

WAYS = [("uvicorn", "pool"), ("uvicorn", "httpx"), ("granian", "pool"), ("protocol", "pool")]
Opens = Callable[..., AbstractAsyncContextManager[door.Street]]


@pytest.fixture(params=WAYS, ids=["-".join(way) for way in WAYS])
def street(request: pytest.FixtureRequest) -> Opens:
    """The street under each server, and with each way to speak to tiers: one suite for all of them."""
    server, client = request.param

    def opens(folder: Path, **options: Any) -> AbstractAsyncContextManager[door.Street]:
        onward = {"client": client, **options.pop("onward", {})}
        return door.street(folder, server=server, onward=onward, **options)

    return opens


@pytest.fixture
def server(request: pytest.FixtureRequest) -> str:
    """Which server `street` runs, for what they are known to do differently."""
    return str(request.node.callspec.params["street"][0])
