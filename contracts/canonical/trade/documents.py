"""Invoices and credits as arithmetic: they tie exactly, and a credit undoes its original (MON-3, -4, -7, BIL-11)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec.structs import replace

from contracts.canonical.documents import (
    Billable,
    ComputedLine,
    DocumentItems,
    DocumentKey,
    DocumentLine,
    ExchangeRecord,
    MoneyDocument,
    TaxCategory,
    TaxGroup,
)
from contracts.canonical.money import Currency
from contracts.canonical.pricing import Rounding
from contracts.canonical.trade.exchange import converted
from contracts.canonical.trade.rounding import line_net, tax_of

_DOMESTIC: Final = (TaxCategory.STANDARD, TaxCategory.ZERO, TaxCategory.EXEMPT)


def computed(
    lines: Sequence[DocumentLine],
    currency: Currency,
    *,
    mode: Rounding = Rounding.HALF_UP,
    prepaid: Decimal = Decimal(0),
    rounding_amount: Decimal = Decimal(0),
    exchange: ExchangeRecord | None = None,
) -> MoneyDocument:
    """The document of some lines: each line cut, the sum of the cut lines, tax cut once a group (MON-3, MON-4).

    With `exchange` every group is converted once from the document's currency; sums are of what was converted.

    Raises:
        ValueError: the rates are not from the document's currency.

    """
    if exchange is not None and exchange.from_currency != currency:
        raise ValueError(f"the rates are from {exchange.from_currency}, the document is in {currency}")
    done = [
        ComputedLine(line=line, net=line_net(line.quantity, line.rate, currency, allowance=line.allowance, mode=mode))
        for line in lines
    ]
    groups = [_in_entity(group, exchange, mode=mode) for group in _groups(done, currency, mode=mode)]
    net = sum((each.net for each in done), Decimal(0))
    tax = sum((group.tax for group in groups), Decimal(0))
    document = MoneyDocument(
        currency=currency,
        rounding=mode,
        lines=done,
        groups=groups,
        net=net,
        tax=tax,
        gross=net + tax,
        prepaid=prepaid,
        rounding_amount=rounding_amount,
        payable=net + tax - prepaid + rounding_amount,
        exchange=exchange,
    )
    if exchange is None:
        return document
    entity_net = sum((group.entity_base or Decimal(0) for group in groups), Decimal(0))
    entity_tax = sum((group.entity_tax or Decimal(0) for group in groups), Decimal(0))
    return replace(document, entity_net=entity_net, entity_tax=entity_tax, entity_gross=entity_net + entity_tax)


def credited(original: MoneyDocument) -> MoneyDocument:
    """The full credit of a document: every amount negated as it stands, nothing computed anew (rule MON-7).

    Rate, tax group, rates of exchange and rounding are the original's. Where a format wants a credit note's
    amounts without a sign, the sign is dropped as the note is written, not here.
    """
    return replace(
        original,
        lines=[ComputedLine(line=_turned(each.line), net=-each.net) for each in original.lines],
        groups=[
            replace(
                group,
                base=-group.base,
                tax=-group.tax,
                entity_base=_minus(group.entity_base),
                entity_tax=_minus(group.entity_tax),
            )
            for group in original.groups
        ],
        net=-original.net,
        tax=-original.tax,
        gross=-original.gross,
        prepaid=-original.prepaid,
        rounding_amount=-original.rounding_amount,
        payable=-original.payable,
        entity_net=_minus(original.entity_net),
        entity_tax=_minus(original.entity_tax),
        entity_gross=_minus(original.entity_gross),
    )


def untied(document: MoneyDocument) -> list[str]:
    """Every identity that a document breaks, in words; empty when it ties exactly, without any tolerance (MON-4)."""
    found = []
    if sum((each.net for each in document.lines), Decimal(0)) != document.net:
        found.append("the lines do not sum to the net amount")
    if sum((group.base for group in document.groups), Decimal(0)) != document.net:
        found.append("the tax groups do not sum to the net amount")
    found += [
        f"the tax of {group.category.value} {group.percent} per cent is not that of its base"
        for group in document.groups
        if group.tax != tax_of(group.base, group.percent, document.currency, mode=document.rounding)
    ]
    if sum((group.tax for group in document.groups), Decimal(0)) != document.tax:
        found.append("the tax groups do not sum to the tax")
    if document.net + document.tax != document.gross:
        found.append("net and tax are not the gross amount")
    if document.gross - document.prepaid + document.rounding_amount != document.payable:
        found.append("gross less prepaid, rounded, is not what is payable")
    return found


def document_key(item: Billable) -> DocumentKey:
    """Which document an item goes on: taxed supplies at home may share one, every other treatment stands alone."""
    treatment = "domestic" if item.category in _DOMESTIC else item.category.value
    return DocumentKey(
        bill_to_id=item.bill_to_id,
        legal_entity_id=item.legal_entity_id,
        currency=item.currency,
        treatment=treatment,
        purchase_order=item.purchase_order,
    )


def on_documents(items: Iterable[Billable]) -> list[DocumentItems]:
    """Items by document, in the order in which each document's first item was given (rule BIL-11)."""
    found: dict[DocumentKey, list[str]] = {}
    for item in items:
        found.setdefault(document_key(item), []).append(item.item_id)
    return [DocumentItems(key=key, item_ids=ids) for key, ids in found.items()]


def _groups(lines: Sequence[ComputedLine], currency: Currency, *, mode: Rounding) -> list[TaxGroup]:
    bases: dict[tuple[TaxCategory, Decimal], Decimal] = {}
    for each in lines:
        key = (each.line.category, each.line.tax_percent)
        bases[key] = bases.get(key, Decimal(0)) + each.net
    return [
        TaxGroup(category=category, percent=percent, base=base, tax=tax_of(base, percent, currency, mode=mode))
        for (category, percent), base in sorted(bases.items())
    ]


def _in_entity(group: TaxGroup, exchange: ExchangeRecord | None, *, mode: Rounding) -> TaxGroup:
    if exchange is None:
        return group
    return replace(
        group,
        entity_base=converted(group.base, exchange, mode=mode),
        entity_tax=converted(group.tax, exchange, mode=mode),
    )


def _turned(line: DocumentLine) -> DocumentLine:
    return replace(line, quantity=-line.quantity, allowance=-line.allowance)


def _minus(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else -amount
