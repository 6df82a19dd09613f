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

PERSON = Path(__file__).parent / "scripts" / "hubspot_person.py"
VERIFIER = Path(__file__).parent / "scripts" / "hubspot_verifier.py"
SECRET = "a secret of the app's"
AGES_S = {"new": 0, "late": 200, "old": 301}
"""A delivery is good for 300 s after it was signed."""
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
        target = f"{scope['raw_path'].decode()}?{scope['query_string'].decode()}"
        uri = f"{scope['scheme']}://{headers['host']}{target}"
        self.heard.append({"method": scope["method"], "uri": uri, "headers": headers, "body": body.decode()})
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
async def python(client_python: Callable[[str], Path]) -> Path:
    """The interpreter that has the client."""
    return await asyncio.to_thread(client_python, "hubspot")


@pytest.fixture
async def deliveries(python: Path, account: tuple[str, str, Sandbox]) -> dict[str, Any]:
    """Webhooks as the account posts them when somebody renames a company: now, a while ago, and too long ago."""
    del python  # made before anything is signed, for a delivery does not keep while the client is being installed
    address, token, sandbox = account
    listener = Listener()
    async with serving(listener) as target, httpx.AsyncClient(base_url=address) as http:
        company = "/crm/v3/objects/companies"
        made = await http.post(company, headers={"Authorization": f"Bearer {token}"}, json={"properties": {}})
        subscriptions = [{"id": 1, "type": "company.propertyChange", "property": "name"}]
        app = {"app_id": 9, "client_secret": SECRET, "target": f"{target}/hooks?from=crm"}
        sandbox.seed({"webhooks": {**app, "subscriptions": subscriptions}})
        for age_s in AGES_S.values():
            sandbox.advance(-age_s)
            await http.patch(
                f"{company}/{made.json()['id']}",
                headers={"Authorization": f"Bearer {token}"},
                json={"properties": {"name": f"Müller & Söhne {age_s}"}},
            )
            sandbox.advance(age_s)
        sandbox.seed({"webhooks": {}})
    return {"secret": SECRET, **dict(zip(AGES_S, listener.heard, strict=True))}


async def test_a_salesperson_enters_and_wins_a_deal(account: tuple[str, str, Sandbox], python: Path) -> None:
    """What the client wrote, it reads back; what the account refuses, it understands."""
    address, token, sandbox = account
    told = await _run(python, PERSON, address, token)

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
    assert ["closedwon"] == [deal["dealstage"] for deal in sandbox.dump()["deals"]]


async def test_the_vendors_own_verifier_takes_what_the_account_signs_and_nothing_else(
    deliveries: dict[str, Any], python: Path
) -> None:
    """Both signatures of a delivery hold; a forged part of it is refused, and so is one of more than five minutes."""
    told = await _run(python, VERIFIER, json.dumps(deliveries))

    expired = "InvalidSignatureTimestampError"
    assert {"new": True, "late": True, "old": expired} == told["third"]
    assert {"new": True, "late": True, "old": True} == told["first"]
    assert ["v1"] * 3 == told["versions"]
    assert {
        "body": False,
        "secret": False,
        "address": False,
        "method": False,
        "moment": False,
        "renewed": False,
        "undated": expired,
        "other version": False,
    } == told["forged third"]
    assert {"body": False, "secret": False, "other version": False} == told["forged first"]
    assert [f"Müller & Söhne {age_s}" for age_s in AGES_S.values()] == told["names"]


async def _run(python: Path, script: Path, *arguments: str) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(script), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*"},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told
