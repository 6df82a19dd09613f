"""Billing schedules as sales: quoted, so that they have a number and stand still, and never confirmed by us.

Tryton invoices a sale by itself once it is confirmed and processed; ours wait for a person, or for documents of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.money import Money, rounded
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.tryton import mapping, wire
from system_apis.tryton.chart import Chart
from system_apis.tryton.client import Tryton
from system_apis.tryton.credits import Credits
from system_apis.tryton.customers import Customers
from system_apis.tryton.keyed import SALE, Keyed
from system_apis.tryton.projects import Projects
from system_apis.tryton.refusals import WRONG_STATE


class Schedules:
    """Finds, makes, voids and reverses billing schedules."""

    def __init__(
        self,
        client: Tryton,
        *,
        chart: Chart,
        customers: Customers,
        projects: Projects,
        keyed: Keyed,
        taken_back: Credits,
    ) -> None:
        self._client = client
        self._chart = chart
        self._customers = customers
        self._projects = projects
        self._keyed = keyed
        self._credits = taken_back

    async def put(self, schedule: BillingSchedule) -> ScheduleReceipt:
        """Make the schedule once, all lines or none, and quote it; one that stands is returned as it is."""
        mapping.check_schedule(schedule)

        async def values() -> Mapping[str, Any]:
            company = await self._chart.company(schedule.legal_entity_id, pointer="/legal_entity_id")
            if await self._projects.find(schedule.project_id) is None:
                detail = f"Tryton has no project '{schedule.project_id}'"
                raise mapping.refused("project_unknown", "/project_id", detail)
            return mapping.sale_values(
                schedule,
                company=company,
                party=await self._customers.party(schedule.customer_id, pointer="/customer_id"),
                currency=await self._chart.currency(schedule.currency),
                tax=await self._chart.tax(schedule.tax_code, company=company, pointer="/tax_code"),
            )

        sale = await self._keyed.ensure(SALE, schedule.schedule_id, values)
        if sale.state == "draft":
            await self._press(sale, "quote", leads_to={"quotation", "confirmed", "processing", "done"})
        return await self.receipt(schedule.schedule_id)

    async def receipt(self, schedule_id: str) -> ScheduleReceipt:
        """A schedule as Tryton's books have it."""
        return mapping.receipt(await self._standing(schedule_id))

    async def void(self, schedule_id: str) -> None:
        """Cancel a schedule of which nothing was invoiced; one that is cancelled already is fine."""
        sale = await self._keyed.find(SALE, schedule_id)
        if sale is None:
            await self._cancelled(schedule_id)
            return
        if sale.invoices or sale.state not in {"draft", "quotation"}:
            raise Problem(Kind.CONFLICT, "schedule_invoiced", f"sale {sale.id} of {schedule_id} is {sale.state}")
        await self._press(sale, "cancel", leads_to={"cancelled"})

    async def reverse(self, schedule_id: str) -> ScheduleReversal:
        """Cancel what is open and credit every invoice that was made from the sale, in full and once."""
        sale = await self._keyed.find(SALE, schedule_id)
        if sale is None:
            sale = await self._cancelled(schedule_id)
        elif sale.state in {"draft", "quotation"}:
            await self._press(sale, "cancel", leads_to={"cancelled"})
        made = [await self._credits.credit(each) for each in sale.invoices if each.state != "cancelled"]
        currency = sale.currency.code
        total = sum((abs(credit.untaxed_amount.decimal) for credit in made), Decimal(0))
        return ScheduleReversal(
            schedule_id=schedule_id,
            external_id=str(sale.id),
            credits=[Reference(our_id=credit.reference, external_id=str(credit.id)) for credit in made],
            credited=Money(amount=rounded(total, currency), currency=currency),
        )

    async def _standing(self, schedule_id: str) -> wire.Sale:
        found = await self._keyed.find(SALE, schedule_id)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "tryton.not_found", f"Tryton has no sale under '{schedule_id}'")
        return found

    async def _cancelled(self, schedule_id: str) -> wire.Sale:
        """The youngest sale under a key that was cancelled."""
        rows = await self._client.find(wire.Sale, ["reference", "=", schedule_id], order=(("id", "DESC"),), limit=1)
        if not rows:
            raise Problem(Kind.NOT_FOUND, "tryton.not_found", f"Tryton has no sale under '{schedule_id}'")
        return rows[0]

    async def _press(self, sale: wire.Sale, button: str, *, leads_to: set[str]) -> None:
        """Press a button; one that somebody pressed before, or whose answer was lost, is seen in the state."""
        try:
            await self._client.act(wire.SaleState, sale.id, button, company=sale.company)
        except Problem as problem:
            if problem.code != WRONG_STATE:
                raise
            now = await self._client.find(wire.SaleState, ["id", "=", sale.id])
            if not now or now[0].state not in leads_to:
                raise
