"""simple-salesforce and aiosalesforce, written by others, work in the simulated org as they would in a real one."""

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
from system_apis.salesforce.simulator import build, develop

pytestmark = [pytest.mark.real_client, pytest.mark.req(32, 353)]

SCRIPTS = Path(__file__).parent / "scripts"
ENTRY = "01uJ50000000001IAA"
DEADLINE_S = 60


@pytest.fixture
def sandbox() -> Sandbox:
    """The inside of the org."""
    return Sandbox()


@pytest.fixture
async def org(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """An org over TLS, for the client speaks nothing else; its authority lies in `tmp_path`."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    app = sandboxed(build(sandbox), sandbox)
    async with serving(app, ssl_certfile=str(tmp_path / "server.pem")) as address:
        landscape = develop(address)
        sandbox.seed(landscape["seed"])
        yield address, landscape


async def test_a_salesperson_enters_and_wins_a_deal(
    org: tuple[str, dict[str, Any]], sandbox: Sandbox, client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """What the client wrote, it reads back; what the org refuses, the client understands."""
    address, landscape = org
    config = landscape["config"]
    credentials = {
        "username": config["username"],
        "consumer_key": config["consumer_key"],
        "privatekey": config["private_key"],
    }
    session = landscape["person"]["headers"]["Authorization"].removeprefix("Bearer ")
    document = json.dumps({"entry": ENTRY, "credentials": credentials})
    python = await asyncio.to_thread(client_python, "salesforce")
    told = await _run(python, "salesforce_person.py", address, session, document, authority=tmp_path / "authority.pem")

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
    state = sandbox.dump()
    assert ["Closed Won"] == [deal["StageName"] for deal in state["Opportunity"]]
    assert [told["opportunity"]] * 2 == [line["OpportunityId"] for line in state["OpportunityLineItem"]]


async def test_an_integration_writes_under_its_keys_and_reads_page_by_page(
    org: tuple[str, dict[str, Any]], sandbox: Sandbox, client_python: Callable[[str], Path], tmp_path: Path
) -> None:
    """Both ways to sign in, keys, pages, composite and batch; refusals, crowds and ended sessions are understood."""
    address, landscape = org
    sandbox.seed({"records": [{"attributes": {"type": "Account"}, "Name": f"Row {n:03}"} for n in range(450)]})
    (tmp_path / "key.pem").write_text(landscape["config"]["private_key"])
    (app,) = landscape["seed"]["apps"]
    document = json.dumps(
        {
            "consumer_key": app["consumer_key"],
            "consumer_secret": app["consumer_secret"],
            "username": landscape["config"]["username"],
            "key_file": str(tmp_path / "key.pem"),
        }
    )
    python = await asyncio.to_thread(client_python, "salesforce")
    told = await _run(python, "aiosalesforce_person.py", address, document, authority=tmp_path / "authority.pem")

    assert {
        "read": ["Müller & Söhne", "Germany"],
        "created": [True, False],
        "same": True,
        "found": "Second",
        "gone": [404, "ENTITY_IS_DELETED"],
        "left": [0, 1],
    } == told["written"]
    assert {"pages": 3, "rows": 450, "once": True} == told["paged"]
    assert {
        "created": True,
        "same": True,
        "found": [[1240000.1, True, "Kessler & Co"]],
        "undone": [[400, "PROCESSING_HALTED"], [400, "REQUIRED_FIELD_MISSING"]],
        "left": 0,
    } == told["composed"]
    assert {
        "statuses": [201, 400, 412],
        "created": True,
        "refused": "INVALID_FIELD",
        "left": ["Before"],
    } == told["batched"]
    assert {
        "query": [400, "INVALID_FIELD"],
        "soql": [400, "MALFORMED_QUERY"],
        "field": [400, "REQUIRED_FIELD_MISSING"],
        "absent": [404, "NOT_FOUND"],
        "twins": [300, None],
        "secret": [400, "invalid_client"],
        "crowd": [403, "REQUEST_LIMIT_EXCEEDED"],
    } == told["refused"]
    assert [100000, 2, 1] == told["resumed"]
    assert 2 == told["by_assertion"]
    assert ["Kessler & Co"] == [row["Name"] for row in sandbox.dump()["Account"] if row["ERP_Id__c"] == "C-2"]


async def _run(python: Path, script: str, *arguments: str, authority: Path) -> dict[str, Any]:
    trusted = {"REQUESTS_CA_BUNDLE": str(authority), "SSL_CERT_FILE": str(authority)}
    process = await asyncio.create_subprocess_exec(
        *(str(python), str(SCRIPTS / script), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **trusted, "NO_PROXY": "*"},
    )
    async with asyncio.timeout(DEADLINE_S):
        output, errors = await process.communicate()
    assert 0 == process.returncode, errors.decode()
    told: dict[str, Any] = json.loads(output)
    return told
