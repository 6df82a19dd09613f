"""Finds what is a client's in the books: agreements and posted documents by who is billed; the rest does not exist."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from contracts.canonical.agreements import BillingAgreement
from contracts.canonical.invoices import Invoice, InvoiceState
from contracts.problem import Kind, Problem
from kit.caller import Caller
from kit.durable.paging import after, cursor_at
from kit.store.actuals import ACTUAL, INVOICE, INVOICE_LINE
from process_apis.time_to_bill.books import Books
from process_apis.time_to_bill.client_bills import invoice_unknown
from process_apis.time_to_bill.config import Config


def customers_of(caller: Caller, config: Config) -> frozenset[str] | None:
    """Whose bills a caller may see; None means everybody's. Default: nobody's."""
    if not caller.roles.isdisjoint(config.staff_roles):
        return None
    return caller.organisations


def must_hold(caller: Caller, roles: Collection[str], *, what: str) -> None:
    """Refuse whoever holds none of the roles that may do something.

    Raises:
        Problem: forbidden.

    """
    if caller.roles.isdisjoint(roles):
        hint = f"ask somebody who is {' or '.join(sorted(roles))}"
        raise Problem(Kind.FORBIDDEN, "role_missing", f"none of your roles may {what}", hint=hint)


@dataclass(frozen=True)
class FoundPage:
    """Posted documents with the agreement of each, and where the next page begins; None after the last."""

    items: list[tuple[Invoice, BillingAgreement]]
    cursor: str | None


@dataclass(frozen=True)
class ClientBooks:
    """The books as far as they are about these customers; None: all of them."""

    books: Books
    customers: Collection[str] | None

    def holds(self, customer_id: str) -> bool:
        """Whether a customer is one of them."""
        return self.customers is None or customer_id in self.customers

    async def agreed(self, project_id: str) -> BillingAgreement:
        """What was agreed about a project.

        Raises:
            Problem: not_found, also when somebody else is billed for it.

        """
        found = await self.books.agreement(project_id)
        if found is None or not self.holds(found.agreement.customer_id):
            raise Problem(Kind.NOT_FOUND, "project_not_found", f"no bills are known of a project {project_id}")
        return found.agreement

    async def posted(self, invoice_id: str) -> tuple[Invoice, BillingAgreement]:
        """A posted document and the agreement it bills.

        Raises:
            Problem: not_found, also when it is a draft or somebody else's.

        """
        query = sa.select(INVOICE.c.invoice).where(
            INVOICE.c.tenant == self.books.tenant,
            INVOICE.c.invoice_id == invoice_id,
            INVOICE.c.state == InvoiceState.POSTED.value,
        )
        row = (await self.books.connection.execute(query)).first()
        invoice = None if row is None else msgspec.json.decode(row.invoice, type=Invoice)
        if invoice is None or not self.holds(invoice.customer_id):
            raise invoice_unknown(invoice_id)
        return invoice, await self.books.agreed(await self.books.project_of(invoice))

    async def page(self, *, project_id: str, cursor: str, limit: int) -> FoundPage:
        """Posted documents, the newest first, of one project or of all.

        Raises:
            Problem: invalid, when the cursor is none of ours.

        """
        table = INVOICE.c
        query = sa.select(table.invoice_id, table.invoice, table.written_at).where(
            table.tenant == self.books.tenant,
            table.state == InvoiceState.POSTED.value,
            table.invoice_id.in_(self._ids(project_id)),
        )
        query = query.order_by(table.written_at.desc(), table.invoice_id.desc())
        query = after(query, cursor, moment=table.written_at, key=table.invoice_id, descending=True).limit(limit + 1)
        rows = list(await self.books.connection.execute(query))
        invoices = [msgspec.json.decode(row.invoice, type=Invoice) for row in rows[:limit]]
        projects = await self._projects(invoices)
        agreements = {each: await self.books.agreed(each) for each in set(projects.values())}
        last = cursor_at(rows[limit - 1].written_at, rows[limit - 1].invoice_id) if len(rows) > limit else None
        return FoundPage([(each, agreements[projects[each.invoice_id]]) for each in invoices], last)

    def _ids(self, project_id: str) -> sa.Select[tuple[str]]:
        on = (INVOICE_LINE.c.tenant == ACTUAL.c.tenant) & (INVOICE_LINE.c.actual_id == ACTUAL.c.actual_id)
        query = sa.select(INVOICE_LINE.c.invoice_id).join(ACTUAL, on).where(ACTUAL.c.tenant == self.books.tenant)
        if project_id:
            query = query.where(ACTUAL.c.project_id == project_id)
        if self.customers is not None:
            query = query.where(ACTUAL.c.customer_id.in_(sorted(self.customers)))
        return query

    async def _projects(self, invoices: Collection[Invoice]) -> Mapping[str, str]:
        first = {each.lines[0].actual_id: each.invoice_id for each in invoices}
        mine = (ACTUAL.c.tenant == self.books.tenant) & ACTUAL.c.actual_id.in_(first)
        rows = await self.books.connection.execute(sa.select(ACTUAL.c.actual_id, ACTUAL.c.project_id).where(mine))
        return {first[row.actual_id]: row.project_id for row in rows}
