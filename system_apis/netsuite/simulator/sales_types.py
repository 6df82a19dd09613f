"""The record types of sales: orders, invoices, credit memos, customer payments, and the periods they post in."""

from __future__ import annotations

from typing import Final

from system_apis.netsuite.simulator.schema import (
    Field,
    Kind,
    RecordType,
    amounts,
    choice,
    computed,
    dates,
    flags,
    nested,
    record_type,
    reference,
    required,
    text,
    unique,
)

ORDER_STATUS: Final = {"A": "Pending Approval", "B": "Pending Fulfillment", "F": "Pending Billing"}
ALL_ORDER_STATUS: Final = {**ORDER_STATUS, "E": "Pending Billing/Partially Fulfilled", "G": "Billed", "H": "Closed"}
UNPOSTED_STATUS: Final = {"D": "Pending Approval", "E": "Rejected", "V": "Voided"}
INVOICE_STATUS: Final = {"A": "Open", "B": "Paid In Full", **UNPOSTED_STATUS}
CREDIT_STATUS: Final = {"A": "Open", "B": "Fully Applied", **UNPOSTED_STATUS}
APPROVAL: Final = {"_1": "Pending Approval", "_2": "Approved", "_3": "Rejected"}


def sales_types() -> list[RecordType]:
    """Orders, invoices, credit memos, customer payments and accounting periods."""
    period = record_type(
        "accountingPeriod",
        unique(text("periodName")[0]),
        *(required(one) for one in dates("startDate", "endDate")),
        *flags("closed", "arLocked", "isQuarter", "isYear", "isAdjust"),
        methods=frozenset({"GET"}),
    )
    return [_order(), _invoice(), _credit_memo(), _customer_payment(), period]


def _order() -> RecordType:
    status = choice("status", **ALL_ORDER_STATUS)
    return _sale("salesOrder", "SalesOrd", status, choice("orderStatus", **ORDER_STATUS))


def _invoice() -> RecordType:
    return _sale(
        "invoice",
        "CustInvc",
        choice("status", **INVOICE_STATUS),
        reference("createdFrom", "salesOrder"),
        *dates("dueDate"),
        choice("approvalStatus", **APPROVAL),
        *computed(*amounts("amountPaid", "amountRemaining"), *flags("voided")),
        *computed(reference("postingPeriod", "accountingPeriod")),
    )


def _credit_memo() -> RecordType:
    """Without a due date: a credit memo has none."""
    return _sale(
        "creditMemo",
        "CustCred",
        choice("status", **CREDIT_STATUS),
        reference("createdFrom", "invoice"),
        choice("approvalStatus", **APPROVAL),
        _applications(),
        *computed(*amounts("applied", "unapplied"), *flags("voided")),
        *computed(reference("postingPeriod", "accountingPeriod")),
    )


def _customer_payment() -> RecordType:
    return record_type(
        "customerPayment",
        unique(text("tranId")[0]),
        reference("customer", "customer", required=True),
        reference("subsidiary", "subsidiary"),
        reference("currency", "currency"),
        *dates("tranDate"),
        *text("memo"),
        required(amounts("payment")[0]),
        _applications(),
        *computed(*amounts("applied", "unapplied", "total")),
        *computed(reference("postingPeriod", "accountingPeriod")),
        table="transaction",
        space="transaction",
        code="CustPymt",
    )


def _sale(name: str, code: str, status: Field, *more: Field) -> RecordType:
    return record_type(
        name,
        unique(text("tranId")[0]),
        reference("entity", "customer", "job", required=True),
        reference("job", "job"),
        reference("subsidiary", "subsidiary"),
        reference("currency", "currency"),
        *dates("tranDate"),
        *text("memo", "otherRefNum"),
        *text("custbody_sluice_document_id", "custbody_sluice_corrects"),
        *text("custbody_sluice_document_hash", "custbody_sluice_payment_terms"),
        *dates("custbody_sluice_signed_on"),
        _items(),
        *computed(_tax_details(), *amounts("subtotal", "taxTotal", "total"), status),
        *more,
        table="transaction",
        space="transaction",
        code=code,
    )


def _items() -> Field:
    return nested(
        "item",
        reference("item", "serviceSaleItem", required=True),
        reference("taxCode", "salesTaxItem"),
        reference("billingSchedule", "billingSchedule"),
        *text("description", "custcol_sluice_line_id", "custcol_sluice_phase_id"),
        *text("custcol_sluice_trigger", "custcol_sluice_method"),
        *text("custcol_sluice_revenue_rule", "custcol_sluice_cap_behaviour"),
        *amounts("quantity", "rate", "amount", "custcol_sluice_cap"),
        *dates("custcol_sluice_due_on"),
        *flags("isClosed"),
        *computed(*amounts("quantityBilled")),
    )


def _tax_details() -> Field:
    """What the account charged, by tax code; the rate is kept, for it may change later."""
    return nested("taxDetails", reference("taxCode", "salesTaxItem"), *amounts("taxRate", "taxBasis", "taxAmount"))


def _applications() -> Field:
    return nested("apply", Field("doc", Kind.REFERENCE, targets=("invoice",), required=True), *_application())


def _application() -> list[Field]:
    return [*flags("apply"), *amounts("amount")]
