"""Answers the CRM role from a Salesforce org: ask, then map; remembers nothing between calls."""

from __future__ import annotations

import datetime as dt

from contracts.canonical.billing import BillingReport
from contracts.canonical.capability import Capabilities
from contracts.canonical.deal import DeliveryReport, Opportunity, OpportunityChanges
from contracts.canonical.party import Customer, Hierarchy
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from kit.force import OrgClient, records
from kit.force.soql import checked_id
from system_apis.salesforce import billing, feed, mapping, soql, wire

_DEEPEST = 12
_MOST_CHANGES = 2000


class SalesforceCrm:
    """The CRM role over one connection."""

    def __init__(self, client: OrgClient, *, capabilities: Capabilities, clock: Clock, feed_lag_s: float) -> None:
        self._client = client
        self._capabilities = capabilities
        self._clock = clock
        self._lag_s = feed_lag_s

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        """Read a deal whole, in one call of the daily allowance unless a part of it has further pages."""
        questions = soql.deal(checked_id(opportunity_id, noun="opportunity"))
        deals, lines, milestones, rates, needs = await self._client.queries(questions)
        if not deals:
            raise _no_opportunity()
        return mapping.opportunity(
            records(deals, wire.Opportunity)[0],
            lines=records(lines, wire.Line),
            milestones=records(milestones, wire.Milestone),
            rates=records(rates, wire.Rate),
            needs=records(needs, wire.Need),
        )

    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        """Walk up from a customer; a loop, an unreadable parent or too long a chain ends it as incomplete."""
        wanted = checked_id(account_id.removeprefix(mapping.CUSTOMER_PREFIX), noun="account")
        account = await self._account(wanted)
        if account is None:
            raise Problem(Kind.NOT_FOUND, "account_not_found", "no account has this id")
        chain: list[Customer] = [mapping.customer(account)]
        met = {account.id}
        while account.parent_id:
            account = None if account.parent_id in met else await self._account(account.parent_id)
            if account is None or len(chain) >= _DEEPEST:
                return Hierarchy(customers=chain[::-1], complete=False)
            met.add(account.id)
            chain.append(mapping.customer(account))
        return Hierarchy(customers=chain[::-1], complete=True)

    async def opportunity_changes(self, *, cursor: str = "", limit: int = 200) -> OpportunityChanges:
        """Deals changed since the cursor, oldest first; with a lag, only what can no longer change in its second."""
        if not 0 < limit <= _MOST_CHANGES:
            fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {_MOST_CHANGES}")
            raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
        here = feed.decoded(cursor)
        question = soql.changes(
            since=here.since if here else None,
            after=here.after if here else "",
            until=self._clock.now() - dt.timedelta(seconds=self._lag_s) if self._lag_s > 0 else None,
            limit=limit + (len(here.entries) if here else 0),
        )
        read = [mapping.seen(change) for change in await self._client.query(question, wire.Change)]
        fresh = [record for record in read if here is None or not here.met(record)][:limit]
        return OpportunityChanges(
            changes=[mapping.change(record) for record in fresh],
            cursor=feed.encoded(feed.advanced(here, fresh)),
        )

    async def delivery(self, *, opportunity_id: str) -> DeliveryReport:
        """Read what was last written back."""
        report = mapping.report(await self._delivery(opportunity_id))
        if report is None:
            raise Problem(Kind.NOT_FOUND, "delivery_not_reported", "nothing was written back on this opportunity")
        return report

    async def report_delivery(self, *, opportunity_id: str, body: DeliveryReport) -> DeliveryReport:
        """Write what differs, and nothing when nothing does; returns what stands afterwards."""
        standing = await self._delivery(opportunity_id)
        values = mapping.differences(standing, body)
        if values:
            await self._client.update("Opportunity", standing.id, values)
        return DeliveryReport(
            state=body.state,
            case_id=body.case_id,
            erp_customer_id=body.erp_customer_id or standing.erp_customer_id,
            erp_project_id=body.erp_project_id or standing.erp_project_id,
            psa_project_id=body.psa_project_id or standing.psa_project_id,
            note=body.note,
        )

    async def billing(self, *, opportunity_id: str) -> BillingReport:
        """Read what was last written back about bills."""
        report = billing.report(await self._billing(opportunity_id))
        if report is None:
            raise Problem(Kind.NOT_FOUND, "billing_not_reported", "nothing about bills was written on this opportunity")
        return report

    async def report_billing(self, *, opportunity_id: str, body: BillingReport) -> BillingReport:
        """Write what differs, and nothing when nothing does.

        Raises:
            Problem: invalid, when the amounts are not in the currency of the deal; nothing is written then.

        """
        standing = await self._billing(opportunity_id)
        values = billing.differences(standing, body)
        if values:
            await self._client.update("Opportunity", standing.id, values)
        return body

    async def _delivery(self, opportunity_id: str) -> wire.Delivery:
        question = soql.delivery(checked_id(opportunity_id, noun="opportunity"))
        found = await self._client.query(question, wire.Delivery)
        if not found:
            raise _no_opportunity()
        return found[0]

    async def _billing(self, opportunity_id: str) -> wire.Billing:
        question = soql.billing(checked_id(opportunity_id, noun="opportunity"))
        found = await self._client.query(question, wire.Billing)
        if not found:
            raise _no_opportunity()
        return found[0]

    async def _account(self, account_id: str) -> wire.Account | None:
        found = await self._client.query(soql.account(account_id), wire.Account)
        return found[0] if found else None


def _no_opportunity() -> Problem:
    return Problem(Kind.NOT_FOUND, "opportunity_not_found", "no opportunity has this id")
