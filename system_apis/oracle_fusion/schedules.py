"""Billing schedules in one pod: a contract with its events made in one batch, cancelled in one, credited in full.

A contract number is never free again. So what was cancelled and is wanted anew gets the next number after our id.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.money import Money, rounded
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.oracle_fusion.billing_wire import CANCELLED, LIVE, Contract, Event
from system_apis.oracle_fusion.client import AGAIN, ROUNDS, Fusion, text
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.crediting import Crediting
from system_apis.oracle_fusion.mapping import absent, conflict, key
from system_apis.oracle_fusion.refusals import MAY_STAND
from system_apis.oracle_fusion.schedule_mapping import invoiced, parts, receipt
from system_apis.oracle_fusion.wire import Part


class Schedules:
    """The contracts that stand under our ids."""

    def __init__(self, client: Fusion, config: Config) -> None:
        self._client = client
        self._config = config
        self._crediting = Crediting(client, config)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def put(self, schedule: BillingSchedule) -> ScheduleReceipt:
        """Create the contract once; one that stands is told as it is, one that was cancelled is followed by another."""
        parts(schedule, contract_number=schedule.schedule_id, config=self._config)  # refuses before any call
        async with self._locks[schedule.schedule_id]:
            versions = await self._versions(schedule.schedule_id, pointer="/schedule_id")
            if not versions or versions[-1].contract_status != LIVE:
                number = schedule.schedule_id + (f"/{len(versions) + 1}" if versions else "")
                await self._make(schedule, number)
        return await self.receipt(schedule.schedule_id)

    async def receipt(self, schedule_id: str) -> ScheduleReceipt:
        """The schedule under our id, summed from the events of its contract.

        Raises:
            Problem: `not_found`, also when it was cancelled.

        """
        found = await self._latest(schedule_id)
        if found.contract_status != LIVE:
            raise absent("contract", schedule_id)
        return receipt(await self._events(found), schedule_id=schedule_id, contract=found)

    async def void(self, schedule_id: str) -> None:
        """Cancel a contract of which nothing was invoiced, and delete its events; one that is cancelled is fine."""
        found = await self._latest(schedule_id)
        if any(invoiced(event) for event in await self._events(found)):
            raise conflict("schedule_invoiced", f"lines of {schedule_id} were invoiced")
        await self._cancel(found)

    async def reverse(self, schedule_id: str) -> ScheduleReversal:
        """Credit what was invoiced, then cancel the contract; what is credited already is not credited twice."""
        found = await self._latest(schedule_id)
        credited = await self._crediting.credit(str(found.contract_number))
        await self._cancel(found)
        currency = str(found.currency_code)
        total = sum((one.net for one in credited), Decimal(0))
        return ScheduleReversal(
            schedule_id=schedule_id,
            external_id=str(found.contract_id),
            credits=[Reference(our_id=one.our_id, external_id=one.external_id) for one in credited],
            credited=Money(amount=rounded(total, currency), currency=currency),
        )

    async def _make(self, schedule: BillingSchedule, number: str) -> None:
        """Make the contract; what the batch may have done before its answer was lost is looked up."""
        try:
            await self._client.commit(parts(schedule, contract_number=number, config=self._config))
        except Problem as problem:
            if problem.kind not in MAY_STAND:
                raise
            versions = await self._versions(schedule.schedule_id, pointer="/schedule_id")
            if not any(one.contract_number == number for one in versions):
                raise

    async def _cancel(self, found: Contract) -> None:
        """Delete what is not invoiced and cancel the contract, in one batch."""
        left = ROUNDS
        while True:
            left -= 1
            held = await self._client.get(f"contracts/{found.contract_id}", into=Contract)
            if held is None or held.contract_status != LIVE:
                return
            waiting = [event for event in await self._events(held) if not invoiced(event)]
            try:
                await self._client.commit(_ending(held, waiting))
            except Problem as problem:
                if problem.kind not in AGAIN | {Kind.NOT_FOUND} or not left:
                    raise

    async def _events(self, contract: Contract) -> list[Event]:
        mine = f"ContractNumber = {text(str(contract.contract_number))}"
        return await self._client.all("projectBillingEvents", into=Event, order="EventId", q=mine)

    async def _latest(self, schedule_id: str) -> Contract:
        versions = await self._versions(schedule_id, pointer="schedule_id")
        if not versions:
            raise absent("contract", schedule_id)
        return versions[-1]

    async def _versions(self, schedule_id: str, *, pointer: str) -> list[Contract]:
        mine = text(key(schedule_id, pointer=pointer))
        q = f"ExternalSource = {text(self._config.source)} and ExternalReferenceKey = {mine}"
        return await self._client.all("contracts", into=Contract, order="ContractId", q=q)


def _ending(contract: Contract, waiting: Sequence[Event]) -> list[Part]:
    gone = [
        Part(id=f"event{at}", path=f"/{event.path}", operation="delete", if_match=event.indicator)
        for at, event in enumerate(waiting)
    ]
    ended = Part(
        id="contract",
        path=f"/{contract.path}",
        operation="update",
        payload=Contract(contract_status=CANCELLED),
        if_match=contract.indicator,
    )
    return [*gone, ended]
