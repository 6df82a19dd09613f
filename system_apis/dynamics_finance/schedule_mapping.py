"""A billing schedule to a contract line and on-account transactions; pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingSchedule, ScheduleLine
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.mapping import company_of, exact, key, number, refused
from system_apis.dynamics_finance.odata import written_day
from system_apis.dynamics_finance.project_mapping import project_number, task_number

MOST_LINES: Final = 1000
_DESCRIPTION: Final = 60


def line_number(schedule_id: str, *, pointer: str = "/schedule_id") -> str:
    """The number of the contract line that is our schedule."""
    return number("schedule", schedule_id, pointer=pointer)


def contract_line(schedule: BillingSchedule, *, config: Config) -> wire.ContractLine:
    """The contract line of a schedule, worth what its lines sum to.

    Raises:
        Problem: `invalid`, when it has no lines or too many, repeats one, or has what the environment would bend.

    """
    if not 0 < len(schedule.lines) <= MOST_LINES:
        raise refused("schedule_length", "/lines", f"a schedule has one to {MOST_LINES} lines")
    if len({line.line_id for line in schedule.lines}) != len(schedule.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    amounts = [_amount(schedule, line, index) for index, line in enumerate(schedule.lines)]
    evidence = schedule.evidence
    signed_on = None if evidence is None else evidence.signed_on
    return wire.ContractLine(
        company=company_of(config, schedule.legal_entity_id, pointer="/legal_entity_id"),
        project_contract_id=project_number(schedule.project_id),
        contract_line_id=line_number(schedule.schedule_id),
        billing_method="FixedPrice",
        line_amount=sum(amounts, Decimal(0)),
        currency_id=schedule.currency,
        sales_tax_group=schedule.tax_code,
        sluice_schedule_id=key(schedule.schedule_id, pointer="/schedule_id"),
        sluice_statement_of_work="" if evidence is None else evidence.statement_of_work,
        sluice_document_hash="" if evidence is None else evidence.sha256,
        sluice_signed_on="" if signed_on is None else signed_on.isoformat(),
        sluice_payment_terms="" if evidence is None else evidence.payment_terms,
    )


def milestones(schedule: BillingSchedule, *, config: Config) -> list[wire.Milestone]:
    """The on-account transactions of a schedule, one a line."""
    return [_milestone(schedule, line, index, config=config) for index, line in enumerate(schedule.lines)]


def _milestone(schedule: BillingSchedule, line: ScheduleLine, index: int, *, config: Config) -> wire.Milestone:
    cap = line.cap
    where = f"/lines/{index}"
    return wire.Milestone(
        company=company_of(config, schedule.legal_entity_id, pointer="/legal_entity_id"),
        transaction_id=number("line", schedule.schedule_id, line.line_id, pointer=f"{where}/line_id"),
        project_id=project_number(schedule.project_id),
        project_contract_id=project_number(schedule.project_id),
        contract_line_ref=line_number(schedule.schedule_id),
        activity_number=task_number(schedule.project_id, line.phase_id),
        invoice_date=written_day(line.due_on),
        description=line.name[:_DESCRIPTION],
        currency_id=schedule.currency,
        amount=_amount(schedule, line, index),
        sluice_line_id=key(line.line_id, pointer=f"{where}/line_id"),
        sluice_trigger=line.trigger.value,
        sluice_method=line.method.value,
        sluice_revenue_rule="" if line.revenue_rule is None else line.revenue_rule.value,
        sluice_cap=Decimal(0) if cap is None else exact(cap.amount, schedule.currency, pointer=f"{where}/cap"),
        sluice_cap_behaviour="" if cap is None or cap.behaviour is None else cap.behaviour.value,
    )


def _amount(schedule: BillingSchedule, line: ScheduleLine, index: int) -> Decimal:
    return exact(line.amount, schedule.currency, pointer=f"/lines/{index}/amount")
