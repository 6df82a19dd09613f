"""Invoices and on-account credit memos: totals with tax, completion for an open period, numbers without gaps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from system_apis.oracle_fusion.simulator import ledger
from system_apis.oracle_fusion.simulator.refusal import invalid
from system_apis.oracle_fusion.simulator.schema import Resource, attributes
from system_apis.oracle_fusion.simulator.state import Pod, Row

COMPLETE, INCOMPLETE = "Complete", "Incomplete"


@dataclass(frozen=True)
class Words:
    """How one of the two resources calls what both have."""

    resource: str
    sign: int
    currency: str
    status: str
    lines: str
    quantity: str
    amount: str
    taxes: str
    balance: str


INVOICES: Final = Words(
    "receivablesInvoices",
    1,
    "InvoiceCurrencyCode",
    "InvoiceStatus",
    "receivablesInvoiceLines",
    "Quantity",
    "LineAmount",
    "receivablesInvoiceLineTaxLines",
    "InvoiceBalanceAmount",
)
MEMOS: Final = Words(
    "receivablesCreditMemos",
    -1,
    "CreditMemoCurrency",
    "CreditMemoStatus",
    "receivablesCreditMemoLines",
    "LineQuantityCredit",
    "LineAmountCredit",
    "receivablesCreditMemoLineTaxLines",
    "CreditMemoBalanceAmount",
)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the minor unit, half up."""
    return amount.quantize(Decimal(1) if currency == "JPY" else Decimal("0.01"), rounding=ROUND_HALF_UP)


def booked(pod: Pod, words: Words, header: dict[str, Any], lines: list[dict[str, Any]]) -> Row:
    """A transaction that a program of the pod makes."""
    number, now = pod.identifier(), pod.world.now()
    who = {"CreationDate": now, "LastUpdateDate": now, "CustomerTransactionId": number}
    row = pod.add(Row(words.resource, str(number), {**header, **who}))
    for line in lines:
        key = pod.identifier()
        pod.add(Row(f"{words.resource}/{words.lines}", str(key), {**line, "CustomerTransactionLineId": key}, row))
    created(pod, row, words)
    return row


def created(pod: Pod, row: Row, words: Words) -> None:
    """A new transaction is checked, summed and taxed; it is completed where that was asked."""
    _check(pod, row, words)
    currency = row[words.currency]
    for line in row.below(words.lines):
        if line["TaxClassificationCode"] not in pod.setup["tax_codes"]:
            text = f"The tax classification {line['TaxClassificationCode']} is not valid."
            raise invalid("AR-855230", text, path=f"/{words.lines}/TaxClassificationCode")
        line.values[words.amount] = rounded(line[words.quantity] * line["UnitSellingPrice"], currency)
    _tax(pod, row, words)
    net, tax = totals(row, words)
    row.values["EnteredAmount"] = net + tax
    row.values[words.balance] = Decimal(0)
    if (net + tax) * words.sign < 0:
        raise invalid("AR-855240", "The amount has the wrong sign for the transaction type.")
    status, row.values[words.status] = row.values.get(words.status) or INCOMPLETE, INCOMPLETE
    changing(pod, row, {words.status: status}, words)
    row.values[words.status] = status


def totals(row: Row, words: Words) -> tuple[Decimal, Decimal]:
    """What the lines and what their taxes sum to."""
    lines = row.below(words.lines)
    net = sum((line[words.amount] for line in lines), Decimal(0))
    return net, sum((tax["TaxAmount"] for line in lines for tax in line.below(words.taxes)), Decimal(0))


def changing(pod: Pod, row: Row, change: dict[str, Any], words: Words) -> None:
    """Completion posts to the ledger and draws the document number; there is no way back."""
    status = change.get(words.status, row[words.status])
    if status not in {COMPLETE, INCOMPLETE}:
        raise invalid("AR-855250", f"The status {status} is not valid.", path=f"/{words.status}")
    if row[words.status] == COMPLETE:
        if status == INCOMPLETE or change.keys() - {words.status}:
            raise invalid("AR-855251", "The transaction was posted to the general ledger and cannot be changed.")
        return
    if status == INCOMPLETE:
        return
    unit, day = row["BusinessUnit"], row["AccountingDate"]
    ledger.check_period(pod, unit, day)
    net, tax = totals(row, words)
    drawn = pod.number(f"document {unit}", first=100_001)
    pod.change(row, DocumentNumber=drawn, **{words.balance: net + tax})
    ledger.post(
        pod,
        unit,
        day,
        row[words.currency],
        source=str(drawn),
        lines={ledger.RECEIVABLE: net + tax, ledger.REVENUE: -net, ledger.TAX: -tax},
    )


def removing(_pod: Pod, row: Row, words: Words) -> None:
    """What is completed stays."""
    if row[words.status] == COMPLETE:
        raise invalid("AR-855252", "You cannot delete a transaction that is complete.")


def _check(pod: Pod, row: Row, words: Words) -> None:
    setup = pod.setup
    if row["BusinessUnit"] not in setup["business_units"]:
        raise invalid("AR-855201", f"The business unit {row['BusinessUnit']} is not valid.", path="/BusinessUnit")
    if row["TransactionSource"] not in setup["transaction_sources"]:
        raise invalid("AR-855202", "The transaction source is not valid.", path="/TransactionSource")
    if not row["TransactionNumber"] or len(row["TransactionNumber"]) > 20:
        raise invalid("AR-855203", "The transaction number is not valid.", path="/TransactionNumber")
    if row[words.currency] not in setup["currencies"]:
        raise invalid("AR-855204", "The currency is not valid.", path=f"/{words.currency}")
    account = pod.accounts.get(row["BillToCustomerNumber"])
    if account is None or account["Status"] != "A" or row["BillToSite"] != account["SiteNumber"]:
        raise invalid("AR-855205", "The bill-to customer or site is not valid.", path="/BillToCustomerNumber")
    if not row.below(words.lines):
        raise invalid("AR-855206", "A transaction has at least one line.", path=f"/{words.lines}")
    row.values["LegalEntityIdentifier"] = setup["business_units"][row["BusinessUnit"]]["legal_entity"]
    row.values["TransactionDate"] = row["TransactionDate"] or pod.world.now().date()
    row.values["AccountingDate"] = row["AccountingDate"] or row["TransactionDate"]


def _tax(pod: Pod, row: Row, words: Words) -> None:
    """One tax line a line; where the whole is rounded, the greatest line of a code has what is left over."""
    currency = row[words.currency]
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for line in row.below(words.lines):
        groups[line["TaxClassificationCode"]].append(line)
    for code, lines in groups.items():
        rate = Decimal(pod.setup["tax_codes"][code])
        exact = {line.key: line[words.amount] * rate / 100 for line in lines}
        taxes = {key: rounded(amount, currency) for key, amount in exact.items()}
        if pod.settings.tax_rounding == "header":
            left = rounded(sum(exact.values(), Decimal(0)), currency) - sum(taxes.values(), Decimal(0))
            greatest = max(lines, key=lambda line: abs(line[words.amount]))
            taxes[greatest.key] += left
        for line in lines:
            values = {"TaxAmount": taxes[line.key], "TaxRateCode": code, "TaxRegimeCode": "VAT"}
            pod.add(Row(f"{line.resource}/{words.taxes}", str(pod.identifier()), values, line))


def _resource(words: Words, text: str, line: str) -> Resource:
    taxes = Resource(
        name=words.taxes,
        key="TaxLineId",
        attributes=attributes("TaxAmount:number- TaxRateCode:text- TaxRegimeCode:text-"),
        methods=frozenset({"GET"}),
    )
    lines = Resource(
        name=words.lines,
        key="CustomerTransactionLineId",
        attributes=attributes(
            f"CustomerTransactionLineId:int- LineNumber:int!^ {words.quantity}:number!^ UnitSellingPrice:number!^"
            f" TaxClassificationCode:text!^ {words.amount}:number- {line}"
        ),
        children={words.taxes: taxes},
        methods=frozenset({"GET"}),
    )
    shared = (
        "CustomerTransactionId:int- TransactionNumber:text^ TransactionType:text!^ TransactionSource:text!^"
        " BusinessUnit:text!^ LegalEntityIdentifier:text- BillToCustomerNumber:text!^ BillToSite:text^"
        " AccountingDate:date^ CrossReference:text^ EnteredAmount:number- DocumentNumber:int-"
        f" {words.currency}:text!^ {words.status}:text {words.balance}:number- {text}"
    )
    methods = {"GET", "POST", "PATCH"} | ({"DELETE"} if words is INVOICES else set())
    return Resource(
        name=words.resource,
        key="CustomerTransactionId",
        attributes=attributes(shared),
        children={words.lines: lines},
        methods=frozenset(methods),
        unique=(("BusinessUnit", "TransactionSource", "TransactionNumber"),),
        created=lambda pod, row: created(pod, row, words),
        changing=lambda pod, row, change: changing(pod, row, change, words),
        removing=lambda pod, row: removing(pod, row, words),
    )


INVOICE_RESOURCE: Final = _resource(
    INVOICES,
    "TransactionDate:date PaymentTerms:text DueDate:date^ Comments:text^ PurchaseOrder:text^",
    "Description:text!^",
)
MEMO_RESOURCE: Final = _resource(
    MEMOS, "TransactionDate:date^ CreditMemoComments:text^ CreditReason:text^", "LineDescription:text!^"
)
