"""Sales documents under our ids, which S/4HANA does not keep unique: looked for first, made, and looked for again.

Two makers at once may both find nothing. So whoever has made one looks again: the document of the lowest number is
the one that counts, and later twins, which nobody has gone on from yet, are deleted by whoever sees them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final, TypeVar

from contracts.problem import Kind, Problem
from system_apis.sap_s4hana.client import CREDITS, DEBITS, ORDERS, S4, Service
from system_apis.sap_s4hana.document_wire import Credit, Debit, Header, Order
from system_apis.sap_s4hana.odata import keyed, text

H = TypeVar("H", Order, Debit, Credit)
REJECTED: Final = "C"
_SETS: Final[dict[type[Header], tuple[Service, str, str]]] = {
    Order: (ORDERS, "SalesOrder", "YY1_SluiceSchedule_SDH"),
    Debit: (DEBITS, "DebitMemoRequest", "YY1_SluiceDocument_SDH"),
    Credit: (CREDITS, "CreditMemoRequest", "YY1_SluiceDocument_SDH"),
}


def service_of(kind: type[Header]) -> Service:
    """The service of a kind of sales document."""
    return _SETS[kind][0]


def address_of(document: Header) -> str:
    """Where a sales document stands."""
    _, name, _ = _SETS[type(document)]
    return keyed(f"A_{name}", **{name: text(str(getattr(document, "number", "")))})


def items_of(document: Header) -> tuple[str, str]:
    """The set of a document's items, and the filter for them."""
    _, name, _ = _SETS[type(document)]
    return f"A_{name}Item", f"{name} eq {text(str(getattr(document, 'number', '')))}"


class KeyedDocuments:
    """Finds and makes sales documents of one tenant."""

    def __init__(self, client: S4) -> None:
        self._client = client
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def one_at_a_time(self, our_id: str) -> asyncio.Lock:
        """Who makes or posts a document of ours holds this; other processes are told apart by what they find."""
        return self._locks[our_id]

    async def find(self, kind: type[H], our_id: str) -> H | None:
        """The document that counts: the lowest number among those not rejected, else the last that was rejected."""
        rows = await self._all(kind, our_id)
        live = [row for row in rows if row.rejected != REJECTED]
        return live[0] if live else rows[-1] if rows else None

    async def make(self, kind: type[H], our_id: str, body: H) -> H:
        """Make a document that was not found, and tell which one counts.

        Raises:
            Problem: the tenant's refusal; `unknown_outcome` when it may have been made and cannot be found.

        """
        service, name, _ = _SETS[kind]
        try:
            await self._client.create(service, f"A_{name}", body)
        except Problem as problem:
            if problem.kind is not Kind.UNKNOWN_OUTCOME or await self._live(kind, our_id) is None:
                raise
        rows = [row for row in await self._all(kind, our_id) if row.rejected != REJECTED]
        if not rows:
            raise Problem(
                Kind.UNEXPECTED, "vendor_record_invisible", f"{name} of '{our_id}' was saved and is not shown"
            )
        await self._part(rows)
        return rows[0]

    async def remove(self, document: Header) -> None:
        """Delete a document under the tag that it has now; one that is gone is fine."""
        service = service_of(type(document))
        held = await self._client.get(service, address_of(document), into=type(document))
        if held is not None:
            await self._client.remove(service, address_of(document), etag=held.etag)

    async def _live(self, kind: type[H], our_id: str) -> H | None:
        found = await self.find(kind, our_id)
        return None if found is None or found.rejected == REJECTED else found

    async def _part(self, rows: Sequence[Header]) -> None:
        for twin in rows[1:]:
            await self.remove(twin)

    async def _all(self, kind: type[H], our_id: str) -> list[H]:
        service, name, mark = _SETS[kind]
        rows = await self._client.all(service, f"A_{name}", into=kind, filter=f"{mark} eq {text(our_id)}")
        return sorted(rows, key=lambda row: int(str(row.number)))
