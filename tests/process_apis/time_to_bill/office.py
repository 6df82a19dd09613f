"""A billing office: the room of this process over a world and the engine in memory, in the words of the tests."""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import process_apis.time_to_bill as room
from contracts.canonical.actuals import Actual, Side
from contracts.canonical.agreements import BillingAgreement, PeriodState
from contracts.canonical.casework import CaseFile, CaseState, ExceptionItem
from contracts.canonical.timesheets import TimeEntry
from contracts.events.envelope import CloudEvent
from contracts.process.time_to_bill import LineCorrection, SetPeriod, StartCorrection, StartInvoice, StartTimeIntake
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.durable.governing import UNGOVERNED, Governance
from kit.durable.memory import MemoryDurable
from kit.events import EventLog, Place
from kit.room import Tools
from process_apis.time_to_bill.accounts import Accounts
from process_apis.time_to_bill.client_service import ClientBillingService
from process_apis.time_to_bill.feeds import Feeds, batch_of
from process_apis.time_to_bill.service import TimeToBillService
from tests.process_apis.time_to_bill.world import PROJECT, World, agreement, prices

MANIFEST = tomllib.loads((Path(room.__file__).parent / "process.toml").read_text())
BIANCA = Caller(subject="bianca.billing", scopes=frozenset({"time_to_bill:start"}))
JUNE = dt.date(2026, 6, 30)


@dataclass
class Office:
    """One world, one engine, one room."""

    world: World
    durable: MemoryDurable
    service: TimeToBillService
    accounts: Accounts
    clock: ManualClock
    feeds: Feeds
    clients: ClientBillingService

    async def agree(self, agreed: BillingAgreement | None = None) -> None:
        """Keep an agreement about the project."""
        with calling(BIANCA):
            await self.service.agree(project_id=PROJECT, body=agreed or agreement())

    async def agree_about(self, project_id: str, *, currency: str) -> None:
        """Keep an agreement about another project."""
        sells = [prices(f"sell-{project_id}", "200", currency=currency)]
        other = agreement(project_id=project_id, contract_id=project_id, currency=currency, price_lists=sells)
        with calling(BIANCA):
            await self.service.agree(project_id=project_id, body=other)

    async def take(self, *entries: TimeEntry) -> CaseFile:
        """Book a batch, as far as it goes."""
        return await self.take_for(PROJECT, *entries)

    async def take_for(self, project_id: str, *entries: TimeEntry) -> CaseFile:
        """Book a batch of a project."""
        batch_id = batch_of("psa-main", entries)
        start = StartTimeIntake(batch_id=batch_id, project_id=project_id, system="psa-main", entries=list(entries))
        with calling(BIANCA):
            started = await self.service.book(body=start, idempotency_key=batch_id)
        return await self.settled(started.case_id)

    async def start(self, invoice_id: str, through: dt.date = JUNE, **changes: Any) -> CaseFile:
        """Bill what is ready, as far as it goes by itself."""
        start = StartInvoice(invoice_id=invoice_id, project_id=PROJECT, through=through, issued_on=through, **changes)
        with calling(BIANCA):
            started = await self.service.bill(body=start, idempotency_key=invoice_id)
        return await self.settled(started.case_id)

    async def bill(self, invoice_id: str = "inv-1", through: dt.date = JUNE, **changes: Any) -> CaseFile:
        """Bill what is ready; the decision is taken if one is asked for."""
        case = await self.start(invoice_id, through, **changes)
        return await self.decide(case.summary.case_id)

    async def correct(self, *lines: LineCorrection, correction_id: str = "cor-1", **changes: Any) -> CaseFile:
        """Correct an invoice, all of it when no line is named; the decision is taken."""
        case = await self.ask_correction(*lines, correction_id=correction_id, **changes)
        return await self.decide(case.summary.case_id)

    async def ask_correction(self, *lines: LineCorrection, correction_id: str = "cor-1", **changes: Any) -> CaseFile:
        """Ask for a correction, as far as it goes by itself."""
        facts: dict[str, Any] = {"invoice_id": "inv-1", "reason": "the hours were wrong", "corrected_on": JUNE}
        start = StartCorrection(correction_id=correction_id, lines=list(lines), **(facts | changes))
        with calling(BIANCA):
            started = await self.service.correct(body=start, idempotency_key=correction_id)
        return await self.settled(started.case_id)

    async def close(self, period: str) -> None:
        """Close a month of the seller."""
        with calling(BIANCA):
            body = SetPeriod(state=PeriodState.SOFT_CLOSED, reason="month-end")
            await self.service.set_period(legal_entity_id="SG-DE", period=period, body=body)

    async def decide(self, case_id: str, *, approve: bool = True, by: str = "fiona.finance") -> CaseFile:
        """Decide whatever the case asks."""
        for asked in (await self.durable.casebook.approvals(case_id=case_id)).items:
            await self.durable.casebook.decide(
                asked.approval_id, approve=approve, by=by, etag=asked.etag, key=asked.approval_id, comment="seen"
            )
        return await self.settled(case_id)

    async def settled(self, case_id: str) -> CaseFile:
        """The case once it can go no further by itself."""
        await self.durable.settled(case_id)
        return await self.durable.standing(case_id)

    async def exceptions(self) -> list[ExceptionItem]:
        """What people have to solve."""
        return (await self.durable.casebook.exceptions()).items

    async def fix(self, item: ExceptionItem, **values: str) -> CaseFile:
        """Answer one form."""
        await self.durable.casebook.fix(item.exception_id, values=values, by="olga", key=item.exception_id)
        return await self.settled(item.case_id)

    async def look_at_time(self) -> bool:
        """Look at the PSA once, and let what was met settle."""
        return await self._look(self.feeds.look_at_time)

    async def look_at_documents(self) -> bool:
        """Look at the ERP once, and let what was met settle."""
        return await self._look(self.feeds.look_at_documents)

    async def _look(self, look: Callable[[], Awaitable[bool]]) -> bool:
        more = await look()
        for case in (await self.durable.casebook.cases()).items:
            await self.durable.settled(case.case_id)
        return more

    async def lines(self, side: Side | None = None) -> list[Actual]:
        """The lines of the project."""
        async with self.accounts.read() as books:
            found = await books.lines(PROJECT)
        return [line for line in found if side is None or line.side is side]

    async def events(self) -> list[CloudEvent]:
        """Everything that was published."""
        return [logged.event for logged in await EventLog(self.durable.store).after(Place())]


def completed(case: CaseFile) -> bool:
    """Whether a case came to its end."""
    return case.summary.state is CaseState.COMPLETED


@asynccontextmanager
async def office(
    world: World | None = None, *, governance: Governance = UNGOVERNED, taxed: bool = False, **config: Any
) -> AsyncIterator[Office]:
    """A fresh office; `governance` orders who decides, and where it is `taxed` a tax engine is connected."""
    world, clock = world or World(), ManualClock()
    held: list[MemoryDurable] = []
    tools = Tools(
        name="time_to_bill",
        manifest=MANIFEST,
        clock=clock,
        random=random.Random(1),
        tenant="default",
        http=lambda **_: None,  # type: ignore[arg-type] # a process has no vendor client
        peers=world,
        durable=lambda: held[0],
        connections={"crm": "crm-emea", "erp": "erp-main", "psa": "psa-main"} | ({"tax": "tax-main"} if taxed else {}),
    )
    built = room.build(room.Config(**config), tools)
    async with MemoryDurable.opened(list(built.roads), clock=clock, governance=governance) as durable:
        held.append(durable)
        service = built.mounts[0].service
        assert isinstance(service, TimeToBillService)
        accounts = Accounts(store=lambda: durable.store, clock=clock, tenant="default")
        feeds = Feeds(
            accounts=accounts,
            psa=world.psa,  # type: ignore[arg-type] # answers what the feed asks, not the whole role
            erp=world.erp,  # type: ignore[arg-type] # as above
            names=("psa-main", "erp-main"),
            durable=lambda: durable,
            roads=(built.roads[0], built.roads[-1]),
            page=int(config.get("page", 200)),
        )
        clients = built.mounts[1].service
        assert isinstance(clients, ClientBillingService)
        yield Office(world, durable, service, accounts, clock, feeds, clients)
