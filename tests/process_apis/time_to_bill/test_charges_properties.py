"""Whatever is agreed, amended, billed and credited in whichever order: each charge stands once, at what holds now."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.canonical.actuals import Actual, Chargeability, InvoiceLineReference, Side
from contracts.canonical.agreements import AgreementVersion
from contracts.canonical.trade.ledger.billing import drafted, posted, ready
from contracts.canonical.trade.ledger.correcting import corrected
from contracts.canonical.trade.ledger.lines import live, standing
from process_apis.time_to_bill.charging import charges, lacking
from process_apis.time_to_bill.due import due
from tests.process_apis.time_to_bill.office import JUNE
from tests.process_apis.time_to_bill.terms import day, retained, subscribed
from tests.process_apis.time_to_bill.trade import hours, lines_of

ACTS = st.lists(
    st.sampled_from(["100", "150", "99.99", "late", "early", "bill", "credit", "credit half"]), min_size=1, max_size=12
)


def act(name: str, lines: list[Actual], number: int) -> list[Actual]:
    """The lines after something was done to them."""
    if name == "bill":
        chosen = ready(lines, held=(), last=JUNE)
        return [*lines, *posted(lines, drafted(f"inv-{number}", chosen, held=()), posted_on=JUNE)] if chosen else lines
    billed = live(lines, side=Side.BILLED_SALES)
    positive = [line for line in billed if line.quantity > 0]
    if not positive:
        return lines
    line = positive[number % len(positive)]
    place = InvoiceLineReference(invoice_id=f"cor-{number}", line_id=f"cor-{number}-1")
    keep = line.quantity / 2 if name == "credit half" else Decimal(0)
    return [
        *lines,
        *corrected(
            lines, line.actual_id, keep, place=place, corrected_on=JUNE, reason="wrong", decided_by="fiona.finance"
        ),
    ]


@pytest.mark.req(161, 245)
@settings(max_examples=60, deadline=None)
@given(ACTS)
def test_what_stands_of_each_charge_is_one_at_the_price_of_now(acts: list[str]) -> None:
    """At no other price does anything stand; charging again adds nothing, and every name is used once."""
    price, ends, lines = "100", None, list[Actual]()
    agreed = AgreementVersion(version=1, agreement=subscribed(("2026-04-01", price)))
    for number, name in enumerate([*acts, "settle"]):
        if name in {"bill", "credit", "credit half"}:
            lines = standing(act(name, lines, number))
            continue
        price = name if name[0].isdigit() else price
        ends = {"early": day("2026-05-01"), "late": None}.get(name, ends)
        terms = subscribed(("2026-04-01", price), ends_before=ends)
        agreed = AgreementVersion(version=agreed.version + 1, agreement=terms)
        lines = standing([*lines, *lacking(agreed, lines, held=(), through=JUNE, closed=())])
    wanted = {each.key: each.amount for each in charges(agreed.agreement, through=JUNE)}
    sums: dict[tuple[str, Decimal], Decimal] = {}
    for line in live(lines):
        key = (line.source.source_id, line.unit_rate)
        sums[key] = sums.get(key, Decimal(0)) + line.quantity

    assert {(key, amount): Decimal(1) for key, amount in wanted.items()} == {
        key: quantity for key, quantity in sums.items() if quantity
    }
    assert [] == lacking(agreed, lines, held=(), through=JUNE, closed=())
    assert len({line.actual_id for line in lines}) == len(lines)


@pytest.mark.req(159, 245)
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(st.integers(1, 12), st.sampled_from(["bill", "charge"])), min_size=1, max_size=10),
    st.integers(0, 2),
)
def test_never_more_is_drawn_than_was_paid_or_worked(acts: list[int | str], carry_over: int) -> None:
    """Advances and work in any order: drawn and refunded stay within what was paid, drawn within what was worked."""
    found = AgreementVersion(version=1, agreement=retained("1000", "2026-04-01", carry_over=carry_over))
    lines: list[Actual] = []
    for number, name in enumerate([*acts, "charge"]):
        if isinstance(name, int):
            worked_on = day(f"2026-0{4 + number % 3}-15")
            worked = hours(f"te-{number}", str(name), worked_on=worked_on, legal_entity_id="SG-DE")
            lines += lines_of(worked)
            continue
        fallen = due(found, lines, held=(), through=JUNE, closed=(), today=JUNE)
        lines = act("bill", fallen.lines, number) if name == "bill" else fallen.lines
        again = due(found, lines, held=(), through=JUNE, closed=(), today=JUNE)
        assert name == "bill" or [] == again.appended
    counted = [line for line in live(lines) if line.chargeability is Chargeability.CHARGEABLE]
    paid = sum((line.amount.amount for line in counted if line.unit == "period"), Decimal(0))
    worked_for = sum((line.amount.amount for line in counted if line.unit == "hour"), Decimal(0))
    drawn = -sum((line.amount.amount for line in counted if line.unit == "drawn"), Decimal(0))
    refunded = -sum((line.amount.amount for line in counted if line.unit == "refunded"), Decimal(0))

    assert 0 <= drawn <= min(paid, worked_for)
    assert 0 <= refunded <= paid - drawn
    assert len({line.actual_id for line in lines}) == len(lines)
