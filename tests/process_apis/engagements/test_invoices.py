"""Posted documents of an engagement, as the ledger holds them and as the time-to-bill process made them."""

from decimal import Decimal

import pytest

from contracts.canonical.invoices import InvoiceKind
from contracts.canonical.money import Money
from contracts.problem import Problem
from process_apis.engagements.invoices import StoredInvoices
from tests.process_apis.time_to_bill.office import office
from tests.process_apis.time_to_bill.test_exporting import billed
from tests.process_apis.time_to_bill.world import PROJECT


@pytest.mark.req(168, 212)
async def test_posted_documents_are_listed_to_whom_they_bill() -> None:
    """Newest first, by page, with the legal number and what a correction corrects; to nobody else."""
    async with office() as desk:
        await billed(desk)
        desk.clock.advance(60)
        await desk.correct()
        invoices = StoredInvoices(desk.accounts.store, tenant=desk.accounts.tenant)
        mine = await invoices.page(PROJECT, customers={"cus-1"}, cursor="", limit=1)
        rest = await invoices.page(PROJECT, customers={"cus-1"}, cursor=mine.next_cursor or "", limit=1)
        every = await invoices.page(None, customers=None, cursor="", limit=9)
        nobodys = [
            await invoices.page(PROJECT, customers={"cus-9"}, cursor="", limit=9),
            await invoices.page("prj-other", customers=None, cursor="", limit=9),
            await invoices.page(None, customers=(), cursor="", limit=9),
        ]
        with pytest.raises(Problem) as refused:
            await invoices.page(PROJECT, customers=None, cursor="?", limit=9)

    (credit,), (invoice,) = mine.items, rest.items
    assert every.items == [credit, invoice]
    assert rest.next_cursor is None
    assert (InvoiceKind.CORRECTION, "inv-1") == (credit.kind, credit.corrects)
    assert Money(amount=Decimal("1904.00"), currency="EUR") == invoice.gross
    assert invoice.gross.amount == invoice.net.amount + invoice.tax.amount == -credit.gross.amount
    assert [[], [], []] == [page.items for page in nobodys]
    assert "unknown_cursor" == refused.value.code
