"""Follows a CRM's changes: every won deal becomes an event and a case, once; a failing CRM is asked again later.

A page is handled whole before the cursor moves, so a crash repeats a page and leaves none out.
A deal that is repeated attaches to its case; further changes of a won deal are for the case to notice.
A deal that is won no more is taken back; won again, it begins anew.
"""

from __future__ import annotations

import random
from typing import Final

from opentelemetry import trace

from contracts.canonical.casework import CaseFile, CaseState
from contracts.canonical.deal import OpportunityChange, OpportunityChanges
from contracts.canonical.field import Noun
from contracts.events.deal import DealWithdrawn, DealWon
from contracts.events.envelope import CloudEvent
from contracts.problem import Kind, Problem
from contracts.process.quote_to_project import StartQuoteToProject
from contracts.system.crm import Crm
from kit.clock import Clock
from kit.durable import Road, case_id_of
from kit.following import Following, Pace
from kit.room import DurableSource
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.gathering import unless_missing
from process_apis.quote_to_project.intake import Intake
from process_apis.quote_to_project.standing import reversal_of

_REASON: Final = "the deal is open again or lost"
_CLOSED: Final = frozenset({CaseState.COMPLETED, CaseState.UNWOUND, CaseState.FAILED})


class DealFeed:
    """One task of a worker. Several workers may run it: what they take in twice counts once."""

    def __init__(
        self,
        *,
        crm: Crm,
        connection: str,
        durable: DurableSource,
        intake: Intake,
        road: Road,
        back: Road,
        config: Config,
        clock: Clock,
        chance: random.Random,
        tenant: str,
    ) -> None:
        self._crm = crm
        self._durable = durable
        self._intake = intake
        self._road = road
        self._back = back
        self._config = config
        self._tenant = tenant
        self._connection = connection
        pace = Pace(poll_s=config.poll_s, most_s=config.poll_most_s)
        self.following = Following(name="deal feed", look=self.look, pace=pace, clock=clock, chance=chance)

    async def look(self) -> bool:
        """Take in the next page; whether there may be another at once.

        Raises:
            Problem: of the CRM or the engine; the page will be read again.

        """
        cursor = await self._intake.cursor(self._connection)
        page: OpportunityChanges = await self._crm.opportunity_changes(cursor=cursor, limit=self._config.page)
        for change in page.changes:
            if self._is_ours(change):
                await (self._take(change) if change.won else self._lost(change))
        if page.cursor == cursor:
            return False
        await self._intake.move(self._connection, page.cursor)
        return bool(page.changes)

    def _is_ours(self, change: OpportunityChange) -> bool:
        return self._config.since is None or change.changed_at >= self._config.since

    async def _take(self, change: OpportunityChange) -> None:
        """The case is started even when the event was noted before: a crash may have come between the two."""
        with trace.get_tracer("sluice.feed").start_as_current_span("deal won") as span:
            span.set_attribute("sluice.opportunity_id", change.opportunity_id)
            key = await self._key(change)
            if key != change.opportunity_id and not await self._is_won(change):
                return
            won = DealWon(opportunity_id=change.opportunity_id, connection=self._connection, won_at=change.changed_at)
            await self._intake.take(self._event(change, won, kind=DealWon.TYPE, event_id=key))
            start = StartQuoteToProject(opportunity_id=change.opportunity_id)
            await self._durable().start(self._road, business_key=key, start=start)

    async def _lost(self, change: OpportunityChange) -> None:
        """A deal that has a case and is won no more: the case unwinds, or another takes back what it completed.

        The loss is noted last, so that a crash repeats it; once noted, winning the deal again begins a case anew.
        """
        key = await self._key(change)
        case_id = case_id_of(self._road.process, tenant=self._tenant, business_key=key)
        file = await unless_missing(self._durable().standing(case_id))
        if file is None or await self._is_won(change):
            return
        gone = DealWithdrawn(
            opportunity_id=change.opportunity_id, connection=self._connection, withdrawn_at=change.changed_at
        )
        event = self._event(change, gone, kind=DealWithdrawn.TYPE, event_id=f"{key}-withdrawn")
        await self._intake.take(event)
        if file.summary.state not in _CLOSED:
            file = await self._cancelled(file)
        if file.summary.state is CaseState.COMPLETED:
            start = reversal_of(file, reason=_REASON)
            await self._durable().start(self._back, business_key=key, start=start, title=file.summary.title)
        losses = await self._intake.losses(self._connection, change.opportunity_id)
        await self._intake.note_loss(self._connection, change.opportunity_id, number=losses + 1)

    async def _is_won(self, change: OpportunityChange) -> bool:
        """Asked of the deal itself: a page may be older than what another worker has taken in since it was read."""
        deal = await unless_missing(self._crm.opportunity(opportunity_id=change.opportunity_id))
        return deal is not None and deal.won

    async def _cancelled(self, file: CaseFile) -> CaseFile:
        """The case after it was told to unwind; as it stands when it closed first."""
        case_id = file.summary.case_id
        try:
            return await self._durable().cancel(case_id, reason=_REASON, by="deal feed")
        except Problem as problem:
            if problem.kind is not Kind.CONFLICT:
                raise
        return await self._durable().standing(case_id)

    async def _key(self, change: OpportunityChange) -> str:
        """The business key of a deal: its id, and from the second time it is won on, which time that is."""
        losses = await self._intake.losses(self._connection, change.opportunity_id)
        return change.opportunity_id if losses == 0 else f"{change.opportunity_id}-{losses + 1}"

    def _event(self, change: OpportunityChange, data: Noun, *, kind: str, event_id: str) -> CloudEvent:
        return CloudEvent(
            id=event_id,
            source=f"/connections/{self._connection}",
            type=kind,
            subject=change.opportunity_id,
            time=change.changed_at,
            data=data,
            tenant=self._tenant,
            traceparent=_traceparent(),
        )


def _traceparent() -> str:
    span = trace.get_current_span().get_span_context()
    if not span.is_valid:
        return ""
    return f"00-{trace.format_trace_id(span.trace_id)}-{trace.format_span_id(span.span_id)}-{int(span.trace_flags):02x}"
