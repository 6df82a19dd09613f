"""Answers the ERP role: looks before it writes, writes under our keys, reads every amount from Tryton's own books."""

from __future__ import annotations

from typing import Any

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.canonical.held import HeldDocuments
from contracts.canonical.party import Customer
from contracts.canonical.posting import BookedChanges, BookedDocument, PostingDocument
from contracts.canonical.project import PhaseIds, Project, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.system.erp import Currencies, LegalEntities, TaxCodes
from kit.room import Tools, lacking
from system_apis.tryton.chart import Chart
from system_apis.tryton.client import Tryton
from system_apis.tryton.config import Config
from system_apis.tryton.credits import Credits
from system_apis.tryton.customers import Customers
from system_apis.tryton.documents import Documents
from system_apis.tryton.feed import Feed
from system_apis.tryton.keyed import Keyed
from system_apis.tryton.mapping import agree
from system_apis.tryton.projects import Projects
from system_apis.tryton.schedules import Schedules


class TrytonErp:
    """The ERP role over one Tryton database."""

    def __init__(self, client: Tryton, *, config: Config, tools: Tools) -> None:
        self._config = config
        self._connection = tools.name
        self._manifest = tools.manifest
        keyed = Keyed(client, login=config.login)
        self._chart = Chart(client, config)
        self._customers = Customers(client, self._chart)
        self._projects = Projects(client, chart=self._chart, customers=self._customers, config=config)
        rooms: dict[str, Any] = {"chart": self._chart, "customers": self._customers, "projects": self._projects}
        self._documents = Documents(client, keyed=keyed, **rooms)
        credit_notes = Credits(client, keyed=keyed, documents=self._documents)
        self._schedules = Schedules(client, keyed=keyed, taken_back=credit_notes, **rooms)
        self._feed = Feed(client, keyed=keyed, clock=tools.clock, overlap_s=config.overlap_s)

    async def capabilities(self) -> Capabilities:
        return Capabilities(
            vendor="tryton",
            connection=self._connection,
            roles=list(self._manifest["roles"]),
            lacks=list(self._manifest["lacks"]),
            upsert=UpsertKind(self._manifest["upsert"]),
            feed=FeedKind(self._manifest["feed"]),
            concurrency=self._config.concurrency,
        )

    async def legal_entities(self) -> LegalEntities:
        return LegalEntities(items=await self._chart.legal_entities())

    async def tax_codes(self) -> TaxCodes:
        return TaxCodes(items=await self._chart.tax_codes())

    async def currencies(self) -> Currencies:
        return Currencies(items=await self._chart.currencies())

    async def put_customer(self, *, customer_id: str, legal_entity_id: str, body: Customer) -> Reference:
        agree(customer_id, body.customer_id, pointer="/customer_id")
        return await self._customers.put(body, legal_entity_id=legal_entity_id)

    async def customer(self, *, customer_id: str) -> Reference:
        found = await self._customers.standing(customer_id)
        return Reference(our_id=customer_id, external_id=str(found.id))

    async def retire_customer(self, *, customer_id: str) -> None:
        await self._customers.retire(customer_id)

    async def put_project(self, *, project_id: str, body: Project) -> Reference:
        agree(project_id, body.project_id, pointer="/project_id")
        return await self._projects.put(body)

    async def project(self, *, project_id: str) -> Reference:
        found = await self._projects.standing(project_id)
        return Reference(our_id=project_id, external_id=str(found.id))

    async def put_phases(self, *, project_id: str, body: ProjectPhases) -> References:
        agree(project_id, body.project_id, pointer="/project_id")
        return References(references=await self._projects.put_phases(body))

    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        await self._projects.remove_phases(project_id, body.phase_ids)

    async def close_project(self, *, project_id: str) -> None:
        await self._projects.close(project_id)

    async def put_billing_schedule(self, *, schedule_id: str, body: BillingSchedule) -> ScheduleReceipt:
        agree(schedule_id, body.schedule_id, pointer="/schedule_id")
        return await self._schedules.put(body)

    async def billing_schedule(self, *, schedule_id: str) -> ScheduleReceipt:
        return await self._schedules.receipt(schedule_id)

    async def void_billing_schedule(self, *, schedule_id: str) -> None:
        await self._schedules.void(schedule_id)

    async def reverse_billing_schedule(self, *, schedule_id: str) -> ScheduleReversal:
        return await self._schedules.reverse(schedule_id)

    async def put_document(self, *, document_id: str, body: PostingDocument) -> BookedDocument:
        agree(document_id, body.document_id, pointer="/document_id")
        return await self._documents.put(body)

    async def document(self, *, document_id: str) -> BookedDocument:
        return await self._documents.booked(document_id)

    async def post_document(self, *, document_id: str) -> BookedDocument:
        return await self._documents.post(document_id)

    async def discard_document(self, *, document_id: str) -> None:
        await self._documents.discard(document_id)

    async def document_changes(self, *, cursor: str = "", limit: int = 200) -> BookedChanges:
        return await self._feed.page(cursor=cursor, limit=limit)

    async def held_documents(self, *, cursor: str = "", limit: int = 200) -> HeldDocuments:
        del cursor, limit
        raise lacking("held_documents")
