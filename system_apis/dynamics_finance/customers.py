"""Customers in one environment: made once in each company that sells to them, and brought up to date there."""

from __future__ import annotations

from decimal import Decimal

from contracts.canonical.party import Customer
from contracts.canonical.reference import Reference
from contracts.problem import Problem
from system_apis.dynamics_finance import wire
from system_apis.dynamics_finance.client import Finance
from system_apis.dynamics_finance.config import Config
from system_apis.dynamics_finance.customer_mapping import BLOCKED, account, kept, whole
from system_apis.dynamics_finance.mapping import absent, company_of, conflict, refused
from system_apis.dynamics_finance.odata import keyed, member, text
from system_apis.dynamics_finance.refusals import MAY_STAND

CUSTOMERS = "CustomersV3"


class Customers:
    """The customers that stand under our ids."""

    def __init__(self, client: Finance, config: Config) -> None:
        self._client = client
        self._config = config

    async def put(self, customer: Customer, *, legal_entity_id: str) -> Reference:
        """Create the customer in a company, or bring it up to date there."""
        company = company_of(self._config, legal_entity_id, pointer="legal_entity_id")
        number, wanted = account(customer.customer_id), kept(customer)
        if customer.parent_id is not None:
            await self._check_parent(customer.parent_id, company)
        where = keyed(CUSTOMERS, company, CustomerAccount=number)
        created = await self._client.get(where, into=wire.Customer) is None
        if created:
            created = await self._create(customer, company=company, where=where)
        await self._check_ours(customer.customer_id, where)
        await self._client.settle(where, wanted)
        return Reference(our_id=customer.customer_id, external_id=number, created=created)

    async def find(self, customer_id: str) -> Reference:
        """The customer under our id, in whatever company.

        Raises:
            Problem: `not_found`.

        """
        rows = await self._everywhere(customer_id)
        if not rows:
            raise absent("customer", customer_id)
        return Reference(our_id=customer_id, external_id=str(rows[0].customer_account))

    async def retire(self, customer_id: str) -> None:
        """Put a customer on hold in every company; refused while a schedule or a document of it is open."""
        rows = await self._everywhere(customer_id)
        if not rows:
            raise absent("customer", customer_id)
        for row in rows:
            await self._check_done(customer_id, row)
        for row in rows:
            where = keyed(CUSTOMERS, str(row.company), CustomerAccount=str(row.customer_account))
            await self._client.settle(where, wire.Customer(on_hold_status=BLOCKED))

    async def check(self, customer_id: str, company: str, *, pointer: str) -> str:
        """The account of a customer that stands in a company.

        Raises:
            Problem: `invalid`, when none does.

        """
        number = account(customer_id, pointer=pointer)
        where = keyed(CUSTOMERS, company, CustomerAccount=number)
        if await self._client.get(where, into=wire.Customer) is None:
            raise refused("customer_unknown", pointer, f"company {company} has no customer for '{customer_id}'")
        return number

    async def _everywhere(self, customer_id: str) -> list[wire.Customer]:
        mine = f"CustomerAccount eq {text(account(customer_id, pointer='customer_id'))}"
        return await self._client.all(CUSTOMERS, into=wire.Customer, filter=mine, orderby="dataAreaId")

    async def _create(self, customer: Customer, *, company: str, where: str) -> bool:
        elsewhere = await self._everywhere(customer.customer_id)
        party = str(elsewhere[0].party_number) if elsewhere else ""
        try:
            await self._client.create(CUSTOMERS, whole(customer, company=company, party=party, config=self._config))
        except Problem as problem:
            if problem.kind not in MAY_STAND or await self._client.get(where, into=wire.Customer) is None:
                raise
            return False
        return True

    async def _check_parent(self, parent_id: str, company: str) -> None:
        where = keyed(CUSTOMERS, company, CustomerAccount=account(parent_id, pointer="/parent_id"))
        if await self._client.get(where, into=wire.Customer) is None:
            raise refused("parent_unknown", "/parent_id", f"company {company} has no customer for '{parent_id}'")

    async def _check_ours(self, customer_id: str, where: str) -> None:
        """Refuse a customer that bears the number for another reason than ours."""
        held = await self._client.get(where, into=wire.Customer)
        if held is not None and held.sluice_customer_id != customer_id:
            raise conflict("customer_number_taken", f"{where} is not '{customer_id}'")

    async def _check_done(self, customer_id: str, row: wire.Customer) -> None:
        sets, company, number = self._config.sets, text(str(row.company)), text(str(row.customer_account))
        theirs = f"dataAreaId eq {company} and CustomerAccountNumber eq {number}"
        for contract in await self._client.all(sets.contracts, into=wire.Contract, filter=theirs):
            open_ones = (
                f"dataAreaId eq {company} and ProjectContractId eq {text(str(contract.project_contract_id))}"
                f" and TransactionStatus eq {member('ProjOnAccTransStatus', 'NotInvoiced')}"
            )
            if await self._client.all(sets.milestones, into=wire.Milestone, filter=open_ones, top="1"):
                raise conflict("customer_has_open_schedules", f"schedules of {customer_id} are open")
        drafts = f"dataAreaId eq {company} and CustomerAccount eq {number} and InvoiceNumber eq ''"
        if await self._client.all(sets.invoices, into=wire.Invoice, filter=drafts, top="1"):
            raise conflict("customer_has_open_documents", f"documents of {customer_id} are drafts")
        debts = f"dataAreaId eq {company} and AccountNum eq {number} and IsOpen eq {member('NoYes', 'Yes')}"
        rows = await self._client.all(sets.transactions, into=wire.Transaction, filter=debts)
        if sum((each.amount_cur - each.settled_amount_cur for each in rows), Decimal(0)):
            raise conflict("customer_has_open_documents", f"documents of {customer_id} are not settled")
