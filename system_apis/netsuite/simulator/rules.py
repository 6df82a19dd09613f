"""What the account insists on for each record type before a record is saved or removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from system_apis.netsuite.simulator.refusal import Refusal, invalid_value, missing
from system_apis.netsuite.simulator.schema import Kind, RecordType
from system_apis.netsuite.simulator.state import Account, Record

_CENT: Final = Decimal("0.01")


def before_save(account: Account, kind: RecordType, values: dict[str, Any], record: Record | None) -> None:
    """Refuse what may not be saved, and fill in what the account computes."""
    rules: dict[str, Callable[[], None]] = {
        "customer": lambda: _customer(account, values, record),
        "job": lambda: _job(account, values),
        "projectTask": lambda: _project_task(account, values),
        "salesOrder": lambda: _sales_order(account, values, record),
        "invoice": lambda: _invoice(account, values),
        "creditMemo": lambda: _invoice(account, values),
        "customerSubsidiaryRelationship": lambda: _relationship(account, values),
    }
    rules.get(kind.name, lambda: None)()


def before_delete(account: Account, record: Record) -> None:
    """Refuse to remove a record that another refers to."""
    for other in account.all(*account.tables):
        if other is not record and _refers(other.kind, other.values, record):
            detail = (
                "This record cannot be deleted because it has dependent records. "
                f"{other.kind.name} {other.id} refers to it."
            )
            raise Refusal(400, "USER_ERROR", detail)


def subsidiaries_of(account: Account, customer: Record) -> set[str]:
    """The subsidiaries a customer may trade with."""
    links = account.all("customerSubsidiaryRelationship")
    more = {link.values["subsidiary"] for link in links if link.values["entity"] == customer.id}
    return {customer.values["subsidiary"], *more}


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
    _trades(account, customer, values["subsidiary"])


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


def _sales_order(account: Account, values: dict[str, Any], record: Record | None) -> None:
    _transaction(account, values)
    values.setdefault("orderStatus", "A")
    job = account.tables["job"][values["job"]] if "job" in values else None
    if job is not None and job.values["parent"] != _customer_of(account, values["entity"]).id:
        raise invalid_value(job.id, field="job", path="job")
    old = {line["line"]: line for line in record.values["item"]} if record else {}
    for number, line in old.items():
        now = next((one for one in values["item"] if one["line"] == number), None)
        billed = line["quantityBilled"] > 0
        if billed and (now is None or now["isClosed"] or now["amount"] != line["amount"]):
            detail = f"Error while accessing resource: Line {number} was invoiced and cannot be changed or closed."
            raise Refusal(400, "USER_ERROR", detail, path="item")
    values["status"] = _order_status(values)


def _order_status(values: Mapping[str, Any]) -> str:
    lines = values["item"]
    waiting = [line for line in lines if not line["isClosed"] and line["quantityBilled"] < line["quantity"]]
    if waiting:
        return str(values["orderStatus"])
    return "G" if any(line["quantityBilled"] > 0 for line in lines) else "H"


def _invoice(account: Account, values: dict[str, Any]) -> None:
    _transaction(account, values)
    values.setdefault("status", "open")


def _transaction(account: Account, values: dict[str, Any]) -> None:
    customer = _customer_of(account, values["entity"])
    values.setdefault("subsidiary", customer.values["subsidiary"])
    _trades(account, customer, values["subsidiary"])
    values.setdefault("tranDate", account.world.now().date())
    home = account.tables["subsidiary"][values["subsidiary"]].values.get("currency")
    values.setdefault("currency", customer.values.get("currency", home))
    if not values.get("item"):
        raise missing("item", path="item")
    for index, line in enumerate(values["item"]):
        _line(line, path=f"item.items[{index}]")
    if "tranId" not in values:
        prefix = _series(account, values)
        values["tranId"] = f"{prefix}{account.number(prefix)}"
    values["subtotal"] = values["total"] = sum((line["amount"] for line in values["item"]), Decimal("0.00"))


def _series(account: Account, values: Mapping[str, Any]) -> str:
    if "createdFrom" not in values:
        return "SO"
    return "INV" if values["createdFrom"] in account.tables.get("salesOrder", {}) else "CM"


def _line(line: dict[str, Any], *, path: str) -> None:
    line.setdefault("quantity", Decimal(1))
    line.setdefault("isClosed", False)
    line.setdefault("quantityBilled", Decimal(0))
    if "amount" not in line:
        if "rate" not in line:
            raise missing("amount", path=f"{path}.amount")
        line["amount"] = line["quantity"] * line["rate"]
    line["amount"] = line["amount"].quantize(_CENT)


def _customer_of(account: Account, entity_id: str) -> Record:
    job = account.tables.get("job", {}).get(entity_id)
    return account.tables["customer"][job.values["parent"] if job else entity_id]


def _trades(account: Account, customer: Record, subsidiary_id: str) -> None:
    if subsidiary_id not in subsidiaries_of(account, customer):
        raise invalid_value(subsidiary_id, field="subsidiary", path="subsidiary")


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
