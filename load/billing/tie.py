"""Whether a run ties, read back from its store: documents, numbers, and every line of actuals against both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import msgspec
import sqlalchemy as sa

from contracts.canonical.actuals import Chargeability, InvoiceLineReference, Side
from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.canonical.money import Money
from contracts.canonical.trade.documents import untied
from kit.store import Store
from kit.store.actuals import ACTUAL, INVOICE
from load.billing.stages import NotTied
from load.billing.work import in_minor_units

_AT_ONCE: Final = 2_000


class _Told(msgspec.Struct):
    """What of a line of actuals is added up."""

    side: Side
    chargeability: Chargeability
    quantity: Decimal
    amount: Money
    invoice_line: InvoiceLineReference | None = None


async def tie(store: Store, tenant: str, expected: Iterable[tuple[int, int, int]], *, hours: Decimal) -> int:
    """How many lines of actuals were read; every identity held.

    Raises:
        NotTied: a document breaks an identity or is not posted, numbers have a gap, a document is not the sum of the
            lines billed on it, something is unbilled, or the hours billed are not those approved.

    """
    nets = await _documents(store, tenant, expected)
    billed: dict[str, Decimal] = {}
    open_amounts: dict[str, Decimal] = {}
    quantity, read = Decimal(0), 0
    query = sa.select(ACTUAL.c.line).where(ACTUAL.c.tenant == tenant).execution_options(yield_per=_AT_ONCE)
    async with store.read() as connection:
        async for row in await connection.stream(query):
            line = msgspec.json.decode(row.line, type=_Told)
            read += 1
            if line.side is Side.BILLED_SALES and line.invoice_line is not None:
                invoice_id = line.invoice_line.invoice_id
                billed[invoice_id] = billed.get(invoice_id, Decimal(0)) + line.amount.amount
                quantity += line.quantity
            elif line.side is Side.UNBILLED_SALES and line.chargeability is Chargeability.CHARGEABLE:
                currency = line.amount.currency
                open_amounts[currency] = open_amounts.get(currency, Decimal(0)) + line.amount.amount
    if billed != nets:
        raise NotTied(f"{sum(billed.get(each) != net for each, net in nets.items())} documents are not their lines")
    if any(open_amounts.values()) or quantity != hours:
        raise NotTied(f"{hours} hours were approved, {quantity} are billed; unbilled: {open_amounts}")
    return read


async def _documents(store: Store, tenant: str, expected: Iterable[tuple[int, int, int]]) -> dict[str, Decimal]:
    """The net amount of every document, each of which is posted, ties, and has its number."""
    numbers: dict[str, list[int]] = {}
    nets: dict[str, Decimal] = {}
    amounts: Counter[tuple[int, int, int]] = Counter()
    query = sa.select(INVOICE.c.invoice).where(INVOICE.c.tenant == tenant).execution_options(yield_per=_AT_ONCE)
    async with store.read() as connection:
        async for row in await connection.stream(query):
            invoice = msgspec.json.decode(row.invoice, type=Invoice)
            if invoice.state is not InvoiceState.POSTED or invoice.document is None or invoice.number is None:
                raise NotTied(f"{invoice.invoice_id} is {invoice.state.value}")
            if faults := untied(invoice.document):
                raise NotTied(f"{invoice.invoice_id}: {'; '.join(faults)}")
            numbers.setdefault(invoice.legal_entity_id, []).append(invoice.number)
            nets[invoice.invoice_id] = invoice.document.net
            amounts[in_minor_units(invoice.document)] += 1
    for entity, found in numbers.items():
        if sorted(found) != list(range(1, len(found) + 1)):
            raise NotTied(f"the numbers of {entity} have a gap")
    if amounts != Counter(expected):
        raise NotTied("what is kept is not what was posted")
    return nets
