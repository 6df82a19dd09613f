"""Billing schedules in one tenant: a sales order made once, closed by rejecting its items, taken back by cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.money import Money, rounded
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.sap_s4hana import batch
from system_apis.sap_s4hana.client import BILLING, CANCELLING, ORDERS, S4
from system_apis.sap_s4hana.config import Config
from system_apis.sap_s4hana.document_wire import Billed, Order, OrderItem
from system_apis.sap_s4hana.keyed import REJECTED, KeyedDocuments, items_of
from system_apis.sap_s4hana.mapping import absent, conflict, key
from system_apis.sap_s4hana.odata import keyed, text
from system_apis.sap_s4hana.refusals import MAY_STAND
from system_apis.sap_s4hana.schedule_mapping import billed, order, receipt

_CHANGESET: Final = 100
_ROUNDS: Final = 4
_AGAIN: Final = {Kind.PRECONDITION_FAILED, Kind.UNKNOWN_OUTCOME}


class Schedules:
    """The sales orders that stand under our ids."""

    def __init__(self, client: S4, config: Config) -> None:
        self._client = client
        self._config = config
        self._keyed = KeyedDocuments(client)

    async def put(self, schedule: BillingSchedule) -> ScheduleReceipt:
        """Create the order once; one that stands is told as it is, one that was closed is followed by another."""
        wanted = order(schedule, config=self._config)
        async with self._keyed.one_at_a_time(schedule.schedule_id):
            standing = await self._keyed.find(Order, schedule.schedule_id)
            if standing is None or standing.rejected == REJECTED:
                await self._keyed.make(Order, schedule.schedule_id, wanted)
        return await self.receipt(schedule.schedule_id)

    async def receipt(self, schedule_id: str) -> ScheduleReceipt:
        """The schedule under our id, summed from the order's own items.

        Raises:
            Problem: `not_found`, also when it was closed.

        """
        found = await self._find(schedule_id)
        if found.rejected == REJECTED:
            raise absent("sales order", schedule_id)
        items, currency = await self._items(found), str(found.transaction_currency)
        return receipt(items, schedule_id=schedule_id, number=str(found.number), currency=currency)

    async def void(self, schedule_id: str) -> None:
        """Reject every item of an order of which nothing was billed."""
        found = await self._find(schedule_id)
        if any(billed(item) for item in await self._items(found)):
            raise conflict("schedule_invoiced", f"lines of {schedule_id} were invoiced")
        await self._reject(found)

    async def reverse(self, schedule_id: str) -> ScheduleReversal:
        """Cancel what was billed, then reject every item; what is cancelled already is not cancelled twice."""
        found = await self._find(schedule_id)
        for document in await self._billed(schedule_id):
            if not document.cancels and not document.is_cancelled:
                await self._cancel(document.billing_document)
        await self._reject(found)
        documents = await self._billed(schedule_id)
        credits_ = [document for document in documents if document.cancels]
        total = sum((one.total_net_amount for one in credits_ if isinstance(one.total_net_amount, Decimal)), Decimal(0))
        currency = str(found.transaction_currency)
        return ScheduleReversal(
            schedule_id=schedule_id,
            external_id=str(found.number),
            credits=[Reference(our_id=f"crd-{one.cancels}", external_id=one.billing_document) for one in credits_],
            credited=Money(amount=rounded(total, currency), currency=currency),
        )

    async def _find(self, schedule_id: str) -> Order:
        found = await self._keyed.find(Order, key(schedule_id, pointer="schedule_id"))
        if found is None:
            raise absent("sales order", schedule_id)
        return found

    async def _items(self, found: Order) -> list[OrderItem]:
        items, mine = items_of(found)
        return await self._client.all(ORDERS, items, into=OrderItem, filter=mine)

    async def _reject(self, found: Order) -> None:
        for left in reversed(range(_ROUNDS)):
            still = [item for item in await self._items(found) if not item.rejection and not billed(item)]
            try:
                await self._client.commit(ORDERS, self._rejections(str(found.number), still))
            except Problem as problem:
                if problem.kind not in _AGAIN or not left:
                    raise
            else:
                return

    def _rejections(self, number: str, items: Sequence[OrderItem]) -> list[list[batch.Change]]:
        body = msgspec.json.encode(OrderItem(rejection=self._config.rejection_reason))
        changes = [
            batch.Change(
                method="PATCH",
                path=keyed("A_SalesOrderItem", SalesOrder=text(number), SalesOrderItem=text(str(item.number))),
                body=body,
                etag=item.etag,
            )
            for item in items
        ]
        return [changes[start : start + _CHANGESET] for start in range(0, len(changes), _CHANGESET)]

    async def _billed(self, schedule_id: str) -> list[Billed]:
        mine = f"YY1_SluiceSchedule_BDH eq {text(schedule_id)}"
        return await self._client.all(BILLING, "BillingDocument", into=Billed, filter=mine, orderby="BillingDocument")

    async def _cancel(self, number: str) -> None:
        try:
            await self._client.call(CANCELLING, "Cancel", BillingDocument=text(number))
        except Problem as problem:
            if problem.kind not in MAY_STAND:
                raise
            held = await self._client.get(BILLING, keyed("BillingDocument", BillingDocument=text(number)), into=Billed)
            if held is None or not held.entity.is_cancelled:
                raise
