"""Customers in one pod: an organization made once under our reference, and the account that hangs on it."""

from __future__ import annotations

from msgspec.structs import replace

from contracts.canonical.party import Customer
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.oracle_fusion import customer_mapping as mapped
from system_apis.oracle_fusion.accounts import PATH, merge
from system_apis.oracle_fusion.billing_wire import NOT_INVOICED, Contract, Event
from system_apis.oracle_fusion.client import CRM, Fusion, text
from system_apis.oracle_fusion.config import Config
from system_apis.oracle_fusion.document_wire import Invoice
from system_apis.oracle_fusion.mapping import absent, account_number, company_of, conflict, refused
from system_apis.oracle_fusion.party_wire import ACTIVE, INACTIVE, Account, Organization, Relationship
from system_apis.oracle_fusion.refusals import MAY_STAND

_ORGANIZATIONS = "hubOrganizations"


class Customers:
    """The organizations that stand under our ids."""

    def __init__(self, client: Fusion, config: Config) -> None:
        self._client = client
        self._config = config

    async def put(self, customer: Customer, *, legal_entity_id: str) -> Reference:
        """Create the customer, or bring it up to date; accounts are shared by all companies of a pod."""
        company_of(self._config, legal_entity_id, pointer="legal_entity_id")
        wanted = mapped.organization(customer)
        mapped.account(customer, party_id=0, config=self._config, status=ACTIVE)  # refuses before any call
        parent = await self._parent(customer)
        standing = await self._find(customer.customer_id, pointer="/customer_id")
        if standing is None:
            held = await self._create(customer.customer_id, wanted, parent)
        else:
            held = await self._update(standing, wanted, parent)
        account = mapped.account(customer, party_id=int(held.party_id or 0), config=self._config, status=ACTIVE)
        await self._merge(account)
        return Reference(our_id=customer.customer_id, external_id=str(held.party_number), created=standing is None)

    async def find(self, customer_id: str) -> Reference:
        """The customer under our id.

        Raises:
            Problem: `not_found`.

        """
        found = await self._standing(customer_id)
        return Reference(our_id=customer_id, external_id=str(found.party_number))

    async def party_id(self, customer_id: str) -> int | None:
        """By what a project names its customer; None when there is no such organization."""
        found = await self._find(customer_id, pointer="/customer_id")
        return None if found is None else int(found.party_id or 0)

    async def retire(self, customer_id: str) -> None:
        """Make the account inactive; refused while something of it is to be invoiced, or a draft waits."""
        found = await self._standing(customer_id)
        number = account_number(customer_id, pointer="customer_id")
        await self._check_done(customer_id, number)
        name = str(found.organization_name)
        account = Account(number=number, party_id=int(found.party_id or 0), name=name, tax_code="", status=INACTIVE)
        await self._merge(account)

    async def _check_done(self, customer_id: str, number: str) -> None:
        live = f"BillToAccountNumber = {text(number)} and ContractStatus = 'ACTIVE'"
        for contract in await self._client.all("contracts", into=Contract, order="ContractId", q=live):
            waiting = f"ContractNumber = {text(str(contract.contract_number))} and Invoiced = {text(NOT_INVOICED)}"
            if await self._client.some("projectBillingEvents", into=Event, order="EventId", q=waiting, limit=1):
                raise conflict("customer_has_open_orders", f"contracts of {customer_id} are not invoiced in full")
        drafts = f"BillToCustomerNumber = {text(number)} and InvoiceStatus = 'Incomplete'"
        order = "CustomerTransactionId"
        if await self._client.some("receivablesInvoices", into=Invoice, order=order, q=drafts, limit=1):
            raise conflict("customer_has_open_orders", f"drafts of {customer_id} wait to be completed")

    async def _parent(self, customer: Customer) -> Relationship | None:
        if customer.parent_id is None:
            return None
        parent = await self._find(customer.parent_id, pointer="/parent_id")
        if parent is None:
            raise refused("parent_unknown", "/parent_id", f"Fusion has no organization for '{customer.parent_id}'")
        return mapped.relationship(str(parent.party_number))

    async def _create(self, customer_id: str, wanted: Organization, parent: Relationship | None) -> Organization:
        body = replace(
            wanted,
            source_system=self._config.source,
            source_system_reference_value=mapped.source_reference(customer_id, pointer="/customer_id"),
            relationship=[] if parent is None else [parent],
        )
        try:
            return await self._client.create(_ORGANIZATIONS, body, root=CRM)
        except Problem as problem:
            found = None
            if problem.kind in MAY_STAND:
                found = await self._find(customer_id, pointer="/customer_id")
            if found is None:
                raise
            return found

    async def _update(self, standing: Organization, wanted: Organization, parent: Relationship | None) -> Organization:
        address = f"{_ORGANIZATIONS}/{standing.party_number}"
        await self._client.settle(address, wanted, root=CRM)
        if parent is not None:
            children = f"{address}/child/Relationship"
            rows = await self._client.all(children, into=Relationship, order="RelationshipRecordId", root=CRM)
            if parent.object_party_number not in {row.object_party_number for row in rows}:
                await self._client.create(children, parent, root=CRM)
        return standing

    async def _merge(self, account: Account) -> None:
        await self._client.envelope(PATH, merge(account, source=self._config.source))

    async def _standing(self, customer_id: str) -> Organization:
        found = await self._find(customer_id, pointer="customer_id")
        if found is None:
            raise absent("organization", customer_id)
        return found

    async def _find(self, customer_id: str, *, pointer: str) -> Organization | None:
        reference = mapped.source_reference(customer_id, pointer=pointer)
        mine = f"SourceSystem = {text(self._config.source)} and SourceSystemReferenceValue = {text(reference)}"
        rows = await self._client.all(_ORGANIZATIONS, into=Organization, order="PartyId", q=mine, root=CRM)
        if len(rows) > 1:
            detail = f"{len(rows)} organizations bear the reference '{customer_id}'"
            raise Problem(Kind.UNEXPECTED, "vendor_key_not_unique", detail, hint="merge them in the trading community")
        return rows[0] if rows else None
