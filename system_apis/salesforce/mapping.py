"""From the vendor's records to the business's nouns and back; collects everything that is missing before it refuses."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeVar

from contracts.canonical.deal import (
    BillingMethod,
    DealLine,
    DealMilestone,
    DeliveryReport,
    DeliveryState,
    Opportunity,
    OpportunityChange,
    StaffingNeed,
)
from contracts.canonical.money import Money, rounded
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.rates import RateCard, RateEntry
from contracts.problem import FieldError, Kind, Problem
from system_apis.salesforce import feed, wire

T = TypeVar("T")

CUSTOMER_PREFIX: Final = "cus-"
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_METHODS: Final = {
    "Time and Materials": BillingMethod.TIME_AND_MATERIALS,
    "Fixed Fee": BillingMethod.FIXED_FEE,
    "Milestone": BillingMethod.MILESTONE,
    "Retainer": BillingMethod.RETAINER,
    "Subscription": BillingMethod.SUBSCRIPTION,
}
_STATES: Final = {
    DeliveryState.PROVISIONING: "Provisioning",
    DeliveryState.WAITING: "Waiting",
    DeliveryState.READY: "Ready",
    DeliveryState.CANCELLED: "Cancelled",
}


class Gaps:
    """What a reader found missing, told at once rather than one by one."""

    def __init__(self) -> None:
        self._errors: list[FieldError] = []

    def add(self, record: str, field: str, *, code: str, detail: str) -> None:
        """Note a fault in a field of a vendor's record."""
        self._errors.append(FieldError(pointer=f"/{record}/{field}", code=code, detail=detail))

    def need(self, value: T | None, record: str, field: str, *, instead: T) -> T:
        """The value; when it is absent, note that and go on with a stand-in that is never handed out."""
        if value is not None:
            return value
        self.add(record, field, code="missing", detail=f"{field} is empty in the CRM")
        return instead

    def refuse(self, what: str) -> None:
        """Raise what was found.

        Raises:
            Problem: invalid, with every fault, when there was one.

        """
        if self._errors:
            raise Problem(
                Kind.INVALID,
                "crm_record_incomplete",
                f"{what} cannot be read as a deal of ours",
                hint="complete the named fields in the CRM",
                errors=tuple(self._errors),
            )


def customer(account: wire.Account) -> Customer:
    """A customer.

    Raises:
        Problem: invalid, when the account has no country.

    """
    gaps = Gaps()
    mapped = _customer(account, gaps)
    gaps.refuse(f"account {account.id}")
    return mapped


def opportunity(
    deal: wire.Opportunity,
    *,
    lines: Sequence[wire.Line],
    milestones: Sequence[wire.Milestone],
    rates: Sequence[wire.Rate],
    needs: Sequence[wire.Need],
) -> Opportunity:
    """A deal whole.

    Raises:
        Problem: invalid, when a field that a deal cannot be told without is empty; names all of them.

    """
    gaps = Gaps()
    account = gaps.need(deal.account, deal.id, "AccountId", instead=_nobody(deal))
    _check_milestones(milestones, lines, gaps)
    mapped = Opportunity(
        opportunity_id=deal.id,
        name=deal.name,
        won=deal.won,
        closed_on=dt.date.fromisoformat(deal.close_date),
        amount=_money(deal.amount if deal.amount is not None else Decimal(0), deal.currency, deal.id, gaps),
        customer=_customer(account, gaps),
        lines=[_line(line, milestones, deal.currency, gaps) for line in lines],
        rate_card=_rate_card(deal, rates, gaps),
        staffing=[_need(need, gaps) for need in needs],
        legal_entity_id=deal.legal_entity or None,
        service_line=deal.service_line or None,
        delivery_owner=deal.delivery_owner or None,
        statement_of_work=deal.statement_of_work or None,
        currency=deal.currency,
    )
    gaps.refuse(f"opportunity {deal.id}")
    return mapped


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


def _customer(account: wire.Account, gaps: Gaps) -> Customer:
    return Customer(
        customer_id=f"{CUSTOMER_PREFIX}{account.id}",
        name=account.name,
        address=Address(
            country=_country(account.country, account.id, "BillingCountryCode", gaps),
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


def _line(line: wire.Line, milestones: Sequence[wire.Milestone], currency: str, gaps: Gaps) -> DealLine:
    method = _METHODS.get(line.billing_method or "")
    product = line.product.name if line.product else None
    return DealLine(
        line_id=line.id,
        name=line.description or product or line.name or "",
        method=gaps.need(method, line.id, "Billing_Method__c", instead=BillingMethod.FIXED_FEE),
        amount=_money(gaps.need(line.total_price, line.id, "TotalPrice", instead=Decimal(0)), currency, line.id, gaps),
        country=_country(line.country, line.id, "Delivery_Country__c", gaps),
        starts_on=_date(line.service_date, line.id, "ServiceDate", gaps),
        ends_on=_date(line.end_date, line.id, "End_Date__c", gaps),
        phase=line.phase or "",
        milestones=[_milestone(point, gaps) for point in milestones if point.line_id == line.id],
    )


def _check_milestones(milestones: Sequence[wire.Milestone], lines: Sequence[wire.Line], gaps: Gaps) -> None:
    known = {line.id for line in lines}
    for milestone in milestones:
        if milestone.line_id not in known:
            detail = "the milestone names no line of this deal"
            gaps.add(milestone.id, "Line__c", code="line_unknown", detail=detail)


def _milestone(milestone: wire.Milestone, gaps: Gaps) -> DealMilestone:
    return DealMilestone(
        name=gaps.need(milestone.name, milestone.id, "Name", instead=""),
        percent=_plain(gaps.need(milestone.percent, milestone.id, "Percent__c", instead=Decimal(0))),
        due_on=_date(milestone.due_date, milestone.id, "Due_Date__c", gaps),
    )


def _rate_card(deal: wire.Opportunity, rates: Sequence[wire.Rate], gaps: Gaps) -> RateCard | None:
    if not rates and not deal.rate_card:
        return None
    for rate in rates:
        if rate.currency not in {None, deal.currency}:
            detail = f"the rate is in {rate.currency}, the deal in {deal.currency}"
            gaps.add(rate.id, "CurrencyIsoCode", code="currency_differs", detail=detail)
    return RateCard(name=deal.rate_card or "", currency=deal.currency, entries=[_rate(rate, gaps) for rate in rates])


def _rate(rate: wire.Rate, gaps: Gaps) -> RateEntry:
    return RateEntry(
        role=gaps.need(rate.role, rate.id, "Role__c", instead=""),
        country=_country(rate.country, rate.id, "Country__c", gaps),
        hourly_rate=_plain(gaps.need(rate.hourly_rate, rate.id, "Hourly_Rate__c", instead=Decimal(0))),
        effective_from=_date(rate.effective_from, rate.id, "Effective_From__c", gaps),
    )


def _need(need: wire.Need, gaps: Gaps) -> StaffingNeed:
    return StaffingNeed(
        role=gaps.need(need.role, need.id, "Role__c", instead=""),
        country=_country(need.country, need.id, "Country__c", gaps),
        hours=_plain(gaps.need(need.hours, need.id, "Hours__c", instead=Decimal(0))),
        starts_on=_date(need.starts_on, need.id, "Starts_On__c", gaps),
        ends_on=_date(need.ends_on, need.id, "Ends_On__c", gaps),
    )


def _country(value: str | None, record: str, field: str, gaps: Gaps) -> str:
    code = gaps.need(value or None, record, field, instead="ZZ")
    if _COUNTRY.fullmatch(code) is None:
        gaps.add(record, field, code="country_unknown", detail="not an ISO 3166-1 alpha-2 code")
    return code


def _date(value: str | None, record: str, field: str, gaps: Gaps) -> dt.date:
    return dt.date.fromisoformat(gaps.need(value, record, field, instead="1970-01-01"))


def _money(amount: Decimal, currency: str, record: str, gaps: Gaps) -> Money:
    cut = rounded(amount, currency)
    if cut != amount:
        gaps.add(record, "Amount", code="too_fine", detail=f"finer than the minor unit of {currency}")
    return Money(amount=cut, currency=currency)


def _plain(number: Decimal) -> Decimal:
    """Without an exponent or a needless trailing zero: the vendor writes 320 as 320.0, and may write 3.2E2."""
    whole = number == number.to_integral_value()
    return number.quantize(Decimal(1)) if whole else number.normalize()


def _nobody(deal: wire.Opportunity) -> wire.Account:
    return wire.Account(id=deal.id, name="", currency=deal.currency, country="ZZ")
