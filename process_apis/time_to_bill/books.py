"""Agreements in versions, closed months, and which invoices a project has, within the caller's transaction."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.canonical.actuals import Actual
from contracts.canonical.agreements import AccountingPeriod, AgreementVersion, BillingAgreement, PeriodState
from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.canonical.trade.ledger.lines import standing
from contracts.problem import Kind, Problem
from kit.store import insert_once, put
from kit.store.actuals import ACTUAL, ACTUAL_HOLD, INVOICE, INVOICE_LINE
from kit.store.agreements import ACCOUNTING_PERIOD, BILLING_AGREEMENT
from kit.store.caps import Caps
from kit.store.ledger import Ledger


@dataclass(frozen=True)
class Books:
    """One tenant's books of billing, within the caller's transaction."""

    connection: AsyncConnection
    tenant: str
    now: dt.datetime

    @property
    def ledger(self) -> Ledger:
        """The ledger of actuals in the same transaction."""
        return Ledger(connection=self.connection, tenant=self.tenant, now=self.now)

    @property
    def caps(self) -> Caps:
        """The caps in the same transaction."""
        return Caps(connection=self.connection, tenant=self.tenant, now=self.now)

    async def agreement(self, project_id: str, *, locked: bool = False) -> AgreementVersion | None:
        """What holds about a project now; `locked`, nobody else charges it until the transaction ends."""
        table = BILLING_AGREEMENT.c
        mine = (table.tenant == self.tenant) & (table.project_id == project_id)
        query = sa.select(table.version, table.agreement).where(mine).order_by(table.version.desc()).limit(1)
        row = (await self.connection.execute(query.with_for_update() if locked else query)).first()
        if row is None:
            return None
        return AgreementVersion(
            version=row.version, agreement=msgspec.json.decode(row.agreement, type=BillingAgreement)
        )

    async def agreed(self, project_id: str) -> BillingAgreement:
        """What holds about a project, which there must be.

        Raises:
            Problem: not_found.

        """
        return (await self.version(project_id)).agreement

    async def version(self, project_id: str, *, locked: bool = False) -> AgreementVersion:
        """As `agreement`, which there must be.

        Raises:
            Problem: not_found.

        """
        found = await self.agreement(project_id, locked=locked)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "agreement_not_found", f"nothing was agreed about the bills of {project_id}")
        return found

    async def agree(self, agreement: BillingAgreement, *, by: str) -> AgreementVersion:
        """Keep an agreement as a new version, unless it says what holds already.

        Raises:
            Problem: conflict, when somebody else wrote a version meanwhile.

        """
        before = await self.agreement(agreement.project_id)
        if before is not None and before.agreement == agreement:
            return before
        version = 1 if before is None else before.version + 1
        row = {
            "tenant": self.tenant,
            "project_id": agreement.project_id,
            "version": version,
            "legal_entity_id": agreement.legal_entity_id,
            "agreement": msgspec.json.encode(agreement, order="deterministic").decode(),
            "written_by": by,
            "written_at": self.now,
        }
        if not await insert_once(self.connection, BILLING_AGREEMENT, row):
            raise Problem(Kind.CONFLICT, "agreement_changed", f"somebody else changed {agreement.project_id} just now")
        return AgreementVersion(version=version, agreement=agreement)

    async def projects_of(self, legal_entity_id: str) -> list[str]:
        """The projects that a legal entity bills, in order of id."""
        table = BILLING_AGREEMENT.c
        mine = (table.tenant == self.tenant) & (table.legal_entity_id == legal_entity_id)
        query = sa.select(table.project_id).where(mine).distinct().order_by(table.project_id)
        return list((await self.connection.execute(query)).scalars())

    async def lines(self, project_id: str) -> list[Actual]:
        """Every line of a project in order of work, each with its state."""
        table = ACTUAL.c
        mine = (table.tenant == self.tenant) & (table.project_id == project_id)
        rows = await self.connection.execute(
            sa.select(table.line).where(mine).order_by(table.work_date, table.actual_id)
        )
        return standing(msgspec.json.decode(row.line, type=Actual) for row in rows)

    async def posted(self, project_id: str) -> list[Invoice]:
        """The posted invoices and corrections of a project, in order of their posting."""
        on = (INVOICE_LINE.c.tenant == ACTUAL.c.tenant) & (INVOICE_LINE.c.actual_id == ACTUAL.c.actual_id)
        mine = (ACTUAL.c.tenant == self.tenant) & (ACTUAL.c.project_id == project_id)
        ids = sa.select(INVOICE_LINE.c.invoice_id).join(ACTUAL, on).where(mine)
        query = sa.select(INVOICE.c.invoice).where(
            INVOICE.c.tenant == self.tenant,
            INVOICE.c.state == InvoiceState.POSTED.value,
            INVOICE.c.invoice_id.in_(ids),
        )
        rows = await self.connection.execute(query.order_by(INVOICE.c.written_at, INVOICE.c.invoice_id))
        return [msgspec.json.decode(row.invoice, type=Invoice) for row in rows]

    async def project_of(self, invoice: Invoice) -> str:
        """The project that an invoice bills."""
        ids = [line.actual_id for line in invoice.lines[:1]]
        query = sa.select(ACTUAL.c.project_id).where(ACTUAL.c.tenant == self.tenant, ACTUAL.c.actual_id.in_(ids))
        return str((await self.connection.execute(query)).scalar_one())

    async def hold(self, invoice_id: str, actual_ids: list[str]) -> None:
        """Hold billed lines for a correction, so that nobody corrects them twice; holding them again is fine.

        Raises:
            Problem: conflict, when another correction holds one of them.

        """
        for actual_id in sorted(actual_ids):
            row = {"tenant": self.tenant, "actual_id": actual_id, "invoice_id": invoice_id}
            if not await insert_once(self.connection, ACTUAL_HOLD, row):
                mine = (ACTUAL_HOLD.c.tenant == self.tenant) & (ACTUAL_HOLD.c.actual_id == actual_id)
                holder = (await self.connection.execute(sa.select(ACTUAL_HOLD.c.invoice_id).where(mine))).scalar()
                if holder != invoice_id:
                    raise Problem(Kind.CONFLICT, "line_held", f"{actual_id} is held by {holder}")

    async def holds(self, invoice_id: str) -> set[str]:
        """The lines that are held for one draft, correction or write-off."""
        mine = (ACTUAL_HOLD.c.tenant == self.tenant) & (ACTUAL_HOLD.c.invoice_id == invoice_id)
        return set((await self.connection.execute(sa.select(ACTUAL_HOLD.c.actual_id).where(mine))).scalars())

    async def release(self, invoice_id: str) -> None:
        """Let go of every line that is held for a draft or correction which is given up."""
        mine = (ACTUAL_HOLD.c.tenant == self.tenant) & (ACTUAL_HOLD.c.invoice_id == invoice_id)
        await self.connection.execute(sa.delete(ACTUAL_HOLD).where(mine))

    async def closed(self, legal_entity_id: str) -> set[str]:
        """The months of a legal entity that take no bookings."""
        table = ACCOUNTING_PERIOD.c
        mine = (table.tenant == self.tenant) & (table.legal_entity_id == legal_entity_id)
        query = sa.select(table.period).where(mine, table.state != PeriodState.OPEN.value)
        return set((await self.connection.execute(query)).scalars())

    async def period(self, legal_entity_id: str, period: str) -> AccountingPeriod:
        """How a month stands; one that nobody closed is open."""
        table = ACCOUNTING_PERIOD.c
        mine = (table.tenant == self.tenant) & (table.legal_entity_id == legal_entity_id) & (table.period == period)
        row = (await self.connection.execute(sa.select(ACCOUNTING_PERIOD).where(mine))).first()
        if row is None:
            return AccountingPeriod(legal_entity_id=legal_entity_id, period=period, state=PeriodState.OPEN)
        return AccountingPeriod(
            legal_entity_id=legal_entity_id,
            period=period,
            state=PeriodState(row.state),
            reason=row.reason,
            changed_by=row.changed_by,
        )

    async def set_period(self, wanted: AccountingPeriod) -> AccountingPeriod:
        """Close or open a month.

        Raises:
            Problem: conflict, when it is hard-closed: that is for two roles to decide (rule CTL-5).

        """
        before = await self.period(wanted.legal_entity_id, wanted.period)
        if before.state is PeriodState.HARD_CLOSED and wanted.state is not PeriodState.HARD_CLOSED:
            raise Problem(
                Kind.CONFLICT,
                "period_hard_closed",
                f"{wanted.period} of {wanted.legal_entity_id} is final",
                hint="ask for its reopening, which two roles decide",
            )
        return await self.put_period(wanted)

    async def put_period(self, wanted: AccountingPeriod) -> AccountingPeriod:
        """Write how a month stands; who may decide that has decided."""
        row = {
            "tenant": self.tenant,
            "legal_entity_id": wanted.legal_entity_id,
            "period": wanted.period,
            "state": wanted.state.value,
            "reason": wanted.reason,
            "changed_by": wanted.changed_by,
            "changed_at": self.now,
        }
        await put(self.connection, ACCOUNTING_PERIOD, row)
        return wanted
