"""Accepted milestones onto the ledger: each once, with its proof, ready to be billed as agreed (rule BIL-5).

From there on it is a line like any other: a draft holds it, a credit makes it ready again, in whole or in part.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Final

from contracts.canonical.actuals import Actual, ActualKind, Chargeability, Side, Source
from contracts.canonical.agreements import AgreedMilestone, AgreementLine, BillingAgreement
from contracts.canonical.trade.ledger.lines import live, named, valued
from contracts.canonical.trade.ledger.periods import AccountingPolicy, EntryDays, accounting_day
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import AcceptMilestone
from process_apis.time_to_bill.books import Books

SYSTEM: Final = "sluice"


async def accepted(books: Books, milestone_id: str, proof: AcceptMilestone) -> Actual:
    """The line of a milestone that was reached, appended now unless it stands.

    Raises:
        Problem: not_found, of the agreement or the milestone; conflict, when it was accepted with another proof, or
            nobody decided how it is taxed.

    """
    agreement = await books.agreed(proof.project_id)
    milestone = next((each for each in agreement.milestones if each.milestone_id == milestone_id), None)
    if milestone is None:
        raise Problem(Kind.NOT_FOUND, "milestone_not_found", f"{proof.project_id} has no milestone {milestone_id}")
    line = _line(agreement, milestone, proof, closed=await books.closed(agreement.legal_entity_id))
    known = await books.ledger.of_source(SYSTEM, milestone_id)
    if not known:
        await books.ledger.append([line])
        return line
    if known[0].reason != line.reason:
        raise Problem(Kind.CONFLICT, "milestone_accepted", f"{milestone_id} was accepted before: {known[0].reason}")
    return (live(known) or known)[0]


def _line(
    agreement: BillingAgreement, milestone: AgreedMilestone, proof: AcceptMilestone, *, closed: Collection[str]
) -> Actual:
    under = _under(agreement, milestone)
    reached = proof.accepted_on
    return named(
        valued(
            Actual(
                actual_id="",
                kind=ActualKind.MILESTONE,
                source=Source(system=SYSTEM, source_id=milestone.milestone_id),
                revision=1,
                side=Side.UNBILLED_SALES,
                chargeability=Chargeability.CHARGEABLE,
                project_id=agreement.project_id,
                contract_line_id=under.line_id,
                customer_id=agreement.customer_id,
                legal_entity_id=agreement.legal_entity_id,
                work_date=reached,
                accounting_date=_day(reached, closed=closed),
                worked_period=f"{reached:%Y-%m}",
                quantity=Decimal(1),
                unit="milestone",
                unit_rate=milestone.amount.amount,
                amount=milestone.amount,
                rounding=agreement.rounding,
                task_id=milestone.name,
                tax=under.tax,
                reason=f"accepted by {proof.accepted_by} on {reached}, {proof.document}",
                decided_by=proof.accepted_by,
            )
        )
    )


def _under(agreement: BillingAgreement, milestone: AgreedMilestone) -> AgreementLine:
    line = next(line for line in agreement.lines if line.line_id == milestone.line_id)
    if line.tax is None:
        detail = f"nobody decided how line {line.line_id} is taxed"
        raise Problem(Kind.CONFLICT, "tax_decision_missing", detail, hint="complete the agreement")
    return line


def _day(reached: dt.date, *, closed: Collection[str]) -> dt.date:
    return accounting_day(AccountingPolicy.WORK_DATE, EntryDays(worked_on=reached), closed=closed)
