"""Milestones by customer: ready by acceptance, billed once, credited in whole or in part (rule BIL-5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from contracts.canonical.actuals import (
    Actual,
    ActualKind,
    Chargeability,
    InvoiceLineReference,
    Side,
    Source,
    TaxDecision,
)
from contracts.canonical.documents import ExchangeRecord
from contracts.canonical.invoices import Acceptance, MilestoneProgress, MilestoneShare, MilestoneState
from contracts.canonical.money import Money, split
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.ledger.lines import Refused, derived, named, reversal, valued


def shared(milestone_id: str, amount: Money, percents: Sequence[tuple[str, Decimal]]) -> list[MilestoneShare]:
    """A milestone by customers; the shares sum to its amount by largest remainder (rule MON-5).

    Raises:
        Refused: INVALID_SHARES, when the percentages do not sum to 100.

    """
    if sum((percent for _, percent in percents), Decimal(0)) != 100:
        raise Refused("INVALID_SHARES", f"the shares of {milestone_id} do not sum to 100 per cent")
    parts = split(amount, [percent for _, percent in percents])
    return [
        MilestoneShare(milestone_id=milestone_id, customer_id=customer_id, amount=part)
        for (customer_id, _), part in zip(percents, parts, strict=True)
    ]


def accepted(share: MilestoneShare, evidence: Acceptance | None) -> MilestoneShare:
    """The share, ready to be invoiced.

    Raises:
        Refused: MILESTONE_REFERENCE_MISSING, without a document of acceptance; MILESTONE_STARTED, when it is ready
            already or beyond.

    """
    if evidence is None or not evidence.document:
        raise Refused("MILESTONE_REFERENCE_MISSING", f"nothing proves that {share.milestone_id} was accepted")
    if share.state is not MilestoneState.NOT_STARTED:
        raise Refused("MILESTONE_STARTED", f"{share.milestone_id} is {share.state.value}")
    return replace(share, state=MilestoneState.READY, evidence=evidence)


def on_draft(share: MilestoneShare) -> MilestoneShare:
    """The share, held by a draft.

    Raises:
        Refused: MILESTONE_NOT_READY.

    """
    return _moved(share, MilestoneState.READY, MilestoneState.ON_DRAFT)


def off_draft(share: MilestoneShare) -> MilestoneShare:
    """The share of a discarded draft, ready again.

    Raises:
        Refused: MILESTONE_NOT_READY, when it was on none.

    """
    return _moved(share, MilestoneState.ON_DRAFT, MilestoneState.READY)


def invoiced(
    share: MilestoneShare,
    *,
    project_id: str,
    contract_line_id: str,
    legal_entity_id: str,
    tax: TaxDecision,
    place: InvoiceLineReference,
    posted_on: dt.date,
    exchange: ExchangeRecord | None = None,
    mode: Rounding = Rounding.HALF_UP,
) -> tuple[MilestoneShare, Actual]:
    """The share as invoiced and its billed line, over what is not invoiced yet. Work on it created cost only (BIL-4).

    Raises:
        Refused: MILESTONE_NOT_READY, when it is on no draft.

    """
    done = _moved(share, MilestoneState.ON_DRAFT, MilestoneState.INVOICED)
    reached = posted_on if share.evidence is None else share.evidence.accepted_on
    line = Actual(
        actual_id="",
        kind=ActualKind.MILESTONE,
        source=Source(system="sluice", source_id=share.milestone_id),
        revision=share.bills + 1,
        side=Side.BILLED_SALES,
        chargeability=Chargeability.CHARGEABLE,
        project_id=project_id,
        contract_line_id=contract_line_id,
        customer_id=share.customer_id,
        legal_entity_id=legal_entity_id,
        work_date=reached,
        accounting_date=posted_on,
        worked_period=f"{reached:%Y-%m}",
        quantity=Decimal(1),
        unit="milestone",
        unit_rate=share.amount.amount - share.invoiced,
        amount=share.amount,
        rounding=mode,
        tax=tax,
        exchange=exchange,
        invoice_line=place,
    )
    return replace(done, invoiced=share.amount.amount, bills=share.bills + 1), named(valued(line))


def credited(
    share: MilestoneShare,
    billed: Actual,
    amount: Decimal,
    *,
    place: InvoiceLineReference,
    credited_on: dt.date,
    reason: str,
    decided_by: str,
) -> tuple[MilestoneShare, list[Actual]]:
    """The share with an amount ready to be invoiced again, and the lines: the credit, and what stays billed.

    Raises:
        Refused: REASON_MISSING; MILESTONE_NOT_INVOICED, when the line is not one of the share's; INVALID_QUANTITY,
            when the amount is not positive or more than the line.

    """
    if not reason or not decided_by:
        raise Refused("REASON_MISSING", "a milestone is credited for a reason, by somebody")
    mine = (billed.source.source_id, billed.customer_id, billed.side)
    if mine != (share.milestone_id, share.customer_id, Side.BILLED_SALES):
        raise Refused("MILESTONE_NOT_INVOICED", f"{billed.actual_id} does not bill {share.milestone_id}")
    stays = billed.amount.amount - amount
    if amount <= 0 or stays < 0:
        raise Refused("INVALID_QUANTITY", f"of {billed.amount.amount} no {amount} can be credited")
    appended = [reversal(billed, accounting_date=credited_on, reason=reason, decided_by=decided_by, invoice_line=place)]
    if stays:
        rest = derived(
            billed,
            quantity=billed.quantity,
            revision=share.bills + 1,
            accounting_date=credited_on,
            unit_rate=stays,
            invoice_line=place,
            reason=reason,
            decided_by=decided_by,
        )
        appended.append(rest)
    state = MilestoneState.ON_DRAFT if share.state is MilestoneState.ON_DRAFT else MilestoneState.READY
    return replace(share, state=state, invoiced=share.invoiced - amount, bills=share.bills + 1), appended


def progress(shares: Sequence[MilestoneShare]) -> MilestoneProgress:
    """Where a milestone stands: completed when all are invoiced, in progress as soon as one is ready."""
    if shares and all(share.state is MilestoneState.INVOICED for share in shares):
        return MilestoneProgress.COMPLETED
    if any(share.state is not MilestoneState.NOT_STARTED for share in shares):
        return MilestoneProgress.IN_PROGRESS
    return MilestoneProgress.NOT_STARTED


def _moved(share: MilestoneShare, before: MilestoneState, after: MilestoneState) -> MilestoneShare:
    if share.state is not before:
        raise Refused("MILESTONE_NOT_READY", f"{share.milestone_id} is {share.state.value}, not {before.value}")
    return replace(share, state=after)
