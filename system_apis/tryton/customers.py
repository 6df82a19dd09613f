"""Customers as parties whose code is our id; Tryton itself lets no code stand twice."""

from __future__ import annotations

from typing import Any, Final

from contracts.canonical.party import Customer
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from system_apis.tryton import mapping, wire
from system_apis.tryton.chart import Chart
from system_apis.tryton.client import Tryton

_OPEN_SALES: Final = ("draft", "quotation", "confirmed", "processing")
_OPEN_INVOICES: Final = ("draft", "validated", "posted")


class Customers:
    """Finds, makes, changes and retires customers."""

    def __init__(self, client: Tryton, chart: Chart) -> None:
        self._client = client
        self._chart = chart

    async def put(self, customer: Customer, *, legal_entity_id: str) -> Reference:
        """Make the customer or bring it up to date for one of our companies; retired ones come back."""
        company = await self._chart.company(legal_entity_id, pointer="legal_entity_id")
        await self._chart.currency(customer.currency)
        country = await self._chart.country(customer.address.country)
        code = customer.tax.tax_code
        rule = None if code is None else await self._chart.tax_rule(code, company=company)
        parent = None if customer.parent_id is None else await self.party(customer.parent_id, pointer="/parent_id")
        standing = await self.find(customer.customer_id)
        values = mapping.party_values(customer, standing, country=country, tax_rule=rule)
        values["relations"] = await self._relations(parent, standing)
        if standing is None:
            made = await self._made(customer.customer_id, values, company=company)
            if made is not None:
                return Reference(our_id=customer.customer_id, external_id=str(made.id), created=True)
            standing = await self.party(customer.customer_id, pointer="/customer_id")
            values = mapping.party_values(customer, standing, country=country, tax_rule=rule)
            values["relations"] = await self._relations(parent, standing)
        await self._client.update(wire.Party, standing.id, values, company=company)
        return Reference(our_id=customer.customer_id, external_id=str(standing.id))

    async def find(self, customer_id: str) -> wire.Party | None:
        """The party under our id, retired or not."""
        rows = await self._client.find(wire.Party, ["code", "=", customer_id], limit=1)
        return rows[0] if rows else None

    async def party(self, customer_id: str, *, pointer: str) -> wire.Party:
        """A customer that something else refers to.

        Raises:
            Problem: `invalid` when there is none.

        """
        found = await self.find(customer_id)
        if found is None:
            raise mapping.refused("customer_unknown", pointer, f"Tryton has no party '{customer_id}'")
        return found

    async def standing(self, customer_id: str) -> wire.Party:
        """A customer that is asked for by itself."""
        found = await self.find(customer_id)
        if found is None:
            raise Problem(Kind.NOT_FOUND, "tryton.not_found", f"Tryton has no party '{customer_id}'")
        return found

    async def retire(self, customer_id: str) -> None:
        """Make a customer inactive unless something of it is open."""
        party = await self.standing(customer_id)
        to_it: list[Any] = ["OR", ["party", "=", party.id], ["invoice_party", "=", party.id]]
        sales = await self._client.find(wire.SaleState, to_it, ["state", "in", list(_OPEN_SALES)], limit=1)
        bills = await self._client.find(
            wire.InvoiceState, ["party", "=", party.id], ["state", "in", list(_OPEN_INVOICES)], limit=1
        )
        for one in (*sales, *bills):
            detail = f"{one.model} {one.id} of {customer_id} is open"
            raise Problem(Kind.CONFLICT, "customer_has_open_documents", detail)
        await self._client.update(wire.Party, party.id, {"active": False}, company=await self._any_company())

    async def _made(self, customer_id: str, values: dict[str, Any], *, company: int) -> wire.Party | None:
        """The party, made now; None when somebody was faster, or when it was made although its answer was lost."""
        try:
            return await self._client.create(wire.Party, values, company=company)
        except Problem as problem:
            if problem.kind is Kind.UNKNOWN_OUTCOME and await self.find(customer_id) is None:
                raise
            if problem.kind not in {Kind.UNKNOWN_OUTCOME, Kind.ALREADY_EXISTS}:
                raise
            return None

    async def _relations(self, parent: wire.Party | None, standing: wire.Party | None) -> list[list[Any]]:
        """The tie to the parent, as a change of what stands: one that is right is left, one that is wrong goes."""
        kind = await self._chart.hierarchy()
        held = [] if standing is None else [each for each in standing.relations if each.type.id == kind]
        wrong = [each.id for each in held if parent is None or each.to.id != parent.id]
        changes: list[list[Any]] = [["delete", wrong]] if wrong else []
        if parent is not None and len(wrong) == len(held):
            changes.append(["create", [{"type": kind, "to": parent.id}]])
        return changes

    async def _any_company(self) -> int:
        return (await self._client.find(wire.Company, limit=1))[0].id
