from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.posting import BookedState, DocumentKind, PostingLine
from system_apis.tryton import booking
from system_apis.tryton.wire import Bare, Currency, Invoice, Moment, Number

PLACE: dict[str, Any] = {"sequence": 0, "company": 1, "currency": 1, "code": "EUR", "account": 2, "tax": 3}


@pytest.mark.parametrize(
    ("quantity", "price", "net", "sent"),
    [
        ("7.5", "185.00", "1387.50", (7.5, "185.00")),
        ("0.5", "0.25", "0.13", (1.0, "0.13")),  # Tryton would cut 0.125 to 0.12
        ("0.5", "0.27", "0.14", (0.5, "0.27")),  # 0.135 is 0.14 by either rule
        ("3", "33.33333", "100.00", (1.0, "100.00")),  # Tryton takes four digits of a price
        ("-7.5", "185.00", "-1387.50", (-7.5, "185.00")),
    ],
)
def test_a_net_is_booked_as_it_is(quantity: str, price: str, net: str, sent: tuple[float, str]) -> None:
    """Where Tryton's rounding or its four digits would bend a line, the net itself is its price."""
    line = PostingLine(
        line_id="l-1",
        description="Hours",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net=Decimal(net),
        tax_code="DE-S-19",
    )
    values = booking.invoice_line(line, **PLACE)
    bent = sent[0] != float(quantity)

    assert (sent[0], Decimal(sent[1])) == (values["quantity"], values["unit_price"].decimal)
    assert (f"Hours ({quantity} at {price})" if bent else "Hours") == values["description"]


@pytest.mark.parametrize(
    ("state", "gross", "left", "told", "kind"),
    [
        ("draft", "119.00", "0", (BookedState.DRAFT, "0.00"), DocumentKind.INVOICE),
        ("validated", "119.00", "119.00", (BookedState.DRAFT, "0.00"), DocumentKind.INVOICE),
        ("posted", "119.00", "119.00", (BookedState.POSTED, "119.00"), DocumentKind.INVOICE),
        ("posted", "119.00", "19.00", (BookedState.PARTLY_PAID, "19.00"), DocumentKind.INVOICE),
        ("paid", "119.00", "0", (BookedState.PAID, "0.00"), DocumentKind.INVOICE),
        ("cancelled", "119.00", None, (BookedState.VOIDED, "0.00"), DocumentKind.INVOICE),
        ("posted", "-119.00", "-119.00", (BookedState.POSTED, "-119.00"), DocumentKind.CREDIT_NOTE),
    ],
)
def test_states_and_open_amounts(
    state: str, gross: str, left: str | None, told: tuple[BookedState, str], kind: DocumentKind
) -> None:
    """A draft asks for nothing yet; what is posted and partly settled is told apart from what is not."""
    invoice = Invoice(
        id=7,
        reference="inv-1",
        state=state,
        company=1,
        currency=Currency(id=1, code="EUR"),
        untaxed_amount=Number.of(gross),
        tax_amount=Number.of("0"),
        total_amount=Number.of(gross),
        amount_to_pay=None if left is None else Number.of(left),
        last_modified_at=Moment(2027, 1, 1),
        lines=[Bare(id=1)],
    )
    booked = booking.booked(invoice)

    assert (told[0], Decimal(told[1]), kind) == (booked.state, booked.open, booked.kind)
