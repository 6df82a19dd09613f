"""A case file in the words of this process, and what a later case needs to take it back. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from contracts.canonical.billing import ScheduleReceipt
from contracts.canonical.casework import CaseFile
from contracts.canonical.money import Money
from contracts.process.quote_to_project import ProvisionedPart, QuoteToProjectStanding, StartDealReversal

_REASON: Final = 500


def standing_of(file: CaseFile) -> QuoteToProjectStanding:
    """What a deal has become so far."""
    facts, summary = file.facts, file.summary
    return QuoteToProjectStanding(
        case_id=summary.case_id,
        opportunity_id=facts.get("opportunity_id", summary.business_key),
        state=summary.state,
        step=summary.step,
        trace_id=file.trace_id,
        customer_erp_id=facts.get("customer_erp_id"),
        project_erp_id=facts.get("project_erp_id"),
        project_psa_id=facts.get("project_psa_id"),
        billing_schedule=_receipt(facts),
        contract_total=facts.get("contract_total"),
        currency=facts.get("currency"),
        parts=_parts(facts),
        engine_s=float(facts.get("engine_s", "0")),
    )


def reversal_of(file: CaseFile, *, reason: str) -> StartDealReversal:
    """What a completed case left standing, for the case that takes it back."""
    facts = file.facts
    return StartDealReversal(
        opportunity_id=facts["opportunity_id"],
        case_id=file.summary.case_id,
        reason=reason[:_REASON],
        name=file.summary.title,
        customer_ids=[each for each in facts.get("customers_created", "").split(",") if each],
        client_id=facts.get("client_created", ""),
        parts=_parts(facts),
    )


def _parts(facts: dict[str, str]) -> list[ProvisionedPart]:
    return msgspec.json.decode(facts.get("parts", "[]"), type=list[ProvisionedPart])


def _receipt(facts: dict[str, str]) -> ScheduleReceipt | None:
    if "billing_schedule_id" not in facts:
        return None
    currency = facts.get("billing_schedule_currency") or facts["currency"]
    return ScheduleReceipt(
        schedule_id=facts["billing_schedule_id"],
        external_id=facts["billing_schedule_external_id"],
        lines=int(facts["billing_schedule_lines"]),
        total=Money(amount=Decimal(facts["billing_schedule_total"]), currency=currency),
    )
