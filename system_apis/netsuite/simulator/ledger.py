"""Sales as SuiteQL tells them: signed lines, whether they post, and what of them is unpaid or unused.

A debit is positive and a credit negative, so that the lines of a document sum to nothing: the main line of an invoice
is positive and its revenue and tax are negative, and a credit memo has it the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from system_apis.netsuite.simulator.settlement import NOTHING, posts
from system_apis.netsuite.simulator.state import Account, Record

HEAD_COLUMNS: Final = (
    "posting TEXT",
    *(f"{name} TEXT COLLATE AMOUNT" for name in ("foreigntotal", "foreignamountpaid", "foreignamountunpaid")),
    *(f"{name} TEXT COLLATE AMOUNT" for name in ("foreignpaymentamountused", "foreignpaymentamountunused")),
)
_OWN: Final = frozenset({"line", "amount"})


def head_cells(record: Record) -> dict[str, Any]:
    """What the table of transactions has beside the fields of the record."""
    values, name = record.values, record.kind.name
    sign = -1 if name in {"creditMemo", "customerPayment"} else 1
    cells = {"posting": "T" if posts(name, values) else "F", "foreigntotal": str(sign * values["total"])}
    if name == "invoice":
        paid = {"foreignamountpaid": values["amountPaid"], "foreignamountunpaid": values["amountRemaining"]}
        return cells | {column: str(amount) for column, amount in paid.items()}
    if name in {"creditMemo", "customerPayment"}:
        used = {"foreignpaymentamountused": values["applied"], "foreignpaymentamountunused": values["unapplied"]}
        return cells | {column: str(amount) for column, amount in used.items()}
    return cells


def line_columns(account: Account) -> list[str]:
    """The columns of the table of transaction lines."""
    own = ["transaction INTEGER", "id INTEGER", "mainline", "taxline", "foreignamount", "netamount"]
    fields = account.types["salesOrder"].fields["item"].fields
    return [*own, "createdfrom INTEGER", *(name.lower() for name in fields if name not in _OWN)]


def line_rows(account: Account, cell: Callable[[Any], Any]) -> Iterator[dict[str, Any]]:
    """Every line of every sale: the main line, the items, the tax."""
    for record in account.all("salesOrder", "invoice", "creditMemo"):
        values = record.values
        sign = -1 if record.kind.name == "creditMemo" else 1
        source = values.get("createdFrom")
        origin = {"transaction": int(record.id), "createdfrom": None if source is None else int(source)}
        yield {**origin, "id": 0, "mainline": "T", "taxline": "F", **_amount(sign * values["total"])}
        for line in values["item"]:
            more = {name.lower(): cell(part) for name, part in line.items() if name not in _OWN}
            yield {
                **origin,
                "id": line["line"],
                "mainline": "F",
                "taxline": "F",
                **_amount(-sign * line["amount"]),
                **more,
            }
        after = max(line["line"] for line in values["item"])
        for detail in values["taxDetails"]:
            tax = _amount(-sign * detail["taxAmount"])
            yield {**origin, "id": after + detail["line"], "mainline": "F", "taxline": "T", **tax}


def _amount(amount: Any) -> dict[str, str]:
    """An amount in both columns; nothing has no sign."""
    told = str(amount or NOTHING)
    return {"foreignamount": told, "netamount": told}
