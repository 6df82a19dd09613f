"""Documents between our words and the vendor's: pure, and to the last digit."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any, Final, TypeVar

import msgspec
from msgspec.structs import replace

from contracts.canonical.jurisdictions import Jurisdiction, JurisdictionLevel
from contracts.canonical.party import Address
from contracts.canonical.taxation import (
    TaxDocument,
    TaxDocumentKind,
    TaxDocumentState,
    TaxedItem,
    TaxedLine,
    TaxRefund,
    TaxRequest,
    TaxShare,
)
from contracts.problem import Kind, Problem
from system_apis.avalara import wire
from system_apis.avalara.codes import code_of
from system_apis.avalara.wire import REFUND, SALE

W = TypeVar("W")

TYPES: Final = {TaxDocumentKind.SALE: SALE, TaxDocumentKind.REFUND: REFUND}
_KINDS: Final = {
    "SalesOrder": TaxDocumentKind.SALE,
    SALE: TaxDocumentKind.SALE,
    "ReturnOrder": TaxDocumentKind.REFUND,
    REFUND: TaxDocumentKind.REFUND,
}
_STATES: Final = {
    "Temporary": TaxDocumentState.ESTIMATE,
    "Saved": TaxDocumentState.UNCOMMITTED,
    "Posted": TaxDocumentState.UNCOMMITTED,
    "Queued": TaxDocumentState.UNCOMMITTED,
    "PendingApproval": TaxDocumentState.UNCOMMITTED,
    "Uncommitted": TaxDocumentState.UNCOMMITTED,
    "Committed": TaxDocumentState.COMMITTED,
    "Cancelled": TaxDocumentState.VOIDED,
    "Adjusted": TaxDocumentState.ADJUSTED,
}
_LEVELS: Final = {
    "Country": JurisdictionLevel.COUNTRY,
    "State": JurisdictionLevel.STATE,
    "County": JurisdictionLevel.COUNTY,
    "City": JurisdictionLevel.CITY,
    "Special": JurisdictionLevel.SPECIAL,
}
_SHORT: Final = {"CNT": "Country", "STA": "State", "CTY": "County", "CIT": "City", "STJ": "Special"}
"""Some models of the vendor name a level by three letters."""
_REASON: Final = "as stated on the document"


def fingerprint(body: TaxRequest | TaxRefund) -> str:
    """What tells one wish from another under the same key; it stands on the document as its reference."""
    said = msgspec.json.encode(body, order="deterministic")
    return f"sluice-{hashlib.sha256(said).hexdigest()[:40]}"


def model(body: TaxRequest, *, code: str, company: str, kind: str, commit: bool | None) -> dict[str, Any]:
    """A document as the vendor wants it; `commit` is None for an estimate, which states no tax of its own."""
    said: dict[str, Any] = {
        "type": kind,
        "code": code,
        "companyCode": company,
        "date": body.issued_on.isoformat(),
        "customerCode": code_of(body.customer_id, noun="/customer_id"),
        "currencyCode": body.currency,
        "addresses": {"shipFrom": place(body.sold_from), "shipTo": place(body.sold_to)},
        "lines": [_line(each) for each in body.lines],
        "referenceCode": fingerprint(body),
        "purchaseOrderNo": body.purchase_order or None,
        "businessIdentificationNo": body.buyer_registration,
        "taxOverride": _override(body, estimated=commit is None),
        "commit": commit,
    }
    if body.exemption is not None:
        said |= {"entityUseCode": body.exemption.reason, "exemptionNo": body.exemption.certificate}
    return {name: value for name, value in said.items() if value is not None}


def place(address: Address) -> dict[str, str]:
    """An address in the vendor's words; what is empty is left out."""
    said = {
        "line1": address.street,
        "city": address.city,
        "region": address.region,
        "postalCode": address.postal_code,
        "country": address.country or "",
    }
    return {name: value for name, value in said.items() if value}


def told(document: wire.Transaction, *, document_id: str, legal_entity_id: str, customer_id: str = "") -> TaxDocument:
    """A document in our words.

    Raises:
        Problem: unexpected, for a word of the vendor's that we do not know.

    """
    return TaxDocument(
        document_id=document_id,
        external_id=str(document.id) if document.id else "",
        kind=_known(_KINDS, document.type, "type"),
        state=_known(_STATES, document.status, "status"),
        legal_entity_id=legal_entity_id,
        customer_id=customer_id or document.customer_code,
        currency=document.currency_code,
        issued_on=day(document.date),
        taxed_on=day(document.tax_date or document.date),
        net=document.total_amount,
        taxable=document.total_taxable,
        exempt=document.total_exempt,
        tax=document.total_tax,
        computed=document.total_tax_calculated,
        lines=[_taxed(each) for each in document.lines or []],
        version=document.version,
        locked=document.locked,
        remarks=[f"{each.severity}: {each.refers_to or each.summary}"[:200] for each in document.messages or []],
    )


def renamed(document: TaxDocument, body: TaxRequest) -> TaxDocument:
    """The document with our own ids of its lines, where the vendor could bear only a part of them."""
    ours = {code_of(line.line_id, noun="/lines"): line.line_id for line in body.lines}
    lines = [replace(line, line_id=ours.get(line.line_id, line.line_id)) for line in document.lines]
    return replace(document, lines=lines)


def state_of(document: wire.Transaction) -> TaxDocumentState:
    """Where a document stands."""
    return _known(_STATES, document.status, "status")


def stands_as(document: wire.Transaction, body: TaxRequest) -> bool:
    """Whether what stands is what is wanted: our own mark is on it, and nobody has changed its amounts since."""
    charged = body.charged is None or body.charged == document.total_tax
    net = sum((line.net for line in body.lines), Decimal(0))
    return document.reference_code == fingerprint(body) and net == document.total_amount and charged


def level(word: str) -> JurisdictionLevel:
    """How large a jurisdiction is, by either of the vendor's words.

    Raises:
        Problem: unexpected, for another word.

    """
    return _known(_LEVELS, _SHORT.get(word, word), "jurisdiction type")


def day(text: str) -> dt.date:
    """A day of the vendor's, of which a time is cut off.

    Raises:
        Problem: unexpected, for what is no day.

    """
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "what should be a day is none") from None


def _line(item: TaxedItem) -> dict[str, Any]:
    number = code_of(item.line_id, noun="/lines")
    said: dict[str, Any] = {"number": number, "amount": item.net, "quantity": item.quantity}
    said |= {"taxCode": item.service_code, "description": item.description or None, "ref1": item.line_id[:50]}
    return {name: value for name, value in said.items() if value is not None}


def _override(body: TaxRequest, *, estimated: bool) -> dict[str, Any] | None:
    dated = {"taxDate": body.taxed_on.isoformat()} if body.taxed_on else {}
    if body.charged is not None and not estimated:
        return {"type": "TaxAmount", "taxAmount": body.charged, "reason": _REASON, **dated}
    return {"type": "TaxDate", "reason": _REASON, **dated} if dated else None


def _taxed(line: wire.Line) -> TaxedLine:
    return TaxedLine(
        line_id=line.line_number,
        net=line.line_amount,
        taxable=line.taxable_amount,
        exempt=line.exempt_amount,
        tax=line.tax,
        shares=[_share(each) for each in line.details],
    )


def _share(detail: wire.Detail) -> TaxShare:
    found = level(detail.juris_type)
    return TaxShare(
        jurisdiction=Jurisdiction(
            country=detail.country,
            region="" if found is JurisdictionLevel.COUNTRY else detail.region,
            level=found,
            code=detail.juris_code,
            name=detail.juris_name,
        ),
        name=detail.tax_name,
        percent=(detail.rate * 100).normalize() + 0,
        taxable=detail.taxable_amount,
        exempt=detail.exempt_amount + detail.non_taxable_amount,
        tax=detail.tax,
    )


def _known(words: dict[str, W], word: str, noun: str) -> W:
    try:
        return words[word]
    except KeyError:
        raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", f"an unknown {noun}") from None
