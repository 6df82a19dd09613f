"""Follows approved time in the PSA and documents in the ERP; what is met twice starts nothing twice.

A page is handled whole before the cursor moves, so a crash repeats a page and leaves none out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from contracts.canonical.expenses import ExpenseEntry
from contracts.canonical.posting import BookedDocument, BookedState
from contracts.canonical.timesheets import TimeEntry
from contracts.problem import Kind, Problem
from contracts.process.time_to_bill import StartBillingReport, StartTimeIntake
from contracts.system.erp import Erp
from contracts.system.psa import Psa
from kit.durable import Road
from kit.events import feed_cursor, move_feed
from kit.room import DurableSource
from process_apis.time_to_bill.accounts import Accounts

_DIGITS: Final = 24
_UNTOLD: Final = frozenset({BookedState.DRAFT})


class Feeds:
    """Two feeds of one worker. Several workers may run them: what they take in twice counts once."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        psa: Psa,
        erp: Erp,
        names: tuple[str, str],
        durable: DurableSource,
        roads: tuple[Road, Road],
        page: int,
    ) -> None:
        self._accounts = accounts
        self._psa = psa
        self._erp = erp
        self._psa_name, self._erp_name = names
        self._durable = durable
        self._intake, self._report = roads
        self._page = page

    async def look_at_time(self) -> bool:
        """Take in the next page of approved time; whether there may be another at once.

        Raises:
            Problem: of the PSA or the engine; the page will be read again.

        """
        if "time_changes" in (await self._psa.capabilities()).lacks:
            return False
        name = f"{self._psa_name}/time"
        cursor = await self._cursor(name)
        page = await self._psa.time_changes(cursor=cursor, limit=self._page)
        for project_id in sorted({entry.project_id for entry in page.entries if entry.project_id}):
            await self._take(project_id, [entry for entry in page.entries if entry.project_id == project_id])
        return await self._moved(name, cursor, page.cursor, met=bool(page.entries))

    async def look_at_documents(self) -> bool:
        """Take in the next page of documents that changed; whether there may be another at once.

        Raises:
            Problem: of the ERP or the engine; the page will be read again.

        """
        if "document_changes" in (await self._erp.capabilities()).lacks:
            return False
        name = f"{self._erp_name}/documents"
        cursor = await self._cursor(name)
        page = await self._erp.document_changes(cursor=cursor, limit=self._page)
        for document in page.documents:
            if document.state not in _UNTOLD:
                await self._tell(document)
        return await self._moved(name, cursor, page.cursor, met=bool(page.documents))

    async def _take(self, project_id: str, entries: Sequence[TimeEntry]) -> None:
        batch_id = batch_of(self._psa_name, entries)
        start = StartTimeIntake(batch_id=batch_id, project_id=project_id, system=self._psa_name, entries=list(entries))
        await self._durable().start(self._intake, business_key=batch_id, start=start)

    async def _tell(self, document: BookedDocument) -> None:
        """A document that the ledger does not know was not ours to bill."""
        async with self._accounts.read() as books:
            try:
                invoice = await books.ledger.invoice(document.document_id)
            except Problem as problem:
                if problem.kind is not Kind.NOT_FOUND:
                    raise
                return
            project_id = await books.project_of(invoice)
        change = f"{document.state.value} {document.open}"
        start = StartBillingReport(project_id=project_id, document_id=document.document_id, change=change)
        key = f"{document.document_id}-{document.state.value}-{document.open}"
        await self._durable().start(self._report, business_key=key, start=start)

    async def _cursor(self, name: str) -> str:
        async with self._accounts.read() as books:
            return await feed_cursor(books.connection, name)

    async def _moved(self, name: str, before: str, after: str, *, met: bool) -> bool:
        if after == before:
            return False
        async with self._accounts.write() as books:
            await move_feed(books.connection, name, after, at=books.now)
        return met


def batch_of(system: str, entries: Sequence[TimeEntry | ExpenseEntry]) -> str:
    """The name of a batch of time or of expenses: the same entries in the same versions are the same batch."""
    said = "\n".join(sorted(f"{system}/{entry.entry_id}/{entry.version}" for entry in entries))
    return f"tb-{hashlib.sha256(said.encode()).hexdigest()[:_DIGITS]}"
