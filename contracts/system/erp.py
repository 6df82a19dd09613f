"""The ERP role: customers, projects and billing schedules under our keys, each findable by its key."""

from __future__ import annotations

from typing import Protocol

from contracts.canonical.billing import BillingSchedule, ScheduleReceipt, ScheduleReversal
from contracts.canonical.capability import Capabilities
from contracts.canonical.field import Noun
from contracts.canonical.held import HeldDocuments
from contracts.canonical.money import Currency
from contracts.canonical.party import Customer, LegalEntity
from contracts.canonical.posting import BookedChanges, BookedDocument, PostingDocument
from contracts.canonical.project import PhaseIds, Project, ProjectPhases
from contracts.canonical.reference import Reference, References
from contracts.port import delete, get, post, put


class LegalEntities(Noun, frozen=True, kw_only=True):
    """The firm's own companies as the ERP knows them."""

    items: list[LegalEntity]


class TaxCodes(Noun, frozen=True, kw_only=True):
    """The tax codes the ERP accepts."""

    items: list[str]


class Currencies(Noun, frozen=True, kw_only=True):
    """The currencies in which the ERP keeps documents."""

    items: list[Currency]


class Erp(Protocol):
    """System of record: customers, contracts, billing, revenue, financial controls."""

    @get("/capabilities", scope="erp:read")
    async def capabilities(self) -> Capabilities:
        """What this connection can and cannot do."""
        ...

    @get("/legal-entities", scope="erp:read")
    async def legal_entities(self) -> LegalEntities:
        """Every company that may sell."""
        ...

    @get("/tax-codes", scope="erp:read")
    async def tax_codes(self) -> TaxCodes:
        """Every tax code that a customer or a document may carry."""
        ...

    @get("/currencies", scope="erp:read")
    async def currencies(self) -> Currencies:
        """Every currency that a project or a document may be in."""
        ...

    @put("/customers/{customer_id}", scope="erp:write")
    async def put_customer(self, *, customer_id: str, legal_entity_id: str, body: Customer) -> Reference:
        """Create the customer for a legal entity, or bring it up to date. The parent must stand there first."""
        ...

    @get("/customers/{customer_id}", scope="erp:read", problems=(404,))
    async def customer(self, *, customer_id: str) -> Reference:
        """Find a customer by our id."""
        ...

    @delete("/customers/{customer_id}", scope="erp:write", problems=(404, 409))
    async def retire_customer(self, *, customer_id: str) -> None:
        """Make a customer inactive; refused while open documents need it."""
        ...

    @put("/projects/{project_id}", scope="erp:write")
    async def put_project(self, *, project_id: str, body: Project) -> Reference:
        """Create the project with a task for each phase, or bring it up to date."""
        ...

    @get("/projects/{project_id}", scope="erp:read", problems=(404,))
    async def project(self, *, project_id: str) -> Reference:
        """Find a project by our id."""
        ...

    @put("/projects/{project_id}/phases", scope="erp:write", problems=(404,))
    async def put_phases(self, *, project_id: str, body: ProjectPhases) -> References:
        """Add phases to a project that stands, or bring them up to date; its other phases stay as they are."""
        ...

    @post("/projects/{project_id}/phase-removals", scope="erp:write", status=204, problems=(404, 409))
    async def remove_phases(self, *, project_id: str, body: PhaseIds) -> None:
        """Take phases away again and let the budget follow; one that is gone already is fine."""
        ...

    @delete("/projects/{project_id}", scope="erp:write", problems=(404,))
    async def close_project(self, *, project_id: str) -> None:
        """Close a project to further postings."""
        ...

    @put("/billing-schedules/{schedule_id}", scope="erp:write")
    async def put_billing_schedule(self, *, schedule_id: str, body: BillingSchedule) -> ScheduleReceipt:
        """Create the schedule once, all lines or none; a schedule that stands is returned as it is."""
        ...

    @get("/billing-schedules/{schedule_id}", scope="erp:read", problems=(404,))
    async def billing_schedule(self, *, schedule_id: str) -> ScheduleReceipt:
        """Find a schedule by our id and sum its lines from the ERP's own records."""
        ...

    @delete("/billing-schedules/{schedule_id}", scope="erp:write", problems=(404, 409))
    async def void_billing_schedule(self, *, schedule_id: str) -> None:
        """Close a schedule of which nothing was invoiced."""
        ...

    @put("/billing-schedules/{schedule_id}/reversal", scope="erp:write", problems=(404, 409))
    async def reverse_billing_schedule(self, *, schedule_id: str) -> ScheduleReversal:
        """Close what is open and credit what was invoiced, in full and once; refused where an invoice is settled."""
        ...

    @put("/documents/{document_id}", scope="erp:write", problems=(404, 409))
    async def put_document(self, *, document_id: str, body: PostingDocument) -> BookedDocument:
        """Draft an invoice or credit note once, all lines or none; one that stands is returned as it is."""
        ...

    @get("/documents/{document_id}", scope="erp:read", problems=(404,))
    async def document(self, *, document_id: str) -> BookedDocument:
        """Find a document by our id, with the amounts that the ERP's own records sum to."""
        ...

    @put("/documents/{document_id}/posting", scope="erp:write", problems=(404, 409))
    async def post_document(self, *, document_id: str) -> BookedDocument:
        """Post a draft for its own date, so that it has its legal number; one that is posted is returned as it is."""
        ...

    @delete("/documents/{document_id}", scope="erp:write", problems=(409,))
    async def discard_document(self, *, document_id: str) -> None:
        """Discard a draft; one that is gone already is fine, one that is posted is refused."""
        ...

    @get("/document-changes", scope="erp:read", problems=(422,))
    async def document_changes(self, *, cursor: str = "", limit: int = 200) -> BookedChanges:
        """Documents of ours changed since the cursor; an empty cursor starts at the oldest the ERP keeps."""
        ...

    @get("/held-documents", scope="erp:read", problems=(422, 501))
    async def held_documents(self, *, cursor: str = "", limit: int = 200) -> HeldDocuments:
        """List what customers of ours were billed, drafts and documents of others too; an empty cursor starts anew."""
        ...
