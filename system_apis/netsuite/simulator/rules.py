"""What the account insists on for each record type before a record is saved or removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from system_apis.netsuite.simulator import sales
from system_apis.netsuite.simulator.parties import check_trades, subsidiaries_of
from system_apis.netsuite.simulator.refusal import Refusal, invalid_value
from system_apis.netsuite.simulator.schema import Kind, RecordType
from system_apis.netsuite.simulator.state import Account, Record


def before_save(account: Account, kind: RecordType, values: dict[str, Any], record: Record | None) -> None:
    """Refuse what may not be saved, and fill in what the account computes."""
    rules: dict[str, Callable[[], None]] = {
        "customer": lambda: _customer(account, values, record),
        "job": lambda: _job(account, values),
        "projectTask": lambda: _project_task(account, values),
        "salesOrder": lambda: sales.order(account, values, record),
        "invoice": lambda: sales.invoice(account, values, record),
        "creditMemo": lambda: sales.credit_memo(account, values, record),
        "customerPayment": lambda: sales.payment(account, values, record),
        "customerSubsidiaryRelationship": lambda: _relationship(account, values),
    }
    rules.get(kind.name, lambda: None)()


def before_delete(account: Account, record: Record) -> None:
    """Refuse to remove a record that another refers to, or a document that is in the ledger."""
    sales.check_removable(record)
    for other in account.all(*account.tables):
        if other is not record and _refers(other.kind, other.values, record):
            detail = (
                "This record cannot be deleted because it has dependent records. "
                f"{other.kind.name} {other.id} refers to it."
            )
            raise Refusal(400, "USER_ERROR", detail)


def open_orders(account: Account, customer: Record) -> list[Record]:
    """Orders of a customer, or of its projects, that are neither closed nor billed."""
    jobs = {job.id for job in account.all("job") if job.values["parent"] == customer.id}
    return [
        order
        for order in account.all("salesOrder")
        if order.values["entity"] in {customer.id, *jobs} and order.values["status"] not in {"G", "H"}
    ]


def _customer(account: Account, values: dict[str, Any], record: Record | None) -> None:
    values.setdefault("isInactive", False)
    values.setdefault("isPerson", False)
    values.setdefault("entityId", values["companyName"])
    values.setdefault("balance", Decimal("0.00"))
    values.setdefault("overdueBalance", Decimal("0.00"))
    if record is None:
        return
    if values["subsidiary"] != record.values["subsidiary"]:
        detail = "Error while accessing resource: The primary subsidiary of an entity cannot be changed."
        raise Refusal(400, "USER_ERROR", detail, path="subsidiary")
    if _descends(account, values.get("parent"), record.id):
        raise invalid_value(values["parent"], field="parent", path="parent")
    if values["isInactive"] and open_orders(account, record):
        detail = "Error while accessing resource: This customer has open transactions and cannot be inactivated."
        raise Refusal(400, "USER_ERROR", detail, path="isInactive")


def _descends(account: Account, parent_id: str | None, ancestor_id: str) -> bool:
    while parent_id is not None:
        if parent_id == ancestor_id:
            return True
        parent_id = account.tables["customer"][parent_id].values.get("parent")
    return False


def _job(account: Account, values: dict[str, Any]) -> None:
    values.setdefault("isInactive", False)
    values.setdefault("entityId", values["companyName"])
    values.setdefault("entityStatus", "2")
    customer = account.tables["customer"][values["parent"]]
    values.setdefault("subsidiary", customer.values["subsidiary"])
    check_trades(account, customer, values["subsidiary"])


def _project_task(account: Account, values: dict[str, Any]) -> None:
    values.setdefault("constraintType", "ASAP")
    parent = account.tables["projectTask"][values["parent"]] if "parent" in values else None
    if parent is not None and parent.values["project"] != values["project"]:
        raise invalid_value(parent.id, field="parent", path="parent")


def _relationship(account: Account, values: dict[str, Any]) -> None:
    customer = account.tables["customer"][values["entity"]]
    values.setdefault("isPrimarySub", False)
    if values["subsidiary"] in subsidiaries_of(account, customer):
        raise Refusal(400, "DUP_RCRD", "This entity already has this subsidiary.", path="subsidiary")


def _refers(kind: RecordType, values: Mapping[str, Any], record: Record) -> bool:
    for name, value in values.items():
        field = kind.fields.get(name)
        if field is None:
            continue
        if field.kind is Kind.REFERENCE and record.kind.name in field.targets and value == record.id:
            return True
        if field.kind is Kind.SUBLIST:
            for line in value:
                for inner, part in line.items():
                    known = field.fields.get(inner)
                    if known and record.kind.name in known.targets and part == record.id:
                        return True
    return False
