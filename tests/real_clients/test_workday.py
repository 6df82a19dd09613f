"""`workday-tools`, a client that others wrote, reads the simulated tenant's reports as it would a real one's.

It knows reports and nothing of the staffing service or the transaction log; clients of those want the vendor's own
descriptions, which are not public.
"""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.workday.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(353)]

SCRIPT = Path(__file__).parent / "scripts" / "workday_reader.py"
DEADLINE_S = 60


async def test_an_integration_user_reads_reports(client_python: Callable[[str], Path]) -> None:
    """Whole or for one worker, as JSON or XML; one rate is an object, several are a list.

    A report that is not there and a wrong password are refused.
    """
    sandbox = Sandbox()
    python = await asyncio.to_thread(client_python, "workday")
    async with serving(sandboxed(build(sandbox), sandbox)) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        told = await _run(python, address, landscape["config"])
    staff = [worker["employee_id"] for worker in landscape["seed"]["workers"]]

    assert {
        "workers": staff,
        "some": staff[:1],
        "rates": {"21002": [rate("88.00", "2025"), rate("92.50", "2026")], "21003": rate("71.20", "2026", "GBP")},
        "plain": len(staff),
        "absent": 404,
        "stranger": 401,
    } == told


def rate(amount: str, year: str, currency: str = "EUR") -> dict[str, str]:
    return {"CF_Hourly_Cost": amount, "Currency": currency, "Effective_Date": f"{year}-01-01"}


async def _run(python: Path, address: str, config: dict[str, Any]) -> dict[str, Any]:
    given = (address, *(config[name] for name in ("tenant", "user", "password", "report_owner")))
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), *given),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "NO_PROXY": "*"},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told
