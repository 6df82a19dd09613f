"""From the vendor's rows to the business's nouns and back; what is missing is told, never made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from contracts.canonical.deal import DealKind, DealMilestone, DeliveryReport, DeliveryState, Opportunity, StaffingNeed
from contracts.canonical.party import Address, Customer, TaxProfile
from contracts.canonical.rates import RateCard, RateEntry
from system_apis.hubspot import lines as sold
from system_apis.hubspot import wire
from system_apis.hubspot.gaps import Gaps
from system_apis.hubspot.values import country, day, money, number

CUSTOMER_PREFIX: Final = "cus-"
PRIMARY: Final = ("HUBSPOT_DEFINED", 5)


class Parts(Struct, frozen=True, kw_only=True):
    """Everything that was read of a deal; `line_of` says to which line a milestone or a need belongs."""

    deal: wire.Row[wire.Deal]
    customer: wire.Row[wire.Company] | None = None
    bill_to: wire.Row[wire.Company] | None = None
    owner_email: str | None = None
    lines: Sequence[wire.Row[wire.Line]] = ()
    milestones: Sequence[wire.Row[wire.Milestone]] = ()
    rates: Sequence[wire.Row[wire.Rate]] = ()
    needs: Sequence[wire.Row[wire.Need]] = ()
    line_of: Mapping[str, str] = {}


class Reader:
    """Reads rows of one account, whose company currency and time zone are its own."""

    def __init__(self, *, currency: str, zone: ZoneInfo) -> None:
        self._currency = currency
        self._zone = zone

    def opportunity(self, parts: Parts) -> Opportunity:
        """A deal as sales left it; what a row lacks to be read at all stands in `gaps`."""
        gaps = Gaps()
        deal, currency = parts.deal.properties, parts.deal.properties.currency or self._currency
        points = self._points(parts, gaps)
        lines = [sold.line(row, points.get(row.id, []), currency, gaps) for row in parts.lines]
        bill_to = parts.bill_to
        closed_on = day(deal.close_date, zone=self._zone)
        if closed_on is None:
            gaps.add(f"deal {parts.deal.id}", "closedate", detail="closedate is empty in the CRM")
        return Opportunity(
            opportunity_id=parts.deal.id,
            name=deal.name or "",
            won=deal.won == "true",
            closed_on=closed_on or sold.needed_day(deal.created, zone=self._zone),
            amount=money(number(deal.amount) or Decimal(0), currency),
            customer=self.customer(parts.customer) if parts.customer else _nobody(currency),
            lines=sorted(lines, key=sold.order),
            rate_cards=self._rate_cards(parts, currency, gaps),
            staffing=[need for need in (_need(row, parts.line_of, gaps) for row in parts.needs) if need],
            legal_entity_id=deal.legal_entity or None,
            service_line=deal.service_line or None,
            delivery_owner=self._owner(parts, gaps),
            statement_of_work=deal.statement_of_work or None,
            statement_of_work_sha256=deal.document_hash or None,
            signed_on=day(deal.signed_on, zone=self._zone),
            payment_terms=deal.payment_terms or None,
            special_terms=deal.special_terms or None,
            bill_to=self.customer(bill_to) if bill_to else None,
            kind=gaps.chosen(DealKind, deal.kind, record=f"deal {parts.deal.id}", field="deal_kind") or DealKind.NEW,
            extends=deal.extends or None,
            gaps=gaps.found,
            currency=currency,
        )

    def customer(self, row: wire.Row[wire.Company]) -> Customer:
        """A customer; its country is the code, or a country field that holds nothing but a code."""
        company = row.properties
        return Customer(
            customer_id=f"{CUSTOMER_PREFIX}{row.id}",
            name=company.name or "",
            address=Address(
                country=country(company.country_code) or country(company.country),
                street=company.street or "",
                city=company.city or "",
                postal_code=company.postal_code or "",
                region=company.state or "",
            ),
            currency=company.currency or self._currency,
            parent_id=f"{CUSTOMER_PREFIX}{company.parent_id}" if company.parent_id else None,
            tax=TaxProfile(tax_code=company.tax_code or None, tax_registration=company.vat_number or None),
            email=company.billing_email or None,
        )

    def _owner(self, parts: Parts, gaps: Gaps) -> str | None:
        owner = parts.deal.properties.delivery_owner
        if owner and not parts.owner_email:
            detail = f"user {owner} is none, or no longer"
            gaps.add(f"deal {parts.deal.id}", "delivery_owner", detail=detail)
        return parts.owner_email

    def _points(self, parts: Parts, gaps: Gaps) -> dict[str, list[DealMilestone]]:
        """The payment points of each line, in the order in which they are due."""
        known = {row.id for row in parts.lines}
        points: dict[str, list[DealMilestone]] = {}
        for row in sorted(parts.milestones, key=lambda row: (row.properties.due_on or "", int(row.id))):
            record, milestone = f"milestone {row.id}", row.properties
            line_id = parts.line_of.get(row.id, "")
            if line_id not in known:
                gaps.add(record, "line_items", detail="the milestone belongs to no line of this deal")
            elif not gaps.lacking(record, name=milestone.name):
                due_on = day(milestone.due_on, zone=self._zone)
                point = DealMilestone(name=milestone.name or "", percent=number(milestone.percent), due_on=due_on)
                points.setdefault(line_id, []).append(point)
        return points

    def _rate_cards(self, parts: Parts, currency: str, gaps: Gaps) -> list[RateCard]:
        """A card for each currency in which rates are agreed, the deal's first; it may be named before it is filled."""
        name = parts.deal.properties.rate_card or ""
        cards: dict[str, list[RateEntry]] = {currency: []} if name else {}
        for row in parts.rates:
            entry = _rate(row, gaps)
            if entry is not None:
                cards.setdefault(row.properties.currency or currency, []).append(entry)
        return [RateCard(name=name, currency=each, entries=entries) for each, entries in cards.items()]


def report(delivery: wire.Delivery) -> DeliveryReport | None:
    """What was written back; None when nothing was."""
    known = {state.value: state for state in DeliveryState}
    state = known.get(delivery.state or "")
    if state is None or not delivery.case_id:
        return None
    return DeliveryReport(
        state=state,
        case_id=delivery.case_id,
        erp_customer_id=delivery.erp_customer_id or None,
        erp_project_id=delivery.erp_project_id or None,
        psa_project_id=delivery.psa_project_id or None,
        note=delivery.note or "",
    )


def differences(standing: wire.Delivery, wanted: DeliveryReport) -> dict[str, str]:
    """The properties to set so that the deal says what is wanted; an id that is not told is left as it stands."""
    wished = {
        "delivery_state": (standing.state, wanted.state.value),
        "delivery_note": (standing.note or "", wanted.note),
        "delivery_case": (standing.case_id, wanted.case_id),
        "erp_customer_id": (standing.erp_customer_id, wanted.erp_customer_id),
        "erp_project_id": (standing.erp_project_id, wanted.erp_project_id),
        "psa_project_id": (standing.psa_project_id, wanted.psa_project_id),
    }
    return {name: new for name, (old, new) in wished.items() if new is not None and new != old}


def primary(links: Sequence[wire.Link], *, bill_to_label: str) -> tuple[str | None, str | None]:
    """Which company bought, and which one is billed: the primary one or the only one, and the one so labelled."""
    billed = [str(link.id) for link in links if any(kind.label == bill_to_label for kind in link.types)]
    first = [str(link.id) for link in links if any((kind.category, kind.type_id) == PRIMARY for kind in link.types)]
    others = [str(link.id) for link in links if str(link.id) not in billed]
    buyer = first[0] if first else others[0] if len(others) == 1 else None
    return buyer, billed[0] if billed else None


def _rate(row: wire.Row[wire.Rate], gaps: Gaps) -> RateEntry | None:
    rate = row.properties
    where, since, hourly = country(rate.country), day(rate.effective_from), number(rate.hourly_rate)
    needed: dict[str, object] = {"role": rate.role, "country": where, "hourly_rate": hourly, "effective_from": since}
    if gaps.lacking(f"rate {row.id}", **needed) or where is None or since is None or hourly is None:
        return None
    return RateEntry(role=rate.role or "", country=where, hourly_rate=hourly, effective_from=since)


def _need(row: wire.Row[wire.Need], line_of: Mapping[str, str], gaps: Gaps) -> StaffingNeed | None:
    need = row.properties
    where, hours = country(need.country), number(need.hours)
    first, last = day(need.starts_on), day(need.ends_on)
    needed: dict[str, object] = {"role": need.role, "country": where, "hours": hours, "starts_on": first}
    if gaps.lacking(f"staffing need {row.id}", **needed, ends_on=last) or where is None or hours is None:
        return None
    if first is None or last is None:
        return None
    line_id = line_of.get(row.id)
    return StaffingNeed(
        role=need.role or "", country=where, hours=hours, starts_on=first, ends_on=last, line_id=line_id
    )


def _nobody(currency: str) -> Customer:
    """Who stands in a deal that names no customer."""
    tax = TaxProfile(tax_code=None)
    return Customer(customer_id="", name="", address=Address(country=None), currency=currency, tax=tax)
