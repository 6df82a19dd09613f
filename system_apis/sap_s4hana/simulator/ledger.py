"""The general ledger of each company code: balanced journal entries in open periods, open items and their clearing."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from system_apis.sap_s4hana.simulator.refusal import business
from system_apis.sap_s4hana.simulator.state import Row, Tenant

REVENUE, OUTPUT_TAX, BANK = "41000000", "22000000", "11001000"
CUSTOMER, GENERAL = "D", "S"
_FIRST: Final = {"RV": 1_800_000_000, "DZ": 1_400_000_000, "AB": 100_000_000}


def post(tenant: Tenant, company: str, kind: str, day: dt.date, lines: Sequence[dict[str, Any]]) -> str:
    """Post one journal entry and return its number; debits are positive and everything sums to nothing.

    Raises:
        Refusal: the period of the day is closed.

    """
    check_period(tenant, company, day)
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        sums[line["TransactionCurrency"]] += line["AmountInTransactionCurrency"]
    if any(sums.values()):
        raise business("F5/702", "Balance in transaction currency is not zero")
    number = str(tenant.number(f"{kind} {company} {day.year}", first=_FIRST[kind]))
    for index, line in enumerate(lines, start=1):
        key = (company, str(day.year), number, str(index))
        tenant.add("JournalItem", key, _item(tenant, key, kind, day, line))
    return number


def check_period(tenant: Tenant, company: str, day: dt.date) -> None:
    """Refuse a day whose posting period is not open."""
    first, last = tenant.setup["years"]
    if not first <= day.year <= last or f"{company}/{day:%Y-%m}" in tenant.setup["closed_periods"]:
        raise business("F5/201", f"Posting period {day.month:03d} {day.year} is not open", target="BillingDocumentDate")


def group_of(tenant: Tenant, company: str, year: str, number: str) -> list[Row]:
    """The customer lines of an invoice: its own, and those that refer to it."""
    own = [("AccountingDocument", "FiscalYear"), ("InvoiceReference", "InvoiceReferenceFiscalYear")]
    return [
        row
        for row in tenant.where("JournalItem", CompanyCode=company, FinancialAccountType=CUSTOMER)
        if any((row[document], row[in_year]) == (number, year) for document, in_year in own)
    ]


def clear(tenant: Tenant, rows: Sequence[Row], *, by: str, day: dt.date) -> None:
    """Mark open items as cleared by a document."""
    today = tenant.world.now().date()
    for row in rows:
        tenant.change(row, ClearingAccountingDocument=by, ClearingDate=day, ClearingCreationDate=today)


def faults(tenant: Tenant) -> list[str]:
    """What is wrong with the books: entries that do not balance, clearings that do not, numbers with gaps."""
    told = []
    entries: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    cleared: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for row in tenant.rows("JournalItem"):
        amount, currency = row["AmountInTransactionCurrency"], row["TransactionCurrency"]
        entries[row["CompanyCode"], row["FiscalYear"], row["AccountingDocument"], currency] += amount
        if row["ClearingAccountingDocument"]:
            cleared[row["CompanyCode"], row["ClearingAccountingDocument"], currency] += amount
    told += [f"entry {'/'.join(key)} is out by {amount}" for key, amount in entries.items() if amount]
    told += [f"clearing {'/'.join(key)} is out by {amount}" for key, amount in cleared.items() if amount]
    numbers = sorted(int(row["BillingDocument"]) for row in tenant.rows("BillingDocument"))
    told += [f"number {after - 1} is missing" for before, after in pairwise(numbers) if after != before + 1]
    for row in tenant.rows("BillingDocument"):
        held = [
            one
            for one in tenant.where("JournalItem", BillingDocument=row["BillingDocument"])
            if one["AccountingDocumentItem"] == "1"
        ]
        if len(held) != (1 if row["AccountingDocument"] else 0):
            told.append(f"billing document {row['BillingDocument']} has {len(held)} entries")
    return told


def _item(tenant: Tenant, key: tuple[str, ...], kind: str, day: dt.date, line: dict[str, Any]) -> dict[str, Any]:
    company, year, number, index = key
    blank = dict.fromkeys(
        ("Customer", "GLAccount", "TaxCode", "ClearingAccountingDocument", "BillingDocument", "InvoiceReference"), ""
    )
    return {
        **blank,
        "InvoiceReferenceFiscalYear": "",
        **dict.fromkeys(("ClearingDate", "ClearingCreationDate", "NetDueDate")),
        "CompanyCode": company,
        "FiscalYear": year,
        "AccountingDocument": number,
        "AccountingDocumentItem": index,
        "AccountingDocumentType": kind,
        "PostingDate": day,
        "DocumentDate": day,
        "AccountingDocumentCreationDate": tenant.world.now().date(),
        "DebitCreditCode": "S" if line["AmountInTransactionCurrency"] >= 0 else "H",
        **line,
    }
