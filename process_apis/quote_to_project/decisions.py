"""What has to be decided about a plan and by whom, and whether the ERP's books agree with it. Pure."""

from __future__ import annotations

import hashlib
from typing import Final

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import FixField
from contracts.canonical.money import Money, total
from kit.durable import ApprovalRequest
from kit.durable.fault import Fault
from process_apis.quote_to_project.catalogue import fault
from process_apis.quote_to_project.plan import Part, Plan
from process_apis.quote_to_project.telling import shown

YES: Final = "yes"
AS_APPROVED: Final = "as approved"
TRY_AGAIN: Final = "try again"
TAX: Final = "tax"
CONTRACT: Final = "contract"
_TERMS: Final = 2000


def needed(planned: Plan, *, due_in_h: float) -> list[ApprovalRequest]:
    """The decisions without which nothing is put into any system: on terms that depart, on tax across borders."""
    requests = []
    if planned.departures:
        requests.append(_terms_request(planned, due_in_h=due_in_h))
    if needs_tax_approval(planned):
        requests.append(_tax_request(planned, due_in_h=due_in_h))
    return requests


def needs_tax_approval(planned: Plan) -> bool:
    """Whether the sale crosses a border, so that a person decides on its tax treatment (rule TAX-2)."""
    return any(seller.country != planned.customer.address.country for seller in planned.sellers)


def evidence(planned: Plan) -> dict[str, str]:
    """What every decision on a deal is bound to; its hash covers all that was read but dates."""
    customer, seller, value = planned.customer, planned.seller, planned.contract_value
    known = {
        "opportunity_id": planned.opportunity_id,
        "seller_entity": f"{seller.legal_entity_id} {seller.name}",
        "seller_country": seller.country or "",
        "customer": shown(customer.name),
        "customer_country": customer.address.country or "",
        "tax_code": planned.parts[0].schedule.tax_code,
        "vat_id": customer.tax.tax_registration or "none",
        "service_line": planned.parts[0].project.service_line,
        "contract_value": f"{value.amount} {value.currency}",
        "statement_of_work": planned.evidence.statement_of_work,
        "deal_hash": planned.shape,
    }
    if planned.evidence.sha256:
        known["statement_of_work_sha256"] = planned.evidence.sha256
    for number, part in enumerate(planned.parts[1:], start=2):
        sold = f"{part.value.amount} {part.value.currency}"
        known[f"seller_{number}"] = f"{part.seller.legal_entity_id}, {sold}, tax code {part.schedule.tax_code}"
    return known


def mismatch(part: Part, receipt: ScheduleReceipt, *, deal: str) -> Fault | None:
    """The problem of an ERP that holds other lines or another total than were planned; None when it ties."""
    schedule = part.schedule
    expected = total(line.amount for line in schedule.lines)[schedule.currency]
    held = receipt.total
    ties = receipt.lines == len(schedule.lines) and held == Money(amount=expected, currency=schedule.currency)
    if ties:
        return None
    detail = (
        f"The ERP holds {receipt.lines} lines of {held.amount} {held.currency} in all; "
        f"planned were {len(schedule.lines)} lines of {expected} {schedule.currency}."
    )
    context = {
        "deal": shown(deal),
        "schedule_id": schedule.schedule_id,
        "contract_value": f"{part.value.amount} {part.value.currency}",
        "billing_schedule": receipt.external_id,
        "lines_planned": str(len(schedule.lines)),
        "lines_held": str(receipt.lines),
        "total_planned": str(expected),
        "total_held": f"{held.amount} {held.currency}",
    }
    return fault("BILLING_TOTAL_MISMATCH", detail, context=context)


def undecided(planned: Plan, *, role: str, answer: str) -> Fault:
    """The problem of a decision that nobody took in time; `answer` names the field that lets it be asked again."""
    ask = FixField(name=answer, label=f"Ask the {role} role again?", choices=[YES])
    detail = f"What the {role} role has to decide about {shown(planned.name)} was not decided in time."
    return fault("APPROVAL_EXPIRED", detail, context={**_about(planned), **evidence(planned)}, form=(ask,))


def changed(planned: Plan, *, answer: str) -> Fault:
    """The problem of a deal that says something else than what was approved and is already being put into systems."""
    ask = FixField(name=answer, label="How shall this go on?", choices=[AS_APPROVED, TRY_AGAIN])
    detail = f"{shown(planned.name)} was changed in the CRM after its plan was approved, in more than dates."
    return fault("DEAL_CHANGED", detail, context={**_about(planned), "planned_from": planned.read}, form=(ask,))


def _tax_request(planned: Plan, *, due_in_h: float) -> ApprovalRequest:
    sellers = ", ".join(f"{each.legal_entity_id} in {each.country}" for each in planned.sellers)
    return ApprovalRequest(
        subject="Cross-border tax treatment",
        reason=f"{sellers} sells to a customer in {planned.customer.address.country}",
        role=TAX,
        object="deal",
        attribute="cross_border_tax",
        legal_entity_id=_only_seller(planned),
        evidence=evidence(planned),
        due_in_h=due_in_h,
        at_stake=planned.contract_value,
    )


def _terms_request(planned: Plan, *, due_in_h: float) -> ApprovalRequest:
    terms = planned.special_terms
    agreed = {"payment_terms": planned.evidence.payment_terms or "the firm's own"}
    if terms:
        agreed |= {"special_terms": shown(terms, most=_TERMS)}
        agreed |= {"special_terms_sha256": hashlib.sha256(terms.encode(errors="surrogatepass")).hexdigest()}
    return ApprovalRequest(
        subject="Non-standard terms",
        reason=f"The deal departs from the firm's terms: {', '.join(planned.departures)}",
        role=CONTRACT,
        object="deal",
        attribute="terms",
        legal_entity_id=_only_seller(planned),
        evidence=evidence(planned) | agreed,
        due_in_h=due_in_h,
        at_stake=planned.contract_value,
    )


def _only_seller(planned: Plan) -> str | None:
    """Whose rules of the matrix hold; those for every entity when several sell."""
    return planned.sellers[0].legal_entity_id if len(planned.sellers) == 1 else None


def _about(planned: Plan) -> dict[str, str]:
    value = planned.contract_value
    return {
        "opportunity_id": planned.opportunity_id,
        "deal": shown(planned.name),
        "customer": shown(planned.customer.name),
        "contract_value": f"{value.amount} {value.currency}",
    }
