"""From the vendor's records to the business's nouns and back; what is missing is told, never made up."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.deal import (
    BillingFrequency,
    BillingMethod,
    BillingTiming,
    Cap,
    CapBehaviour,
    DealKind,
    DealLine,
    DealMilestone,
    DeliveryReport,
    DeliveryState,
    Gap,
    Opportunity,
    OpportunityChange,
    StaffingNeed,
)
from contracts.canonical.money import Money, rounded
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.rates import RateCard, RateEntry
from system_apis.salesforce import feed, wire

CUSTOMER_PREFIX: Final = "cus-"
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_METHODS: Final = {
    "Time and Materials": BillingMethod.TIME_AND_MATERIALS,
    "Fixed Fee": BillingMethod.FIXED_FEE,
    "Milestone": BillingMethod.MILESTONE,
    "Retainer": BillingMethod.RETAINER,
    "Subscription": BillingMethod.SUBSCRIPTION,
}
_KINDS: Final = {"Extension": DealKind.EXTENSION, "Renewal": DealKind.RENEWAL}
_STATES: Final = {
    DeliveryState.PROVISIONING: "Provisioning",
    DeliveryState.WAITING: "Waiting",
    DeliveryState.READY: "Ready",
    DeliveryState.CANCELLED: "Cancelled",
}


class Gaps:
    """What could not be read as a thing of ours; it is handed out beside what could."""

    def __init__(self) -> None:
        self.found: list[Gap] = []

    def add(self, record: str, field: str, *, detail: str) -> None:
        """Note a fault in a field of a vendor's record."""
        self.found.append(Gap(record=record, field=field, detail=detail))

    def lacking(self, record: str, **needed: object) -> bool:
        """Whether any of these fields is empty; every one that is has been noted."""
        empty = [name for name, value in needed.items() if value is None or value == ""]
        for name in empty:
            self.add(record, name, detail=f"{name} is empty in the CRM")
        return bool(empty)


def opportunity(
    deal: wire.Opportunity,
    *,
    lines: Sequence[wire.Line],
    milestones: Sequence[wire.Milestone],
    rates: Sequence[wire.Rate],
    needs: Sequence[wire.Need],
) -> Opportunity:
    """A deal as sales left it; what a record lacks to be read at all stands in `gaps`."""
    gaps = Gaps()
    _check_milestones(milestones, lines, gaps)
    points: dict[str, list[wire.Milestone]] = {}
    for milestone in milestones:
        points.setdefault(milestone.line_id or "", []).append(milestone)
    return Opportunity(
        opportunity_id=deal.id,
        name=deal.name,
        won=deal.won,
        closed_on=dt.date.fromisoformat(deal.close_date),
        amount=_money(deal.amount if deal.amount is not None else Decimal(0), deal.currency),
        customer=customer(deal.account) if deal.account else _nobody(deal),
        lines=[_line(line, points.get(line.id, []), deal.currency, gaps) for line in lines],
        rate_cards=_rate_cards(deal, rates, gaps),
        staffing=[need for need in (_need(need, gaps) for need in needs) if need],
        legal_entity_id=deal.legal_entity or None,
        service_line=deal.service_line or None,
        delivery_owner=deal.delivery_owner or None,
        statement_of_work=deal.statement_of_work or None,
        statement_of_work_sha256=deal.document_hash or None,
        signed_on=_date(deal.signed_on),
        payment_terms=deal.payment_terms or None,
        special_terms=deal.special_terms or None,
        bill_to=customer(deal.bill_to) if deal.bill_to else None,
        kind=_KINDS.get(deal.kind or "", DealKind.NEW),
        extends=deal.extends or None,
        gaps=gaps.found,
        currency=deal.currency,
    )


def customer(account: wire.Account) -> Customer:
    """A customer; a country that is no ISO code is none."""
    return Customer(
        customer_id=f"{CUSTOMER_PREFIX}{account.id}",
        name=account.name,
        address=Address(
            country=_country(account.country),
            street=account.street or "",
            city=account.city or "",
            postal_code=account.postal_code or "",
            region=account.state or "",
        ),
        currency=account.currency,
        parent_id=f"{CUSTOMER_PREFIX}{account.parent_id}" if account.parent_id else None,
        tax=TaxProfile(tax_code=account.tax_code or None, tax_registration=account.vat_number or None),
        email=account.billing_email or None,
    )


def seen(change: wire.Change) -> feed.Seen:
    """A change with its moment read."""
    stamp = dt.datetime.strptime(change.stamp, "%Y-%m-%dT%H:%M:%S.%f%z").astimezone(dt.UTC)
    return feed.Seen(id=change.id, won=change.won, stamp=stamp)


def change(record: feed.Seen) -> OpportunityChange:
    """An entry of the feed."""
    return OpportunityChange(opportunity_id=record.id, won=record.won, changed_at=record.stamp)


def report(delivery: wire.Delivery) -> DeliveryReport | None:
    """What was written back; None when nothing was."""
    state = next((state for state, word in _STATES.items() if word == delivery.status), None)
    if state is None or not delivery.case_id:
        return None
    return DeliveryReport(
        state=state,
        case_id=delivery.case_id,
        erp_customer_id=delivery.erp_customer_id,
        erp_project_id=delivery.erp_project_id,
        psa_project_id=delivery.psa_project_id,
        note=delivery.note or "",
    )


def differences(standing: wire.Delivery, wanted: DeliveryReport) -> dict[str, str]:
    """The fields to set so that the deal says what is wanted; an id that is not told is left as it stands."""
    wished = {
        "Delivery_Status__c": (standing.status, _STATES[wanted.state]),
        "Delivery_Note__c": (standing.note or "", wanted.note),
        "Sluice_Case__c": (standing.case_id, wanted.case_id),
        "ERP_Customer_Id__c": (standing.erp_customer_id, wanted.erp_customer_id),
        "ERP_Project_Id__c": (standing.erp_project_id, wanted.erp_project_id),
        "PSA_Project_Id__c": (standing.psa_project_id, wanted.psa_project_id),
    }
    return {name: new for name, (old, new) in wished.items() if new is not None and new != old}


def _line(line: wire.Line, milestones: Sequence[wire.Milestone], currency: str, gaps: Gaps) -> DealLine:
    product = line.product.name if line.product else None
    value = _money(line.total_price if line.total_price is not None else Decimal(0), currency)
    amount = _billed(line, value, gaps)
    cap = line.cap_amount
    return DealLine(
        line_id=line.id,
        name=line.description or product or line.name or "",
        method=_METHODS.get(line.billing_method or ""),
        amount=amount,
        country=_country(line.country),
        starts_on=_date(line.service_date),
        ends_on=_date(line.end_date),
        phase=line.phase or "",
        milestones=[point for point in (_milestone(point, gaps) for point in milestones) if point],
        legal_entity_id=line.legal_entity or None,
        tax_code=line.tax_code or None,
        deal_value=None if amount.currency == value.currency else value,
        cap=None if cap is None else Cap(amount=_money(cap, amount.currency), behaviour=_chosen(line.cap_behaviour)),
        frequency=BillingFrequency(line.frequency.lower()) if line.frequency else None,
        timing=BillingTiming(line.timing.lower()) if line.timing else None,
    )


def _chosen(behaviour: str | None) -> CapBehaviour | None:
    return CapBehaviour(behaviour.lower()) if behaviour else None


def _billed(line: wire.Line, value: Money, gaps: Gaps) -> Money:
    """What the customer is billed: a line of the vendor's is always in the currency of its deal, ours need not be."""
    amount, currency = line.billing_amount, line.billing_currency
    if amount is None and currency is None:
        return value
    if amount is None or currency is None:
        missing = "Billing_Amount__c" if amount is None else "Billing_Currency__c"
        gaps.add(f"line {line.id}", missing, detail="an amount to bill needs its currency, and a currency its amount")
        return value
    return _money(amount, currency)


def _check_milestones(milestones: Sequence[wire.Milestone], lines: Sequence[wire.Line], gaps: Gaps) -> None:
    known = {line.id for line in lines}
    for milestone in milestones:
        if milestone.line_id not in known:
            gaps.add(f"milestone {milestone.id}", "Line__c", detail="the milestone names no line of this deal")


def _milestone(milestone: wire.Milestone, gaps: Gaps) -> DealMilestone | None:
    if gaps.lacking(f"milestone {milestone.id}", Name=milestone.name):
        return None
    percent = None if milestone.percent is None else _plain(milestone.percent)
    return DealMilestone(name=milestone.name or "", percent=percent, due_on=_date(milestone.due_date))


def _rate_cards(deal: wire.Opportunity, rates: Sequence[wire.Rate], gaps: Gaps) -> list[RateCard]:
    """A card for each currency in which rates are agreed, the deal's first; a card may be named before it is filled."""
    cards: dict[str, list[RateEntry]] = {deal.currency: []} if deal.rate_card else {}
    for rate in rates:
        entry = _rate(rate, gaps)
        if entry is not None:
            cards.setdefault(rate.currency or deal.currency, []).append(entry)
    name = deal.rate_card or ""
    return [RateCard(name=name, currency=currency, entries=entries) for currency, entries in cards.items()]


def _rate(rate: wire.Rate, gaps: Gaps) -> RateEntry | None:
    country, since = _country(rate.country), _date(rate.effective_from)
    needed = {
        "Role__c": rate.role,
        "Country__c": country,
        "Hourly_Rate__c": rate.hourly_rate,
        "Effective_From__c": since,
    }
    if gaps.lacking(f"rate {rate.id}", **needed) or country is None or since is None or rate.hourly_rate is None:
        return None
    hourly_rate = _plain(rate.hourly_rate)
    return RateEntry(role=rate.role or "", country=country, hourly_rate=hourly_rate, effective_from=since)


def _need(need: wire.Need, gaps: Gaps) -> StaffingNeed | None:
    country, starts_on, ends_on = _country(need.country), _date(need.starts_on), _date(need.ends_on)
    needed: dict[str, object] = {"Role__c": need.role, "Country__c": country, "Hours__c": need.hours}
    needed |= {"Starts_On__c": starts_on, "Ends_On__c": ends_on}
    if gaps.lacking(f"staffing need {need.id}", **needed) or country is None or need.hours is None:
        return None
    if starts_on is None or ends_on is None:
        return None
    return StaffingNeed(
        role=need.role or "",
        country=country,
        hours=_plain(need.hours),
        starts_on=starts_on,
        ends_on=ends_on,
        line_id=need.line_id,
    )


def _country(value: str | None) -> str | None:
    return value if value and _COUNTRY.fullmatch(value) else None


def _date(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _money(amount: Decimal, currency: str) -> Money:
    """With the digits of its currency; an amount finer than that is handed on as it is, for the process to refuse."""
    cut = rounded(amount, currency)
    return Money(amount=cut if cut == amount else amount, currency=currency)


def _plain(number: Decimal) -> Decimal:
    """Without an exponent or a needless trailing zero: the vendor writes 320 as 320.0, and may write 3.2E2."""
    whole = number == number.to_integral_value()
    return number.quantize(Decimal(1)) if whole else number.normalize()


def _nobody(deal: wire.Opportunity) -> Customer:
    """Who stands in a deal that names no customer."""
    tax = TaxProfile(tax_code=None)
    return Customer(customer_id="", name="", address=Address(country=None), currency=deal.currency, tax=tax)
