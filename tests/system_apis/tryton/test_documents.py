import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.posting import BookedState, PostingDocument
from contracts.problem import Kind, Problem
from system_apis.tryton.landscape.desk import Desk
from system_apis.tryton.wire import InvoiceState
from tests.conformance.connected import kind_of
from tests.conformance.test_erp_documents import INVOICE, line
from tests.system_apis.tryton.conftest import Books, opened
from tests.system_apis.tryton.paying import pay

pytestmark = pytest.mark.timeout(300)


def one(key: str, *, tax: str, net: str, **changed: Any) -> PostingDocument:
    """A document of one line."""
    lines = [line(1, "1", net, net)]
    gross = Decimal(net) + Decimal(tax)
    return replace(INVOICE, document_id=key, lines=lines, net=Decimal(net), tax=Decimal(tax), gross=gross, **changed)


async def code_of(call: Any) -> str:
    with pytest.raises(Problem) as caught:
        await call
    return caught.value.code


async def test_a_tax_that_tryton_cuts_to_even_ties_to_ours(books: Books) -> None:
    """19% of 1.50 is 0.285: Tryton's own figure would be 0.28, and its books have our 0.29."""
    booked = await books.post(one("inv-even", net="1.50", tax="0.29"))

    assert (Decimal("0.29"), Decimal("1.79"), Decimal("1.79")) == (booked.tax, booked.gross, booked.open)


async def test_twins_without_a_number_go_and_one_with_a_number_is_told(books: Books, desk: Desk) -> None:
    """Tryton lets a reference stand twice: a second draft is taken away, a second posted invoice is a conflict."""
    first = await books.draft(INVOICE)
    values = await books.erp._documents._values(INVOICE)

    async def twin() -> int:
        return (await books.client.create(InvoiceState, values, company=values["company"])).id

    bare = await twin()
    with_draft = await books.erp.document(document_id=INVOICE.document_id)
    await books.erp.post_document(document_id=INVOICE.document_id)
    late = await twin()
    with_posted = await books.erp.document(document_id=INVOICE.document_id)
    numbered = await twin()
    await books.client.act(InvoiceState, numbered, "post", company=values["company"], heed_warnings=False)

    assert first.external_id == with_draft.external_id == with_posted.external_id
    assert [] == desk.ids("account.invoice", ["id", "in", [bare, late]])
    assert "tryton.stands_twice" == await code_of(books.draft(INVOICE))


async def test_every_company_books_in_its_own_chart_and_numbers(books: Books) -> None:
    """The key sees the books of all companies; a dollar invoice of the American one is numbered there."""
    lines = [replace(INVOICE.lines[0], tax_code="US-NT")]
    net = lines[0].net
    american = replace(
        INVOICE, legal_entity_id="SG-US", currency="USD", lines=lines, net=net, tax=Decimal(0), gross=net
    )
    booked = await books.post(american)

    assert ("INV-SG-US-2027-000001", "USD", net, net) == (booked.number, booked.currency, booked.gross, booked.open)


async def test_a_wrong_login_leaves_nothing_behind(books: Books, desk: Desk) -> None:
    """What we could not find again is taken away at once, else every repetition would draft one more."""
    client, erp = opened(books.real, login="somebody-else")
    lost = await code_of(erp.put_document(document_id=INVOICE.document_id, body=INVOICE))
    await client.close()

    assert ("tryton.record_invisible", []) == (lost, desk.ids("account.invoice", ["reference", "!=", None]))


async def test_dates_go_forward_and_periods_are_open(books: Books) -> None:
    """Numbers are given in the order of dates, and only within a period: both refusals say what to do."""
    await books.post(INVOICE)
    early = replace(INVOICE, document_id="inv-early", issued_on=dt.date(2027, 1, 30))
    late = replace(INVOICE, document_id="inv-late", issued_on=dt.date(2031, 1, 30))

    assert "tryton.date_order" == await code_of(books.post(early))
    assert "tryton.period_missing" == await code_of(books.post(late))
    assert BookedState.DRAFT is (await books.erp.document(document_id="inv-early")).state


async def test_posted_at_once_they_are_numbered_without_a_gap(books: Books) -> None:
    """Three at a time over one connection: one after the other reaches Tryton, whose sequence is locked."""
    documents = [one(f"inv-{n}", net="10.00", tax="1.90") for n in range(3)]
    posted = await asyncio.gather(*(books.post(each) for each in documents))

    assert [f"INV-SG-DE-2027-{n:06d}" for n in range(1, 4)] == sorted(each.number for each in posted)


async def test_money_that_comes_in_is_told_by_the_feed(books: Books, desk: Desk) -> None:
    """A payment at Tryton's desk touches the invoice: open falls, then nothing is left; pages of one lose nothing."""
    await books.post(one("inv-a", net="100.00", tax="19.00"))
    await books.post(one("inv-b", net="100.00", tax="19.00"))
    number = int((await books.erp.document(document_id="inv-a")).external_id)
    pay(desk, number, "19.00")
    partly = await books.erp.document(document_id="inv-a")
    pay(desk, number, "100.00")
    told, cursor = [], ""
    while page := (found := await books.erp.document_changes(cursor=cursor, limit=1)).documents:
        told.append((page[0].document_id, page[0].state, page[0].open))
        cursor = found.cursor

    assert (BookedState.PARTLY_PAID, Decimal("100.00")) == (partly.state, partly.open)
    assert [("inv-b", BookedState.POSTED, Decimal("119.00")), ("inv-a", BookedState.PAID, Decimal("0.00"))] == told


async def test_a_feed_tells_fresh_changes_again_and_old_ones_once(books: Books) -> None:
    """A change bears the time at which its transaction began: for some seconds the cursor stays behind it."""
    await books.draft(INVOICE)
    first = await books.erp.document_changes()
    again = await books.erp.document_changes(cursor=first.cursor)
    client, later = opened(books.real, ahead_s=60.0)
    settled = await later.document_changes(cursor=again.cursor)
    nothing = await later.document_changes(cursor=settled.cursor)
    await client.close()

    assert [[INVOICE.document_id]] * 2 == [[each.document_id for each in page.documents] for page in (again, settled)]
    assert ([], settled.cursor) == (nothing.documents, nothing.cursor)
    assert Kind.INVALID is await kind_of(books.erp.document_changes(cursor="yesterday"))
