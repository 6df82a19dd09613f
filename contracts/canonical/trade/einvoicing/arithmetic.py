"""Whether the amounts of a document tie, and whether two decimals can state them (rules MON-3 and MON-4)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from contracts.canonical.documents import MoneyDocument
from contracts.canonical.einvoice import IssuedDocument
from contracts.canonical.posting import DocumentKind
from contracts.canonical.trade.documents import untied
from contracts.canonical.trade.rounding import line_net
from contracts.problem import FieldError

_DECIMALS: Final = 2
"""An amount of EN 16931 has two decimals at most, whatever its currency (BR-DEC-01 to -28)."""
_TOTALS: Final = ("net", "tax", "gross", "prepaid", "rounding_amount", "payable")


def not_numbers(document: MoneyDocument) -> Iterator[FieldError]:
    """Name every amount, quantity, price and rate that is infinite or no number."""
    for pointer, value in [*_amounts(document), *_factors(document)]:
        if not value.is_finite():
            yield FieldError(pointer=pointer, code="EINVOICE_NOT_A_NUMBER", detail=f"{value} is no amount")


def arithmetic_faults(issued: IssuedDocument) -> Iterator[FieldError]:
    """Name what does not tie, what two decimals cannot state, and a total with the sign of the other kind."""
    document = issued.document
    for said in untied(document):
        yield FieldError(pointer="/document", code="EINVOICE_UNTIED", detail=said)
    yield from _lines(document)
    yield from _groups(document)
    yield from _books(document)
    for pointer, amount in _amounts(document):
        if decimals(amount) > _DECIMALS:
            detail = f"{amount} has more than two decimals, and EN 16931 takes no more (BR-DEC)"
            yield FieldError(pointer=pointer, code="EINVOICE_DECIMALS", detail=detail)
    wrong = document.gross > 0 if issued.kind is DocumentKind.CREDIT_NOTE else document.gross < 0
    if wrong:
        detail = f"a total of {document.gross} does not belong on {_named(issued.kind)} (BT-3)"
        yield FieldError(pointer="/kind", code="EINVOICE_SIGN", detail=detail)


def decimals(value: Decimal) -> int:
    """How many decimals it takes to state a value exactly."""
    return len(f"{value:f}".partition(".")[2].rstrip("0"))


def _named(kind: DocumentKind) -> str:
    return "a credit note" if kind is DocumentKind.CREDIT_NOTE else "an invoice"


def _lines(document: MoneyDocument) -> Iterator[FieldError]:
    if not document.lines:
        yield FieldError(pointer="/document/lines", code="EINVOICE_NO_LINES", detail="there is no line (BR-16)")
    for number, each in enumerate(document.lines):
        line = each.line
        net = line_net(line.quantity, line.rate, document.currency, allowance=line.allowance, mode=document.rounding)
        if net != each.net:
            detail = f"{line.quantity} at {line.rate} less {line.allowance} is {net}, not {each.net} (BT-131)"
            yield FieldError(pointer=f"/document/lines/{number}/net", code="EINVOICE_LINE_NET", detail=detail)


def _groups(document: MoneyDocument) -> Iterator[FieldError]:
    bases: dict[tuple[str, Decimal], Decimal] = {}
    for each in document.lines:
        key = (each.line.category.value, each.line.tax_percent)
        bases[key] = bases.get(key, Decimal(0)) + each.net
    for number, group in enumerate(document.groups):
        base = bases.pop((group.category.value, group.percent), None)
        if base != group.base:
            detail = f"the lines of {group.category.value} {group.percent} come to {base}, not {group.base} (BT-116)"
            yield FieldError(pointer=f"/document/groups/{number}", code="EINVOICE_GROUP", detail=detail)
    for category, percent in bases:
        detail = f"lines of {category} {percent} have no tax group (BG-23)"
        yield FieldError(pointer="/document/groups", code="EINVOICE_GROUP", detail=detail)


def _books(document: MoneyDocument) -> Iterator[FieldError]:
    if document.exchange is None:
        return
    sums = sum((group.entity_tax or Decimal(0) for group in document.groups), Decimal(0))
    if document.entity_tax != sums:
        detail = f"the tax groups come to {sums} in the books, not {document.entity_tax} (BT-111)"
        yield FieldError(pointer="/document/entity_tax", code="EINVOICE_UNTIED", detail=detail)


def _amounts(document: MoneyDocument) -> Iterator[tuple[str, Decimal]]:
    for number, each in enumerate(document.lines):
        yield f"/document/lines/{number}/line/allowance", each.line.allowance
        yield f"/document/lines/{number}/net", each.net
    for number, group in enumerate(document.groups):
        yield f"/document/groups/{number}/base", group.base
        yield f"/document/groups/{number}/tax", group.tax
    for name in _TOTALS:
        yield f"/document/{name}", getattr(document, name)
    if document.entity_tax is not None:
        yield "/document/entity_tax", document.entity_tax


def _factors(document: MoneyDocument) -> Iterator[tuple[str, Decimal]]:
    for number, each in enumerate(document.lines):
        yield f"/document/lines/{number}/line/quantity", each.line.quantity
        yield f"/document/lines/{number}/line/rate", each.line.rate
        yield f"/document/lines/{number}/line/tax_percent", each.line.tax_percent
    for number, group in enumerate(document.groups):
        yield f"/document/groups/{number}/percent", group.percent
        for name in ("entity_base", "entity_tax"):
            value = getattr(group, name)
            if value is not None:
                yield f"/document/groups/{number}/{name}", value
