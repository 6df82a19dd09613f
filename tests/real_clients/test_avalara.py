"""The vendor's own client keeps documents in the simulated account, and reads there what it expects."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.avalara.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(94, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "avalara_person.py"
DEADLINE_S = 60


async def test_a_tax_desk_works_with_the_vendors_own_client(client_python: Callable[[str], Path]) -> None:
    """From an estimate to a voided document; what the account refuses has the vendor's words and shape.

    The client takes no answer without a correlation id: it raises before anybody sees the status.
    """
    sandbox = Sandbox()
    python = await asyncio.to_thread(client_python, "avalara")
    async with serving(sandboxed(build(sandbox), sandbox)) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        who = (landscape["config"]["account_id"], landscape["config"]["license_key"])
        told = await _run(python, address, *who)
        sandbox.seed({"correlates": False})
        bare = await _ran(python, address, *who)
    state = sandbox.dump()

    assert {
        "ping": [True, False],
        "stranger": [401, "AuthenticationException", ""],
        "estimate": [201, 0, "SalesOrder", True],
        "jurisdictions": ["State", "City", "Special"],
        "committed": [200, "Committed", 8.88, 1],
        "again": [400, "GetTaxError", "DocStatusError"],
        "adjusted": [201, "Committed", 17.75, 2],
        "refunded": [201, "Committed", -8.88, 1],
        "voided": [200, "Cancelled", 17.75, 2],
        "found": [200, "Cancelled", 17.75, 2],
        "absent": [404, "EntityNotFoundError", ""],
        "quality": ["Rooftop", "NotCoded"],
        "located": [True, False],
        "stack": ["Country", "State", "City", "Special"],
        "nexus": [6, 2],
    } == told
    assert ["psa; 1.0; Python SDK; 26.10.0; host;"] == state["clients"]
    assert ([], ["Adjusted", "Cancelled", "Committed"]) == (
        state["untied"],
        sorted(each["status"] for each in state["documents"]),
    )
    assert (1, True) == (bare[0], "KeyError: 'x-correlation-id'" in bare[2])


async def _run(python: Path, *arguments: str) -> dict[str, Any]:
    code, output, errors = await _ran(python, *arguments)
    assert 0 == code, errors
    told: dict[str, Any] = json.loads(output)
    return told


async def _ran(python: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*"},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()
