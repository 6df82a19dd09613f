from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.cli.story import play, script
from system_apis import oracle_fusion
from tests.system_apis.oracle_fusion.story import INVOICE, SCHEDULE, draft, post, problem_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAID = Path(oracle_fusion.__file__).parent / "fixtures" / "stories" / "invoice_paid.json"


@pytest.mark.req(168)
async def test_payments_at_the_pod_s_own_screen_are_told(standing: Erp, vendor: Any) -> None:
    """Partly paid, then paid; each is told once, though a receipt does not touch the invoice's last update."""
    await post(standing)
    cursor = (await standing.document_changes()).cursor
    seen: list[tuple[BookedState, Decimal]] = []

    async def told_now() -> None:
        nonlocal cursor
        page = await standing.document_changes(cursor=cursor)
        cursor = page.cursor
        seen.extend(told(one) for one in page.documents)
        assert [] == (await standing.document_changes(cursor=cursor)).documents

    await vendor.pay("inv-1", "1000.00")
    vendor.sandbox.advance(120)
    await told_now()
    known = {"invoice": {"document_id": "inv-1", "customer_id": "cus-NWF"}}
    await play(script(PAID), base_url=vendor.base_url, headers=vendor.landscape["person"]["headers"], saved=known)
    await told_now()

    assert [(BookedState.PARTLY_PAID, Decimal("1115.68")), (BookedState.PAID, Decimal("0.00"))] == seen


@pytest.mark.parametrize("limit", [1, 2, 500])
async def test_a_feed_cut_into_small_pages_tells_everything_once(standing: Erp, vendor: Any, limit: int) -> None:
    """Five documents that changed within one moment come in as many pages as it takes; drafts are not told."""
    await draft(standing, replace(INVOICE, document_id="inv-draft"))
    for number in range(5):
        await post(standing, replace(INVOICE, document_id=f"inv-{number}"))
    cursor, told_ids = "", []
    for _ in range(7):
        page = await standing.document_changes(cursor=cursor, limit=limit)
        cursor = page.cursor
        told_ids += [one.document_id for one in page.documents]
    assert [f"inv-{number}" for number in range(5)] == told_ids


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "bm90aGluZw", "ä"])
async def test_a_cursor_that_is_not_ours_is_refused(erp: Erp, cursor: str) -> None:
    """Nothing is read by a cursor that this feed did not hand out."""
    problem = await problem_of(erp.document_changes(cursor=cursor))
    assert (Kind.INVALID, "cursor_invalid") == (problem.kind, problem.code)


@pytest.mark.parametrize("limit", [0, 501])
async def test_a_limit_out_of_range_is_refused(erp: Erp, limit: int) -> None:
    """The pod never grants more than 500 rows at once."""
    assert "limit_invalid" == (await problem_of(erp.document_changes(limit=limit))).code


async def test_what_others_book_is_not_told(standing: Erp, vendor: Any) -> None:
    """What the pod invoices of a contract, and what credits that, are none of our documents."""
    await post(standing)
    await standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    assert 200 == (await vendor.http.post("/ui/generate-invoice", json={"schedule": "bsc-006A1"})).status_code
    await standing.reverse_billing_schedule(schedule_id="bsc-006A1")
    assert 2 == len(vendor.rows("receivablesInvoices"))
    assert ["inv-1"] == [one.document_id for one in (await standing.document_changes()).documents]
