"""Billing documents: made from sales documents, numbered without a gap, posted to the ledger, cancelled by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from system_apis.sap_s4hana.simulator import ledger
from system_apis.sap_s4hana.simulator.pricing import condition
from system_apis.sap_s4hana.simulator.refusal import Refusal, business
from system_apis.sap_s4hana.simulator.sales import BILLED, NOT_BILLED, header_of, items_of, restate
from system_apis.sap_s4hana.simulator.state import Row, Tenant

_FIRST: Final = 90_000_000
_TYPES: Final = {
    "SalesOrder": ("F2", "M"),
    "DebitMemoRequest": ("L2", "P"),
    "CreditMemoRequest": ("G2", "O"),
}
_CANCELS: Final = {"M": ("S1", "N"), "P": ("S1", "N"), "O": ("S2", "S")}
_CREDITS: Final = frozenset({"O", "N"})


def create(tenant: Tenant, arguments: Mapping[str, Any]) -> list[Row]:
    """`CreateFromSDDocument`: one billing document for each sales document that is referred to."""
    control = arguments.get("_Control") or {}
    references = arguments.get("_Reference") or []
    if not references:
        raise business("VF/000", "Enter a reference document", target="_Reference")
    made = [_billed(tenant, reference, control) for reference in references]
    if not control.get("AutomPostingToAcctgIsDisabled", False):
        for row in made:
            _try_to_post(tenant, row)
    return made


def post(tenant: Tenant, number: str) -> Row:
    """`PostToAccounting`: the journal entry of a billing document; one that is posted is refused."""
    row = _document(tenant, number)
    if row["AccountingDocument"]:
        raise business("VF/187", f"Billing document {number} has already been posted")
    day = row["BillingDocumentDate"]
    due = _due(tenant, row) or day
    sign = -1 if row["SDDocumentCategory"] in _CREDITS else 1
    receivable = {
        "FinancialAccountType": ledger.CUSTOMER,
        "Customer": row["PayerParty"],
        "GLAccount": "12100000",
        "AmountInTransactionCurrency": sign * row["TotalGrossAmount"],
        "NetDueDate": due,
        **_reference(tenant, row),
    }
    shared = {"TransactionCurrency": row["TransactionCurrency"], "BillingDocument": number}
    lines = [{**line, **shared} for line in (receivable, *_against(tenant, row, sign))]
    entry = ledger.post(tenant, row["CompanyCode"], "RV", day, lines)
    tenant.change(
        row,
        AccountingDocument=entry,
        FiscalYear=str(day.year),
        AccountingPostingStatus="C",
        AccountingTransferStatus="C",
        LastChangeDateTime=tenant.world.now(),
    )
    return row


def cancel(tenant: Tenant, number: str) -> Row:
    """`Cancel`: a document over the same amounts the other way round, which clears the first one."""
    row = _document(tenant, number)
    if row["BillingDocumentIsCancelled"] or row["CancelledBillingDocument"]:
        raise business("VF/037", f"Billing document {number} has already been cancelled")
    group = []
    if row["AccountingDocument"]:
        group = ledger.group_of(tenant, row["CompanyCode"], row["FiscalYear"], row["AccountingDocument"])
        if len(group) != 1 or group[0]["ClearingAccountingDocument"]:
            raise business("F5/308", f"Document {row['AccountingDocument']} has items that are cleared or partly paid")
    kind, category = _CANCELS[row["SDDocumentCategory"]]
    other = str(tenant.number("billing document", first=_FIRST))
    values = {**row.values, "BillingDocument": other, "BillingDocumentType": kind, "SDDocumentCategory": category}
    values |= {"CancelledBillingDocument": number, "AccountingDocument": "", "FiscalYear": ""}
    values |= {
        "AccountingPostingStatus": "A",
        "AccountingTransferStatus": "A",
        "LastChangeDateTime": tenant.world.now(),
    }
    made = tenant.add("BillingDocument", (other,), values)
    _copy_items(tenant, number, other)
    if group:
        post(tenant, other)
        mirror = ledger.group_of(tenant, made["CompanyCode"], made["FiscalYear"], made["AccountingDocument"])
        ledger.clear(tenant, [*group, *mirror], by=made["AccountingDocument"], day=made["BillingDocumentDate"])
    tenant.change(row, BillingDocumentIsCancelled=True, LastChangeDateTime=tenant.world.now())
    _reopen(tenant, number)
    return made


def _billed(tenant: Tenant, reference: Mapping[str, Any], control: Mapping[str, Any]) -> Row:
    prefix, header = header_of(tenant, str(reference.get("SDDocument", "")))
    number = header[prefix]
    if header["HeaderBillingBlockReason"]:
        raise business("VF/016", f"Document {number} is blocked for billing", target="SDDocument")
    items = [one for one in items_of(tenant, prefix, number) if not one["SalesDocumentRjcnReason"]]
    items = [one for one in items if one["OrderRelatedBillingStatus"] != BILLED]
    if not items:
        raise business("VF/044", f"Document {number} has nothing to be billed", target="SDDocument")
    said = reference.get("BillingDocumentDate") or control.get("DefaultBillingDocumentDate")
    day = dt.date.fromisoformat(said) if said else header["BillingDocumentDate"] or tenant.world.now().date()
    kind, category = _TYPES[prefix]
    asked = reference.get("BillingDocumentType") or control.get("DefaultBillingDocumentType")
    if asked and asked != kind:
        raise business(
            "VF/020", f"Billing type {asked} is not allowed for document {number}", target="BillingDocumentType"
        )
    row = _made(tenant, prefix, header, items, kind=kind, category=category, day=day)
    for item in items:
        tenant.change(item, OrderRelatedBillingStatus=BILLED)
    restate(tenant, prefix, number)
    return row


def _made(
    tenant: Tenant, prefix: str, header: Row, items: Sequence[Row], *, kind: str, category: str, day: dt.date
) -> Row:
    number = str(tenant.number("billing document", first=_FIRST))
    net = sum((item["NetAmount"] for item in items), Decimal(0))
    tax = sum((item["TaxAmount"] for item in items), Decimal(0))
    values = {
        **{name: header[name] for name in ("SalesOrganization", "SoldToParty", "TransactionCurrency")},
        "PurchaseOrderByCustomer": header["PurchaseOrderByCustomer"],
        "BillingDocument": number,
        "BillingDocumentType": kind,
        "SDDocumentCategory": category,
        "CompanyCode": tenant.setup["sales_organizations"][header["SalesOrganization"]],
        "PayerParty": header["SoldToParty"],
        "BillingDocumentDate": day,
        "TotalNetAmount": net,
        "TotalTaxAmount": tax,
        "TotalGrossAmount": net + tax,
        **dict.fromkeys(("AccountingDocument", "FiscalYear", "InvoiceClearingStatus", "CancelledBillingDocument"), ""),
        **dict.fromkeys(("AccountingPostingStatus", "AccountingTransferStatus"), "A"),
        "OverallBillingStatus": "C",
        "BillingDocumentIsCancelled": False,
        "LastChangeDateTime": tenant.world.now(),
        "YY1_SluiceDocument_BDH": header["YY1_SluiceDocument_SDH"],
        "YY1_SluiceSchedule_BDH": header["YY1_SluiceSchedule_SDH"],
    }
    row = tenant.add("BillingDocument", (number,), values)
    for item in items:
        _line(tenant, prefix, header, item, number=number)
    return row


def _line(tenant: Tenant, prefix: str, header: Row, item: Row, *, number: str) -> None:
    place = item[f"{prefix}Item"]
    country, classification = header["TaxDepartureCountry"], item["ProductTaxClassification1"]
    values = {
        "BillingDocument": number,
        "BillingDocumentItem": place,
        "BillingDocumentItemText": item[f"{prefix}ItemText"],
        **{name: item[name] for name in ("NetAmount", "TaxAmount", "WBSElement")},
        "TaxCode": condition(tenant, country=country, classification=classification)["code"],
        "BillingQuantity": item["RequestedQuantity"],
        "BillingQuantityUnit": item["RequestedQuantityUnit"],
        "SalesDocument": header[prefix],
        "SalesDocumentItem": place,
        "ReferenceSDDocument": header[prefix],
    }
    tenant.add("BillingDocumentItem", (number, place), values)


def _against(tenant: Tenant, row: Row, sign: int) -> list[dict[str, Any]]:
    """Revenue and tax, a line for each tax code."""
    sums: dict[str, list[Decimal]] = {}
    for item in tenant.where("BillingDocumentItem", BillingDocument=row["BillingDocument"]):
        held = sums.setdefault(item["TaxCode"], [Decimal(0), Decimal(0)])
        held[0] += item["NetAmount"]
        held[1] += item["TaxAmount"]
    return [
        {
            "FinancialAccountType": ledger.GENERAL,
            "GLAccount": account,
            "TaxCode": code,
            "AmountInTransactionCurrency": -sign * amount,
        }
        for code, both in sums.items()
        for account, amount in zip((ledger.REVENUE, ledger.OUTPUT_TAX), both, strict=True)
        if amount
    ]


def _try_to_post(tenant: Tenant, row: Row) -> None:
    """What is not posted stands with its number and waits; the answer to its making does not say why."""
    try:
        post(tenant, row["BillingDocument"])
    except Refusal:
        tenant.change(row, AccountingTransferStatus="")


def _source(tenant: Tenant, number: str) -> tuple[str, Row] | None:
    for item in tenant.where("BillingDocumentItem", BillingDocument=number):
        return header_of(tenant, item["SalesDocument"])
    return None


def _due(tenant: Tenant, row: Row) -> dt.date | None:
    source = _source(tenant, row["BillingDocument"])
    due: dt.date | None = None if source is None else source[1]["FixedValueDate"]
    return due


def _reference(tenant: Tenant, row: Row) -> dict[str, str]:
    """A credit memo made with reference to an invoice that is still open counts against it."""
    source = _source(tenant, row["BillingDocument"])
    invoice = None if source is None else tenant.find("BillingDocument", source[1]["ReferenceSDDocument"])
    if invoice is None or row["CancelledBillingDocument"]:
        return {}
    own = ledger.group_of(tenant, invoice["CompanyCode"], invoice["FiscalYear"], invoice["AccountingDocument"])
    if not own or own[0]["ClearingAccountingDocument"]:
        return {}
    return {"InvoiceReference": invoice["AccountingDocument"], "InvoiceReferenceFiscalYear": invoice["FiscalYear"]}


def _document(tenant: Tenant, number: str) -> Row:
    row = tenant.find("BillingDocument", number)
    if row is None:
        raise Refusal(404, "VF/015", f"Billing document {number} does not exist")
    return row


def _copy_items(tenant: Tenant, number: str, other: str) -> None:
    for item in tenant.where("BillingDocumentItem", BillingDocument=number):
        key = (other, item["BillingDocumentItem"])
        tenant.add("BillingDocumentItem", key, {**item.values, "BillingDocument": other, "ReferenceSDDocument": number})


def _reopen(tenant: Tenant, number: str) -> None:
    source = _source(tenant, number)
    if source is None:
        return
    prefix, header = source
    for item in items_of(tenant, prefix, header[prefix]):
        tenant.change(item, OrderRelatedBillingStatus=NOT_BILLED)
    restate(tenant, prefix, header[prefix])
