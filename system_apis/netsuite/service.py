"""Answers the ERP role: looks before it writes, writes under our keys, reads totals from NetSuite's own records."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.canonical.held import HeldDocuments
from contracts.canonical.money import Money, rounded
from contracts.canonical.party import Customer
from contracts.canonical.posting import BookedChanges, BookedDocument, PostingDocument
from contracts.canonical.project import PhaseIds, Project, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.problem import Kind, Problem
from contracts.system.erp import Currencies, LegalEntities, TaxCodes
from system_apis.netsuite import mapping
from system_apis.netsuite.client import NetSuite
from system_apis.netsuite.config import Config
from system_apis.netsuite.currencies import KnownCurrencies
from system_apis.netsuite.documents import Documents
from system_apis.netsuite.held import HeldList
from system_apis.netsuite.tasks import Tasks
from system_apis.netsuite.wire import (
    Chosen,
    Credit,
    CreditWrite,
    Head,
    Inactive,
    JobStatus,
    Named,
    Order,
    RelationshipWrite,
)

LEGAL_ENTITIES: Final = (
    "SELECT s.id, s.externalid, s.name, s.country, c.symbol AS currency "
    "FROM subsidiary s JOIN currency c ON c.id = s.currency "
    "WHERE s.isinactive = 'F' AND s.iselimination = 'F' AND s.externalid IS NOT NULL ORDER BY s.id"
)
TAX_CODES: Final = (
    "SELECT id, externalid FROM salestaxitem WHERE isinactive = 'F' AND externalid IS NOT NULL ORDER BY id"
)
OPEN_ORDERS: Final = (
    "SELECT id FROM transaction WHERE recordtype = 'salesorder' AND entity = {customer} "
    "AND status NOT IN ('C', 'G', 'H') ORDER BY id"
)

INVOICES: Final = (
    "SELECT DISTINCT t.id, t.tranid FROM transaction t JOIN transactionline tl ON tl.transaction = t.id "
    "WHERE t.recordtype = 'invoice' AND tl.createdfrom = {order} ORDER BY t.id"
)


class NetSuiteErp:
    """The ERP role over one NetSuite account."""

    def __init__(self, client: NetSuite, *, config: Config, connection: str, manifest: Mapping[str, Any]) -> None:
        self._client = client
        self._config = config
        self._connection = connection
        self._manifest = manifest
        self._currencies = KnownCurrencies(client)
        self._tasks = Tasks(client)
        self._held = HeldList(client)
        self._documents = Documents(client, currencies=self._currencies, service_item=config.service_item)

    async def capabilities(self) -> Capabilities:
        return Capabilities(
            vendor="netsuite",
            connection=self._connection,
            roles=list(self._manifest["roles"]),
            lacks=list(self._manifest["lacks"]),
            upsert=UpsertKind(self._manifest["upsert"]),
            feed=FeedKind(self._manifest["feed"]),
            concurrency=self._config.concurrency,
        )

    async def legal_entities(self) -> LegalEntities:
        return LegalEntities(items=[mapping.legal_entity(row) async for row in self._client.rows(LEGAL_ENTITIES)])

    async def tax_codes(self) -> TaxCodes:
        return TaxCodes(items=[row["externalid"] async for row in self._client.rows(TAX_CODES)])

    async def currencies(self) -> Currencies:
        return Currencies(items=await self._currencies.codes())

    async def put_customer(self, *, customer_id: str, legal_entity_id: str, body: Customer) -> Reference:
        _agree(customer_id, body.customer_id, pointer="/customer_id")
        mapping.customer_write(body, legal_entity_id=legal_entity_id, currency_id="")  # refuses before any call
        standing = await self._client.find("customer", customer_id, into=Head)
        second = standing is not None and await self._is_second(standing, legal_entity_id)
        wire = mapping.customer_write(
            body,
            legal_entity_id=legal_entity_id if standing is None else None,
            currency_id=await self._currencies.id_of(body.currency),
        )
        replace = ("addressBook", "taxRegistration")
        number = await self._client.put("customer", customer_id, wire, replace=replace)
        if second:
            await self._admit(customer_id, legal_entity_id)
        return Reference(our_id=customer_id, external_id=number, created=standing is None)

    async def customer(self, *, customer_id: str) -> Reference:
        head = await self._head("customer", customer_id, pointer="customer_id")
        return Reference(our_id=customer_id, external_id=head.id)

    async def retire_customer(self, *, customer_id: str) -> None:
        head = await self._head("customer", customer_id, pointer="customer_id")
        query = OPEN_ORDERS.format(customer=int(head.id))
        async for row in self._client.rows(query):
            raise _conflict("customer_has_open_orders", f"order {row['id']} of {customer_id} is open")
        try:
            await self._client.patch("customer", customer_id, Inactive(is_inactive=True))
        except Problem as problem:
            if problem.kind is Kind.INVALID:
                raise _conflict("customer_in_use", problem.detail) from problem
            raise

    async def put_project(self, *, project_id: str, body: Project) -> Reference:
        _agree(project_id, body.project_id, pointer="/project_id")
        levels = mapping.task_levels(project_id, body.phases, currency=body.currency)
        status = self._config.project_open_status
        mapping.job_write(body, currency_id="", status_id=status)  # refuses before any call
        currency_id = await self._currencies.id_of(body.currency)
        wire = mapping.job_write(body, currency_id=currency_id, status_id=status)
        standing = await self._client.find("job", project_id, into=Head)
        number = await self._client.put("job", project_id, wire)
        await self._tasks.put(levels)
        return Reference(our_id=project_id, external_id=number, created=standing is None)

    async def put_phases(self, *, project_id: str, body: ProjectPhases) -> References:
        _agree(project_id, body.project_id, pointer="/project_id")
        levels = mapping.task_levels(project_id, body.phases, currency=body.currency)
        await self._head("job", project_id, pointer="project_id")
        numbers = await self._tasks.put(levels)
        if body.settle:
            await self._tasks.settle(project_id, ends_on=max(phase.ends_on for phase in body.phases))
        keys = [(phase.phase_id, mapping.task_key(project_id, phase.phase_id)) for phase in body.phases]
        return References(references=[Reference(our_id=ours, external_id=numbers[key]) for ours, key in keys])

    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        await self._head("job", project_id, pointer="project_id")
        await self._tasks.remove([mapping.task_key(project_id, phase_id) for phase_id in body.phase_ids])
        await self._tasks.settle(project_id)

    async def project(self, *, project_id: str) -> Reference:
        head = await self._head("job", project_id, pointer="project_id")
        return Reference(our_id=project_id, external_id=head.id)

    async def close_project(self, *, project_id: str) -> None:
        await self._head("job", project_id, pointer="project_id")
        closed = JobStatus(entity_status=Chosen(id=self._config.project_closed_status))
        await self._client.patch("job", project_id, closed)

    async def put_billing_schedule(self, *, schedule_id: str, body: BillingSchedule) -> ScheduleReceipt:
        _agree(schedule_id, body.schedule_id, pointer="/schedule_id")
        item = self._config.service_item
        mapping.order_write(body, currency_id="", service_item=item)  # refuses before any call
        standing = await self._order(schedule_id)
        if standing is None or mapping.voided(standing):
            currency_id = await self._currencies.id_of(body.currency)
            wire = mapping.order_write(body, currency_id=currency_id, service_item=item)
            await self._client.put("salesOrder", schedule_id, wire, replace=("item",))
        return await self.billing_schedule(schedule_id=schedule_id)

    async def billing_schedule(self, *, schedule_id: str) -> ScheduleReceipt:
        order = await self._order(schedule_id)
        if order is None or mapping.voided(order):
            raise _absent("salesOrder", schedule_id)
        currency = await self._currencies.code_of(order.currency.id)
        return mapping.receipt(order, schedule_id=schedule_id, currency=currency)

    async def void_billing_schedule(self, *, schedule_id: str) -> None:
        order = await self._order(schedule_id)
        if order is None:
            raise _absent("salesOrder", schedule_id)
        if mapping.billed(order):
            raise _conflict("schedule_invoiced", f"lines of {schedule_id} were invoiced")
        if mapping.voided(order):
            return
        try:
            await self._client.patch("salesOrder", schedule_id, mapping.order_closing(order))
        except Problem as problem:
            if problem.kind is Kind.INVALID:
                raise _conflict("schedule_in_use", problem.detail) from problem
            raise

    async def reverse_billing_schedule(self, *, schedule_id: str) -> ScheduleReversal:
        order = await self._order(schedule_id)
        if order is None:
            raise _absent("salesOrder", schedule_id)
        closing = mapping.order_closing(order)
        if closing.item.items:
            await self._client.patch("salesOrder", schedule_id, closing)
        credited = [await self._credited(row) async for row in self._client.rows(INVOICES.format(order=int(order.id)))]
        currency = await self._currencies.code_of(order.currency.id)
        total = sum((credit.subtotal for _, credit in credited), Decimal(0))
        return ScheduleReversal(
            schedule_id=schedule_id,
            external_id=order.id,
            credits=[Reference(our_id=key, external_id=credit.id) for key, credit in credited],
            credited=Money(amount=rounded(total, currency), currency=currency),
        )

    async def put_document(self, *, document_id: str, body: PostingDocument) -> BookedDocument:
        _agree(document_id, body.document_id, pointer="/document_id")
        return await self._documents.put(document_id, body)

    async def document(self, *, document_id: str) -> BookedDocument:
        return await self._documents.read(document_id)

    async def post_document(self, *, document_id: str) -> BookedDocument:
        return await self._documents.post(document_id)

    async def discard_document(self, *, document_id: str) -> None:
        await self._documents.discard(document_id)

    async def document_changes(self, *, cursor: str = "", limit: int = 200) -> BookedChanges:
        return await self._documents.changes(cursor, limit)

    async def held_documents(self, *, cursor: str = "", limit: int = 200) -> HeldDocuments:
        return await self._held.page(cursor, limit)

    async def _credited(self, invoice: Mapping[str, str]) -> tuple[str, Credit]:
        """The credit memo of an invoice, made now unless it stands."""
        key = f"crd-{int(invoice['id'])}"
        credit = await self._client.find("creditMemo", key, into=Credit)
        if credit is None:
            body = CreditWrite(external_id=key, memo=f"Credits invoice {invoice.get('tranid', invoice['id'])} in full")
            try:
                await self._client.transform("invoice", invoice["id"], "creditMemo", body)
            except Problem as problem:
                if problem.kind is Kind.INVALID:
                    detail = f"invoice {invoice.get('tranid', invoice['id'])} is settled: {problem.detail}"
                    raise _conflict("invoice_settled", detail) from problem
                raise
            credit = await self._client.find("creditMemo", key, into=Credit)
        if credit is None:
            raise Problem(Kind.UNEXPECTED, "vendor_record_invisible", f"creditMemo {key} was saved and cannot be read")
        return key, credit

    async def _order(self, schedule_id: str) -> Order | None:
        key = mapping.key(schedule_id, pointer="schedule_id")
        order = await self._client.find("salesOrder", key, into=Order, lines=True)
        if order is not None and order.item.has_more:
            detail = f"order {order.id} has more lines than NetSuite shows in one answer"
            raise Problem(Kind.UNSUPPORTED, "schedule_too_long", detail, hint="split the schedule")
        return order

    async def _head(self, record: str, key: str, *, pointer: str) -> Head:
        head = await self._client.find(record, mapping.key(key, pointer=pointer), into=Head)
        if head is None:
            raise _absent(record, key)
        return head

    async def _is_second(self, standing: Head, legal_entity_id: str) -> bool:
        """Whether the entity is another than the customer's primary one, which can never change."""
        entity = await self._client.find("subsidiary", legal_entity_id, into=Head)
        if entity is None:
            detail = f"NetSuite has no subsidiary '{legal_entity_id}'"
            raise mapping.refused("legal_entity_unknown", "legal_entity_id", detail)
        return standing.subsidiary is not None and standing.subsidiary.id != entity.id

    async def _admit(self, customer_id: str, legal_entity_id: str) -> None:
        """Let a customer trade with one more legal entity."""
        key = f"{customer_id}__{legal_entity_id}"
        if await self._client.find("customerSubsidiaryRelationship", key, into=Head) is not None:
            return
        wire = RelationshipWrite(
            external_id=key, entity=Named(external_id=customer_id), subsidiary=Named(external_id=legal_entity_id)
        )
        await self._client.add("customerSubsidiaryRelationship", key, wire)


def _agree(asked: str, said: str, *, pointer: str) -> None:
    if asked != said:
        raise mapping.refused("key_differs", pointer, f"the body is about '{said}', the address about '{asked}'")


def _absent(record: str, key: str) -> Problem:
    return Problem(Kind.NOT_FOUND, "vendor_not_found", f"NetSuite has no {record} under '{key}'")


def _conflict(code: str, detail: str) -> Problem:
    return Problem(Kind.CONFLICT, code, detail)
