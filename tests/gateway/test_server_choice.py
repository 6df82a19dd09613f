from argparse import Namespace
from pathlib import Path

import httpx
import pytest

from kit.cli.commands.serve import _served
from kit.settings import SettingsError
from tests.gateway.street import street


def test_the_doors_own_server_serves_nothing_else() -> None:
    """Whoever asks for it for a tier is told so."""
    wanted = Namespace(server="protocol", deployable="process", host="127.0.0.1", port=0)
    with pytest.raises(SettingsError, match="serves the gateway and nothing else"):
        _served(None, wanted)


@pytest.mark.parametrize("server", ["uvicorn", "granian", "protocol"])
async def test_a_server_is_chosen_by_its_name(tmp_path: Path, server: str) -> None:
    """Each opens the same door, on the port that was asked for or a free one, and closes it."""
    async with street(tmp_path) as place:
        place.gateway._closing = ()  # what the street closes is closed once
        wanted = Namespace(server=server, deployable="gateway", host="127.0.0.1", port=0)
        async with _served(place.gateway, wanted) as url:
            assert {"status": "ok"} == (await _get(url)).json()
        with pytest.raises(httpx.ConnectError):
            await _get(url)


async def _get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        return await client.get("/_gateway/health")
