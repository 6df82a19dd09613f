"""What is done to a document that stands: committed, voided, verified, adjusted, refunded."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from .books import Books, changeable
from .computing import unit
from .errors import Refusal, doc_status, required, wrong
from .models import amount, day, read, text
from .shaping import Document, summed

_AMOUNTS: Final = ("lineAmount", "taxableAmount", "exemptAmount", "tax", "taxCalculated", "nonTaxableAmount")
_ALL: Final = Decimal(100)


def commit(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Let a document be reported."""
    del books
    if sent.get("commit") is not True:
        raise required("commit")
    if document["status"] not in {"Saved", "Posted"}:
        raise doc_status()
    document["status"] = "Committed"
    return document


def uncommit(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Take that back."""
    del books, sent
    changeable(document)
    if document["status"] != "Committed":
        raise doc_status("Committed")
    document["status"] = "Saved"
    return document


def void(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Cancel a document; its code stays spent."""
    del books
    if sent.get("code") not in {"DocVoided", "DocDeleted"}:
        raise wrong("code", "InvalidEnumValue")
    if document["status"] == "Cancelled":
        raise Refusal(400, "TransactionAlreadyCancelled", "The transaction has already been cancelled.")
    changeable(document)
    document["status"] = "Cancelled"
    return document


def verify(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Say whether a document comes to what the caller thinks."""
    del books
    if document["status"] not in {"Saved", "Posted"}:
        raise Refusal(400, "InvalidDocumentStatus", "Expected Saved|Posted")
    if "verifyTransactionDate" in sent and day(sent["verifyTransactionDate"], "date").isoformat() != document["date"]:
        raise Refusal(400, "DateMismatch", "The date does not match.")
    for name, total in (("Amount", "totalAmount"), ("Tax", "totalTax")):
        if f"verifyTotal{name}" in sent and amount(sent[f"verifyTotal{name}"], name) != document[total]:
            raise Refusal(400, f"Total{name}Mismatch", "The total does not match.")
    return document


def settle(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Verify, then commit."""
    if sent.get("verify"):
        verify(books, document, sent["verify"])
    return commit(books, document, sent["commit"]) if sent.get("commit") else document


def adjust(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Replace a document by another version."""
    if not sent.get("adjustmentReason"):
        raise required("adjustmentReason")
    if document["status"] == "Cancelled":
        raise doc_status("Committed")
    model = read(sent.get("newTransaction"), company=document["companyCode"])
    if (model.code or document["code"], model.type) != (document["code"], document["type"]):
        raise wrong("newTransaction")
    return books.create_or_adjust(model)


def refund(books: Books, document: Document, sent: dict[str, Any]) -> Document:
    """Record a return of a sale with exactly the tax that it was charged."""
    if document["type"] != "SalesInvoice":
        raise Refusal(400, "InvalidDocumentTypeForRefund", "Expected SalesInvoice")
    if document["status"] != "Committed":
        raise doc_status("Committed")
    code = text(sent, "refundTransactionCode")
    if code and books.stands(document["companyCode"], code, "ReturnInvoice"):
        raise Refusal(400, "DocumentCodeConflict", f"Document {code} already exists.")
    share, chosen = _asked(document, sent)
    smallest = unit(document["currencyCode"])
    tax_only = sent.get("refundType") == "TaxOnly"
    made = {
        **document,
        "code": code or f"{document['code']}.R",
        "type": "ReturnInvoice",
        "date": day(sent.get("refundDate"), "refundDate").isoformat(),
        "referenceCode": sent.get("referenceCode"),
        "locked": False,
        "version": 1,
        "lines": [_returned(line, share, smallest, tax_only=tax_only) for line in chosen],
    }
    return books.add(summed(made))


def _asked(document: Document, sent: dict[str, Any]) -> tuple[Decimal, list[dict[str, Any]]]:
    """How much of which lines. Raises the vendor's refusal of what does not go together."""
    kind, lines, percentage = sent.get("refundType"), sent.get("refundLines"), sent.get("refundPercentage")
    if kind not in {"Full", "Partial", "TaxOnly", "Percentage"}:
        raise Refusal(400, "InvalidRefundType", "The refund type is not known.", refers_to="refundType")
    if kind == "Full" and percentage is not None:
        raise Refusal(400, "RefundTypeAndPercentageMismatch", "A full refund has no percentage.")
    if kind == "Full" and lines:
        raise Refusal(400, "RefundTypeAndLineMismatch", "A full refund has no lines.")
    if kind == "Partial" and not lines:
        raise Refusal(400, "RefundLinesRequired", "A partial refund names its lines.")
    if kind == "Percentage" and percentage is None:
        raise Refusal(400, "RefundPercentageMissing", "The percentage is missing.")
    share = amount(percentage, "refundPercentage") if percentage is not None else _ALL
    if not 0 <= share <= _ALL:
        raise Refusal(400, "RefundPercentageOutOfRange", "The percentage is out of range.")
    known = {line["lineNumber"]: line for line in document["lines"]}
    strangers = [number for number in lines or () if number not in known]
    if strangers:
        raise Refusal(400, "LineNoOutOfRange", "A line is not on the sale.", refers_to="refundLines")
    return share / _ALL, [known[number] for number in lines or known]


def _returned(line: dict[str, Any], share: Decimal, smallest: Decimal, *, tax_only: bool) -> dict[str, Any]:
    details = [_turned(each, share, smallest, tax_only=tax_only) for each in line["details"]]
    turned = _turned(line, share, smallest, tax_only=tax_only)
    if details:
        turned |= {name: sum(each[name] for each in details) for name in ("tax", "taxCalculated")}
    return {**turned, "details": details}


def _turned(part: dict[str, Any], share: Decimal, smallest: Decimal, *, tax_only: bool) -> dict[str, Any]:
    kept = ("tax", "taxCalculated")
    turned: dict[str, Any] = {
        name: Decimal(0) if tax_only and name not in kept else -(part[name] * share).quantize(smallest, ROUND_HALF_UP)
        for name in _AMOUNTS
        if name in part
    }
    return {**part, **turned}
