"""hubspot-api-client, the vendor's own, works in the simulated account as it would in a real one."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.hubspot.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(34, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "hubspot_person.py"
SECRET = "a secret of the app's"
DEADLINE_S = 60


class Listener:
    """Somebody who has subscribed to webhooks, and keeps what is posted."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        """Take a post."""
        if scope["type"] != "http":
            return
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        body = b""
        more = True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.heard.append({"headers": headers, "body": body.decode()})
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def account() -> AsyncIterator[tuple[str, str, Sandbox]]:
    """An account behind a socket, its address and a person's token."""
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox)) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        yield address, landscape["person"]["headers"]["Authorization"].removeprefix("Bearer "), sandbox


@pytest.fixture
async def delivery(account: tuple[str, str, Sandbox]) -> dict[str, Any]:
    """A webhook as the account posts it when somebody creates a company."""
    address, token, sandbox = account
    listener = Listener()
    async with serving(listener) as target:
        uri = f"{target}/hooks?from=crm"
        subscriptions = [{"id": 1, "type": "company.creation"}]
        sandbox.seed(
            {"webhooks": {"app_id": 9, "client_secret": SECRET, "target": uri, "subscriptions": subscriptions}}
        )
        sandbox.seed({"rows": {"companies": [{"properties": {"name": "Müller & Söhne"}}]}})
        async with httpx.AsyncClient(base_url=address) as http:  # what is due is delivered after a call
            await http.get("/crm/v3/owners", headers={"Authorization": f"Bearer {token}"})
        sandbox.seed({"webhooks": {}})
    (heard,) = listener.heard
    return {**heard, "uri": uri, "secret": SECRET}


async def test_a_salesperson_enters_and_wins_a_deal(
    account: tuple[str, str, Sandbox], delivery: dict[str, Any], client_python: Callable[[str], Path]
) -> None:
    """What the client wrote, it reads back; what the account refuses, it understands; what is signed, it verifies."""
    address, token, sandbox = account
    told = await _run(await asyncio.to_thread(client_python, "hubspot"), address, token, json.dumps(delivery))

    assert {
        "one": "1240000.10",
        "associations": {"companies": 2, "line items": 2},
        "found": [1, [told["deal"]]],
        "batch": ["COMPLETE", 1, 1, "OBJECT_NOT_FOUND"],
        "lines": 2,
        "types": [19],
    } == told["read"]
    assert [[True, False], 1, "Second"] == told["keyed"]
    assert {
        "property": [400, "VALIDATION_ERROR"],
        "absent": [404, ""],
        "twin": [409, "CONFLICT"],
        "token": [401, "INVALID_AUTHENTICATION"],
        "malformed": [530, "text/html"],
        "limit": [400, "VALIDATION_ERROR"],
    } == told["refused"]
    assert ([["Onboarding"], ["Service"]], True) == (told["pages"], told["end"])
    assert ("dana.okafor@sluicegate.example", 4) == (told["owner"], told["stages"])
    assert [True, False] == told["signed"]
    assert ["closedwon"] == [deal["dealstage"] for deal in sandbox.dump()["deals"]]


async def _run(python: Path, *arguments: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*"},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told
