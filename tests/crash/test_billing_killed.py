"""The worker is killed whenever a paper of a bill has changed in the ERP; in the end each stands once and all ties.

Three times, or with `SLUICE_PROPERTIES=long` twelve times.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from decimal import Decimal
from typing import Any

import httpx
import pytest

from kit.cli.landscape import Landscape
from kit.cli.processes import processes
from tests.journeys.test_golden_thread import reported_tax, with_threads, woven

pytestmark = [pytest.mark.crash, pytest.mark.slow, pytest.mark.timeout(280)]
LOOK_S = 0.02
PAPERS = ("invoice", "creditMemo")
LONG = os.environ.get("SLUICE_PROPERTIES") == "long"
MOST_KILLS = 12 if LONG else 3


async def papers(erp: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Invoices and credit notes as the ERP's own books have them."""
    state = json.loads((await erp.get("/_sandbox/state")).content, parse_float=Decimal)
    return [each for kind in PAPERS for each in state["records"][kind]]


async def killing(landscape: Landscape, erp: httpx.AsyncClient, killed: list[int]) -> None:
    """Kill the worker right after something of a bill was entered or posted, and wait until another has begun."""
    before = ""
    while len(killed) < MOST_KILLS:
        now = json.dumps(await papers(erp), sort_keys=True, default=str)
        if now != before and before:
            killed.append(landscape.pids["worker"])
            os.kill(killed[-1], signal.SIGKILL)
            while landscape.pids["worker"] == killed[-1]:  # noqa: ASYNC110 - a map says it, and no event
                await asyncio.sleep(LOOK_S)
        before = now
        await asyncio.sleep(LOOK_S)


@pytest.mark.req(153, 164, 241, 250)
async def test_a_worker_killed_while_it_bills_neither_bills_twice_nor_loses_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Invoices, correction, credit and rebill: once in the ERP, once on the ledger, once in the tax engine's books."""
    monkeypatch.setenv("SLUICE__WORKER__LEASE_S", "3.0")
    monkeypatch.setenv("SLUICE__WORKER__BEAT_S", "0.3")
    killed: list[int] = []
    async with processes(with_threads("atlantic", "thames")) as landscape:
        async with httpx.AsyncClient(base_url=landscape.vendors["erp-main"], trust_env=False) as erp:
            killer = asyncio.create_task(killing(landscape, erp, killed))
            try:
                (thread,) = await woven(landscape)
            finally:
                killer.cancel()
                await asyncio.gather(killer, return_exceptions=True)
            standing = Counter(each["externalId"] for each in await papers(erp))
        reported = await reported_tax(landscape)

    assert MOST_KILLS == len(killed)
    assert thread.ties
    assert dict.fromkeys(thread.documents, 1) == dict(standing)
    assert thread.ledger_gross - thread.ledger_net == reported
