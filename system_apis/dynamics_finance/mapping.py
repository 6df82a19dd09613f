"""What every noun shares on its way to the environment: keys as numbers of its own, exact amounts, refusals; pure.

The environment's keys take twenty characters. So a number is drawn from our id by a hash, and the id itself stands in
a field beside it: a second create under one id is then refused by the environment, because its number is taken.
"""

from __future__ import annotations

import base64
import hashlib
import re
from decimal import Decimal
from typing import Final

from contracts.canonical.money import Money, rounded
from contracts.problem import FieldError, Kind, Problem
from system_apis.dynamics_finance.config import Config

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DIGITS: Final = 18


def key(value: str, *, pointer: str) -> str:
    """An id of ours as it is kept beside a number of theirs.

    Raises:
        Problem: `invalid`, when it is longer than sixty-four characters or holds others than letters, digits, - and _.

    """
    if _KEY.fullmatch(value) is None:
        raise refused("external_id_unusable", pointer, f"'{value}' may hold up to 64 letters, digits, - and _ only")
    return value


def number(noun: str, *ids: str, pointer: str) -> str:
    """The environment's number for a thing of ours: SL and eighteen characters (90 bits of a hash)."""
    whole = " ".join([noun, *(key(each, pointer=pointer) for each in ids)])
    return "SL" + base64.b32encode(hashlib.sha256(whole.encode()).digest()).decode()[:_DIGITS]


def company_of(config: Config, legal_entity_id: str, *, pointer: str) -> str:
    """The company that stands for a legal entity.

    Raises:
        Problem: `invalid`, when the settings name none.

    """
    if legal_entity_id not in config.companies:
        raise refused("legal_entity_unknown", pointer, f"the settings have no company for '{legal_entity_id}'")
    return config.companies[legal_entity_id]


def exact(money: Money, currency: str, *, pointer: str) -> Decimal:
    """An amount in the one currency of its record, no finer than that currency's minor unit."""
    if money.currency != currency:
        raise refused("currency_differs", pointer, f"{money.currency} where the record is in {currency}")
    return fine(money.amount, currency, pointer=pointer)


def fine(amount: Decimal, currency: str, *, pointer: str) -> Decimal:
    """An amount no finer than the currency's minor unit; the environment would round it."""
    if rounded(amount, currency) != amount:
        raise refused("amount_too_fine", pointer, f"{amount} is finer than the minor unit of {currency}")
    return amount


def short(value: str, most: int, *, pointer: str, code: str) -> str:
    """Text that fits.

    Raises:
        Problem: `invalid`, when the environment would refuse it for its length.

    """
    if len(value) > most:
        raise refused(code, pointer, f"the environment holds {most} characters")
    return value


def agree(asked: str, told: str, *, pointer: str) -> None:
    """Refuse a body that is about something else than its address."""
    if asked != told:
        raise refused("key_differs", pointer, f"the body is about '{told}', the address about '{asked}'")


def refused(code: str, pointer: str, detail: str) -> Problem:
    """A problem with one field of what was sent."""
    return Problem(Kind.INVALID, code, detail, errors=(FieldError(pointer=pointer, code=code, detail=detail),))


def absent(what: str, our_id: str) -> Problem:
    """Nothing stands under our id."""
    return Problem(Kind.NOT_FOUND, "vendor_not_found", f"the environment has no {what} under '{our_id}'")


def conflict(code: str, detail: str, *, hint: str = "") -> Problem:
    """What stands forbids what was asked."""
    return Problem(Kind.CONFLICT, code, detail, hint=hint)
