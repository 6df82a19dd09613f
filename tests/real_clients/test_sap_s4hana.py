"""`pyodata` and `python-odata` of PyPI work on our simulator: metadata, tokens, tags, functions, batches, version 4."""

import asyncio
import json
import random
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import system_apis.sap_s4hana as room
from kit.clock import SystemClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from kit.settings import decode
from system_apis.sap_s4hana.simulator import build, develop
from tests.system_apis.sap_s4hana.story import CUSTOMER, INVOICE, PROJECT, post

SCRIPT = Path(__file__).parent / "scripts" / "sap_s4hana_reader.py"


async def filled(landscape: dict[str, Any]) -> str:
    """A customer, a project and a posted invoice, as our own room makes them; the partner's number."""
    manifest = tomllib.loads((Path(room.__file__).parent / "vendor.toml").read_text(encoding="utf-8"))
    clock, chance = SystemClock(), random.Random(7)
    tools = Tools(
        name="erp-main",
        manifest=manifest,
        clock=clock,
        random=chance,
        tenant="sluicegate",
        http=partial(VendorClient, name="erp-main", clock=clock, random=chance),
        peers=None,  # type: ignore[arg-type]  # a system room has nobody below
        durable=None,  # type: ignore[arg-type]  # and no roads
    )
    opened = room.build(decode(room.Config, landscape["config"], section="connections.erp"), tools)
    erp: Any = opened.mounts[0].service
    reference = await erp.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-DE", body=CUSTOMER)
    await erp.put_project(project_id=PROJECT.project_id, body=PROJECT)
    await post(erp)
    assert opened.close is not None
    await opened.close()
    return str(reference.external_id)


async def working(python: Path) -> dict[str, Any]:
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox)) as base_url:
        landscape = develop(base_url)
        sandbox.seed(landscape["seed"])
        partner = await filled(landscape)
        user = landscape["config"]["inbound"]
        asked = {**user, "base_url": base_url, "partner": partner, "document": INVOICE.document_id}
        pipe = asyncio.subprocess.PIPE
        client = await asyncio.create_subprocess_exec(str(python), str(SCRIPT), stdin=pipe, stdout=pipe, stderr=pipe)
        out, err = await asyncio.wait_for(client.communicate(json.dumps(asked).encode()), timeout=90)
        assert 0 == client.returncode, err.decode()
        seen: dict[str, Any] = json.loads(out)
        return {**seen, "number": partner}


@pytest.mark.real_client
@pytest.mark.req(38)
async def test_clients_written_by_others_work_on_the_tenant(client_python: Callable[[str], Path]) -> None:
    """They read our metadata, filter, count, follow links, meet 403 and 428, call functions, batch, and read v4."""
    seen = await working(await asyncio.to_thread(client_python, "sap_s4hana"))
    number = seen["number"]
    assert {
        "filtered": [number],
        "counted": 1,
        "by_key": "Northwind France SAS",
        "linked": ["Lyon"],
        "untokened": 403,
        "made": "77",
        "untagged": 428,
    } == seen["partners"]
    assert ("100.00", "2027-01-04", ["HAND-0", "HAND-1"]) == tuple(
        seen["projects"][name] for name in ("budget", "starts", "batch")
    )
    assert ["Customer NOBODY does not exist"] * 2 == seen["refused"]
    assert {"BillingDocument", "BillingDocumentItem"} <= set(seen["version_4"]["entities"])
    assert [["90000000", "2115.68", "2027-01-31"]] == seen["version_4"]["documents"]
