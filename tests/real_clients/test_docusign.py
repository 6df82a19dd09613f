"""docusign-esign, the vendor's own client, sends and searches in the simulated account as it would in a real one."""

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
from system_apis.docusign.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(34, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "docusign_person.py"
SIGNERS = ["claire.moreau@northwind.example", "dana.okafor@sluicegate.example"]
NOBODY = "11111111-0000-4000-8000-000000000000"
DEADLINE_S = 60


@pytest.fixture
async def environment(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, Any], Sandbox]]:
    """An environment over TLS, for the client signs in by nothing else; its authority lies in `tmp_path`.

    One who has not consented to the app is a user of it too.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    chain = authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem
    chain.write_to_path(tmp_path / "server.pem")
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox), ssl_certfile=str(tmp_path / "server.pem")) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        sandbox.seed({"users": [{**landscape["seed"]["users"][0], "sub": NOBODY}]})
        yield address, landscape, sandbox


async def test_a_sender_works_through_the_vendors_own_client(
    environment: tuple[str, dict[str, Any], Sandbox], client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """It signs in, sends, sees people sign, searches, voids and fetches; what is refused, it understands."""
    address, landscape, sandbox = environment
    python = await asyncio.to_thread(client_python, "docusign")
    told = await _run(python, address, landscape, authority=tmp_path / "authority.pem")

    assert {"account": landscape["config"]["account_id"], "expires": "3600", "type": "Bearer"} == told["login"]
    work = told["work"]
    second = work.pop("second")
    assert {
        "sent": "sent",
        "status": "completed",
        "signers": [[email, str(n), "completed"] for n, email in enumerate(SIGNERS, start=1)],
        "field": [["quote", "Q-1"]],
        "completed": True,
        "expires": "30",
        "papers": ["%PDF-"] * 2,
        "twice": [400, "ENVELOPE_CANNOT_VOID_INVALID_STATE"],
    } == work
    assert {
        "found": [["Statement of work Q-1", 2]],
        "transaction": [["t-Q-2", "voided"]],
        "states": ["completed", "voided"],
        "page": [2, "2", "4", True],
    } == told["search"]
    assert {
        "absent": [404, "ENVELOPE_DOES_NOT_EXIST"],
        "period": [400, "INVALID_REQUEST_PARAMETER"],
        "token": [401, "AUTHORIZATION_INVALID_TOKEN"],
        "polling": [400, "Hourly_Envelope_Polling_Limit_Exceeded"],
        "user": [400, "consent_required"],
    } == told["refused"]
    states = {each["envelopeId"]: each["status"] for each in sandbox.dump()["envelopes"]}
    assert "voided" == states[second]
    assert ["completed", "deleted", "sent", "voided"] == sorted(states.values())


async def _run(python: Path, address: str, landscape: dict[str, Any], *, authority: Path) -> dict[str, Any]:
    config = landscape["config"]
    given = {
        "host": address.removeprefix("https://"),
        "app": config["integration_key"],
        "user": config["user_id"],
        "private_key": config["private_key"],
        "signers": SIGNERS,
        "nobody": NOBODY,
        "authority": str(authority),
    }
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), json.dumps(given)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        envelope = (await process.stdout.readline()).decode().strip()
        if envelope:
            await _sign(address, envelope, landscape["person"]["headers"], authority=authority)
        output, errors = await process.communicate(b"signed\n")
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told


async def _sign(address: str, envelope: str, headers: dict[str, str], *, authority: Path) -> None:
    """People sign what the client has sent, each in turn."""
    trust = ssl.create_default_context(cafile=str(authority))
    async with httpx.AsyncClient(base_url=address, verify=trust, headers=headers) as http:
        for email in SIGNERS:
            answer = await http.post(f"/signing/{envelope}", json={"email": email, "act": "sign"})
            assert answer.is_success, answer.text
