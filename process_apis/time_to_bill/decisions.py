"""What has to be decided about a document before it is posted, and what the decision is bound to. Pure."""

from __future__ import annotations

from kit.durable import ApprovalRequest
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import Draft


def needed(draft: Draft, *, config: Config) -> ApprovalRequest | None:
    """The decision on an invoice; None where its gross is below what the firm has approved in its currency.

    Money that is given back, as what is left of an advance, counts as money that is asked for.
    """
    floors = {each.currency: each.amount for each in config.approve_from}
    floor = floors.get(draft.document.currency)
    if floor is not None and abs(draft.document.gross) < floor:
        return None
    return _request(draft, attribute="posting", subject="Invoice to be posted", by="", config=config)


def needed_for_correction(draft: Draft, *, reason: str, by: str, config: Config) -> ApprovalRequest:
    """The decision on a correction, which whoever asked for it does not take (rule CTL-2)."""
    subject = f"Correction of {draft.invoice.corrects}"
    request = _request(draft, attribute="credit_note", subject=subject, by=by, config=config)
    request.evidence["reason"] = reason
    return request


def _request(draft: Draft, *, attribute: str, subject: str, by: str, config: Config) -> ApprovalRequest:
    document = draft.document
    return ApprovalRequest(
        subject=subject,
        reason=f"{document.gross} {document.currency} for {draft.invoice.customer_id}",
        role="finance",
        object="invoice",
        attribute=attribute,
        legal_entity_id=draft.invoice.legal_entity_id,
        evidence={
            "invoice_id": draft.invoice.invoice_id,
            "customer_id": draft.invoice.customer_id,
            "lines": str(len(document.lines)),
            "net": f"{document.net} {document.currency}",
            "tax": f"{document.tax} {document.currency}",
            "gross": f"{document.gross} {document.currency}",
            "issued_on": draft.issued_on.isoformat(),
            "due_on": draft.due_on.isoformat(),
            "draft_sha256": draft.sha256,
        },
        due_in_h=config.approval_due_h,
        at_stake=draft.gross,
        amount=draft.gross,
        submitted_by=by,
    )
