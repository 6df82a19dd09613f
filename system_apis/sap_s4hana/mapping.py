"""What every noun shares on its way to S/4HANA: keys as numbers of theirs, exact amounts, refusals of our own; pure.

S/4HANA has no room for our ids where it wants a number: ten characters for a partner, twenty-four in capitals for a
project. So a number is drawn from the id by a hash, and the id itself stands in a field of its own beside it. A second
create under one id is then refused by the tenant, because its number is taken.
"""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from typing import Final

from contracts.canonical.money import Money, rounded
from contracts.canonical.party import LegalEntity
from contracts.problem import FieldError, Kind, Problem
from system_apis.sap_s4hana.config import Company, Config, TaxCode
from system_apis.sap_s4hana.wire import CompanyCode

_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST: Final = 64
_LONGEST_OF_PARTNER: Final = 60
_PARTNER_DIGITS: Final = 9
_PROJECT_DIGITS: Final = 20


def key(value: str, *, pointer: str, longest: int = _LONGEST) -> str:
    """An id of ours as it is kept beside a number of theirs, in a field of our own or as an identification number.

    Raises:
        Problem: `invalid`, when it is longer than the field or holds others than letters, digits, - and _.

    """
    if len(value) > longest or _KEY.fullmatch(value) is None:
        detail = f"'{value}' may hold up to {longest} letters, digits, - and _ only"
        raise refused("external_id_unusable", pointer, detail)
    return value


def partner_number(customer_id: str, *, pointer: str) -> str:
    """The number of the business partner that is our customer: S and nine characters."""
    return "S" + _drawn("customer", key(customer_id, pointer=pointer, longest=_LONGEST_OF_PARTNER), _PARTNER_DIGITS)


def project_code(project_id: str, *, pointer: str) -> str:
    """The id of the enterprise project: SL- and twenty characters, in capitals."""
    return "SL-" + _drawn("project", key(project_id, pointer=pointer), _PROJECT_DIGITS)


def element_code(project_id: str, phase_id: str) -> str:
    """The id of a project element: phase ids are unique within their project only, elements in the tenant."""
    both = f"{key(project_id, pointer='/project_id')} {key(phase_id, pointer='/phases')}"
    return "SL-" + _drawn("phase", both, _PROJECT_DIGITS)


def company_of(config: Config, legal_entity_id: str, *, pointer: str) -> Company:
    """What stands for a legal entity.

    Raises:
        Problem: `invalid`, when the settings name none.

    """
    if legal_entity_id not in config.companies:
        raise refused("legal_entity_unknown", pointer, f"the settings have no company for '{legal_entity_id}'")
    return config.companies[legal_entity_id]


def tax_code_of(config: Config, tax_code: str, *, pointer: str) -> TaxCode:
    """By what a tax code is determined.

    Raises:
        Problem: `invalid`, when the settings do not have it.

    """
    if tax_code not in config.tax_codes:
        raise refused("tax_code_unknown", pointer, f"the settings have no tax code '{tax_code}'")
    return config.tax_codes[tax_code]


def legal_entity(legal_entity_id: str, row: CompanyCode) -> LegalEntity:
    """One company code under our code."""
    return LegalEntity(
        legal_entity_id=legal_entity_id, name=row.company_code_name, country=row.country, currency=row.currency
    )


def exact(money: Money, currency: str, *, pointer: str) -> Decimal:
    """An amount S/4HANA will not round, in the one currency of its document."""
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
    """A problem with one field of what was sent, found before anything was asked of S/4HANA."""
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))


def absent(what: str, our_id: str) -> Problem:
    """Nothing stands under our id."""
    return Problem(Kind.NOT_FOUND, "vendor_not_found", f"S/4HANA has no {what} under '{our_id}'")


def conflict(code: str, detail: str, *, hint: str = "") -> Problem:
    """What stands forbids what was asked."""
    return Problem(Kind.CONFLICT, code, detail, hint=hint)


def _drawn(space: str, value: str, digits: int) -> str:
    digest = hashlib.sha256(f"{space} {value}".encode()).digest()
    return base64.b32encode(digest).decode()[:digits]
