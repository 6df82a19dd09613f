"""Whether the head of a document and the words of its lines are there: number, dates, references, account, units."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from contracts.canonical.einvoice import IssuedDocument, PaymentMeans
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.einvoicing.codes import COUNTRIES, CURRENCIES, UNITS
from contracts.problem import FieldError

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def term_faults(issued: IssuedDocument) -> Iterator[FieldError]:
    """Name what the head of the document misses or says wrongly."""
    if not issued.number.strip():
        yield FieldError(pointer="/number", code="EINVOICE_NUMBER_MISSING", detail="a document has a number (BR-02)")
    yield from _currencies(issued)
    if issued.kind is DocumentKind.CREDIT_NOTE and issued.preceding is None:
        detail = "a credit note names the invoice that it credits (BT-25)"
        yield FieldError(pointer="/preceding", code="EINVOICE_PRECEDING_MISSING", detail=detail)
    if issued.preceding is not None and not issued.preceding.number.strip():
        detail = "the invoice that is referred to has a number (BR-55)"
        yield FieldError(pointer="/preceding/number", code="EINVOICE_PRECEDING_MISSING", detail=detail)
    asked = issued.kind is DocumentKind.INVOICE and issued.document.payable > 0
    if asked and issued.due_on is None and not issued.terms.strip():
        detail = "what is to be paid has a day or terms (BR-CO-25)"
        yield FieldError(pointer="/due_on", code="EINVOICE_DUE_MISSING", detail=detail)
    if issued.period is not None and issued.period.ends_on < issued.period.starts_on:
        detail = "the period ends before it starts (BR-29)"
        yield FieldError(pointer="/period/ends_on", code="EINVOICE_PERIOD", detail=detail)
    if issued.delivery is not None and issued.delivery.country not in {None, *COUNTRIES}:
        detail = f"{issued.delivery.country!r} is no country of ISO 3166-1 (BR-CL-14)"
        yield FieldError(pointer="/delivery/country", code="EINVOICE_CODE", detail=detail)
    yield from _payment(issued)


def item_faults(issued: IssuedDocument) -> Iterator[FieldError]:
    """Name every line without words, every word without a line, and units that nobody has coded."""
    ids = [each.line.line_id for each in issued.document.lines]
    named = Counter(item.line_id for item in issued.items)
    for number, line_id in enumerate(ids):
        if not line_id.strip() or ids.index(line_id) != number:
            detail = f"a line has an id of its own, and {line_id!r} is none (BR-21)"
            yield FieldError(pointer=f"/document/lines/{number}/line/line_id", code="EINVOICE_LINE_ID", detail=detail)
        elif named[line_id] != 1:
            detail = f"line {line_id} is named {named[line_id]} times (BR-25)"
            yield FieldError(pointer=f"/document/lines/{number}", code="EINVOICE_ITEM_MISSING", detail=detail)
    known = set(ids)
    for number, item in enumerate(issued.items):
        if item.line_id not in known:
            detail = f"the document has no line {item.line_id!r}"
            yield FieldError(pointer=f"/items/{number}/line_id", code="EINVOICE_ITEM_STRANGE", detail=detail)
        if not item.name.strip():
            detail = "a line says what was supplied (BR-25)"
            yield FieldError(pointer=f"/items/{number}/name", code="EINVOICE_NAME_MISSING", detail=detail)
        if item.unit not in UNITS:
            detail = f"nobody has said which code of Recommendation 20 {item.unit!r} is (BR-23)"
            yield FieldError(pointer=f"/items/{number}/unit", code="EINVOICE_UNIT", detail=detail)


def _currencies(issued: IssuedDocument) -> Iterator[FieldError]:
    document = issued.document
    found = {"/document/currency": document.currency}
    if document.exchange is not None:
        found["/document/exchange/to_currency"] = document.exchange.to_currency
    for pointer, currency in found.items():
        if currency not in CURRENCIES:
            detail = f"{currency!r} is no currency that every receiver takes (BR-CL-04)"
            yield FieldError(pointer=pointer, code="EINVOICE_CODE", detail=detail)


def _payment(issued: IssuedDocument) -> Iterator[FieldError]:
    payment = issued.payment
    if payment is None:
        return
    account = payment.account.replace(" ", "")
    transfer = payment.means is not PaymentMeans.NOT_DEFINED
    if transfer and not account:
        detail = "a transfer needs an account (BR-61)"
        yield FieldError(pointer="/payment/account", code="EINVOICE_ACCOUNT_MISSING", detail=detail)
    elif (payment.means is PaymentMeans.SEPA_CREDIT_TRANSFER or _IBAN.fullmatch(account)) and not _is_iban(account):
        detail = "the account is no IBAN, or its check digits are wrong (BT-84)"
        yield FieldError(pointer="/payment/account", code="EINVOICE_IBAN", detail=detail)
    if not account and (payment.account_name or payment.bic):
        detail = "whose account and which bank is told with an account (BR-50)"
        yield FieldError(pointer="/payment/account", code="EINVOICE_ACCOUNT_MISSING", detail=detail)


def _is_iban(account: str) -> bool:
    if not _IBAN.fullmatch(account):
        return False
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1
