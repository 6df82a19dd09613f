"""The `netsuite` client of PyPI speaks TBA to our simulator: signature, SuiteQL, upsert, filters, refusals."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from system_apis.netsuite.simulator import build, develop

SCRIPT = Path(__file__).parent / "scripts" / "netsuite_reader.py"
QUERY = "SELECT id, externalid, companyname, isinactive FROM customer WHERE externalid = 'cus-1' ORDER BY id"
HOME = {"subsidiary": {"externalId": "SG-DE"}}
LINE = {"item": {"externalId": "SLUICE-SERVICES"}, "amount": "100.00", "taxCode": {"externalId": "DE-S-19"}}
INVOICE = {"entity": {"externalId": "cus-1"}, "approvalStatus": {"id": "1"}, "item": {"items": [LINE]}}


async def reading(python: Path) -> dict[str, Any]:
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox)) as base_url:
        landscape = develop(base_url)
        sandbox.seed(landscape["seed"])
        sandbox.seed({"records": {"customer": [{"externalId": "cus-1", "companyName": "Northwind", **HOME}]}})
        held = landscape["seed"]["integrations"][0]
        asked = {
            "account": landscape["config"]["account"],
            "base_url": base_url,
            "customer": "cus-1",
            "query": QUERY,
            "invoice": INVOICE,
            "second": {"companyName": "Northwind Two", **HOME},
            "auth": {
                "consumer_key": held["consumerKey"],
                "consumer_secret": held["consumerSecret"],
                "token_id": held["tokens"][0]["tokenId"],
                "token_secret": held["tokens"][0]["tokenSecret"],
            },
        }
        pipe = asyncio.subprocess.PIPE
        client = await asyncio.create_subprocess_exec(str(python), str(SCRIPT), stdin=pipe, stdout=pipe, stderr=pipe)
        out, err = await asyncio.wait_for(client.communicate(json.dumps(asked).encode()), timeout=60)
        assert 0 == client.returncode, err.decode()
        seen: dict[str, Any] = json.loads(out)
        return seen


@pytest.mark.real_client
@pytest.mark.req(36)
async def test_a_client_written_by_others_reads_the_customer(client_python: Callable[[str], Path]) -> None:
    """By key, by SuiteQL and by filter it sees the customer, and it bills it; a typo and a wrong realm are refused."""
    seen = await reading(await asyncio.to_thread(client_python, "netsuite"))
    assert ("cus-1", "Northwind") == (seen["by_key"]["externalId"], seen["by_key"]["companyName"])
    row = seen["by_query"]["items"][0]
    assert {"id": seen["by_key"]["id"], "externalid": "cus-1", "companyname": "Northwind", "isinactive": "F"} == {
        name: value for name, value in row.items() if name != "links"
    }
    assert seen["put"] is seen["billed"] is None
    assert (119.0, "Pending Approval") == (seen["invoice"]["total"], seen["invoice"]["status"]["refName"])
    assert 2 == seen["filtered"]["totalResults"]
    assert {"companyName", "subsidiary", "taxRegistration"} <= set(seen["schema"])
    assert "INVALID_CONTENT" in seen["refused"]
    assert "INVALID_LOGIN" in seen["wrong_realm"]
