"""A billing schedule to one sales order, an item a line, each with a billing plan of one date; pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine, ScheduleReceipt
from contracts.canonical.money import Money, rounded
from system_apis.sap_s4hana.config import Config, TaxCode
from system_apis.sap_s4hana.document_wire import Order, OrderItem, Plan, PlanDate, Price
from system_apis.sap_s4hana.mapping import (
    company_of,
    element_code,
    exact,
    key,
    partner_number,
    refused,
    tax_code_of,
)
from system_apis.sap_s4hana.odata import written_day

ORDER_TYPE: Final = "OR"
PRICE: Final = "PMP0"
FIXED: Final = "B"
NOT_BILLED: Final = "A"
_STEP: Final = 10
_MOST: Final = 99_999
_SHORT: Final = 40


def order(schedule: BillingSchedule, *, config: Config) -> Order:
    """A schedule as one sales order, so that all its lines are saved or none.

    Raises:
        Problem: `invalid`, when it has no lines, repeats one, or has what S/4HANA would bend.

    """
    if not 0 < len(schedule.lines) <= _MOST:
        raise refused("schedule_length", "/lines", f"a schedule has one to {_MOST} lines")
    if len({line.line_id for line in schedule.lines}) != len(schedule.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    company = company_of(config, schedule.legal_entity_id, pointer="/legal_entity_id")
    tax = tax_code_of(config, schedule.tax_code, pointer="/tax_code")
    evidence = schedule.evidence
    return Order(
        kind=ORDER_TYPE,
        sales_organization=company.sales_organization,
        distribution_channel=company.distribution_channel,
        organization_division=company.division,
        sold_to_party=partner_number(schedule.customer_id, pointer="/customer_id"),
        transaction_currency=schedule.currency,
        tax_departure_country=tax.country,
        schedule_id=key(schedule.schedule_id, pointer="/schedule_id"),
        project_id=key(schedule.project_id, pointer="/project_id"),
        statement_of_work="" if evidence is None else evidence.statement_of_work,
        document_hash="" if evidence is None else evidence.sha256,
        signed_on=None if evidence is None or evidence.signed_on is None else written_day(evidence.signed_on),
        agreed_terms="" if evidence is None else evidence.payment_terms,
        to_item=[_item(schedule, line, index, tax, config=config) for index, line in enumerate(schedule.lines)],
    )


def receipt(items: Sequence[OrderItem], *, schedule_id: str, number: str, currency: str) -> ScheduleReceipt:
    """What S/4HANA holds: its open and billed items, summed."""
    live = [item for item in items if not item.rejection or billed(item)]
    return ScheduleReceipt(
        schedule_id=schedule_id,
        external_id=number,
        lines=len(live),
        total=_sum(live, currency),
        billed=_sum([item for item in live if billed(item)], currency),
    )


def billed(item: OrderItem) -> bool:
    """Whether anything of an item was invoiced."""
    return item.billing_status != NOT_BILLED


def _item(schedule: BillingSchedule, line: ScheduleLine, index: int, tax: TaxCode, *, config: Config) -> OrderItem:
    amount = exact(line.amount, schedule.currency, pointer=f"/lines/{index}/amount")
    block = "" if line.trigger is BillingTrigger.DATE else config.billing_block
    date = PlanDate(
        billing_plan_billing_date=written_day(line.due_on),
        billing_plan_amount=amount,
        transaction_currency=schedule.currency,
        billing_block_reason=block,
    )
    cap = line.cap
    return OrderItem(
        number=str((index + 1) * _STEP),
        material=config.product,
        requested_quantity=Decimal(1),
        requested_quantity_unit=config.service_unit,
        short_text=line.name[:_SHORT],
        text=line.name,
        product_tax_classification=tax.classification,
        wbs_element=element_code(schedule.project_id, line.phase_id),
        line_id=key(line.line_id, pointer=f"/lines/{index}/line_id"),
        trigger=line.trigger.value,
        method=line.method.value,
        phase_id=line.phase_id,
        revenue_rule="" if line.revenue_rule is None else line.revenue_rule.value,
        cap=None if cap is None else exact(cap.amount, schedule.currency, pointer=f"/lines/{index}/cap"),
        cap_behaviour="" if cap is None or cap.behaviour is None else cap.behaviour.value,
        to_price=[fixed_price(amount, schedule.currency)],
        to_plan=[Plan(to_date=[date])],
    )


def fixed_price(amount: Decimal, currency: str) -> Price:
    """A condition that is the whole value of its item."""
    return Price(
        condition_type=PRICE,
        condition_calculation_type=FIXED,
        condition_rate_value=amount,
        condition_currency=currency,
    )


def _sum(items: Sequence[OrderItem], currency: str) -> Money:
    total = sum((item.net_amount for item in items if isinstance(item.net_amount, Decimal)), Decimal(0))
    return Money(amount=rounded(total, currency), currency=currency)
