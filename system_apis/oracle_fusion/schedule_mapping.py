"""A billing schedule to one contract of one line with an event for each planned amount, in one batch; pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.billing import BillingSchedule, BillingTrigger, ScheduleLine, ScheduleReceipt
from contracts.canonical.money import Money, rounded
from system_apis.oracle_fusion.billing_wire import NOT_INVOICED, Contract, ContractLine, Event, EventDff
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.mapping import (
    account_number,
    company_of,
    event_reference,
    exact,
    key,
    project_number,
    refused,
    tax_code_of,
)
from system_apis.oracle_fusion.wire import Part

_LINE: Final = "1"
_TEXT: Final = 240


def parts(schedule: BillingSchedule, *, contract_number: str, config: Config) -> list[Part]:
    """A schedule as a batch, so that all its lines are saved or none.

    Raises:
        Problem: `invalid`, when it has no lines, repeats one, or has what Fusion would bend.

    """
    if not 0 < len(schedule.lines) <= config.most_lines:
        raise refused("schedule_length", "/lines", f"a schedule has one to {config.most_lines} lines")
    if len({line.line_id for line in schedule.lines}) != len(schedule.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    company = company_of(config, schedule.legal_entity_id, pointer="/legal_entity_id")
    line = ContractLine(
        contract_line_number=_LINE,
        line_name=schedule.schedule_id,
        project_number=project_number(schedule.project_id, pointer="/project_id"),
        tax_classification_code=tax_code_of(config, schedule.tax_code, pointer="/tax_code"),
    )
    contract = Contract(
        contract_number=contract_number,
        contract_type_name=config.contract_type,
        business_unit_name=company.business_unit,
        currency_code=schedule.currency,
        bill_to_account_number=account_number(schedule.customer_id, pointer="/customer_id"),
        external_source=config.source,
        external_reference_key=key(schedule.schedule_id, pointer="/schedule_id"),
        description=_evidence(schedule),
        contract_lines=[line],
    )
    events = [
        _event(schedule, one, at, contract_number=contract_number, config=config)
        for at, one in enumerate(schedule.lines)
    ]
    return [
        Part(id="contract", path="/contracts", operation="create", payload=contract),
        *(
            Part(id=f"line{at}", path="/projectBillingEvents", operation="create", payload=event)
            for at, event in enumerate(events)
        ),
    ]


def receipt(events: Sequence[Event], *, schedule_id: str, contract: Contract) -> ScheduleReceipt:
    """What Fusion holds, summed from the events of the contract."""
    currency = str(contract.currency_code)
    return ScheduleReceipt(
        schedule_id=schedule_id,
        external_id=str(contract.contract_id),
        lines=len(events),
        total=_sum(events, currency),
        billed=_sum([event for event in events if invoiced(event)], currency),
    )


def invoiced(event: Event) -> bool:
    """Whether anything of an event was invoiced: wholly or in part."""
    return event.invoiced != NOT_INVOICED


def _event(schedule: BillingSchedule, line: ScheduleLine, at: int, *, contract_number: str, config: Config) -> Event:
    where = f"/lines/{at}"
    company = company_of(config, schedule.legal_entity_id, pointer="/legal_entity_id")
    cap = line.cap
    dff = EventDff(
        method=line.method.value,
        trigger=line.trigger.value,
        revenue_rule=None if line.revenue_rule is None else line.revenue_rule.value,
        cap=None if cap is None else exact(cap.amount, schedule.currency, pointer=f"{where}/cap"),
        cap_behaviour=None if cap is None or cap.behaviour is None else cap.behaviour.value,
    )
    return Event(
        source_name=config.source,
        source_reference=event_reference(contract_number, line.line_id, pointer=f"{where}/line_id"),
        contract_type_name=config.contract_type,
        contract_number=contract_number,
        contract_line_number=_LINE,
        event_type_name=config.event_type,
        event_description=line.name[:_TEXT],
        completion_date=line.due_on.isoformat(),
        bill_trns_amount=exact(line.amount, schedule.currency, pointer=f"{where}/amount"),
        bill_trns_currency_code=schedule.currency,
        project_number=project_number(schedule.project_id, pointer="/project_id"),
        task_number=key(line.phase_id, pointer=f"{where}/phase_id"),
        organization_name=company.organization,
        bill_hold="N" if line.trigger is BillingTrigger.DATE else "Y",
        dff=[dff],
    )


def _evidence(schedule: BillingSchedule) -> str | None:
    """The signed document and its terms, for whoever reads the contract."""
    said = schedule.evidence
    if said is None:
        return None
    signed = "" if said.signed_on is None else f"signed {said.signed_on.isoformat()}"
    digest = f"sha256 {said.sha256}" if said.sha256 else ""
    return "; ".join(part for part in (said.statement_of_work, digest, signed, said.payment_terms) if part)


def _sum(events: Sequence[Event], currency: str) -> Money:
    total = sum((one.bill_trns_amount for one in events if isinstance(one.bill_trns_amount, Decimal)), Decimal(0))
    return Money(amount=rounded(total, currency), currency=currency)
