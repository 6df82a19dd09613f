"""The ledger in the store: appends lines, holds them for one draft, and posts with a legal number, or does nothing.

Everything happens within the caller's transaction. Who reverses a line and who drafts it lock the same row, in order
of ids, so that of two at once the second sees what the first did; SQLite has one writer and needs no locks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.actuals import Actual
from contracts.canonical.documents import ExchangeRecord, MoneyDocument
from contracts.canonical.invoices import Invoice, InvoiceKind, InvoiceState
from contracts.canonical.trade.ledger.billing import document_of, posted, sealed
from contracts.canonical.trade.ledger.periods import must_be_open
from contracts.problem import Kind, Problem
from kit.store.actuals import ACTUAL, ACTUAL_HOLD
from kit.store.database import in_parts
from kit.store.ledger_invoices import Invoices
from kit.store.ledger_lines import Lines, Sources


@dataclass(frozen=True)
class Sheet:
    """A draft, the lines that its posting appends, and its amounts."""

    draft: Invoice
    appended: Sequence[Actual]
    document: MoneyDocument


@dataclass(frozen=True)
class Ledger:
    """One tenant's ledger, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    @property
    def _lines(self) -> Lines:
        return Lines(self.connection, self.tenant, self.now)

    @property
    def _invoices(self) -> Invoices:
        return Invoices(self.connection, self.tenant, self.now)

    async def append(self, lines: Sequence[Actual]) -> None:
        """Append lines; one that stands already exactly so is left alone.

        Raises:
            Problem: conflict, when another line has its name or purpose, when what it reverses was reversed before,
                or when that is on a draft which is not the one that bills it.

        """
        await self._lines.append(lines)

    async def of_contract_line(self, contract_line_id: str) -> list[Actual]:
        """Every line under a line of the contract, in order of work, each with its state."""
        return await self._lines.where(ACTUAL.c.contract_line_id == contract_line_id)

    async def of_source(self, system: str, source_id: str) -> list[Actual]:
        """Every line that came of one record elsewhere, each with its state."""
        return await self._lines.where((ACTUAL.c.source_system == system) & (ACTUAL.c.source_id == source_id))

    async def of_sources(self, system: str, source_ids: Collection[str]) -> dict[str, list[Actual]]:
        """The lines that came of some records elsewhere, by their ids there; none, where nothing is known of one."""
        found: dict[str, list[Actual]] = {source_id: [] for source_id in source_ids}
        for part in in_parts(source_ids):
            for line in await self._lines.where((ACTUAL.c.source_system == system) & ACTUAL.c.source_id.in_(part)):
                found[line.source.source_id].append(line)
        return found

    async def held(self) -> set[str]:
        """The lines that are on a draft, or were billed by it."""
        query = sa.select(ACTUAL_HOLD.c.actual_id).where(ACTUAL_HOLD.c.tenant == self.tenant)
        return set((await self.connection.execute(query)).scalars())

    async def invoice(self, invoice_id: str) -> Invoice:
        """One invoice, locked until the transaction ends.

        Raises:
            Problem: not_found.

        """
        [found] = await self._invoices.locked([invoice_id])
        return found

    async def draft(self, *drafts: Invoice) -> None:
        """Keep new drafts and hold their lines, each line for one of them: all of the drafts or none.

        Raises:
            Problem: conflict, when a line is on another draft or no longer counts; already_exists.

        """
        holds = sorted((line.actual_id, draft.invoice_id) for draft in drafts for line in draft.lines)
        ids = [actual_id for actual_id, _ in holds]
        await self._lines.lock(ids)
        await self._lines.must_count(ids)
        await self._invoices.add(drafts)
        await self._lines.hold(holds)

    async def change(self, draft: Invoice) -> None:
        """Keep a draft with other quantities; its lines stay those that it holds.

        Raises:
            Problem: conflict, when it is no draft any more or its lines are others.

        """
        [before] = await self._invoices.drafts([draft.invoice_id])
        if [line.actual_id for line in before.lines] != [line.actual_id for line in draft.lines]:
            raise Problem(Kind.CONFLICT, "draft_lines_differ", "discard the draft to bill other lines")
        await self._invoices.keep([draft])

    async def discard(self, invoice_id: str) -> None:
        """Discard a draft and free its lines.

        Raises:
            Problem: conflict, when it is no draft any more.

        """
        [draft] = await self._invoices.drafts([invoice_id])
        await self._invoices.keep([replace(draft, state=InvoiceState.DISCARDED)])
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
        [done] = await self.post_all(
            [invoice_id],
            series=series,
            posted_on=posted_on,
            closed=closed,
            exchange={} if exchange is None else {invoice_id: exchange},
            erp_numbers={invoice_id: erp_number},
        )
        return done

    async def post_all(
        self,
        invoice_ids: Sequence[str],
        *,
        series: str,
        posted_on: dt.date,
        closed: Collection[str],
        exchange: Mapping[str, ExchangeRecord] | None = None,
        erp_numbers: Mapping[str, str] | None = None,
    ) -> list[Invoice]:
        """Post drafts, numbered in the order given; all of them, or nothing.

        `exchange` has rates and `erp_numbers` what the ERP calls them, by invoice.

        Raises:
            Problem: conflict, when one is no draft any more, or is named twice.
            Refused: a rule of billing refuses one, or the month is closed.

        """
        drafts = await self._invoices.drafts(invoice_ids)
        sources = Sources(await self._lines.beside([line.actual_id for each in drafts for line in each.lines]))
        sheets = []
        for draft in drafts:
            appended = posted(sources.of(draft), draft, posted_on=posted_on)
            sources.add(appended)
            document = document_of(appended, exchange=(exchange or {}).get(draft.invoice_id))
            told = replace(draft, erp_number=(erp_numbers or {}).get(draft.invoice_id, ""))
            sheets.append(Sheet(told, appended, document))
        return await self._seal(sheets, series=series, posted_on=posted_on, closed=closed)

    async def correct(
        self,
        correction: Invoice,
        appended: Sequence[Actual],
        *,
        series: str,
        posted_on: dt.date,
        closed: Collection[str],
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
        await self._invoices.add([correction])
        document = correction.document or document_of(appended, exchange=original.document.exchange)
        [done] = await self._seal(
            [Sheet(correction, appended, document)], series=series, posted_on=posted_on, closed=closed
        )
        return done

    async def _seal(
        self, sheets: Sequence[Sheet], *, series: str, posted_on: dt.date, closed: Collection[str]
    ) -> list[Invoice]:
        appended = [line for sheet in sheets for line in sheet.appended]
        must_be_open(appended, closed=closed)
        await self._lines.append(appended)
        numbers = await self._invoices.numbers([sheet.draft for sheet in sheets], series=series)
        done = [
            sealed(sheet.draft, sheet.document, series=series, number=number, posted_on=posted_on)
            for sheet, number in zip(sheets, numbers, strict=True)
        ]
        await self._invoices.keep(done)
        await self._invoices.list_lines(done)
        return done
