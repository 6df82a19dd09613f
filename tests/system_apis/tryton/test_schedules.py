from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.problem import Kind, Problem
from system_apis.tryton.landscape.desk import Desk
from tests.conformance.connected import kind_of
from tests.conformance.story import CHILD, SCHEDULE
from tests.system_apis.tryton.conftest import Books
from tests.system_apis.tryton.paying import pay

pytestmark = [pytest.mark.real_system, pytest.mark.timeout(300)]


async def invoiced(books: Books, desk: Desk) -> int:
    """A person confirms the sale of the schedule, invoices all of it by hand, and posts the invoice."""
    receipt = await books.erp.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    sale = int(receipt.external_id)
    for button in ("confirm", "process"):
        desk.call("sale.sale", button, [sale])
    before = desk.ids("account.invoice", ["sales", "=", sale])
    desk.call("sale.sale", "manual_invoice", [sale])
    made = desk.the("account.invoice", ["sales", "=", sale])
    desk.call("account.invoice", "post", [made])

    assert [] == before  # a sale that is to be invoiced by hand is not invoiced by itself
    return made


async def test_a_schedule_that_a_person_invoiced_is_credited_in_full_and_once(books: Books, desk: Desk) -> None:
    """The receipt tells what was billed; it cannot be voided any more; the credit is Tryton's own, and one."""
    await invoiced(books, desk)
    receipt = await books.erp.billing_schedule(schedule_id=SCHEDULE.schedule_id)
    voided = await kind_of(books.erp.void_billing_schedule(schedule_id=SCHEDULE.schedule_id))
    answers = [await books.erp.reverse_billing_schedule(schedule_id=SCHEDULE.schedule_id) for _ in range(2)]
    owed = desk.call("party.party", "read", [desk.the("party.party", ["code", "=", CHILD.customer_id])], ["receivable"])

    assert receipt.billed is not None
    assert (receipt.total, Decimal("240000.00")) == (receipt.billed, receipt.billed.amount)
    assert Kind.CONFLICT is voided
    assert answers[0] == answers[1]
    assert (1, Decimal("240000.00")) == (len(answers[0].credits), answers[0].credited.amount)
    assert Decimal(0) == Decimal(owed[0]["receivable"]["decimal"])


async def test_a_schedule_whose_invoice_is_settled_is_not_reversed(books: Books, desk: Desk) -> None:
    """What was paid is for people to give back."""
    pay(desk, await invoiced(books, desk), "1000.00")

    with pytest.raises(Problem) as refused:
        await books.erp.reverse_billing_schedule(schedule_id=SCHEDULE.schedule_id)

    assert (Kind.CONFLICT, "invoice_settled") == (refused.value.kind, refused.value.code)


async def test_a_plan_that_is_too_long_is_refused_before_anything_is_sent(books: Books) -> None:
    """Tryton would take longer over it than a call may."""
    lines = [replace(SCHEDULE.lines[0], line_id=f"l-{n}") for n in range(1001)]
    body = replace(SCHEDULE, lines=lines)

    assert Kind.UNSUPPORTED is await kind_of(books.erp.put_billing_schedule(schedule_id=body.schedule_id, body=body))
