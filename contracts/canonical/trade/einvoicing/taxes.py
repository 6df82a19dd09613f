"""What each tax category asks of rate, reason and parties (rule TAX-1; BR-S, -Z, -E, -AE, -IC, -G, -O)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from contracts.canonical.documents import TaxCategory
from contracts.canonical.einvoice import Exemption, IssuedDocument
from contracts.canonical.trade.einvoicing.codes import EXEMPTIONS, REASON_CODES
from contracts.problem import FieldError

_TAXED: Final = (TaxCategory.STANDARD, TaxCategory.ZERO)
_NAMED_SELLER: Final = (TaxCategory.INTRA_COMMUNITY, TaxCategory.EXPORT, TaxCategory.REVERSE_CHARGE)
_NAMED_BUYER: Final = (TaxCategory.INTRA_COMMUNITY, TaxCategory.REVERSE_CHARGE)
_LOWEST: Final = Decimal("0.5")


def tax_faults(issued: IssuedDocument) -> Iterator[FieldError]:
    """Name what the categories on a document miss, and what they do not bear."""
    used = list(dict.fromkeys(group.category for group in issued.document.groups))
    yield from _rates(issued)
    yield from _reasons(issued.exemptions, used)
    yield from _numbers(issued, used)
    if TaxCategory.OUTSIDE_SCOPE in used and len(used) > 1:
        detail = "what is outside the scope of tax stands alone on its document (BR-O-11, BR-O-12)"
        yield FieldError(pointer="/document/groups", code="EINVOICE_MIXED_SCOPE", detail=detail)
    if TaxCategory.INTRA_COMMUNITY in used:
        yield from _delivery(issued)


def _rates(issued: IssuedDocument) -> Iterator[FieldError]:
    for number, group in enumerate(issued.document.groups):
        taxed = group.category is TaxCategory.STANDARD
        if taxed and group.percent < _LOWEST:
            detail = f"{group.percent} per cent is no rate that EN 16931 can state as taxed (BR-S-05, BR-CO-17)"
        elif not taxed and group.percent:
            detail = f"{group.category.value} bears no tax, and the rate is {group.percent} per cent (BT-119)"
        else:
            continue
        yield FieldError(pointer=f"/document/groups/{number}/percent", code="EINVOICE_TAX_RATE", detail=detail)


def _reasons(exemptions: Sequence[Exemption], used: Sequence[TaxCategory]) -> Iterator[FieldError]:
    given = [each.category for each in exemptions]
    for number, each in enumerate(exemptions):
        pointer = f"/exemptions/{number}"
        if each.category not in used or each.category in _TAXED or given.index(each.category) != number:
            detail = f"the document has no place for this reason of {each.category.value} (BR-S-10, BR-Z-10)"
            yield FieldError(pointer=pointer, code="EINVOICE_EXEMPTION", detail=detail)
        if each.code and each.code not in EXEMPTIONS:
            detail = f"{each.code!r} is not on the VATEX list (BT-121)"
            yield FieldError(pointer=f"{pointer}/code", code="EINVOICE_CODE", detail=detail)
    told = {each.category for each in exemptions if each.text.strip() or each.code} | set(REASON_CODES) | set(_TAXED)
    for category in used:
        if category not in told:
            detail = f"nobody said why {category.value} bears no tax (BR-{category.value}-10)"
            yield FieldError(pointer="/exemptions", code="EINVOICE_EXEMPTION_MISSING", detail=detail)


def _numbers(issued: IssuedDocument, used: Sequence[TaxCategory]) -> Iterator[FieldError]:
    seller, buyer = issued.seller, issued.buyer
    for category in used:
        if category is TaxCategory.OUTSIDE_SCOPE:
            if seller.registration is None:
                detail = "outside the scope of tax no VAT number is written, so the register has to be (BR-CO-26)"
                yield FieldError(pointer="/seller/registration", code="EINVOICE_SELLER_UNKNOWN", detail=detail)
            continue
        only_vat = category in _NAMED_SELLER
        if not seller.vat_id and (only_vat or not seller.tax_number):
            detail = f"{category.value} needs the seller's VAT number (BT-31)"
            yield FieldError(pointer="/seller/vat_id", code="EINVOICE_VAT_ID_MISSING", detail=detail)
        if category in _NAMED_BUYER and not buyer.vat_id:
            detail = f"{category.value} needs the buyer's VAT number (BT-48)"
            yield FieldError(pointer="/buyer/vat_id", code="EINVOICE_VAT_ID_MISSING", detail=detail)


def _delivery(issued: IssuedDocument) -> Iterator[FieldError]:
    delivery = issued.delivery
    if delivery is None or delivery.country is None:
        detail = "an intra-community supply says to which country it went (BR-IC-12)"
        yield FieldError(pointer="/delivery/country", code="EINVOICE_DELIVERY_MISSING", detail=detail)
    if issued.period is None and (delivery is None or delivery.delivered_on is None):
        detail = "an intra-community supply says when it was delivered, or for which period (BR-IC-11)"
        yield FieldError(pointer="/delivery/delivered_on", code="EINVOICE_DELIVERY_MISSING", detail=detail)
