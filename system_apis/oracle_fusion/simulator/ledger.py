"""The ledger of each business unit: balanced entries in open periods; receipts that settle invoices."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from system_apis.oracle_fusion.simulator.refusal import invalid
from system_apis.oracle_fusion.simulator.schema import Resource, attributes
from system_apis.oracle_fusion.simulator.state import Pod, Row

RECEIVABLE, REVENUE, TAX, BANK = "Receivable", "Revenue", "Tax", "Cash"
REFERENCES: Final = Resource(
    name="remittanceReferences",
    key="RemittanceReferenceId",
    attributes=attributes(
        "RemittanceReferenceId:int- ReceiptMatchBy:text!^ ReferenceNumber:text!^ ReferenceAmount:number!^"
    ),
    methods=frozenset({"GET"}),
)
RECEIPTS: Final = Resource(
    name="standardReceipts",
    key="StandardReceiptId",
    attributes=attributes(
        "StandardReceiptId:int- ReceiptNumber:text!^ ReceiptMethod:text!^ BusinessUnit:text!^ Amount:number!^"
        " Currency:text!^ ReceiptDate:date^"
    ),
    children={"remittanceReferences": REFERENCES},
    methods=frozenset({"GET"}),
)


def check_period(pod: Pod, unit: str, day: dt.date) -> None:
    """Refuse a day whose period is not open."""
    first, last = pod.setup["years"]
    if not first <= day.year <= last or f"{unit}/{day:%Y-%m}" in pod.setup["closed_periods"]:
        text = f"The accounting date {day} is not in an open period."
        raise invalid("AR-855260", text, path="/AccountingDate")


def post(pod: Pod, unit: str, day: dt.date, currency: str, *, source: str, lines: dict[str, Decimal]) -> None:
    """Write one entry; debits are positive.

    Raises:
        Refusal: it does not balance, or its period is closed.

    """
    check_period(pod, unit, day)
    if sum(lines.values(), Decimal(0)):
        raise invalid("XLA-95103", "The entry does not balance.")
    pod.post({"unit": unit, "date": day, "currency": currency, "source": source, "lines": lines})


def receive(pod: Pod, invoice: Row, amount: Decimal | None) -> Row:
    """A receipt applied to one invoice. The invoice's balance changes, the day it was last updated does not."""
    balance = invoice["InvoiceBalanceAmount"]
    paid = balance if amount is None else amount
    if not 0 < paid <= balance:
        raise invalid("AR-855270", f"You cannot apply {paid} to a balance of {balance}.")
    number, day, now = pod.identifier(), invoice["AccountingDate"], pod.world.now()
    currency, unit = invoice["InvoiceCurrencyCode"], invoice["BusinessUnit"]
    values = {"StandardReceiptId": number, "ReceiptNumber": f"R{number}", "ReceiptMethod": "Manual"}
    values |= {"BusinessUnit": unit, "Amount": paid, "Currency": currency, "ReceiptDate": day, "LastUpdateDate": now}
    receipt = pod.add(Row("standardReceipts", str(number), values))
    matched = {"ReceiptMatchBy": "Transaction Number", "ReferenceNumber": invoice["TransactionNumber"]}
    inner = {**matched, "ReferenceAmount": paid, "RemittanceReferenceId": pod.identifier()}
    pod.add(Row("standardReceipts/remittanceReferences", str(inner["RemittanceReferenceId"]), inner, receipt))
    post(pod, unit, day, currency, source=f"R{number}", lines={BANK: paid, RECEIVABLE: -paid})
    pod.change(invoice, InvoiceBalanceAmount=balance - paid)
    return receipt


def faults(pod: Pod) -> list[str]:
    """What is wrong with the books: entries out of balance, numbers with gaps, receivables that do not tie."""
    told = [f"entry {entry['source']} is out" for entry in pod.entries if sum(entry["lines"].values(), Decimal(0))]
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    owed: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for resource, balance in (
        ("receivablesInvoices", "InvoiceBalanceAmount"),
        ("receivablesCreditMemos", "CreditMemoBalanceAmount"),
    ):
        for row in pod.rows(resource):
            if row.values.get("DocumentNumber"):
                numbers[row["BusinessUnit"]].append(row["DocumentNumber"])
            owed[row["BusinessUnit"]] += row[balance]
    for unit, drawn in numbers.items():
        told += [f"{unit}: {after - 1} is missing" for before, after in pairwise(sorted(drawn)) if after != before + 1]
    for entry in pod.entries:
        owed[entry["unit"]] -= entry["lines"].get(RECEIVABLE, Decimal(0))
    return told + [f"{unit}: receivables are out by {amount}" for unit, amount in owed.items() if amount]
