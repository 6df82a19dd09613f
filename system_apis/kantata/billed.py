"""Marks time as billed by an invoice of the vendor's own, for nothing else locks an entry there.

The legal document stands in the ERP. What stands here bears its number, goes to nobody, and keeps the entries from
being changed, sent back or billed twice. Its reference says as of when we saw its entries, so that the feed knows a
change by our own mark from one that it has not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from contracts.canonical.timesheets import BilledTime
from contracts.problem import Kind, Problem
from system_apis.kantata import tracks, wire, worked
from system_apis.kantata.client import Kantata
from system_apis.kantata.keyed import BILLED, Keyed, Locks

_AS_OF: Final = "time as of "


class Billed:
    """Our marks in one account."""

    def __init__(self, kantata: Kantata, keyed: Keyed) -> None:
        self._kantata = kantata
        self._keyed = keyed
        self._locks = Locks()

    async def report(self, document_id: str, body: BilledTime) -> None:
        """Mark the entries of a document; an entry that an invoice of ours holds already stays as it is.

        Raises:
            Problem: `not_found` when an entry is not there, `conflict` when one is not approved or is invoiced there
                by somebody else; none is marked then.

        """
        async with self._locks.of(document_id):
            free = await self._free(body.entry_ids)
            if not free:
                return
            birth = self._birth(body, free)
            invoice, created = await self._keyed.ensure(BILLED, document_id, birth)
            still_free = [] if created else await self._free(body.entry_ids)
            if still_free:
                await self._add(document_id, invoice, still_free)

    async def only_marked(self, rows: Sequence[wire.TimeEntry], *, whole_ms: int) -> set[str]:
        """The entries that nothing but our mark has changed since all was read at `whole_ms`."""
        seen = await self._as_of({row.invoice_id for row in rows if row.invoice_id} if whole_ms else set())
        return {row.id for row in rows if 0 < seen.get(row.invoice_id or "", 0) <= whole_ms}

    async def _free(self, entry_ids: Iterable[str]) -> list[wire.TimeEntry]:
        """Those of the entries that are on no invoice, once all of them are found fit to be marked."""
        wanted = list(dict.fromkeys(entry_ids))
        found: dict[str, wire.TimeEntry] = {}
        async for answer in self._kantata.every(
            "time_entries", wanted, include="invoice", from_archived_workspaces="true"
        ):
            found |= {row.id: row for row in answer.results("time_entries", wire.TimeEntry)}
        _refuse([one for one in wanted if one not in found], Kind.NOT_FOUND, "entry_unknown", "stands in no timesheet")
        rows = [found[one] for one in wanted]
        ours = await self._as_of({row.invoice_id for row in rows if row.invoice_id})
        elsewhere = [row.id for row in rows if row.invoice_id and row.invoice_id not in ours]
        _refuse(elsewhere, Kind.CONFLICT, "entry_invoiced_there", "is on an invoice made in Kantata")
        free = [row for row in rows if not row.invoice_id]
        withdrawn = [row.id for row in free if not row.approved]
        _refuse(withdrawn, Kind.CONFLICT, "entry_not_approved", "is not approved any more")
        return free

    async def _as_of(self, invoice_ids: Iterable[str]) -> dict[str, int]:
        """As of when the entries of each invoice of ours were seen; 0 where its reference does not say."""
        seen: dict[str, int] = {}
        async for answer in self._kantata.every(BILLED.collection, invoice_ids, include="external_references"):
            references = answer.loaded("external_references", wire.ExternalReference)
            ours = self._keyed.ours(BILLED, list(references.values()))
            for one in references.values():
                if one.subject_type == BILLED.subject and one.subject_id in ours:
                    _, said, moment = (one.external_message or "").partition(_AS_OF)
                    seen[one.subject_id] = worked.moment_of(moment) if said else 0
        return seen

    def _birth(self, body: BilledTime, rows: Sequence[wire.TimeEntry]) -> dict[str, Any]:
        return {
            "workspace_ids": sorted({row.workspace_id for row in rows}, key=int),
            "time_entry_ids": [row.id for row in rows],
            "user_invoice_number": body.number,
            "message": f"Billed by {body.number}, which stands in the ERP.",
            "suppress_emails": True,
            "draft": False,
            "external_reference": {"external_status": "billed", "external_message": _as_of(rows)},
        }

    async def _add(self, document_id: str, invoice: wire.Invoice, rows: Sequence[wire.TimeEntry]) -> None:
        if invoice.status == "cancelled":
            raise Problem(
                Kind.CONFLICT,
                "kantata.invoice_cancelled",
                f"invoice {invoice.id}, which marks document {document_id}, was cancelled in Kantata",
                hint="remove its external reference there, then report again",
            )
        standing = await self._kantata.named(BILLED.collection, [invoice.id], include="time_entries")
        on_it = [one for row in standing.results(BILLED.collection, wire.Invoice) for one in row.time_entry_ids]
        wanted = list(dict.fromkeys([*on_it, *(row.id for row in rows)]))
        await self._kantata.update(
            BILLED.collection, invoice.id, singular=BILLED.singular, body={"time_entry_ids": wanted}
        )
        subject = {"subject_type": BILLED.subject, "subject_id": invoice.id, "external_message": _as_of(rows)}
        await self._kantata.link(self._keyed.reference(BILLED, document_id) | subject)


def _as_of(rows: Sequence[wire.TimeEntry]) -> str:
    return f"{_AS_OF}{tracks.stated(max(worked.key_of(row)[0] for row in rows))}"


def _refuse(entry_ids: Sequence[str], kind: Kind, code: str, why: str) -> None:
    if entry_ids:
        some = ", ".join(entry_ids[:20])
        raise Problem(kind, f"kantata.{code}", f"time {some} {why}; nothing was marked", context={"entry_ids": some})
