"""simple-salesforce, written by others, works in the simulated org as it would in a real one."""

import asyncio
import json
import os
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.salesforce.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(32, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "salesforce_person.py"
ENTRY = "01uJ50000000001IAA"
DEADLINE_S = 60


@pytest.fixture
async def org(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """An org over TLS, for the client speaks nothing else; its authority lies in `tmp_path`."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    sandbox = Sandbox()
    app = sandboxed(build(sandbox), sandbox)
    async with serving(app, ssl_certfile=str(tmp_path / "server.pem")) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        yield address, landscape


async def test_a_salesperson_enters_and_wins_a_deal(
    org: tuple[str, dict[str, Any]], client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """What the client wrote, it reads back; what the org refuses, the client understands."""
    address, landscape = org
    told = await _run(client_python("salesforce"), address, landscape, authority=tmp_path / "authority.pem")

    assert 204 == told["update_status"]
    assert {
        "won": True,
        "amount": 1240000.1,
        "customer": "Northwind France SAS",
        "lines": ["Onboarding", "Service"],
        "stage": "Closed Won",
        "usage": 100000,
    } == told["read"]
    assert {"upserts": [201, 200], "found": "Second", "twins": 300} == told["keyed"]
    assert {
        "query": [400, "INVALID_FIELD"],
        "field": [400, "INVALID_FIELD"],
        "absent": [404, "NOT_FOUND"],
        "session": [401, "INVALID_SESSION_ID"],
    } == told["refused"]
    assert ["ERP_Id__c"] == told["external_ids"]
    assert 4 == told["counted_by_assertion"]
    state = await _state(address, tmp_path / "authority.pem")
    assert ["Closed Won"] == [deal["StageName"] for deal in state["Opportunity"]]
    assert [told["opportunity"]] * 2 == [line["OpportunityId"] for line in state["OpportunityLineItem"]]


async def _run(python: Path, address: str, landscape: dict[str, Any], *, authority: Path) -> dict[str, Any]:
    config = landscape["config"]
    credentials = {
        "username": config["username"],
        "consumer_key": config["consumer_key"],
        "privatekey": config["private_key"],
    }
    session = landscape["person"]["headers"]["Authorization"].removeprefix("Bearer ")
    document = json.dumps({"entry": ENTRY, "credentials": credentials})
    environment = {**os.environ, "REQUESTS_CA_BUNDLE": str(authority), "NO_PROXY": "*"}
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), address, session, document),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told


async def _state(address: str, authority: Path) -> dict[str, Any]:
    context = ssl.create_default_context(cafile=str(authority))
    async with httpx.AsyncClient(verify=context) as http:
        state: dict[str, Any] = (await http.get(f"{address}/_sandbox/state")).json()
    return state
