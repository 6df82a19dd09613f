"""Receivables transactions under our keys, which are their transaction numbers: found, made, completed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from contracts.problem import Kind, Problem
from system_apis.oracle_fusion.client import AGAIN, ROUNDS, Fusion, text
from system_apis.oracle_fusion.document_wire import Invoice, InvoiceLine, Memo, MemoLine
from system_apis.oracle_fusion.mapping import conflict
from system_apis.oracle_fusion.refusals import MAY_STAND
from system_apis.oracle_fusion.wire import Page

COMPLETE: Final = "Complete"
ORDER: Final = "CustomerTransactionId"
_RESOURCES: Final[dict[type[Invoice | Memo], str]] = {Invoice: "receivablesInvoices", Memo: "receivablesCreditMemos"}
_LINES: Final[dict[type[Invoice | Memo], str]] = {
    Invoice: "receivablesInvoiceLines",
    Memo: "receivablesCreditMemoLines",
}
_TAXES: Final[dict[type[Invoice | Memo], str]] = {
    Invoice: "receivablesInvoiceLineTaxLines",
    Memo: "receivablesCreditMemoLineTaxLines",
}


class Transactions:
    """Finds and makes transactions of one pod, with all their lines."""

    def __init__(self, client: Fusion, *, source: str) -> None:
        self._client = client
        self._source = source

    async def find(self, number: str) -> Invoice | Memo | None:
        """The transaction of our source under a number."""
        mine = f"TransactionNumber = {text(number)}"
        found = await self.some(Invoice, mine, limit=1) or await self.some(Memo, mine, limit=1)
        return found[0] if found else None

    async def some(
        self, kind: type[Invoice | Memo], q: str, *, limit: int, order: str = ORDER, source: str = ""
    ) -> Sequence[Invoice | Memo]:
        """The first transactions of a source that fit, with every line."""
        whose = f"TransactionSource = {text(source or self._source)} and {q}"
        rows = await self._client.some(
            _RESOURCES[kind], into=kind, order=order, q=whose, limit=limit, expand=f"{_LINES[kind]}.{_TAXES[kind]}"
        )
        return [await self._whole(row) for row in rows]

    async def make(self, body: Invoice | Memo, number: str) -> Invoice | Memo:
        """Make a transaction that was not found. The pod refuses a number that is taken: then that one counts.

        Raises:
            Problem: the pod's refusal; `unknown_outcome` when it may have been made and cannot be found.

        """
        try:
            await self._client.create(_RESOURCES[type(body)], body)
        except Problem as problem:
            found = await self.find(number) if problem.kind in MAY_STAND else None
            if found is None:
                raise
            return found
        found = await self.find(number)
        if found is None:
            raise Problem(
                Kind.UNEXPECTED, "vendor_record_invisible", f"transaction {number} was saved and is not shown"
            )
        return found

    async def complete(self, found: Invoice | Memo) -> Invoice | Memo:
        """Complete a transaction, so that it is in the ledger and has its document number."""
        number = str(found.transaction_number)
        for left in reversed(range(ROUNDS)):
            if found.status == COMPLETE:
                return found
            address = f"{_RESOURCES[type(found)]}/{found.customer_transaction_id}"
            try:
                await self._client.settle(address, type(found)(status=COMPLETE))
            except Problem as problem:
                if problem.kind not in AGAIN | {Kind.CONFLICT} or not left:
                    raise
                again = await self.find(number)
                if again is None or (problem.kind is Kind.CONFLICT and again.status != COMPLETE):
                    raise
            found = await self._again(number)
        raise conflict("document_pending", f"transaction {number} does not come to be complete")

    async def remove(self, found: Invoice) -> None:
        """Delete an invoice that is not complete; one that is gone is fine."""
        await self._client.remove(found)

    async def _again(self, number: str) -> Invoice | Memo:
        found = await self.find(number)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "vendor_not_found", f"transaction {number} is gone")
        return found

    async def _whole(self, row: Invoice | Memo) -> Invoice | Memo:
        """Read the lines again where the pod put only the first of them inside."""
        if not isinstance(row.lines, Page) or not row.lines.more:
            return row
        kind = type(row)
        path = f"{_RESOURCES[kind]}/{row.customer_transaction_id}/child/{_LINES[kind]}"
        order, expand = "LineNumber", _TAXES[kind]
        if isinstance(row, Invoice):
            lines = await self._client.all(path, into=InvoiceLine, order=order, expand=expand)
            return replace(row, lines=Page(items=lines))
        memo_lines = await self._client.all(path, into=MemoLine, order=order, expand=expand)
        return replace(row, lines=Page(items=memo_lines))
