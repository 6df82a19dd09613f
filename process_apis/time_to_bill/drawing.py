"""Draws a billing agreement from a deal: what sales agreed, as far as it says it; finance completes the rest. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from contracts.canonical.actuals import CapLevel, CapPolicy, CapTerm, CapUnit, TaxDecision
from contracts.canonical.agreements import AgreedMilestone, AgreementLine, BillingAgreement
from contracts.canonical.deal import BillingMethod, DealLine, Opportunity
from contracts.canonical.einvoice import InvoiceParty
from contracts.canonical.money import Money, rounded, split
from contracts.canonical.party import Customer, LegalEntity
from contracts.canonical.trade.lists import price_list_of
from contracts.problem import Kind, Problem
from process_apis.time_to_bill.drawing_terms import fee_of, retainer_of, subscription_of

_DAYS: Final = re.compile(r"NET(\d{1,3})")
_NAME: Final = 200
_PAYMENT_DAYS: Final = 30


def agreement_of(
    deal: Opportunity, seller: LegalEntity, *, project_id: str, tax_codes: Mapping[str, TaxDecision]
) -> BillingAgreement:
    """What a deal says about the bills of one seller's project.

    A line whose tax code nobody has explained stays without a decision; costs are for the ERP or the PSA to say.
    Where a seller has several lines, none names its phases yet: such a proposal is not kept before somebody says.

    Raises:
        Problem: conflict, when this seller sold nothing, or in several currencies, or a line has no method.

    """
    lines = [line for line in deal.lines if (line.legal_entity_id or deal.legal_entity_id) == seller.legal_entity_id]
    currencies = {line.amount.currency for line in lines}
    if len(currencies) != 1 or any(line.method is None for line in lines):
        detail = f"{seller.legal_entity_id} sold {len(lines)} lines in {len(currencies)} currencies in this deal"
        raise Problem(Kind.CONFLICT, "deal_not_billable", detail, hint="write the agreement by hand")
    currency = currencies.pop()
    contract_id = f"con-{deal.opportunity_id}"
    cards = [card for card in deal.rate_cards if card.currency == currency and card.entries]
    customer = deal.bill_to or deal.customer
    return BillingAgreement(
        project_id=project_id,
        contract_id=contract_id,
        customer_id=customer.customer_id,
        legal_entity_id=seller.legal_entity_id,
        currency=currency,
        entity_currency=seller.currency,
        starts_on=min((line.starts_on for line in lines if line.starts_on is not None), default=deal.closed_on),
        lines=[_line(line, customer.tax.tax_code, tax_codes) for line in lines],
        price_lists=[
            price_list_of(card, list_id=f"lst-{deal.opportunity_id}-{number}")
            for number, card in enumerate(cards, start=1)
        ],
        milestones=[milestone for line in lines for milestone in _milestones(line)],
        fees=[fee for line in lines if (fee := fee_of(line)) is not None],
        retainers=[retainer for line in lines if (retainer := retainer_of(line, priced=bool(cards))) is not None],
        subscriptions=[subscribed for line in lines if (subscribed := subscription_of(line)) is not None],
        caps=[term for line in lines if (term := _cap(line, contract_id, alone=len(lines) == 1)) is not None],
        opportunity_id=deal.opportunity_id,
        payment_days=_payment_days(deal.payment_terms),
        buyer=_buyer(customer),
    )


def _buyer(customer: Customer) -> InvoiceParty | None:
    """A registration that begins with no country is a number of the local tax office, and not for an invoice to say."""
    if not customer.name:
        return None
    number = (customer.tax.tax_registration or "").replace(" ", "")
    return InvoiceParty(
        name=customer.name, address=customer.address, vat_id=number if number[:2].isalpha() and number else None
    )


def _line(line: DealLine, customers_code: str | None, tax_codes: Mapping[str, TaxDecision]) -> AgreementLine:
    if line.method is None:
        raise ValueError(f"line {line.line_id} says not how it is billed")
    code = line.tax_code or customers_code
    return AgreementLine(
        line_id=f"agl-{line.line_id}",
        name=line.name[:_NAME],
        method=line.method,
        tax=None if code is None else tax_codes.get(code),
    )


def _milestones(line: DealLine) -> Iterator[AgreedMilestone]:
    """The payment points of a line, whose shares sum to it; none, where sales did not say all of them."""
    agreed = [each for each in line.milestones if each.percent is not None]
    if line.method is not BillingMethod.MILESTONE or not agreed or len(agreed) != len(line.milestones):
        return
    whole = Money(amount=rounded(line.amount.amount, line.amount.currency), currency=line.amount.currency)
    shares = split(whole, [each.percent for each in agreed if each.percent is not None])
    for number, (milestone, share) in enumerate(zip(agreed, shares, strict=True), start=1):
        yield AgreedMilestone(
            milestone_id=f"mst-{line.line_id}-{number}",
            line_id=f"agl-{line.line_id}",
            name=milestone.name[:_NAME],
            amount=share,
        )


def _cap(line: DealLine, contract_id: str, *, alone: bool) -> CapTerm | None:
    if line.cap is None or line.cap.behaviour is None:
        return None
    return CapTerm(
        cap_id=f"cap-{line.line_id}",
        level=CapLevel.CONTRACT if alone else CapLevel.LINE,
        unit=CapUnit.AMOUNT,
        limit=line.cap.amount.amount,
        policy=CapPolicy(line.cap.behaviour.value),
        contract_id=contract_id,
        line_id=None if alone else f"agl-{line.line_id}",
    )


def _payment_days(terms: str | None) -> int:
    found = _DAYS.fullmatch(terms or "")
    return int(found[1]) if found else _PAYMENT_DAYS
