"""The services of billing and of the ledger: billing documents in version 4 and 2, journal items, company codes."""

from __future__ import annotations

from typing import Final

from system_apis.sap_s4hana.simulator.schema import EntitySet, Function, Kind, Link, Service, links, properties

CREATE: Final = "CreateFromSDDocument"
POST: Final = "PostToAccounting"
CANCEL: Final = "Cancel"

_DOCUMENT: Final = properties(
    "BillingDocument text10 ro, BillingDocumentType text4 ro, SDDocumentCategory text4 ro, SalesOrganization text4 ro,"
    "CompanyCode text4 ro, SoldToParty text10 ro, PayerParty text10 ro, TransactionCurrency text5 ro,"
    "BillingDocumentDate day ro, TotalNetAmount amount ro, TotalTaxAmount amount ro, TotalGrossAmount amount ro,"
    "AccountingDocument text10 ro, FiscalYear text4 ro, AccountingPostingStatus text1 ro,"
    "AccountingTransferStatus text1 ro, OverallBillingStatus text1 ro, InvoiceClearingStatus text1 ro,"
    "BillingDocumentIsCancelled flag ro, CancelledBillingDocument text10 ro, PurchaseOrderByCustomer text35 ro,"
    "LastChangeDateTime moment ro, YY1_SluiceDocument_BDH text64 ro, YY1_SluiceSchedule_BDH text64 ro"
)
_ITEM: Final = properties(
    "BillingDocument text10 ro, BillingDocumentItem text6 ro, BillingDocumentItemText text40 ro, NetAmount amount ro,"
    "TaxAmount amount ro, TaxCode text2 ro, BillingQuantity amount ro, BillingQuantityUnit text3 ro,"
    "WBSElement text24 ro, SalesDocument text10 ro, SalesDocumentItem text6 ro, ReferenceSDDocument text10 ro"
)
_JOURNAL: Final = properties(
    "CompanyCode text4 ro, FiscalYear text4 ro, AccountingDocument text10 ro, AccountingDocumentItem text6 ro,"
    "AccountingDocumentType text2 ro, FinancialAccountType text1 ro, GLAccount text10 ro, Customer text10 ro,"
    "DebitCreditCode text1 ro, AmountInTransactionCurrency amount ro, TransactionCurrency text5 ro, TaxCode text2 ro,"
    "PostingDate day ro, DocumentDate day ro, NetDueDate day ro, AccountingDocumentCreationDate day ro,"
    "ClearingAccountingDocument text10 ro, ClearingDate day ro, ClearingCreationDate day ro, BillingDocument text10 ro,"
    "InvoiceReference text10 ro, InvoiceReferenceFiscalYear text4 ro"
)
_LINE: Final = (("BillingDocument", "BillingDocument"),)
_LINES: Final = ("BillingDocument", "BillingDocumentItem")


def _billing(
    name: str, path: str, version: int, *, sets: tuple[str, str], link: str, does: dict[str, Function]
) -> Service:
    head, items = sets
    return Service(
        name,
        path,
        version,
        {
            head: EntitySet(
                head,
                "BillingDocument",
                ("BillingDocument",),
                _DOCUMENT,
                links(Link(link, items, _LINE)),
                creatable=False,
                updatable=False,
            ),
            items: EntitySet(items, "BillingDocumentItem", _LINES, _ITEM, creatable=False, updatable=False),
        },
        does,
    )


SERVICES: Final = (
    _billing(
        "com.sap.gateway.srvd_a2x.api_billingdocument.v0001",
        "/sap/opu/odata4/sap/api_billingdocument/srvd_a2x/sap/billingdocument/0001",
        4,
        sets=("BillingDocument", "BillingDocumentItem"),
        link="_Item",
        does={CREATE: Function("BillingDocument"), POST: Function("BillingDocument")},
    ),
    _billing(
        "API_BILLING_DOCUMENT_SRV",
        "/sap/opu/odata/sap/API_BILLING_DOCUMENT_SRV",
        2,
        sets=("A_BillingDocument", "A_BillingDocumentItem"),
        link="to_Item",
        does={CANCEL: Function("A_BillingDocument", {"BillingDocument": Kind.TEXT})},
    ),
    Service(
        "API_OPLACCTGDOCITEMCUBE_SRV",
        "/sap/opu/odata/sap/API_OPLACCTGDOCITEMCUBE_SRV",
        2,
        {
            "A_OperationalAcctgDocItemCube": EntitySet(
                "A_OperationalAcctgDocItemCube",
                "JournalItem",
                ("CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"),
                _JOURNAL,
                creatable=False,
                updatable=False,
            )
        },
    ),
    Service(
        "API_JOURNALENTRYITEMBASIC_SRV",
        "/sap/opu/odata/sap/API_JOURNALENTRYITEMBASIC_SRV",
        2,
        {
            "A_CompanyCode": EntitySet(
                "A_CompanyCode",
                "CompanyCode",
                ("CompanyCode",),
                properties("CompanyCode text4 ro, CompanyCodeName text25 ro, Country text3 ro, Currency text5 ro"),
                creatable=False,
                updatable=False,
            )
        },
    ),
)
