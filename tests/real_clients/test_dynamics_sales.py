"""Microsoft's own client for Dataverse, and its way to a token, work in the simulated environment as in a real one."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.dynamics_sales.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(33, 353)]

SCRIPT = Path(__file__).parent / "scripts" / "dynamics_sales_person.py"
DEADLINE_S = 60


@pytest.fixture
async def environment(tmp_path: Path) -> AsyncIterator[tuple[str, dict[str, Any], Sandbox]]:
    """An environment over TLS, for the client speaks nothing else; its authority lies in `tmp_path`."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    sandbox = Sandbox()
    app = sandboxed(build(sandbox), sandbox)
    async with serving(app, ssl_certfile=str(tmp_path / "server.pem")) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        yield address, landscape["config"], sandbox


async def test_a_salesperson_works_through_the_vendors_own_client(
    environment: tuple[str, dict[str, Any], Sandbox], client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """What the client wrote, it reads back; change sets, keys and pages hold; refusals are understood."""
    address, config, sandbox = environment
    python = await asyncio.to_thread(client_python, "dynamics_sales")
    told = await _run(python, address, config, authority=tmp_path / "authority.pem")

    assert 2 == told["lines"]
    assert {
        "total": 1240000.1,
        "customer": "Northwind France SAS",
        "kind": "Renewal",
        "document": "SOW-1",
        "lines": [["Service"], ["Onboarding"]],
    } == told["read"]
    assert ["Number 1", "Number 2"] == told["keyed"]
    assert {
        "stood": [204, 204],
        "fell": [[400, "0x80048d19"]],
        "beside": [404, 200],
        "contacts": ["Moreau"],
        "never": 0,
    } == told["batched"]
    assert {
        "absent": [404, "0x80040217"],
        "column": [400, "0x80048d19"],
        "query": [400, "0x0"],
        "table": ["unknown"],
        "secret": [True],
    } == told["refused"]
    state = sandbox.dump()
    assert ["Contoso", "Number 1", "Number 2"] == sorted(row["name"] for row in state["accounts"])
    (contoso,) = (row["accountid"] for row in state["accounts"] if row["name"] == "Contoso")
    assert [contoso] == [row["parentcustomerid"] for row in state["contacts"]]


async def _run(python: Path, address: str, config: dict[str, Any], *, authority: Path) -> dict[str, Any]:
    given = {
        "address": address,
        "tenant": config["tenant_id"],
        "client_id": config["client_id"],
        "client_secret": config["client_secret"],
    }
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPT), json.dumps(given)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "REQUESTS_CA_BUNDLE": str(authority), "NO_PROXY": "*"},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told
