"""What has to be decided about a plan, and whether the ERP's books agree with it. Pure."""

from __future__ import annotations

from typing import Final

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import FixField
from contracts.canonical.money import total
from kit.durable.fault import Fault
from process_apis.quote_to_project.catalogue import fault
from process_apis.quote_to_project.plan import Plan

YES: Final = "yes"


def needs_tax_approval(planned: Plan) -> bool:
    """Whether the sale crosses a border, so that a person decides on its tax treatment (rule TAX-2)."""
    return planned.seller.country != planned.customer.address.country


def evidence(planned: Plan) -> dict[str, str]:
    """What the decision on the tax treatment is bound to."""
    customer, seller, value = planned.customer, planned.seller, planned.contract_value
    return {
        "opportunity_id": planned.opportunity_id,
        "seller_entity": f"{seller.legal_entity_id} {seller.name}",
        "seller_country": seller.country,
        "customer": customer.name,
        "customer_country": customer.address.country,
        "tax_code": customer.tax.tax_code or "",
        "vat_id": customer.tax.tax_registration or "none",
        "service_line": planned.project.service_line,
        "contract_value": f"{value.amount} {value.currency}",
    }


def mismatch(planned: Plan, receipt: ScheduleReceipt) -> Fault | None:
    """The problem of an ERP that holds other lines or another total than were planned; None when it ties."""
    lines = planned.schedule.lines
    expected = total(line.amount for line in lines)[planned.schedule.currency]
    held = receipt.total
    ties = receipt.lines == len(lines) and held.currency == planned.schedule.currency and held.amount == expected
    if ties:
        return None
    detail = (
        f"The ERP holds {receipt.lines} lines of {held.amount} {held.currency} in all; "
        f"planned were {len(lines)} lines of {expected} {planned.schedule.currency}."
    )
    context = {
        **_about(planned),
        "billing_schedule": receipt.external_id,
        "lines_planned": str(len(lines)),
        "lines_held": str(receipt.lines),
        "total_planned": str(expected),
        "total_held": f"{held.amount} {held.currency}",
    }
    return fault("BILLING_TOTAL_MISMATCH", detail, context=context)


def undecided(planned: Plan, *, answer: str) -> Fault:
    """The problem of a decision that nobody took in time; `answer` names the field that lets it be asked again."""
    ask = FixField(name=answer, label="Ask the tax role again?", choices=[YES])
    detail = f"The tax treatment of {planned.name} was not decided in time."
    return fault("APPROVAL_EXPIRED", detail, context={**_about(planned), **evidence(planned)}, form=(ask,))


def _about(planned: Plan) -> dict[str, str]:
    value = planned.contract_value
    return {
        "opportunity_id": planned.opportunity_id,
        "deal": planned.name,
        "customer": planned.customer.name,
        "contract_value": f"{value.amount} {value.currency}",
    }
