"""The ledger in the store: appends lines, holds them for one draft, and posts with a legal number, or does nothing.

Everything happens within the caller's transaction. Who reverses a line and who drafts it lock the same row, in order
of ids, so that of two at once the second sees what the first did; SQLite has one writer and needs no locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.actuals import Actual
from contracts.canonical.documents import ExchangeRecord, MoneyDocument
from contracts.canonical.invoices import Invoice, InvoiceKind, InvoiceState
from contracts.canonical.trade.ledger.billing import document_of, posted, sealed
from contracts.canonical.trade.ledger.periods import must_be_open
from contracts.problem import Kind, Problem
from kit.store.actuals import ACTUAL, ACTUAL_HOLD, INVOICE, INVOICE_LINE
from kit.store.database import insert_once
from kit.store.ledger_lines import Lines
from kit.store.ledger_rows import invoice_line_rows, invoice_row

_NUMBER: Final = (
    "insert into number_series (tenant, legal_entity_id, series, last) values (:tenant, :entity, :series, 1)"
    " on conflict (tenant, legal_entity_id, series) do update set last = number_series.last + 1 returning last"
)


@dataclass(frozen=True)
class Place:
    """Where a document is put in the books: its series, its day, and what the ERP calls it."""

    series: str
    posted_on: dt.date
    erp_number: str = ""


@dataclass(frozen=True)
class Ledger:
    """One tenant's ledger, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    @property
    def _all(self) -> Lines:
        return Lines(self.connection, self.tenant, self.now)

    async def append(self, lines: Sequence[Actual]) -> None:
        """Append lines; one that stands already exactly so is left alone.

        Raises:
            Problem: conflict, when another line has its name or purpose, when what it reverses was reversed before,
                or when that is on a draft which is not the one that bills it.

        """
        await self._all.append(lines)

    async def of_contract_line(self, contract_line_id: str) -> list[Actual]:
        """Every line under a line of the contract, in order of work, each with its state."""
        return await self._all.where(ACTUAL.c.contract_line_id == contract_line_id)

    async def of_source(self, system: str, source_id: str) -> list[Actual]:
        """Every line that came of one record elsewhere, each with its state."""
        return await self._all.where((ACTUAL.c.source_system == system) & (ACTUAL.c.source_id == source_id))

    async def held(self) -> set[str]:
        """The lines that are on a draft, or were billed by it."""
        query = sa.select(ACTUAL_HOLD.c.actual_id).where(ACTUAL_HOLD.c.tenant == self.tenant)
        return set((await self.connection.execute(query)).scalars())

    async def invoice(self, invoice_id: str) -> Invoice:
        """One invoice, locked until the transaction ends.

        Raises:
            Problem: not_found.

        """
        table = INVOICE.c
        mine = (table.tenant == self.tenant) & (table.invoice_id == invoice_id)
        found = (await self.connection.execute(sa.select(table.invoice).where(mine).with_for_update())).scalar()
        if found is None:
            raise Problem(Kind.NOT_FOUND, "invoice_not_found", f"there is no invoice {invoice_id}")
        return msgspec.json.decode(found, type=Invoice)

    async def draft(self, draft: Invoice) -> None:
        """Keep a new draft and hold its lines for it.

        Raises:
            Problem: conflict, when a line is on another draft or no longer counts; already_exists.

        """
        ids = sorted(line.actual_id for line in draft.lines)
        await self._all.lock(ids)
        await self._all.must_count(ids)
        if not await insert_once(self.connection, INVOICE, invoice_row(draft, tenant=self.tenant, now=self.now)):
            raise Problem(Kind.ALREADY_EXISTS, "invoice_exists", f"there is an invoice {draft.invoice_id}")
        await self._all.hold(ids, invoice_id=draft.invoice_id)

    async def change(self, draft: Invoice) -> None:
        """Keep a draft with other quantities; its lines stay those that it holds.

        Raises:
            Problem: conflict, when it is no draft any more or its lines are others.

        """
        before = await self._draft(draft.invoice_id)
        if [line.actual_id for line in before.lines] != [line.actual_id for line in draft.lines]:
            raise Problem(Kind.CONFLICT, "draft_lines_differ", "discard the draft to bill other lines")
        await self._keep(draft)

    async def discard(self, invoice_id: str) -> None:
        """Discard a draft and free its lines.

        Raises:
            Problem: conflict, when it is no draft any more.

        """
        await self._keep(replace(await self._draft(invoice_id), state=InvoiceState.DISCARDED))
        mine = (ACTUAL_HOLD.c.tenant == self.tenant) & (ACTUAL_HOLD.c.invoice_id == invoice_id)
        await self.connection.execute(sa.delete(ACTUAL_HOLD).where(mine))

    async def post(
        self,
        invoice_id: str,
        *,
        series: str,
        posted_on: dt.date,
        closed: Collection[str],
        exchange: ExchangeRecord | None = None,
        erp_number: str = "",
    ) -> Invoice:
        """Post a draft: its lines, its amounts and its number, all or nothing.

        Raises:
            Problem: conflict, when it is no draft any more.
            Refused: a rule of billing refuses, or the month is closed.

        """
        draft = await self._draft(invoice_id)
        lines = await self._all.beside([line.actual_id for line in draft.lines])
        appended = posted(lines, draft, posted_on=posted_on)
        document = document_of(appended, exchange=exchange)
        place = Place(series=series, posted_on=posted_on, erp_number=erp_number)
        return await self._seal(draft, appended, document, place, closed=closed)

    async def correct(
        self,
        correction: Invoice,
        appended: Sequence[Actual],
        *,
        series: str,
        posted_on: dt.date,
        closed: Collection[str],
        erp_number: str = "",
    ) -> Invoice:
        """Post a corrective document with the lines that its rules made: nobody sees it as a draft.

        It is converted at the rates of what it corrects (rule MON-7).

        Raises:
            Problem: invalid, when it corrects nothing; not_found, of what it corrects; conflict, when that is not
                posted, or when a line that it credits was corrected meanwhile; already_exists.
            Refused: the month is closed, or the document has no line.

        """
        if correction.kind is not InvoiceKind.CORRECTION or correction.corrects is None:
            raise Problem(Kind.INVALID, "nothing_corrected", "a correction names the invoice it corrects")
        original = await self.invoice(correction.corrects)
        if original.document is None:
            raise Problem(Kind.CONFLICT, "not_posted", f"{original.invoice_id} is {original.state.value}")
        if not await insert_once(self.connection, INVOICE, invoice_row(correction, tenant=self.tenant, now=self.now)):
            raise Problem(Kind.ALREADY_EXISTS, "invoice_exists", f"there is an invoice {correction.invoice_id}")
        document = correction.document or document_of(appended, exchange=original.document.exchange)
        place = Place(series=series, posted_on=posted_on, erp_number=erp_number)
        return await self._seal(correction, appended, document, place, closed=closed)

    async def _seal(
        self,
        draft: Invoice,
        appended: Sequence[Actual],
        document: MoneyDocument,
        place: Place,
        *,
        closed: Collection[str],
    ) -> Invoice:
        must_be_open(appended, closed=closed)
        await self.append(appended)
        asked = {"tenant": self.tenant, "entity": draft.legal_entity_id, "series": place.series}
        number = int((await self.connection.execute(sa.text(_NUMBER), asked)).scalar_one())
        done = sealed(
            draft,
            document,
            series=place.series,
            number=number,
            posted_on=place.posted_on,
            erp_number=place.erp_number,
        )
        await self._keep(done)
        if rows := invoice_line_rows(done, tenant=self.tenant):
            await self.connection.execute(sa.insert(INVOICE_LINE), rows)
        return done

    async def _draft(self, invoice_id: str) -> Invoice:
        found = await self.invoice(invoice_id)
        if found.state is not InvoiceState.DRAFT:
            raise Problem(Kind.CONFLICT, "not_a_draft", f"{invoice_id} is {found.state.value}")
        return found

    async def _keep(self, invoice: Invoice) -> None:
        mine = (INVOICE.c.tenant == self.tenant) & (INVOICE.c.invoice_id == invoice.invoice_id)
        await self.connection.execute(
            sa.update(INVOICE).where(mine).values(**invoice_row(invoice, tenant=self.tenant, now=self.now))
        )
