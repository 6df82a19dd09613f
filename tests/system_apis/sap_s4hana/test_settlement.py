import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState, DocumentKind
from contracts.problem import Kind
from contracts.system.erp import Erp
from kit.cli.story import play, script
from system_apis import sap_s4hana
from tests.system_apis.sap_s4hana.story import CREDIT, INVOICE, draft, line, post, problem_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAID = Path(sap_s4hana.__file__).parent / "fixtures" / "stories" / "invoice_paid.json"


@pytest.mark.req(168)
async def test_payments_at_the_tenant_s_own_screen_are_told(standing: Erp, vendor: Any) -> None:
    """Partly paid, then paid; each change is told once, though the billing document itself was not touched."""
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
    await told_now()
    known = {"invoice": {"document_id": "inv-1", "customer_id": "cus-NWF"}}
    await play(script(PAID), base_url=vendor.base_url, headers=vendor.landscape["person"]["headers"], saved=known)
    await told_now()

    assert [(BookedState.PARTLY_PAID, Decimal("1115.68")), (BookedState.PAID, Decimal("0.00"))] == seen


async def test_a_credit_note_is_taken_off_the_invoice_it_corrects(standing: Erp, vendor: Any) -> None:
    """As a draft it changes nothing; posted it is settled and the invoice owes so much less."""
    await post(standing)
    await draft(standing, CREDIT)
    untouched = told(await standing.document(document_id="inv-1"))
    credit = await standing.post_document(document_id="crn-1")
    invoice = await standing.document(document_id="inv-1")

    assert (BookedState.POSTED, INVOICE.gross) == untouched
    assert (DocumentKind.CREDIT_NOTE, CREDIT.net, CREDIT.tax, CREDIT.gross, 2) == (
        credit.kind,
        credit.net,
        credit.tax,
        credit.gross,
        credit.lines,
    )
    assert (BookedState.PAID, Decimal(0)) == told(credit)
    assert (BookedState.PARTLY_PAID, INVOICE.gross + CREDIT.gross) == told(invoice)
    await vendor.pay("inv-1")
    assert (BookedState.PAID, Decimal(0)) == told(await standing.document(document_id="inv-1"))


async def test_a_credit_for_what_was_paid_is_owed_to_the_customer(standing: Erp, vendor: Any) -> None:
    """The invoice is settled: nothing is taken off it, and the credit stays open."""
    await post(standing)
    await vendor.pay("inv-1")
    credit = await post(standing, CREDIT)
    assert (BookedState.POSTED, CREDIT.gross) == told(credit)
    assert (BookedState.PAID, Decimal(0)) == told(await standing.document(document_id="inv-1"))


async def test_credits_over_more_than_is_owed_leave_the_rest_with_the_last(standing: Erp, vendor: Any) -> None:
    """Two credits of an invoice that was half paid: the invoice is settled, the second is owed in part."""
    await post(standing)
    await vendor.pay("inv-1", "2000.00")
    first = await post(standing, CREDIT)
    second = await post(standing, replace(CREDIT, document_id="crn-2"))
    states = [told(await standing.document(document_id=each)) for each in ("inv-1", "crn-1", "crn-2")]
    assert (BookedState.PARTLY_PAID, Decimal("-236.56")) == told(first)
    assert (BookedState.POSTED, Decimal("-352.24")) == told(second)
    assert [(BookedState.PAID, Decimal(0)), told(first), told(second)] == states


@pytest.mark.parametrize(
    ("corrects", "kind", "code"),
    [
        ("inv-9", Kind.INVALID, "corrects_unknown"),
        ("crn-0", Kind.INVALID, "corrects_unknown"),
        ("inv-1", Kind.CONFLICT, "invoice_not_posted"),
    ],
)
async def test_only_a_posted_invoice_is_credited(standing: Erp, corrects: str, kind: Kind, code: str) -> None:
    """Not what is unknown, another credit, or a draft."""
    await draft(standing)
    await draft(standing, replace(CREDIT, document_id="crn-0", corrects=None))
    problem = await problem_of(draft(standing, replace(CREDIT, corrects=corrects)))
    assert (kind, code) == (problem.kind, problem.code)


async def test_a_backlog_is_told_page_by_page_and_nothing_is_left_out(standing: Erp, vendor: Any) -> None:
    """Five documents in pages of two; drafts are not told; a second reader from nothing hears all of them again."""
    body = replace(
        INVOICE, lines=[line(1, "1", "10", "10")], net=Decimal(10), tax=Decimal("1.90"), gross=Decimal("11.90")
    )
    for number in range(5):
        await post(standing, replace(body, document_id=f"inv-{number}"))
    await draft(standing, replace(body, document_id="inv-draft"))
    await vendor.pay("inv-3")
    cursor, pages = "", []
    for _ in range(4):
        page = await standing.document_changes(cursor=cursor, limit=2)
        cursor = page.cursor
        pages.append([(one.document_id, one.state) for one in page.documents])
    known = [one for page in pages for one in page]
    assert [2, 2, 1, 0] == [len(page) for page in pages]
    assert [f"inv-{number}" for number in range(5)] == [one for one, _ in known]
    assert BookedState.PAID is dict(known)["inv-3"]
    assert 5 == len((await standing.document_changes()).documents)


async def test_a_payment_is_told_days_later_and_a_new_document_with_it(standing: Erp, vendor: Any) -> None:
    """The cursor's day goes on with the calendar, and no payment falls between two days."""
    await post(standing)
    cursor = (await standing.document_changes()).cursor
    for _ in range(3):
        vendor.sandbox.advance(86_400)
        page = await standing.document_changes(cursor=cursor)
        cursor = page.cursor
        assert [] == page.documents
    await vendor.pay("inv-1")
    await post(standing, replace(INVOICE, document_id="inv-2", issued_on=dt.date(2027, 2, 1)))
    vendor.sandbox.advance(86_400)
    page = await standing.document_changes(cursor=cursor)
    assert {"inv-1": BookedState.PAID, "inv-2": BookedState.POSTED} == {
        one.document_id: one.state for one in page.documents
    }


@pytest.mark.parametrize(("cursor", "limit"), [("nonsense", 10), ("AAAA", 10), ("", 0), ("", 1001)])
async def test_a_cursor_or_a_limit_that_is_none_of_ours_is_refused(erp: Erp, cursor: str, limit: int) -> None:
    """Invalid, before anything is asked."""
    problem = await problem_of(erp.document_changes(cursor=cursor, limit=limit))
    assert Kind.INVALID is problem.kind
