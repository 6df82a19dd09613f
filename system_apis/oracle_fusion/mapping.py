"""What every noun shares on its way to Fusion: keys and numbers drawn from them, exact amounts, refusals; pure."""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from typing import Final

from contracts.canonical.money import Money, rounded
from contracts.problem import FieldError, Kind, Problem
from system_apis.oracle_fusion.config import Company, Config

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SHORT: Final = 30
_REFERENCE: Final = 80
_CONTRACT: Final = 66


def key(value: str, *, pointer: str) -> str:
    """An id of ours as it is kept in Fusion.

    Raises:
        Problem: `invalid`, when it is longer than 64 characters or holds others than letters, digits, - and _.

    """
    if _KEY.fullmatch(value) is None:
        raise refused("external_id_unusable", pointer, f"'{value}' may hold up to 64 letters, digits, - and _ only")
    return value


def account_number(customer_id: str, *, pointer: str) -> str:
    """The number of the customer account, and of its one site: our id where thirty characters hold it."""
    ours = key(customer_id, pointer=pointer)
    return ours if len(ours) <= _SHORT else "SL-" + _drawn("customer", ours, 20)


def project_number(project_id: str, *, pointer: str) -> str:
    """The number of the project, of at most 25 characters."""
    return "SL-" + _drawn("project", key(project_id, pointer=pointer), 20)


def transaction_number(document_id: str, *, pointer: str) -> str:
    """The number of a receivables transaction, of at most twenty characters; the legal number is another one."""
    return "SL" + _drawn("document", key(document_id, pointer=pointer), 18)


def event_reference(contract_number: str, line_id: str, *, pointer: str) -> str:
    """By what a billing event is known to us: its contract and our line, of at most eighty characters in all."""
    ours = key(line_id, pointer=pointer)
    whole = f"{contract_number}/{ours}"
    return whole if len(whole) <= _REFERENCE else f"{contract_number[:_CONTRACT]}/{_drawn(contract_number, ours, 12)}"


def company_of(config: Config, legal_entity_id: str, *, pointer: str) -> Company:
    """What stands for a legal entity.

    Raises:
        Problem: `invalid`, when the settings name none.

    """
    if legal_entity_id not in config.companies:
        raise refused("legal_entity_unknown", pointer, f"the settings have no company for '{legal_entity_id}'")
    return config.companies[legal_entity_id]


def tax_code_of(config: Config, tax_code: str, *, pointer: str) -> str:
    """The tax classification of one of our tax codes.

    Raises:
        Problem: `invalid`, when the settings do not have it.

    """
    if tax_code not in config.tax_codes:
        raise refused("tax_code_unknown", pointer, f"the settings have no tax code '{tax_code}'")
    return config.tax_codes[tax_code]


def exact(money: Money, currency: str, *, pointer: str) -> Decimal:
    """An amount Fusion will not round, in the one currency of its record."""
    if money.currency != currency:
        raise refused("currency_differs", pointer, f"{money.currency} where the record is in {currency}")
    return fine(money.amount, currency, pointer=pointer)


def fine(amount: Decimal, currency: str, *, pointer: str) -> Decimal:
    """An amount no finer than the currency's minor unit."""
    if rounded(amount, currency) != amount:
        raise refused("amount_too_fine", pointer, f"{amount} is finer than the minor unit of {currency}")
    return amount


def agree(asked: str, said: str, *, pointer: str) -> None:
    """Refuse a body that is about something else than its address."""
    if asked != said:
        raise refused("key_differs", pointer, f"the body is about '{said}', the address about '{asked}'")


def refused(code: str, pointer: str, detail: str) -> Problem:
    """A problem with one field of what was sent, found before anything was asked of Fusion."""
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))


def absent(what: str, our_id: str) -> Problem:
    """Nothing stands under our id."""
    return Problem(Kind.NOT_FOUND, "vendor_not_found", f"Fusion has no {what} under '{our_id}'")


def conflict(code: str, detail: str, *, hint: str = "") -> Problem:
    """What stands forbids what was asked."""
    return Problem(Kind.CONFLICT, code, detail, hint=hint)


def _drawn(space: str, value: str, digits: int) -> str:
    digest = hashlib.sha256(f"{space} {value}".encode()).digest()
    return base64.b32encode(digest).decode()[:digits]
