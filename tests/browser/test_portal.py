"""The developer portal in a real browser: every page in light, dark and on a phone, held against WCAG by axe."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.cli.embedded import embedded
from kit.cli.estate import estate
from tests.node import chromium, node

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "portal"


async def _walked(base: str) -> dict[str, Any]:
    chosen = node()
    PICTURES.mkdir(parents=True, exist_ok=True)
    told = {"base": base, "chromium": chromium(), "folder": str(PICTURES), "person": "tara.tax"}
    process = await asyncio.create_subprocess_exec(
        chosen.program,
        HERE / "look.mjs",
        json.dumps(told),
        env=chosen.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    assert 0 == process.returncode, complained.decode()[-2_000:]
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_portal_is_for_everybody_and_loads_nothing_from_elsewhere() -> None:
    """No violation of WCAG 2.2 AA, nothing wider than its screen, no error, no request to anybody else; keys work."""
    chromium()
    async with embedded(estate("atlantic")) as landscape:
        gateway = landscape.addresses["gateway"]
        found = await _walked(gateway)
        async with httpx.AsyncClient(base_url=gateway, trust_env=False) as client:
            answers = [
                (await client.get("/experience/approvals/approvals", headers={"x-api-key": key})).status_code
                for key in found["keys"]
            ]
    assert [] == found["violations"]
    assert [] == found["wide"]
    assert ([], []) == (found["requests"], found["errors"])
    assert 30 == found["pages"]
    assert "200" == found["tried"]
    assert [200, 200, 200] == answers
