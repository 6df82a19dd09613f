"""simple-salesforce, written by others, books and approves a week in the simulated org as in a real one."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.certinia.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(41, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "certinia_person.py"
DEADLINE_S = 60


async def test_a_consultant_books_a_week_and_has_it_approved(
    client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """What the client wrote stands, split at the end of the month; what the triggers refuse, it understands."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox), ssl_certfile=str(tmp_path / "server.pem")) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        session = landscape["person"]["headers"]["Authorization"].removeprefix("Bearer ")
        process = await asyncio.create_subprocess_exec(
            *(str(client_python("salesforce")), str(SCRIPT), address, session),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "REQUESTS_CA_BUNDLE": str(tmp_path / "authority.pem"), "NO_PROXY": "*"},
        )
        async with asyncio.timeout(DEADLINE_S):
            output, errors = await process.communicate()

    assert 0 == process.returncode, errors.decode()
    assert {
        "status": "Pending Approved",
        "splits": [[8.0, True], [3.5, True]],
        "refused": ["FIELD_CUSTOM_VALIDATION_EXCEPTION"] * 3,
        "upserts": [201, 200],
    } == json.loads(output)
