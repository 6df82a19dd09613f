"""Answers the CRM role from a HubSpot account: ask, then map; remembers nothing between calls."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from contracts.canonical.billing import BillingReport
from contracts.canonical.capability import Capabilities
from contracts.canonical.deal import DeliveryReport, Opportunity, OpportunityChange, OpportunityChanges
from contracts.canonical.party import Customer, Hierarchy
from contracts.problem import FieldError, Kind, Problem
from kit.clock import Clock
from system_apis.hubspot import billing, feed, mapping, wire
from system_apis.hubspot.client import HubspotClient
from system_apis.hubspot.config import Config
from system_apis.hubspot.deals import COMPANIES, DEALS, Deals
from system_apis.hubspot.follow import changed
from system_apis.hubspot.values import at_millis, millis

_ID: Final = re.compile(r"[0-9]{1,20}")
_DEEPEST: Final = 12
_MOST_CHANGES: Final = 2000
_FOR_GOOD: Final = 1 << 62


class HubspotCrm:
    """The CRM role over one connection."""

    def __init__(
        self,
        client: HubspotClient,
        *,
        config: Config,
        reader: mapping.Reader,
        capabilities: Capabilities,
        clock: Clock,
    ) -> None:
        self._client = client
        self._config = config
        self._reader = reader
        self._capabilities = capabilities
        self._clock = clock
        self._deals = Deals(client, config=config)

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        """Read a deal whole."""
        return self._reader.opportunity(await self._deals.parts(_checked(opportunity_id, noun="opportunity")))

    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        """Walk up from a customer; a loop, an unreadable parent or too long a chain ends it as incomplete."""
        wanted = _checked(account_id.removeprefix(mapping.CUSTOMER_PREFIX), noun="account")
        company = await self._company(wanted)
        if company is None:
            raise Problem(Kind.NOT_FOUND, "account_not_found", "no account has this id")
        chain: list[Customer] = [self._reader.customer(company)]
        met = {company.id}
        while company.properties.parent_id:
            parent = company.properties.parent_id
            above = None if parent in met else await self._company(parent)
            if above is None or len(chain) >= _DEEPEST:
                return Hierarchy(customers=chain[::-1], complete=False)
            company = above
            met.add(company.id)
            chain.append(self._reader.customer(company))
        return Hierarchy(customers=chain[::-1], complete=True)

    async def opportunity_changes(self, *, cursor: str = "", limit: int = 200) -> OpportunityChanges:
        """Deals changed since the cursor, oldest first; what is younger than the overlap is looked at again."""
        if not 0 < limit <= _MOST_CHANGES:
            fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {_MOST_CHANGES}")
            raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
        here = feed.decoded(cursor)
        read = await changed(self._client, beyond=here.place, count=limit + len(here.met))
        told, there = feed.taken(here, read, limit=limit, settled=self._settled())
        changes = [
            OpportunityChange(opportunity_id=record.id, won=record.won, changed_at=at_millis(record.stamp))
            for record in told
        ]
        return OpportunityChanges(changes=changes, cursor=feed.encoded(there))

    async def delivery(self, *, opportunity_id: str) -> DeliveryReport:
        """Read what was last written back."""
        deal_id = _checked(opportunity_id, noun="opportunity")
        report = mapping.report((await self._deals.read(deal_id, wire.Delivery)).properties)
        if report is None:
            raise Problem(Kind.NOT_FOUND, "delivery_not_reported", "nothing was written back on this opportunity")
        return report

    async def report_delivery(self, *, opportunity_id: str, body: DeliveryReport) -> DeliveryReport:
        """Write what differs, and nothing when nothing does, so that our own writes never chase each other."""
        deal_id = _checked(opportunity_id, noun="opportunity")
        standing = (await self._deals.read(deal_id, wire.Delivery)).properties
        values = mapping.differences(standing, body)
        if values:
            await self._client.change(DEALS, deal_id, values)
        return DeliveryReport(
            state=body.state,
            case_id=body.case_id,
            erp_customer_id=body.erp_customer_id or standing.erp_customer_id or None,
            erp_project_id=body.erp_project_id or standing.erp_project_id or None,
            psa_project_id=body.psa_project_id or standing.psa_project_id or None,
            note=body.note,
        )

    async def billing(self, *, opportunity_id: str) -> BillingReport:
        """Read what was last written back about bills."""
        deal_id = _checked(opportunity_id, noun="opportunity")
        standing = (await self._deals.read(deal_id, wire.Billing)).properties
        report = billing.report(standing, currency=self._config.currency)
        if report is None:
            raise Problem(Kind.NOT_FOUND, "billing_not_reported", "nothing about bills was written on this opportunity")
        return report

    async def report_billing(self, *, opportunity_id: str, body: BillingReport) -> BillingReport:
        """Write what differs, and nothing when nothing does.

        Raises:
            Problem: invalid, when the amounts are not in the currency of the deal; nothing is written then.

        """
        deal_id = _checked(opportunity_id, noun="opportunity")
        standing = (await self._deals.read(deal_id, wire.Billing)).properties
        values = billing.differences(standing, body, currency=self._config.currency)
        if values:
            await self._client.change(DEALS, deal_id, values)
        return body

    def _settled(self) -> int:
        """The moment up to which search has learnt of everything; all of time where no overlap is wanted."""
        overlap_s = self._config.feed_overlap_s
        return millis(self._clock.now() - dt.timedelta(seconds=overlap_s)) if overlap_s > 0 else _FOR_GOOD

    async def _company(self, company_id: str) -> wire.Row[wire.Company] | None:
        try:
            return await self._client.read(COMPANIES, company_id, wire.Company)
        except Problem as problem:
            if problem.kind is not Kind.NOT_FOUND:
                raise
        return None


def _checked(value: str, *, noun: str) -> str:
    """The id, if it can be one: nothing of a caller reaches an address unchecked."""
    if _ID.fullmatch(value) is None:
        raise Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"no {noun} has this id")
    return value
