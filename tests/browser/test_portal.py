"""The developer portal in a real browser: every page in light, dark and on a phone, held against WCAG by axe."""

from __future__ import annotations

import httpx
import pytest

from kit.cli.embedded import embedded
from kit.cli.estate import estate
from tests.browser.walked import walked
from tests.node import chromium


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_the_portal_is_for_everybody_and_loads_nothing_from_elsewhere() -> None:
    """No violation of WCAG 2.2 AA, nothing wider than its screen, no error, no request to anybody else; keys work."""
    chromium()
    async with embedded(estate("atlantic")) as landscape:
        gateway = landscape.addresses["gateway"]
        found = await walked("portal", gateway, person="tara.tax")
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
