"""Answers the CRM role from a Dataverse environment: ask, then map; remembers nothing between calls."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

from contracts.canonical.billing import BillingReport
from contracts.canonical.capability import Capabilities
from contracts.canonical.deal import DeliveryReport, Opportunity, OpportunityChanges
from contracts.canonical.party import Customer, Hierarchy
from contracts.problem import FieldError, Kind, Problem, Retry
from kit.clock import Clock
from system_apis.dynamics_sales import billing, delivery, feed, mapping, queries, wire
from system_apis.dynamics_sales.client import DataverseClient, row_of, rows
from system_apis.dynamics_sales.problems import CURSOR_GONE, RECORD_GONE, REFUSED_VALUE, VERSION_MOVED

B = TypeVar("B", bound=wire.WrittenBack)
Values = dict[str, Any]

_DEEPEST: Final = 12
_MOST_CHANGES: Final = 2000
_WRITES: Final = 4


class DynamicsCrm:
    """The CRM role over one connection."""

    def __init__(
        self, client: DataverseClient, *, capabilities: Capabilities, clock: Clock, base_currency: str
    ) -> None:
        self._client = client
        self._capabilities = capabilities
        self._clock = clock
        self._currency = base_currency

    async def capabilities(self) -> Capabilities:
        """What the manifest declares."""
        return self._capabilities

    async def opportunity(self, *, opportunity_id: str) -> Opportunity:
        """Read a deal whole, in one request unless a part of it has further pages."""
        questions = queries.deal(queries.checked_id(opportunity_id, noun="opportunity"))
        try:
            deal, lines, milestones, rates, needs = await self._client.together(questions)
        except Problem as problem:
            raise _absent(problem, noun="opportunity") from None
        return mapping.opportunity(
            row_of(deal, wire.Opportunity),
            lines=await self._client.all_of(lines, wire.Line),
            milestones=await self._client.all_of(milestones, wire.Milestone),
            rates=await self._client.all_of(rates, wire.Rate),
            needs=await self._client.all_of(needs, wire.Need),
            base_currency=self._currency,
        )

    async def hierarchy(self, *, account_id: str) -> Hierarchy:
        """Walk up from a customer; a loop, an unreadable parent or too long a chain ends it as incomplete."""
        wanted = queries.checked_id(account_id.removeprefix(mapping.CUSTOMER_PREFIX), noun="account")
        try:
            account = await self._client.row(queries.account(wanted), wire.Account)
        except Problem as problem:
            raise _absent(problem, noun="account") from None
        chain: list[Customer] = [mapping.customer(account, base_currency=self._currency)]
        met = {account.id}
        while account.parent_id:
            parent = None if account.parent_id in met else await self._parent(account.parent_id)
            if parent is None or len(chain) >= _DEEPEST:
                return Hierarchy(customers=chain[::-1], complete=False)
            account = parent
            met.add(account.id)
            chain.append(mapping.customer(account, base_currency=self._currency))
        return Hierarchy(customers=chain[::-1], complete=True)

    async def opportunity_changes(self, *, cursor: str = "", limit: int = 200) -> OpportunityChanges:
        """Deals changed or deleted since the cursor, by the vendor's change tracking.

        The vendor remembers changes for seven days; a cursor that it no longer knows begins anew with every deal.
        """
        if not 0 < limit <= _MOST_CHANGES:
            fault = FieldError(pointer="limit", code="out_of_range", detail=f"1 to {_MOST_CHANGES}")
            raise Problem(Kind.INVALID, "limit_invalid", "the limit is out of range", errors=(fault,))
        page, asked = await self._changes(feed.decoded(cursor) if cursor else "", limit=limit)
        following = page.next_link or page.delta_link
        if not following:
            raise Problem(Kind.UNEXPECTED, "vendor_schema_mismatch", "opportunities are without change tracking")
        link = self._client.followed(following)
        if page.next_link and link == asked:
            raise Problem(Kind.UNEXPECTED, "vendor_page_loop", "a page of changes leads to itself")
        now = self._clock.now()
        entries = [mapping.change(change, now=now) for change in rows(page.value, wire.Change)]
        return OpportunityChanges(changes=entries, cursor=feed.encoded(link))

    async def delivery(self, *, opportunity_id: str) -> DeliveryReport:
        """Read what was last written back."""
        report = delivery.report(await self._written(opportunity_id, wire.Delivery))
        if report is None:
            raise Problem(Kind.NOT_FOUND, "delivery_not_reported", "nothing was written back on this opportunity")
        return report

    async def report_delivery(self, *, opportunity_id: str, body: DeliveryReport) -> DeliveryReport:
        """Write what differs on the version that was read, and nothing when nothing does; what stands afterwards."""
        differing = partial(delivery.differences, wanted=body)
        return delivery.stands(await self._write(opportunity_id, wire.Delivery, differing), body)

    async def billing(self, *, opportunity_id: str) -> BillingReport:
        """Read what was last written back about bills."""
        report = billing.report(await self._written(opportunity_id, wire.Billing))
        if report is None:
            raise Problem(Kind.NOT_FOUND, "billing_not_reported", "no bills were written back on this opportunity")
        return report

    async def report_billing(self, *, opportunity_id: str, body: BillingReport) -> BillingReport:
        """Write how the bills stand, as delivery's standing is written."""
        billing.check(body)
        await self._write(opportunity_id, wire.Billing, partial(billing.differences, wanted=body))
        return body

    async def _changes(self, link: str, *, limit: int) -> tuple[wire.Page, str]:
        """A page of the feed and the link that was asked; one that the vendor no longer knows begins anew."""
        size = f"odata.maxpagesize={limit}"
        if link:
            try:
                return await self._client.page(self._client.followed(link), prefer=size), link
            except Problem as problem:
                if problem.code not in {CURSOR_GONE, REFUSED_VALUE}:  # too old, or a page the vendor has forgotten
                    raise
        return await self._client.page(queries.CHANGES, prefer=f"odata.track-changes,{size}"), ""

    async def _write(self, opportunity_id: str, kind: type[B], differing: Callable[[B], Values]) -> B:
        """Set what differs from what stands; what stood before.

        Raises:
            Problem: conflict, when others kept changing the deal meanwhile.

        """
        for _ in range(_WRITES):
            standing = await self._written(opportunity_id, kind)
            values = differing(standing)
            if not values or await self._wrote(standing, values):
                return standing
        detail = "the opportunity was changed by others each time it was written"
        raise Problem(Kind.CONFLICT, VERSION_MOVED, detail, retry=Retry.LATER)

    async def _wrote(self, standing: wire.WrittenBack, values: Values) -> bool:
        try:
            await self._client.update(f"opportunities({standing.id})", values, etag=standing.etag)
        except Problem as problem:
            if problem.code == VERSION_MOVED:  # by others, or by this very write whose answer was lost
                return False
            raise _absent(problem, noun="opportunity") from None
        return True

    async def _written(self, opportunity_id: str, kind: type[B]) -> B:
        address = queries.written(queries.checked_id(opportunity_id, noun="opportunity"), kind)
        try:
            return await self._client.row(address, kind)
        except Problem as problem:
            raise _absent(problem, noun="opportunity") from None

    async def _parent(self, account_id: str) -> wire.Account | None:
        """An account above another; None when it is gone, or kept from us."""
        try:
            return await self._client.row(queries.account(account_id), wire.Account)
        except Problem as problem:
            if problem.code != RECORD_GONE and problem.kind is not Kind.FORBIDDEN:
                raise
        return None


def _absent(problem: Problem, *, noun: str) -> Problem:
    """The vendor's word for a missing row as ours; any other problem as it is."""
    if problem.code != RECORD_GONE:
        return problem
    return Problem(Kind.NOT_FOUND, f"{noun}_not_found", f"no {noun} has this id")
