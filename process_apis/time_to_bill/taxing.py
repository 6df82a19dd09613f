"""A document as a tax engine is told of it, and whether its tax is ours. Pure.

The engine is asked and never obeyed: what was decided on tax stands, or a person changes it (rules TAX-1, TAX-2).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.casework import FixField
from contracts.canonical.documents import MoneyDocument
from contracts.canonical.invoices import Invoice
from contracts.canonical.money import quantum
from contracts.canonical.taxation import TaxDocument, TaxDocumentKind, TaxedItem, TaxRequest
from kit.durable import Fault, Held
from process_apis.time_to_bill.catalogue import fault
from process_apis.time_to_bill.config import Config
from process_apis.time_to_bill.drafting import Draft
from process_apis.time_to_bill.posting import posting_of

AS_DECIDED: Final = "charge_as_decided"
_ASK_AGAIN: Final = "ask_the_engine_again"
ANSWER: Final = FixField(name="tax_mismatch", label="How to go on", choices=[_ASK_AGAIN, AS_DECIDED])
LEAVE_OUT: Final = "leave_out"
LEFT_OUT: Final = FixField(name="tax_document", label="How to go on", choices=["look_again", LEAVE_OUT])
_TEXT: Final = 255


def is_taxed(draft: Draft, config: Config) -> bool:
    """Whether the tax engine knows what its seller sells."""
    return draft.invoice.legal_entity_id in config.tax_service_codes


def kind_of(invoice: Invoice) -> TaxDocumentKind:
    """As what a posted invoice was recorded: one that gave money back, as what is left of an advance, is a refund."""
    given_back = invoice.document is not None and invoice.document.net < 0
    return TaxDocumentKind.REFUND if given_back else TaxDocumentKind.SALE


def unknown(draft: Draft, original: Invoice) -> Fault:
    """The problem of a correction whose invoice the engine does not know, or not yet."""
    detail = (
        f"The tax engine does not know {original.invoice_id}: it was posted before the engine was connected, "
        "or its own case has not come there yet."
    )
    context = {**_context(draft), "corrects": original.invoice_id}
    return fault("TAX_DOCUMENT_MISSING", detail, context=context, form=(LEFT_OUT,))


def request_of(
    draft: Draft, agreement: BillingAgreement, config: Config, *, taxed_on: dt.date | None = None
) -> TaxRequest:
    """The document in the words of the tax role; it states the tax that the customer is charged.

    `taxed_on` is the tax point of the invoice that a correction is of (rule TAX-3).

    Raises:
        Held: nobody said where the seller or the buyer is.

    """
    seller_id = draft.invoice.legal_entity_id
    issuer, buyer = config.issuers.get(seller_id), agreement.buyer
    if issuer is None or buyer is None or not buyer.address.country:
        who = f"the seller {seller_id}" if issuer is None else f"the buyer {draft.invoice.customer_id}"
        raise Held(fault("TAX_PLACE_MISSING", f"Nobody said where {who} is.", context=_context(draft)))
    service_code = config.tax_service_codes[seller_id]
    lines = [
        TaxedItem(
            line_id=line.line_id,
            net=line.net,
            quantity=abs(line.quantity),
            service_code=service_code,
            description=line.description[:_TEXT],
        )
        for line in posting_of(draft, agreement).lines
    ]
    return TaxRequest(
        kind=TaxDocumentKind.REFUND if draft.document.net < 0 else TaxDocumentKind.SALE,
        legal_entity_id=seller_id,
        customer_id=draft.invoice.customer_id,
        issued_on=draft.issued_on,
        taxed_on=None if taxed_on == draft.issued_on else taxed_on,
        currency=draft.document.currency,
        sold_from=issuer.seller.address,
        sold_to=buyer.address,
        lines=lines,
        charged=draft.document.tax,
        buyer_registration=buyer.vat_id,
        purchase_order=agreement.purchase_order,
    )


def difference(document: MoneyDocument, estimate: TaxDocument) -> Decimal:
    """What the engine would charge more than we do; nothing where both take the same part of the same amounts.

    An engine cuts each line and we cut each tax group (rule MON-4). So uncut taxes are compared, which are exact;
    the engine's own has to be that of its rates, but for one cut a share.
    """
    shares = [share for line in estimate.lines for share in line.shares]
    theirs = sum((share.taxable * share.percent / 100 for share in shares), Decimal(0))
    ours = sum((group.base * group.percent / 100 for group in document.groups), Decimal(0))
    cuts = quantum(document.currency) / 2 * len(shares)
    if theirs == ours and abs(estimate.tax - theirs) <= cuts:
        return Decimal(0)
    return estimate.tax - document.tax


def mismatched(draft: Draft, estimate: TaxDocument) -> Fault | None:
    """The problem of an engine that comes to another tax than was decided on; None when they agree."""
    differs = difference(draft.document, estimate)
    if not differs:
        return None
    currency = draft.document.currency
    takers = {f"{share.jurisdiction.name} {share.percent} per cent" for line in estimate.lines for share in line.shares}
    detail = (
        f"The tax engine comes to {estimate.tax} {currency} ({', '.join(sorted(takers)) or 'no jurisdiction'}); "
        f"the invoice charges {draft.document.tax} {currency}."
    )
    amounts = {
        "tax_ours": f"{draft.document.tax} {currency}",
        "tax_engine": f"{estimate.tax} {currency}",
        "difference": f"{differs} {currency}",
    }
    return fault("TAX_MISMATCH", detail, context={**_context(draft), **amounts}, form=(ANSWER,))


def _context(draft: Draft) -> dict[str, str]:
    return {"invoice_id": draft.invoice.invoice_id, "project_id": draft.project_id}
