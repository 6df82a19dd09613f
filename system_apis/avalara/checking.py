"""What is refused before the vendor hears of it: it would misread some of it, and refuse the rest one by one. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from contracts.canonical.money import rounded
from contracts.canonical.taxation import TaxRequest
from contracts.problem import FieldError, Kind, Problem


def check(body: TaxRequest) -> None:
    """Refuse what the vendor would misread or refuse.

    Raises:
        Problem: invalid, with every fault.

    """
    faults = tuple(_faults(body))
    if faults:
        raise Problem(Kind.INVALID, "tax_request_invalid", "the document cannot be taxed as it stands", errors=faults)


def _faults(body: TaxRequest) -> Iterator[FieldError]:
    for name, address in (("sold_from", body.sold_from), ("sold_to", body.sold_to)):
        if not address.country:
            yield FieldError(pointer=f"/{name}/country", code="country_missing", detail="a country is never assumed")
    counted = Counter(line.line_id for line in body.lines)
    for number, line in enumerate(body.lines):
        if counted[line.line_id] > 1:
            yield FieldError(pointer=f"/lines/{number}/line_id", code="line_duplicate", detail="given more than once")
        if not _stated(line.net, body.currency):
            yield _fine(f"/lines/{number}/net", body.currency)
    if body.charged is not None and not _stated(body.charged, body.currency):
        yield _fine("/charged", body.currency)


def _stated(amount: Decimal, currency: str) -> bool:
    try:
        return rounded(amount, currency) == amount
    except InvalidOperation:
        return False


def _fine(pointer: str, currency: str) -> FieldError:
    return FieldError(pointer=pointer, code="amount_unstated", detail=f"finer or larger than {currency} can state")
