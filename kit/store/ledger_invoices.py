"""Invoices of the ledger in the store, many at a time: kept, locked, numbered without gaps, and listed by line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.problem import Kind, Problem
from kit.store.actuals import INVOICE, INVOICE_LINE
from kit.store.database import in_parts, insert_many_once
from kit.store.ledger_rows import invoice_line_rows, invoice_row

_NUMBERS: Final = (
    "insert into number_series (tenant, legal_entity_id, series, last) values (:tenant, :entity, :series, :many)"
    " on conflict (tenant, legal_entity_id, series) do update set last = number_series.last + :many returning last"
)
_CHANGED: Final = ("state", "series", "number", "invoice", "written_at")


@dataclass(frozen=True)
class Invoices:
    """One tenant's invoices, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    async def add(self, invoices: Sequence[Invoice]) -> None:
        """Keep new invoices.

        Raises:
            Problem: already_exists, of one of them, or when two have one id.

        """
        rows = [invoice_row(each, tenant=self.tenant, now=self.now) for each in invoices]
        added = await insert_many_once(self.connection, INVOICE, rows)
        for invoice in invoices:
            if (self.tenant, invoice.invoice_id) not in added:
                raise Problem(Kind.ALREADY_EXISTS, "invoice_exists", f"there is an invoice {invoice.invoice_id}")
            added.remove((self.tenant, invoice.invoice_id))

    async def locked(self, invoice_ids: Sequence[str]) -> list[Invoice]:
        """Invoices in the order asked, locked in order of ids until the transaction ends.

        Raises:
            Problem: not_found.

        """
        found: dict[str, str] = {}
        for part in in_parts(invoice_ids):
            named = (INVOICE.c.tenant == self.tenant) & INVOICE.c.invoice_id.in_(part)
            query = sa.select(INVOICE.c.invoice_id, INVOICE.c.invoice).where(named).order_by(INVOICE.c.invoice_id)
            rows = await self.connection.execute(query.with_for_update())
            found.update((row.invoice_id, row.invoice) for row in rows)
        for invoice_id in invoice_ids:
            if invoice_id not in found:
                raise Problem(Kind.NOT_FOUND, "invoice_not_found", f"there is no invoice {invoice_id}")
        return [msgspec.json.decode(found[each], type=Invoice) for each in invoice_ids]

    async def drafts(self, invoice_ids: Sequence[str]) -> list[Invoice]:
        """As `locked`, of drafts.

        Raises:
            Problem: not_found; conflict, when one is no draft any more, or is named twice.

        """
        found = await self.locked(invoice_ids)
        for invoice in found:
            if invoice.state is not InvoiceState.DRAFT:
                raise Problem(Kind.CONFLICT, "not_a_draft", f"{invoice.invoice_id} is {invoice.state.value}")
        if len(set(invoice_ids)) < len(invoice_ids):
            raise Problem(Kind.CONFLICT, "not_a_draft", "an invoice is named twice and would be posted once")
        return found

    async def keep(self, invoices: Sequence[Invoice]) -> None:
        """Keep what became of invoices that stand."""
        values = {name: sa.bindparam(f"new_{name}", type_=INVOICE.c[name].type) for name in _CHANGED}
        mine = (INVOICE.c.tenant == self.tenant) & (INVOICE.c.invoice_id == sa.bindparam("old_id"))
        rows = [invoice_row(each, tenant=self.tenant, now=self.now) for each in invoices]
        await self.connection.execute(
            sa.update(INVOICE).where(mine).values(values),
            [{"old_id": row["invoice_id"], **{f"new_{name}": row[name] for name in _CHANGED}} for row in rows],
        )

    async def numbers(self, drafts: Sequence[Invoice], *, series: str) -> list[int]:
        """The next legal number of its seller for each draft, in the order given.

        Sellers are asked in order, so that two who post at once never wait for each other in a ring.
        """
        following: dict[str, int] = {}
        for entity, many in sorted(Counter(each.legal_entity_id for each in drafts).items()):
            asked = {"tenant": self.tenant, "entity": entity, "series": series, "many": many}
            last = int((await self.connection.execute(sa.text(_NUMBERS), asked)).scalar_one())
            following[entity] = last - many + 1
        found = []
        for draft in drafts:
            found.append(following[draft.legal_entity_id])
            following[draft.legal_entity_id] += 1
        return found

    async def list_lines(self, invoices: Sequence[Invoice]) -> None:
        """Write down, once they are posted, which lines of actuals stand on which line of them."""
        rows = [row for each in invoices for row in invoice_line_rows(each, tenant=self.tenant)]
        if rows:
            await self.connection.execute(sa.insert(INVOICE_LINE), rows)
