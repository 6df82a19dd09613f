"""Documents to memo requests, and requests or billing documents back to booked ones; pure.

S/4HANA has the amounts of a credit memo positive, we have them negative. Every amount told is the tenant's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from contracts.canonical.money import rounded
from contracts.canonical.posting import BookedDocument, BookedState, DocumentKind, PostingDocument, PostingLine
from contracts.problem import Kind, Problem
from system_apis.sap_s4hana.config import Config, TaxCode
from system_apis.sap_s4hana.document_wire import (
    Billed,
    Control,
    CreateBilling,
    Credit,
    CreditItem,
    Debit,
    DebitItem,
    Item,
    Price,
    Source,
)
from system_apis.sap_s4hana.mapping import company_of, fine, key, partner_number, project_code, refused, tax_code_of
from system_apis.sap_s4hana.odata import read_day, written_day
from system_apis.sap_s4hana.schedule_mapping import PRICE, fixed_price

Request = Debit | Credit
KINDS: Final[dict[DocumentKind, type[Debit | Credit]]] = {
    DocumentKind.INVOICE: Debit,
    DocumentKind.CREDIT_NOTE: Credit,
}
ITEMS: Final[dict[type[Debit | Credit], type[DebitItem | CreditItem]]] = {Debit: DebitItem, Credit: CreditItem}
_SIGNS: Final = {DocumentKind.INVOICE: 1, DocumentKind.CREDIT_NOTE: -1}
_REQUEST_TYPES: Final = {DocumentKind.INVOICE: "DR", DocumentKind.CREDIT_NOTE: "CR"}
_BILLING_TYPES: Final = {DocumentKind.INVOICE: "L2", DocumentKind.CREDIT_NOTE: "G2"}
_CATEGORIES: Final = {"M": DocumentKind.INVOICE, "P": DocumentKind.INVOICE, "O": DocumentKind.CREDIT_NOTE}
_INVOICE_CATEGORY: Final = "P"
_BY_UNIT: Final = "C"
_THOUSANDTH: Final = Decimal("0.001")
_SHORT: Final = 40
_ORDER: Final = 35
_STEP: Final = 10


def request(document: PostingDocument, *, config: Config, corrects: str = "") -> Request:
    """A document as a request that is blocked for billing; `corrects` is the billing document that is credited.

    Raises:
        Problem: `invalid`, when it does not tie or has what S/4HANA would bend.

    """
    _check_tied(document)
    if document.kind is DocumentKind.INVOICE and document.corrects is not None:
        raise refused("invoice_corrects", "/corrects", "an invoice corrects nothing; a credit note does")
    if len(document.purchase_order) > _ORDER:
        raise refused("purchase_order_too_long", "/purchase_order", f"S/4HANA holds {_ORDER} characters")
    taxes = [
        tax_code_of(config, line.tax_code, pointer=f"/lines/{index}/tax_code")
        for index, line in enumerate(document.lines)
    ]
    if len({tax.country for tax in taxes}) > 1:
        detail = "S/4HANA determines the tax of a document by one country of departure"
        raise refused("tax_countries_differ", "/lines", detail)
    company = company_of(config, document.legal_entity_id, pointer="/legal_entity_id")
    return KINDS[document.kind](
        kind=_REQUEST_TYPES[document.kind],
        sales_organization=company.sales_organization,
        distribution_channel=company.distribution_channel,
        organization_division=company.division,
        sold_to_party=partner_number(document.customer_id, pointer="/customer_id"),
        purchase_order_by_customer=document.purchase_order,
        transaction_currency=document.currency,
        customer_payment_terms=config.due_terms,
        fixed_value_date=written_day(document.due_on),
        header_billing_block_reason=config.billing_block,
        billing_document_date=written_day(document.issued_on),
        tax_departure_country=taxes[0].country,
        reference=corrects,
        reference_category=_INVOICE_CATEGORY if corrects else "",
        document_id=key(document.document_id, pointer="/document_id"),
        project_id=key(document.project_id, pointer="/project_id"),
        to_item=[
            _item(document, line, index, tax, config=config)
            for index, (line, tax) in enumerate(zip(document.lines, taxes, strict=True))
        ],
    )


def billing(kind: DocumentKind, source: Request) -> CreateBilling:
    """The action that bills a request for its own day, without posting at once: that is a step of its own."""
    return CreateBilling(
        control=Control(
            default_billing_document_date=read_day(str(source.billing_document_date)).isoformat(),
            default_billing_document_type=_BILLING_TYPES[kind],
            autom_posting_to_acctg_is_disabled=True,
        ),
        reference=[Source(sd_document=str(source.number))],
    )


def kind_of(found: Request | Billed) -> DocumentKind:
    """Whether it is an invoice or a credit note."""
    if isinstance(found, Billed):
        if found.sd_document_category not in _CATEGORIES:
            detail = f"billing document {found.billing_document} is of category {found.sd_document_category}"
            raise Problem(Kind.UNEXPECTED, "vendor_answer_unreadable", detail)
        return _CATEGORIES[found.sd_document_category]
    return DocumentKind.INVOICE if isinstance(found, Debit) else DocumentKind.CREDIT_NOTE


def drafted(found: Request, items: Sequence[Item]) -> BookedDocument:
    """A request that was not billed yet, summed from its items."""
    kind, currency = kind_of(found), str(found.transaction_currency)
    net, tax = (
        sum((value for item in items if isinstance(value := getattr(item, name), Decimal)), Decimal(0))
        for name in ("net_amount", "tax_amount")
    )
    signed = [rounded(_SIGNS[kind] * amount, currency) + 0 for amount in (net, tax, net + tax)]
    return BookedDocument(
        document_id=str(found.document_id),
        external_id=str(found.number),
        kind=kind,
        state=BookedState.DRAFT,
        currency=currency,
        lines=len(items),
        net=signed[0],
        tax=signed[1],
        gross=signed[2],
        open=rounded(Decimal(0), currency),
    )


def booked(found: Billed, *, still: Decimal) -> BookedDocument:
    """A billing document with what is open of it, signed as debits are; without a journal entry it is a draft."""
    kind, currency = kind_of(found), found.transaction_currency
    amounts = (found.total_net_amount, found.total_tax_amount, found.total_gross_amount)
    net, tax, gross = (rounded(_SIGNS[kind] * Decimal(str(amount)), currency) + 0 for amount in amounts)
    remaining = rounded(still, currency) + 0
    state = _state(found, gross=gross, remaining=remaining)
    unposted = state is BookedState.DRAFT
    return BookedDocument(
        document_id=found.document_id,
        external_id=str(found.items[0].sales_document) if found.items else found.billing_document,
        kind=kind,
        state=state,
        currency=currency,
        lines=len(found.items),
        net=net,
        tax=tax,
        gross=gross,
        open=rounded(Decimal(0), currency) if unposted or state is BookedState.VOIDED else remaining,
        number="" if unposted else found.billing_document,
        posted_on=None if unposted else dt.date.fromisoformat(found.billing_document_date),
    )


def _state(found: Billed, *, gross: Decimal, remaining: Decimal) -> BookedState:
    if found.is_cancelled is True:
        return BookedState.VOIDED
    if not found.accounting_document:
        return BookedState.DRAFT
    if not remaining:
        return BookedState.PAID
    return BookedState.POSTED if remaining == gross else BookedState.PARTLY_PAID


def _check_tied(document: PostingDocument) -> None:
    """Refuse a document whose amounts do not sum up, or whose total has the sign of the other kind."""
    if not document.lines:
        raise refused("document_empty", "/lines", "a document needs at least one line")
    if len({line.line_id for line in document.lines}) != len(document.lines):
        raise refused("line_ids_repeat", "/lines", "two lines bear the same id")
    summed = sum((line.net for line in document.lines), Decimal(0))
    if summed != document.net:
        raise refused("net_differs", "/net", f"the lines sum to {summed}, the document says {document.net}")
    if document.net + document.tax != document.gross:
        raise refused("gross_differs", "/gross", f"{document.net} and {document.tax} are not {document.gross}")
    if document.gross * _SIGNS[document.kind] < 0:
        raise refused("sign_wrong", "/gross", f"{document.gross} is not what a {document.kind.value} may total")


def _item(document: PostingDocument, line: PostingLine, index: int, tax: TaxCode, *, config: Config) -> Item:
    where = f"/lines/{index}"
    amount = _SIGNS[document.kind] * fine(line.net, document.currency, pointer=f"{where}/net")
    if not line.quantity:
        raise refused("quantity_missing", f"{where}/quantity", "S/4HANA has no item over a quantity of nothing")
    quantity = max(abs(line.quantity).quantize(_THOUSANDTH, rounding=ROUND_HALF_UP), _THOUSANDTH)
    given: dict[str, Any] = {
        "number": str((index + 1) * _STEP),
        "short_text": line.description[:_SHORT],
        "text": line.description,
        "material": config.product,
        "requested_quantity": quantity,
        "requested_quantity_unit": config.service_unit,
        "product_tax_classification": tax.classification,
        "wbs_element": project_code(document.project_id, pointer="/project_id"),
        "line_id": line.line_id,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "to_price": [_price(line, amount, quantity, document.currency, unit=config.service_unit)],
    }
    return ITEMS[KINDS[document.kind]](**given)


def _price(line: PostingLine, amount: Decimal, quantity: Decimal, currency: str, *, unit: str) -> Price:
    """A rate for each unit where that comes to the line's amount; else the amount itself, which was agreed.

    S/4HANA holds thousandths of a quantity: a finer one is rounded on the item, and stands exactly beside it.
    """
    rate = abs(line.unit_price).copy_sign(amount)
    if rounded(rate * quantity, currency) != amount:
        return fixed_price(amount, currency)
    return Price(
        condition_type=PRICE,
        condition_calculation_type=_BY_UNIT,
        condition_rate_value=rate,
        condition_currency=currency,
        condition_quantity=Decimal(1),
        condition_quantity_unit=unit,
    )
