"""What our own cases and ledger say that others should hold: contracts by deal, documents by number, hours by entry."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.casework import CaseState
from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.process.quote_to_project import ProvisionedPart
from kit.store.actuals import ACTUAL, INVOICE
from kit.store.agreements import BILLING_AGREEMENT
from kit.store.tables import CASE_FACT, CASE_FILE

_FORWARD: Final = "quote_to_project"
_BACK: Final = "deal_reversal"
_GONE: Final = (CaseState.UNWOUND.value, CaseState.FAILED.value)


class Contract(Struct, frozen=True, kw_only=True):
    """What a deal became. One that was taken back has no parts; one on its way may have none yet."""

    case_id: str
    deal: str
    title: str
    entity: str
    customer_id: str
    parts: Sequence[ProvisionedPart]
    changed_at: dt.datetime
    in_flight: bool
    taken_back: bool


class Document(Struct, frozen=True, kw_only=True):
    """An invoice or correction on our ledger, and what the ERP called it when it was posted."""

    invoice: Invoice
    written_at: dt.datetime
    project_id: str
    erp_id: str


class Worked(Struct, frozen=True, kw_only=True):
    """Hours of one entry as they stand on our ledger, corrections counted."""

    entry_id: str
    hours: Decimal
    worked_on: dt.date
    project_id: str
    entity: str
    written_at: dt.datetime


class _Line(Struct, frozen=True):
    quantity: Decimal
    legal_entity_id: str
    kind: str


class Spine(Struct, frozen=True):
    """One tenant's cases and ledger, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str

    async def contracts(self, after: str, limit: int) -> list[Contract]:
        """Contracts in the order of their cases, those that came to nothing left out."""
        query = self._cases().where(CASE_FILE.c.case_id > after).order_by(CASE_FILE.c.case_id).limit(limit)
        return await self._contracts(list(await self.connection.execute(query)))

    async def contracts_of(self, deals: Collection[str]) -> dict[str, Contract]:
        """The contract of each deal that has one."""
        about = CASE_FACT.alias()
        named = (about.c.case_id == CASE_FILE.c.case_id) & (about.c.name == "opportunity_id")
        query = self._cases().join(about, named).where(about.c.value.in_(list(deals)))
        found = await self._contracts(list(await self.connection.execute(query.order_by(CASE_FILE.c.opened_at))))
        standing = [each for each in found if each.taken_back] + [each for each in found if not each.taken_back]
        return {each.deal: each for each in standing}

    async def documents(self, after: str, limit: int) -> list[Document]:
        """Drafts and posted documents in the order of their ids."""
        mine = (INVOICE.c.tenant == self.tenant) & (INVOICE.c.invoice_id > after)
        alive = INVOICE.c.state != InvoiceState.DISCARDED.value
        query = sa.select(INVOICE.c.invoice, INVOICE.c.written_at).where(mine, alive)
        rows = list(await self.connection.execute(query.order_by(INVOICE.c.invoice_id).limit(limit)))
        invoices = [msgspec.json.decode(row.invoice, type=Invoice) for row in rows]
        projects = await self._projects(invoices)
        erp_ids = await self._erp_ids([each.invoice_id for each in invoices])
        return [
            Document(
                invoice=invoice,
                written_at=row.written_at,
                project_id=projects.get(invoice.invoice_id, ""),
                erp_id=erp_ids.get(invoice.invoice_id, ""),
            )
            for invoice, row in zip(invoices, rows, strict=True)
        ]

    async def hours(self, system: str, after: str, limit: int) -> tuple[list[Worked], bool]:
        """Hours by entry of one system in the order of entries, each entry whole; whether these were the last."""
        table = ACTUAL.c
        mine = (table.tenant == self.tenant) & (table.source_system == system) & (table.side == "cost")
        query = sa.select(table.source_id, table.work_date, table.project_id, table.written_at, table.line)
        query = query.where(mine, table.source_id > after).order_by(table.source_id).limit(limit + 1)
        rows = list(await self.connection.execute(query))
        last = len(rows) <= limit
        whole = rows if last else [row for row in rows if row.source_id != rows[-1].source_id]
        if not whole and rows:
            return await self.hours(system, after, limit * 4)
        found: dict[str, Worked] = {}
        for row in whole:
            line = msgspec.json.decode(row.line, type=_Line)
            if line.kind == "hours":
                before = found.get(row.source_id)
                found[row.source_id] = Worked(
                    entry_id=row.source_id,
                    hours=line.quantity + (before.hours if before else 0),
                    worked_on=row.work_date,
                    project_id=row.project_id,
                    entity=line.legal_entity_id,
                    written_at=max(row.written_at, before.written_at) if before else row.written_at,
                )
        return list(found.values()), last

    async def deals(self, project_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """The deal whose bills a project's are, with the currency they are told in; a deal of one project only."""
        found = await self._agreements(BILLING_AGREEMENT.c.project_id.in_(list(project_ids)))
        return {each.project_id: (each.opportunity_id, each.currency) for each in found if each.opportunity_id}

    async def _agreements(self, where: sa.ColumnElement[bool]) -> list[BillingAgreement]:
        table = BILLING_AGREEMENT.c
        query = sa.select(table.agreement).where(table.tenant == self.tenant, where).order_by(table.version)
        rows = await self.connection.execute(query)
        found = [msgspec.json.decode(row.agreement, type=BillingAgreement) for row in rows]
        return list({each.project_id: each for each in found}.values())

    def _cases(self) -> sa.Select[Any]:
        mine = (CASE_FILE.c.tenant == self.tenant) & (CASE_FILE.c.process == _FORWARD)
        return sa.select(CASE_FILE).where(mine, CASE_FILE.c.state.not_in(_GONE))

    async def _contracts(self, rows: Sequence[Any]) -> list[Contract]:
        facts = await self._facts([row.case_id for row in rows])
        back = await self._reversals([row.case_id for row in rows])
        return [_contract(row, facts.get(row.case_id, {}), back.get(row.case_id)) for row in rows]

    async def _facts(self, case_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        wanted = ("opportunity_id", "customer_id", "parts")
        query = sa.select(CASE_FACT).where(CASE_FACT.c.case_id.in_(case_ids), CASE_FACT.c.name.in_(wanted))
        found: dict[str, dict[str, str]] = {}
        for row in await self.connection.execute(query):
            found.setdefault(row.case_id, {})[row.name] = row.value
        return found

    async def _reversals(self, case_ids: Sequence[str]) -> dict[str, str]:
        """The state of the case that takes a case back, by the case it takes back."""
        on = (CASE_FILE.c.case_id == CASE_FACT.c.case_id) & (CASE_FILE.c.process == _BACK)
        query = sa.select(CASE_FACT.c.value, CASE_FILE.c.state).join(CASE_FILE, on)
        rows = await self.connection.execute(
            query.where(CASE_FACT.c.name == "reverses", CASE_FACT.c.value.in_(case_ids))
        )
        return {row.value: row.state for row in rows if row.state not in _GONE}

    async def _projects(self, invoices: Sequence[Invoice]) -> dict[str, str]:
        """The project of each document, by the line of actuals that leads it."""
        firsts = {each.lines[0].actual_id: each.invoice_id for each in invoices if each.lines}
        query = sa.select(ACTUAL.c.actual_id, ACTUAL.c.project_id)
        query = query.where(ACTUAL.c.tenant == self.tenant, ACTUAL.c.actual_id.in_(list(firsts)))
        by_line = {row.actual_id: row.project_id for row in await self.connection.execute(query)}
        return {each.invoice_id: by_line.get(each.lines[0].actual_id, "") for each in invoices if each.lines}

    async def _erp_ids(self, invoice_ids: Sequence[str]) -> dict[str, str]:
        on = (CASE_FILE.c.case_id == CASE_FACT.c.case_id) & (CASE_FACT.c.name == "erp_document")
        query = sa.select(CASE_FILE.c.business_key, CASE_FACT.c.value).join(CASE_FACT, on)
        mine = (CASE_FILE.c.tenant == self.tenant) & CASE_FILE.c.business_key.in_(invoice_ids)
        return {row.business_key: row.value for row in await self.connection.execute(query.where(mine))}


def _contract(row: Any, facts: dict[str, str], reversal: str | None) -> Contract:
    taken_back = reversal == CaseState.COMPLETED.value
    parts = msgspec.json.decode(facts.get("parts", "[]"), type=list[ProvisionedPart])
    return Contract(
        case_id=row.case_id,
        deal=facts.get("opportunity_id", row.business_key),
        title=row.title,
        entity=row.legal_entity_id or "",
        customer_id=facts.get("customer_id", ""),
        parts=[] if taken_back else parts,
        changed_at=row.changed_at,
        in_flight=row.state != CaseState.COMPLETED.value or (reversal is not None and not taken_back),
        taken_back=taken_back,
    )
