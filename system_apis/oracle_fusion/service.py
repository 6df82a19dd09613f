"""Answers the ERP role from one pod: each noun has its keeper, and this hands every call to the right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.capability import Capabilities, FeedKind, UpsertKind
from contracts.canonical.held import HeldDocuments
from contracts.canonical.party import Customer
from contracts.canonical.posting import BookedChanges, BookedDocument, PostingDocument
from contracts.canonical.project import PhaseIds, Project, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.system.erp import Currencies, LegalEntities, TaxCodes
from kit.clock import Clock
from kit.room import lacking
from system_apis.oracle_fusion.client import Fusion
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.customers import Customers
from system_apis.oracle_fusion.documents import Documents
from system_apis.oracle_fusion.feed import Feed
from system_apis.oracle_fusion.mapping import agree
from system_apis.oracle_fusion.projects import Projects
from system_apis.oracle_fusion.reference_data import ReferenceData
from system_apis.oracle_fusion.schedules import Schedules


class FusionErp:
    """The ERP role over one Fusion pod."""

    def __init__(
        self, client: Fusion, *, config: Config, connection: str, manifest: Mapping[str, Any], clock: Clock
    ) -> None:
        self._config = config
        self._connection = connection
        self._manifest = manifest
        self._reference = ReferenceData(client, config)
        self._customers = Customers(client, config)
        self._projects = Projects(client, config, self._customers)
        self._schedules = Schedules(client, config)
        self._documents = Documents(client, config)
        self._feed = Feed(client, self._documents, clock=clock)

    async def capabilities(self) -> Capabilities:
        return Capabilities(
            vendor="oracle_fusion",
            connection=self._connection,
            roles=list(self._manifest["roles"]),
            lacks=list(self._manifest["lacks"]),
            upsert=UpsertKind(self._manifest["upsert"]),
            feed=FeedKind(self._manifest["feed"]),
            concurrency=self._config.concurrency,
        )

    async def legal_entities(self) -> LegalEntities:
        return LegalEntities(items=await self._reference.legal_entities())

    async def tax_codes(self) -> TaxCodes:
        return TaxCodes(items=await self._reference.tax_codes())

    async def currencies(self) -> Currencies:
        return Currencies(items=await self._reference.currencies())

    async def put_customer(self, *, customer_id: str, legal_entity_id: str, body: Customer) -> Reference:
        agree(customer_id, body.customer_id, pointer="/customer_id")
        return await self._customers.put(body, legal_entity_id=legal_entity_id)

    async def customer(self, *, customer_id: str) -> Reference:
        return await self._customers.find(customer_id)

    async def retire_customer(self, *, customer_id: str) -> None:
        await self._customers.retire(customer_id)

    async def put_project(self, *, project_id: str, body: Project) -> Reference:
        agree(project_id, body.project_id, pointer="/project_id")
        return await self._projects.put(body)

    async def project(self, *, project_id: str) -> Reference:
        return await self._projects.find(project_id)

    async def put_phases(self, *, project_id: str, body: ProjectPhases) -> References:
        agree(project_id, body.project_id, pointer="/project_id")
        return await self._projects.put_phases(project_id, body)

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
        return await self._documents.read(document_id)

    async def post_document(self, *, document_id: str) -> BookedDocument:
        return await self._documents.post(document_id)

    async def discard_document(self, *, document_id: str) -> None:
        await self._documents.discard(document_id)

    async def document_changes(self, *, cursor: str = "", limit: int = 200) -> BookedChanges:
        return await self._feed.page(cursor, limit=limit)

    async def held_documents(self, *, cursor: str = "", limit: int = 200) -> HeldDocuments:
        del cursor, limit
        raise lacking("held_documents")
