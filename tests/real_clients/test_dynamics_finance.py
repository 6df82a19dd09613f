"""`python-odata` of PyPI reads our simulated environment: model, companies, filters, pages, refusals.

It knows OData v4 and nothing of Finance; no client in Python knows that.
"""

import asyncio
import json
import random
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import system_apis.dynamics_finance as room
from kit.clock import SystemClock
from kit.http import VendorClient
from kit.room import Tools
from kit.sandbox import Sandbox, sandboxed
from kit.serving import serving
from kit.settings import decode
from system_apis.dynamics_finance.simulator import build, develop
from tests.system_apis.dynamics_finance.story import CUSTOMER, INVOICE, PROJECT

SCRIPT = Path(__file__).parent / "scripts" / "dynamics_finance_reader.py"


async def filled(landscape: dict[str, Any]) -> None:
    """A customer in two companies, a project and a posted invoice, as our own room makes them."""
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
    for entity in ("SG-DE", "SG-GB"):
        await erp.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id=entity, body=CUSTOMER)
    await erp.put_project(project_id=PROJECT.project_id, body=PROJECT)
    await erp.put_document(document_id=INVOICE.document_id, body=INVOICE)
    await erp.post_document(document_id=INVOICE.document_id)
    assert opened.close is not None
    await opened.close()


async def read(python: Path) -> dict[str, Any]:
    sandbox = Sandbox()
    async with serving(sandboxed(build(sandbox), sandbox)) as base_url:
        landscape = develop(base_url)
        sandbox.seed(landscape["seed"])
        await filled(landscape)
        sandbox.seed({"settings": {"page": 4}})
        names = ("base_url", "login_url", "tenant_id", "client_id", "client_secret")
        asked = {name: landscape["config"][name] for name in names} | {"customer": CUSTOMER.customer_id}
        pipe = asyncio.subprocess.PIPE
        client = await asyncio.create_subprocess_exec(str(python), str(SCRIPT), stdin=pipe, stdout=pipe, stderr=pipe)
        out, err = await asyncio.wait_for(client.communicate(json.dumps(asked).encode()), timeout=90)
        assert 0 == client.returncode, err.decode()
        seen: dict[str, Any] = json.loads(out)
        return seen


@pytest.mark.real_client
@pytest.mark.req(38)
async def test_a_client_written_by_others_reads_the_environment(client_python: Callable[[str], Path]) -> None:
    """It takes our model, filters text, follows pages of four rows, and shows the reason of a refusal."""
    seen = await read(await asyncio.to_thread(client_python, "dynamics_finance"))

    assert {"CustomersV3", "ProjectsV2", "FreeTextInvoiceHeaders"} <= set(seen["sets"])
    assert [["sgde", CUSTOMER.name], ["sggb", CUSTOMER.name]] == sorted(one[:2] for one in seen["customers"])
    assert [["SGDE-00000001", "1651.13", "2027-01-31"]] == seen["invoices"]
    assert 15 == seen["groups"]
    assert "An error has occurred." in seen["refused"]
