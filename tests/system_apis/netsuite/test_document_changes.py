import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState, DocumentKind
from contracts.system.erp import Erp
from kit.cli.story import play, script
from system_apis import netsuite
from tests.system_apis.netsuite.documents import (
    CREDIT,
    INVOICE,
    draft,
    pay,
    post,
    problem_of,
    told,
)

PAID = Path(netsuite.__file__).parent / "fixtures" / "stories" / "invoice_paid.json"


@pytest.mark.req(168)
async def test_payments_at_the_vendors_own_screen_are_told(standing: Erp, vendor: Any) -> None:
    """Partly paid, paid, and open again when the payment is taken back; each change is told once by the feed."""
    posted = await post(standing)
    cursor = (await standing.document_changes()).cursor
    seen: list[tuple[BookedState, Decimal]] = []

    async def told_now() -> None:
        nonlocal cursor
        page = await standing.document_changes(cursor=cursor)
        cursor = page.cursor
        seen.extend(told(one) for one in page.documents)
        assert [] == (await standing.document_changes(cursor=cursor)).documents

    first = await pay(vendor, "1000.00")
    await told_now()
    known = {"invoice": {"document_id": "inv-1", "customer_id": "cus-NWF"}}
    person = vendor.landscape["person"]["headers"]
    await play(script(PAID), base_url=vendor.base_url, headers=person, saved=known)
    await told_now()
    await vendor.http.delete(first)
    await told_now()

    partly, again = (BookedState.PARTLY_PAID, Decimal("1115.68")), (BookedState.PARTLY_PAID, Decimal("1000.00"))
    assert [partly, (BookedState.PAID, Decimal("0.00")), again] == seen
    assert posted.number == (await standing.document(document_id="inv-1")).number


async def test_a_credit_note_is_taken_off_the_invoice_it_corrects(standing: Erp, vendor: Any) -> None:
    """As a draft it changes nothing; posted it is settled and the invoice owes so much less."""
    await post(standing)
    drafted = await draft(standing, CREDIT)
    untouched = told(await standing.document(document_id="inv-1"))
    credit = await standing.post_document(document_id="crn-1")

    assert (BookedState.DRAFT, Decimal(0)) == told(drafted)
    assert (BookedState.POSTED, INVOICE.gross) == untouched
    assert (DocumentKind.CREDIT_NOTE, CREDIT.net, CREDIT.tax, CREDIT.gross, 2) == (
        credit.kind,
        credit.net,
        credit.tax,
        credit.gross,
        credit.lines,
    )
    assert (BookedState.PAID, Decimal(0)) == told(credit)
    assert (BookedState.PARTLY_PAID, INVOICE.gross + CREDIT.gross) == told(await standing.document(document_id="inv-1"))
    held = vendor.records("creditMemo")[0]
    assert ("352.24", ["1387.50", "-1091.50"], ["7.5", "-5.9"]) == (
        held["total"],
        [one["amount"] for one in held["item"]["items"]],
        [one["quantity"] for one in held["item"]["items"]],
    )


@pytest.mark.parametrize(
    ("paid", "state", "left"),
    [("2115.68", BookedState.POSTED, "-352.24"), ("2000.00", BookedState.PARTLY_PAID, "-236.56")],
)
async def test_a_credit_is_applied_as_far_as_the_invoice_is_owed(
    standing: Erp, vendor: Any, paid: str, state: BookedState, left: str
) -> None:
    """What the customer has paid already stays open on the credit note, as money owed to them."""
    await post(standing)
    await pay(vendor, paid)
    credit = await post(standing, CREDIT)
    assert (state, Decimal(left)) == told(credit)
    assert BookedState.PAID is (await standing.document(document_id="inv-1")).state


async def test_a_credit_may_stand_alone(standing: Erp) -> None:
    """One that corrects no invoice is posted and stays open."""
    assert (BookedState.POSTED, CREDIT.gross) == told(await post(standing, replace(CREDIT, corrects=None)))


async def test_a_voided_document_is_told_with_what_the_books_have_left_of_it(standing: Erp, vendor: Any) -> None:
    """It keeps its number; posting it again changes nothing; the feed tells of it."""
    posted = await post(standing)
    cursor = (await standing.document_changes()).cursor
    vendor.seed(void=["inv-1"])
    voided = (await standing.document_changes(cursor=cursor)).documents[0]
    assert (BookedState.VOIDED, posted.number, Decimal(0)) == (voided.state, voided.number, voided.gross)
    assert voided == await standing.post_document(document_id="inv-1")


async def test_the_feed_goes_page_by_page_and_misses_nothing_of_a_second(standing: Erp, vendor: Any) -> None:
    """Many documents of one second arrive once each; drafts, copies by hand and others' documents are not told."""
    for number in range(5):
        await post(standing, replace(INVOICE, document_id=f"inv-{number}"))
    await draft(standing, replace(INVOICE, document_id="inv-draft"))
    services = {"items": [{"item": {"externalId": "SLUICE-SERVICES"}, "amount": "1.00"}]}
    by_hand = {"entity": {"externalId": "cus-NWF"}, "item": services}
    copied = {**by_hand, "custbody_sluice_document_id": "inv-0"}
    vendor.seed(records={"invoice": [copied, {**by_hand, "externalId": "theirs"}]})
    told_of: list[str] = []
    cursor = ""
    for _ in range(4):
        page = await standing.document_changes(cursor=cursor, limit=2)
        told_of += [one.document_id for one in page.documents]
        cursor = page.cursor
    assert [f"inv-{number}" for number in range(5)] == sorted(told_of)
    await pay(vendor, "1.00", key="inv-0")
    again = await standing.document_changes(cursor=cursor)
    assert [("inv-0", BookedState.PARTLY_PAID)] == [(one.document_id, one.state) for one in again.documents]


async def test_the_feed_does_not_depend_on_how_the_account_writes_dates(standing: Erp, vendor: Any) -> None:
    """Days and moments are asked for in one form."""
    vendor.seed(account={"dateFormat": "DD/MM/YYYY"})
    await post(standing)
    page = await standing.document_changes()
    assert [dt.date(2027, 1, 31)] == [one.posted_on for one in page.documents]


async def test_what_could_not_be_asked_never_reaches_the_account(erp: Erp, vendor: Any) -> None:
    """Ids go into queries, so one that could end a query is refused first; so is a cursor or limit that is not ours."""
    for ask in (erp.document, erp.post_document, erp.discard_document):
        assert "external_id_unusable" == (await problem_of(ask(document_id="x' OR '1'='1"))).code
    asked: dict[str, dict[str, Any]] = {"cursor": {"cursor": "nonsense"}, "limit": {"limit": 1001}}
    for pointer, query in asked.items():
        assert [pointer] == [error.pointer for error in (await problem_of(erp.document_changes(**query))).errors]
    assert 0 == len(vendor.sandbox.calls)
