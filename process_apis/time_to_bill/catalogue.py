"""The business problems of billing: who acts, by when, and what a person is told to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from contracts.canonical.casework import Cause, FixField
from kit.durable.catalogued import Entry, fault_of
from kit.durable.fault import Fault

_AGREE: Final = "Complete the billing agreement of the project, then try again."
_PSA: Final = "Correct the entry where it was entered, or leave it out here."

CATALOGUE: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "AGREEMENT_MISSING": Entry(
            title="Nothing was agreed about the bills of a project",
            owner_role="finance",
            due_in_h=8,
            hint="Keep a billing agreement for the project, then try again.",
        ),
        "BILLING_RATE_MISSING": Entry(
            title="Work has no rate on its day", owner_role="finance", due_in_h=8, hint=_AGREE
        ),
        "COST_RATE_MISSING": Entry(
            title="Work has no cost rate on its day", owner_role="finance", due_in_h=8, hint=_AGREE
        ),
        "BILLING_TAX_MISSING": Entry(
            title="A contract line has no tax decision", owner_role="tax", due_in_h=4, hint=_AGREE
        ),
        "CONTRACT_LINE_MISSING": Entry(
            title="Work falls under no line of the contract", owner_role="finance", due_in_h=8, hint=_AGREE
        ),
        "ENTRY_INVALID": Entry(
            title="An entry cannot have been worked as it stands", owner_role="operations", due_in_h=24, hint=_PSA
        ),
        "ENTRY_OUTSIDE_CONTRACT": Entry(
            title="Work lies outside the days of the contract", owner_role="operations", due_in_h=24, hint=_PSA
        ),
        "ENTRY_INVOICED": Entry(
            title="An entry was changed after it was billed",
            owner_role="finance",
            due_in_h=24,
            hint="Correct the invoice, then try again; or leave the change out.",
        ),
        "EXPENSE_CATEGORY_UNKNOWN": Entry(
            title="Nobody agreed how a category of expenses is billed", owner_role="finance", due_in_h=8, hint=_AGREE
        ),
        "EXPENSE_RECEIPT_MISSING": Entry(
            title="An expense has no receipt",
            owner_role="operations",
            due_in_h=24,
            hint="Have the receipt attached where it was claimed, or leave the expense out here.",
        ),
        "EXPENSE_INVALID": Entry(
            title="An expense cannot have been paid as it stands", owner_role="operations", due_in_h=24, hint=_PSA
        ),
        "CAP_EXCEEDED": Entry(
            title="A cap would be exceeded",
            owner_role="finance",
            due_in_h=8,
            hint="Trim to the cap, leave the rest unbilled, or have the cap raised by a change order.",
        ),
        "PERIOD_CLOSED": Entry(
            title="The period is closed",
            owner_role="finance",
            due_in_h=8,
            hint="Post into the next open period, or have the period reopened by two roles.",
        ),
        "EXCHANGE_RATE_MISSING": Entry(
            title="There is no rate of exchange on the day that counts",
            owner_role="finance",
            due_in_h=8,
            hint=_AGREE,
        ),
        "INVOICE_TOTAL_MISMATCH": Entry(
            title="The ERP's document differs from ours",
            owner_role="finance",
            due_in_h=4,
            hint="Correct the tax code or the rounding in the ERP, discard its draft, then try again.",
            cause=Cause.VENDOR_PROCESSING,
        ),
        "TAX_PLACE_MISSING": Entry(
            title="Nobody said where seller or buyer is",
            owner_role="tax",
            due_in_h=4,
            hint="Complete the buyer in the agreement, or the seller in the settings (issuers), then try again.",
        ),
        "TAX_MISMATCH": Entry(
            title="The tax engine comes to another tax than the invoice",
            owner_role="tax",
            due_in_h=4,
            hint="Where the engine is wrong, mend its registrations or places and try again, or charge as decided; "
            "where the invoice is wrong, cancel the case, correct the tax of the agreement, and bill anew.",
        ),
        "TAX_DOCUMENT_MISSING": Entry(
            title="The tax engine does not know the invoice that is corrected",
            owner_role="tax",
            due_in_h=8,
            hint="Let the invoice's own case record it, then look again; leave it out if it was posted before.",
        ),
        "APPROVAL_EXPIRED": Entry(
            title="Nobody decided in time",
            owner_role="operations",
            due_in_h=8,
            hint="Make sure that somebody holds the role, then ask again; or cancel the case.",
            cause=Cause.WAITING_APPROVAL,
        ),
        "CORRECTION_BLOCKED": Entry(
            title="An invoice cannot be corrected as asked",
            owner_role="finance",
            due_in_h=8,
            hint="Discard what holds its lines, or cancel the case and ask for another correction.",
        ),
        "INVOICE_DISPUTED": Entry(
            title="A customer disputes an invoice",
            owner_role="finance",
            due_in_h=40,
            hint="Say whether the dispute holds; the customer reads it. What holds is credited by a correction.",
        ),
        "MILESTONE_DECLINED": Entry(
            title="A customer declined a milestone",
            owner_role="operations",
            due_in_h=16,
            hint="See to what is missing, then answer; the customer reads it and may look again.",
        ),
        "WRITE_OFF_BLOCKED": Entry(
            title="Work cannot be written off as asked",
            owner_role="finance",
            due_in_h=8,
            hint="Discard the draft that holds it, or cancel the case and ask for another write-off.",
        ),
    }
)


def fault(code: str, detail: str, *, context: Mapping[str, str], form: tuple[FixField, ...] = ()) -> Fault:
    """A problem of this catalogue with what is known about it here; an empty form means "try again".

    Raises:
        KeyError: the catalogue has no such code.

    """
    return fault_of(CATALOGUE, code, detail, context=context, form=form)
