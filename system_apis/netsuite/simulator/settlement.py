"""What is paid and what is left: applications of payments and credit memos to invoices, and the states that follow."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from system_apis.netsuite.simulator.parties import customer_of
from system_apis.netsuite.simulator.refusal import Refusal, invalid_value
from system_apis.netsuite.simulator.state import Account, Record

NOTHING: Final = Decimal("0.00")
APPROVED: Final = "2"
_UNAPPROVED: Final = {"1": "D", "3": "E"}
_SETTLING: Final = frozenset({"invoice", "creditMemo", "customerPayment"})


def posts(name: str, values: dict[str, Any]) -> bool:
    """Whether a transaction is in the ledger: orders never are, invoices and credit memos once approved."""
    return name == "customerPayment" or (name != "salesOrder" and values["approvalStatus"] == APPROVED)


def applied_to(account: Account, invoice: Record, *, without: Record | None = None) -> Decimal:
    """What payments and posted credit memos have taken off an invoice."""
    sources = [one for one in account.all("customerPayment", "creditMemo") if one is not without]
    lines = [line for one in sources if posts(one.kind.name, one.values) for line in _applied(one.values)]
    return sum((line["amount"] for line in lines if line["doc"] == invoice.id), NOTHING)


def check_applications(
    account: Account, values: dict[str, Any], record: Record | None, *, whole: Decimal, customer: Record
) -> None:
    """Refuse what cannot be applied; an amount left out is as much as is left on either side."""
    left = whole
    for index, line in enumerate(values.get("apply", [])):
        line.setdefault("apply", True)
        if not line["apply"]:
            continue
        invoice = account.tables["invoice"][line["doc"]]
        if not _fits(account, invoice, values, customer):
            raise invalid_value(invoice.id, field="doc", path=f"apply.items[{index}].doc")
        remaining = invoice.values["total"] - applied_to(account, invoice, without=record)
        line.setdefault("amount", min(left, remaining))
        if not NOTHING < line["amount"] <= min(left, remaining):
            reason = f"You cannot apply more than the amount due: {line['amount']}."
            path = f"apply.items[{index}].amount"
            raise Refusal(400, "USER_ERROR", f"Error while accessing resource: {reason}", path=path)
        left -= line["amount"]


def settle(account: Account, record: Record) -> None:
    """After a change of one transaction: work out anew what each invoice and credit memo has left."""
    if record.kind.name not in _SETTLING:
        return
    for one in account.all("invoice", "creditMemo", "customerPayment"):
        worked_out = _worked_out(account, one)
        if any(one.values.get(name) != value for name, value in worked_out.items()):
            one.values |= {**worked_out, "lastModifiedDate": account.world.now()}


def void(account: Account, record: Record) -> None:
    """What a person does with Void: the document stays with its number, and every amount of it becomes nothing."""
    if record.kind.name == "invoice" and applied_to(account, record):
        raise Refusal(400, "USER_ERROR", "This transaction has applications; remove them before you void it.")
    for line in record.values["item"]:
        line |= {"amount": NOTHING, "rate": NOTHING}
    record.values |= {"subtotal": NOTHING, "taxTotal": NOTHING, "total": NOTHING, "taxDetails": [], "voided": True}
    record.values.pop("apply", None)
    record.values["lastModifiedDate"] = account.world.now()
    settle(account, record)


def _worked_out(account: Account, record: Record) -> dict[str, Any]:
    values = record.values
    if record.kind.name == "invoice":
        paid = applied_to(account, record)
        left = values["total"] - paid
        return {"amountPaid": paid, "amountRemaining": left, "status": _status(values, left)}
    live = posts(record.kind.name, values)
    applied = sum((line["amount"] for line in _applied(values)), NOTHING) if live else NOTHING
    left = values["total"] - applied
    figures = {"applied": applied, "unapplied": left}
    return figures if record.kind.name == "customerPayment" else {**figures, "status": _status(values, left)}


def _status(values: dict[str, Any], left: Decimal) -> str:
    if values["voided"]:
        return "V"
    return _UNAPPROVED.get(values["approvalStatus"], "A" if left else "B")


def _applied(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (line for line in values.get("apply", []) if line["apply"])


def _fits(account: Account, invoice: Record, values: dict[str, Any], customer: Record) -> bool:
    held = invoice.values
    same = all(held[name] == values[name] for name in ("currency", "subsidiary"))
    owner = customer_of(account, held["entity"])
    return same and owner is customer and posts("invoice", held) and not held["voided"]
