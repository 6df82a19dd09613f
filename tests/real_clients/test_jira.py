"""Two clients of Jira that others wrote, one for either version of its API, work on the simulated site."""

import asyncio
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.jira.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(51, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "jira_person.py"
LEAD = "712020:0001-dana"
DEADLINE_S = 60


async def test_a_team_works_with_clients_of_its_own(client_python: Callable[[str], Path]) -> None:
    """What they wrote they read back; pages end where they should; what the site refuses, they understand."""
    sandbox = Sandbox()
    python = await asyncio.to_thread(client_python, "jira")
    async with serving(sandboxed(build(sandbox), sandbox)) as address:
        landscape = develop(address)
        sandbox.seed({**landscape["seed"], "index_lag_s": 0})
        told = await _run(python, address, landscape["config"]["email"], landscape["config"]["api_token"], LEAD)
    two, three = told["two"], told["three"]
    refused = two.pop("refused")

    assert {
        "project": "OPS",
        "issue": ["OPS-1", "Check both codes", "Done", "Done"],
        "text": ["first\nsecond", ["tax"]],
        "comments": ["Looked at it."],
        "links": ["Case 1"],
        "found": ["OPS-1"],
    } == two
    assert {"absent": 404, "type": 400, "removed": 410, "token": 401} == {
        name: status for name, (status, _) in refused.items()
    }
    assert ["Specify a valid issue type", True] == [refused["type"][1], "/search/jql" in refused["removed"][1]]
    assert {
        "project": ["int", {"board": 1}],
        "fetched": [["DEL-1", 0], ["DEL-2", 1], ["DEL-3", 2]],
        "status": "indeterminate",
        "links": ["Case 2"],
        "comments": [{"key": "ours", "value": 7}],
        "found": ["DEL-1", "DEL-2", "DEL-3"],
        "listed": ["DEL", "FIN", "OPS"],
        "twin": [400, three["twin"][1]],
        "plain": [400, "Comment body is not valid!"],
    } == three
    assert "A project with that project key already exists." in three["twin"][1]


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
