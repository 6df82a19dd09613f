"""From the vendor's rows to the business's nouns and back; what is missing is told, never made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeVar

from contracts.canonical.deal import (
    BillingFrequency,
    BillingMethod,
    BillingTiming,
    Cap,
    CapBehaviour,
    DealKind,
    DealLine,
    DealMilestone,
    Opportunity,
    OpportunityChange,
)
from contracts.canonical.money import Money
from contracts.canonical.party import Address, Customer, TaxProfile
from system_apis.dynamics_sales import demand, values, wire
from system_apis.dynamics_sales.gaps import Gaps

W = TypeVar("W")

CUSTOMER_PREFIX: Final = "cus-"
_WON: Final = 1
_FIRST: Final = 748190000  # the firm's choices count up from here, in the order of the words below
_METHODS: Final = dict(
    enumerate(
        (
            BillingMethod.TIME_AND_MATERIALS,
            BillingMethod.FIXED_FEE,
            BillingMethod.MILESTONE,
            BillingMethod.RETAINER,
            BillingMethod.SUBSCRIPTION,
        ),
        start=_FIRST,
    )
)
_KINDS: Final = dict(enumerate((DealKind.NEW, DealKind.EXTENSION, DealKind.RENEWAL), start=_FIRST))
_BEHAVIOURS: Final = dict(
    enumerate((CapBehaviour.REJECT, CapBehaviour.TRIM, CapBehaviour.WARN, CapBehaviour.HARD), start=_FIRST)
)
_FREQUENCIES: Final = dict(
    enumerate((BillingFrequency.MONTHLY, BillingFrequency.QUARTERLY, BillingFrequency.YEARLY), start=_FIRST)
)
_TIMINGS: Final = dict(enumerate((BillingTiming.ADVANCE, BillingTiming.ARREARS), start=_FIRST))


def opportunity(
    deal: wire.Opportunity,
    *,
    lines: Sequence[wire.Line],
    milestones: Sequence[wire.Milestone],
    rates: Sequence[wire.Rate],
    needs: Sequence[wire.Need],
    base_currency: str,
) -> Opportunity:
    """A deal as sales left it; what a row lacks to be read at all stands in `gaps`."""
    gaps = Gaps()
    currency = deal.currency.code if deal.currency else base_currency
    _check_milestones(milestones, lines, gaps)
    points: dict[str, list[wire.Milestone]] = {}
    for milestone in milestones:
        points.setdefault(milestone.line_id or "", []).append(milestone)
    return Opportunity(
        opportunity_id=deal.id,
        name=deal.name or "",
        won=deal.state == _WON,
        closed_on=_closed_on(deal, gaps),
        amount=values.money(_worth(deal, lines), currency),
        customer=_customer(deal, gaps, currency=currency, base_currency=base_currency),
        lines=[_line(line, points.get(line.id, []), currency, gaps) for line in lines],
        rate_cards=demand.rate_cards(deal, rates, gaps, currency=currency),
        staffing=[need for need in (demand.staffing_need(need, gaps) for need in needs) if need],
        legal_entity_id=deal.legal_entity or None,
        service_line=deal.service_line or None,
        delivery_owner=deal.delivery_owner or None,
        statement_of_work=deal.statement_of_work or None,
        statement_of_work_sha256=deal.document_hash or None,
        signed_on=values.date(deal.signed_on),
        payment_terms=deal.payment_terms or None,
        special_terms=deal.special_terms or None,
        bill_to=customer(deal.bill_to, base_currency=base_currency) if deal.bill_to else None,
        kind=_chosen(_KINDS, deal.kind, gaps, f"opportunity {deal.id}", "sluice_dealkind") or DealKind.NEW,
        extends=deal.extends or None,
        gaps=gaps.found,
        currency=currency,
    )


def customer(account: wire.Account, *, base_currency: str) -> Customer:
    """A customer; a country that is no ISO code is none."""
    return Customer(
        customer_id=f"{CUSTOMER_PREFIX}{account.id}",
        name=account.name or "",
        address=Address(
            country=values.country(account.country),
            street=", ".join(line for line in (account.line1, account.line2, account.line3) if line),
            city=account.city or "",
            postal_code=account.postal_code or "",
            region=account.state or "",
        ),
        currency=account.currency.code if account.currency else base_currency,
        parent_id=f"{CUSTOMER_PREFIX}{account.parent_id}" if account.parent_id else None,
        tax=TaxProfile(tax_code=account.tax_code or None, tax_registration=account.vat_number or None),
        email=account.billing_email or None,
    )


def change(entry: wire.Change, *, now: dt.datetime) -> OpportunityChange:
    """An entry of the feed; a deal that was deleted is won no more, and the vendor does not say since when."""
    if entry.reason:
        return OpportunityChange(opportunity_id=entry.gone_id.lower(), won=False, changed_at=now)
    moment = dt.datetime.fromisoformat(entry.modified_on).astimezone(dt.UTC)
    return OpportunityChange(opportunity_id=entry.id, won=entry.state == _WON, changed_at=moment)


def _worth(deal: wire.Opportunity, lines: Sequence[wire.Line]) -> Decimal:
    """What the lines come to without tax; without lines, what sales expects or booked."""
    if lines and deal.total is not None:
        return deal.total - (deal.tax or Decimal(0))
    return deal.estimated if deal.estimated is not None else Decimal(0)


def _closed_on(deal: wire.Opportunity, gaps: Gaps) -> dt.date:
    told = values.date(deal.closed_on) or values.date(deal.expected_on)
    if told is None:
        detail = "no close date; the day of the last change stands for it"
        gaps.add(f"opportunity {deal.id}", "estimatedclosedate", detail=detail)
        return dt.datetime.fromisoformat(deal.modified_on).astimezone(dt.UTC).date()
    return told


def _customer(deal: wire.Opportunity, gaps: Gaps, *, currency: str, base_currency: str) -> Customer:
    """Who buys; a deal may be a person's, and then there is nobody to bill."""
    if deal.account:
        return customer(deal.account, base_currency=base_currency)
    if deal.customer_id:
        detail = "the customer is a contact, or an account that cannot be read"
        gaps.add(f"opportunity {deal.id}", "customerid", detail=detail)
    tax = TaxProfile(tax_code=None)
    return Customer(customer_id="", name="", address=Address(country=None), currency=currency, tax=tax)


def _line(line: wire.Line, milestones: Sequence[wire.Milestone], currency: str, gaps: Gaps) -> DealLine:
    value = values.money((line.extended or Decimal(0)) - (line.tax or Decimal(0)), currency)
    amount = _billed(line, value, gaps)
    cap, record = line.cap_amount, f"line {line.id}"
    behaviour = _chosen(_BEHAVIOURS, line.cap_behaviour, gaps, record, "sluice_capbehaviour")
    return DealLine(
        line_id=line.id,
        name=line.description or line.name or "",
        method=_chosen(_METHODS, line.billing_method, gaps, record, "sluice_billingmethod"),
        amount=amount,
        country=values.country(line.country),
        starts_on=values.date(line.starts_on),
        ends_on=values.date(line.ends_on),
        phase=line.phase or "",
        milestones=[point for point in (_milestone(point, gaps) for point in milestones) if point],
        legal_entity_id=line.legal_entity or None,
        tax_code=line.tax_code or None,
        deal_value=None if amount.currency == value.currency else value,
        cap=None if cap is None else Cap(amount=values.money(cap, amount.currency), behaviour=behaviour),
        frequency=_chosen(_FREQUENCIES, line.frequency, gaps, record, "sluice_billingfrequency"),
        timing=_chosen(_TIMINGS, line.timing, gaps, record, "sluice_billingtiming"),
    )


def _chosen(words: Mapping[int, W], value: int | None, gaps: Gaps, record: str, field: str) -> W | None:
    """What a choice means; a value that was added to the choice without our knowing is told."""
    if value is None:
        return None
    if value not in words:
        gaps.add(record, field, detail=f"{value} is no value that we know")
    return words.get(value)


def _billed(line: wire.Line, value: Money, gaps: Gaps) -> Money:
    """What the customer is billed: a line of the vendor's is always in the currency of its deal, ours need not be."""
    amount, currency = line.billing_amount, line.billing_currency
    if amount is None and currency is None:
        return value
    if amount is None or currency is None:
        missing = "sluice_billingamount" if amount is None else "sluice_BillingCurrency"
        gaps.add(f"line {line.id}", missing, detail="an amount to bill needs its currency, and a currency its amount")
        return value
    return values.money(amount, currency.code)


def _check_milestones(milestones: Sequence[wire.Milestone], lines: Sequence[wire.Line], gaps: Gaps) -> None:
    known = {line.id for line in lines}
    for milestone in milestones:
        if milestone.line_id not in known:
            gaps.add(f"milestone {milestone.id}", "sluice_Line", detail="the milestone names no line of this deal")


def _milestone(milestone: wire.Milestone, gaps: Gaps) -> DealMilestone | None:
    if gaps.lacking(f"milestone {milestone.id}", sluice_name=milestone.name):
        return None
    percent = None if milestone.percent is None else values.plain(milestone.percent)
    return DealMilestone(name=milestone.name or "", percent=percent, due_on=values.date(milestone.due_on))
