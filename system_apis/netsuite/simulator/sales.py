"""What the account insists on before an order, invoice, credit memo or payment is saved or removed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from system_apis.netsuite.simulator.parties import check_trades, customer_of
from system_apis.netsuite.simulator.periods import open_period
from system_apis.netsuite.simulator.refusal import Refusal, invalid_value, missing
from system_apis.netsuite.simulator.settlement import APPROVED, applied_to, check_applications, posts
from system_apis.netsuite.simulator.state import Account, Record
from system_apis.netsuite.simulator.taxes import CENT, tax_details

_SERIES: Final = {"salesOrder": "SO", "invoice": "INV", "creditMemo": "CM", "customerPayment": "PYMT"}


def order(account: Account, values: dict[str, Any], record: Record | None) -> None:
    """An order: what was invoiced of it stays as it is."""
    _sale(account, values)
    values.setdefault("orderStatus", "A")
    old = {line["line"]: line for line in record.values["item"]} if record else {}
    for number, line in old.items():
        now = next((one for one in values["item"] if one["line"] == number), None)
        billed = line["quantityBilled"] > 0
        if billed and (now is None or now["isClosed"] or now["amount"] != line["amount"]):
            detail = f"Error while accessing resource: Line {number} was invoiced and cannot be changed or closed."
            raise Refusal(400, "USER_ERROR", detail, path="item")
    values["status"] = _order_status(values)
    _numbered(account, "salesOrder", values)


def invoice(account: Account, values: dict[str, Any], record: Record | None) -> None:
    """An invoice: pending approval it stands beside the ledger, approved it posts in its period."""
    _document(account, "invoice", values, record)
    values.setdefault("dueDate", values["tranDate"])
    if record is not None and values["total"] < applied_to(account, record):
        detail = "Error while accessing resource: The total cannot be less than what was applied to it."
        raise Refusal(400, "USER_ERROR", detail, path="total")
    _numbered(account, "invoice", values)


def credit_memo(account: Account, values: dict[str, Any], record: Record | None) -> None:
    """A credit memo: its amounts are positive; what it applies takes effect when it posts."""
    _document(account, "creditMemo", values, record)
    customer = customer_of(account, values["entity"])
    check_applications(account, values, record, whole=values["total"], customer=customer)
    _numbered(account, "creditMemo", values)


def payment(account: Account, values: dict[str, Any], record: Record | None) -> None:
    """A payment of a customer; it posts at once."""
    customer = account.tables["customer"][values["customer"]]
    _head(account, values, customer)
    if values["payment"] <= 0:
        raise missing("payment", path="payment")
    values["total"] = values["payment"] = values["payment"].quantize(CENT)
    values["postingPeriod"] = open_period(account, values["tranDate"])
    check_applications(account, values, record, whole=values["payment"], customer=customer)
    _numbered(account, "customerPayment", values)


def check_removable(record: Record) -> None:
    """Refuse to delete an invoice or credit memo that is in the ledger."""
    if record.kind.name in {"invoice", "creditMemo"} and posts(record.kind.name, record.values):
        detail = "This transaction cannot be deleted because it has been approved and posted."
        raise Refusal(400, "USER_ERROR", f"Error while accessing resource: {detail}")


def _document(account: Account, name: str, values: dict[str, Any], record: Record | None) -> None:
    _sale(account, values)
    values.setdefault("approvalStatus", APPROVED)
    values.setdefault("voided", False)
    was_posted = record is not None and posts(name, record.values)
    if was_posted and not posts(name, values):
        detail = "Error while accessing resource: An approved transaction cannot become pending again."
        raise Refusal(400, "USER_ERROR", detail, path="approvalStatus")
    if record is not None and was_posted:
        open_period(account, record.values["tranDate"])
    if posts(name, values):
        values["postingPeriod"] = open_period(account, values["tranDate"])


def _sale(account: Account, values: dict[str, Any]) -> None:
    customer = customer_of(account, values["entity"])
    _head(account, values, customer)
    job = account.tables["job"][values["job"]] if "job" in values else None
    if job is not None and job.values["parent"] != customer.id:
        raise invalid_value(job.id, field="job", path="job")
    if not values.get("item"):
        raise missing("item", path="item")
    for index, line in enumerate(values["item"]):
        _line(line, path=f"item.items[{index}]")
    values["taxDetails"] = tax_details(account, values["item"])
    values["subtotal"] = sum((line["amount"] for line in values["item"]), Decimal("0.00"))
    values["taxTotal"] = sum((one["taxAmount"] for one in values["taxDetails"]), Decimal("0.00"))
    values["total"] = values["subtotal"] + values["taxTotal"]
    if values["total"] < 0:
        detail = "Error while accessing resource: The total of a transaction cannot be negative."
        raise Refusal(400, "USER_ERROR", detail, path="total")


def _head(account: Account, values: dict[str, Any], customer: Record) -> None:
    values.setdefault("subsidiary", customer.values["subsidiary"])
    check_trades(account, customer, values["subsidiary"])
    values.setdefault("tranDate", account.world.now().date())
    home = account.tables["subsidiary"][values["subsidiary"]].values.get("currency")
    values.setdefault("currency", customer.values.get("currency", home))


def _numbered(account: Account, name: str, values: dict[str, Any]) -> None:
    """The next number of the series, taken last so that a refused transaction takes none."""
    if "tranId" not in values:
        values["tranId"] = f"{_SERIES[name]}{account.number(_SERIES[name])}"


def _line(line: dict[str, Any], *, path: str) -> None:
    line.setdefault("quantity", Decimal(1))
    line.setdefault("isClosed", False)
    line.setdefault("quantityBilled", Decimal(0))
    if "amount" not in line:
        if "rate" not in line:
            raise missing("amount", path=f"{path}.amount")
        line["amount"] = line["quantity"] * line["rate"]
    line["amount"] = line["amount"].quantize(CENT)


def _order_status(values: Mapping[str, Any]) -> str:
    lines = values["item"]
    waiting = [line for line in lines if not line["isClosed"] and line["quantityBilled"] < line["quantity"]]
    if waiting:
        return str(values["orderStatus"])
    return "G" if any(line["quantityBilled"] > 0 for line in lines) else "H"
