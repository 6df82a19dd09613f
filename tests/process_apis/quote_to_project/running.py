"""A case on the engine in memory: started, decided, fixed and looked at in the words of the tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from contracts.canonical.casework import Approval, CaseFile, ExceptionItem
from contracts.events.envelope import CloudEvent
from contracts.process.quote_to_project import StartQuoteToProject
from kit.clock import ManualClock
from kit.durable import Road
from kit.durable.attempt import Around, plainly
from kit.durable.memory import MemoryDurable
from kit.events import EventLog, Place
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.process import road
from process_apis.quote_to_project.reversal import reversal_road
from process_apis.quote_to_project.steps import Steps
from process_apis.quote_to_project.undoing import Undoing
from tests.process_apis.quote_to_project.world import World

DEAL = "006A000001"


@dataclass
class Journey:
    """One world and one engine."""

    world: World
    durable: MemoryDurable
    road: Road
    back: Road
    clock: ManualClock

    async def start(self, opportunity_id: str = DEAL) -> str:
        """Start the case of a deal and let it go as far as it can."""
        start = StartQuoteToProject(opportunity_id=opportunity_id)
        started = await self.durable.start(self.road, business_key=opportunity_id, start=start)
        await self.durable.settled(started.case_id)
        return started.case_id

    async def case(self, case_id: str) -> CaseFile:
        """How a case stands."""
        return await self.durable.standing(case_id)

    async def exceptions(self) -> list[ExceptionItem]:
        """What people have to solve."""
        return (await self.durable.casebook.exceptions()).items

    async def approvals(self) -> list[Approval]:
        """What people have to decide."""
        return (await self.durable.casebook.approvals()).items

    async def decide(self, case_id: str, *, approve: bool = True, comment: str = "") -> None:
        """Decide the only open approval."""
        (approval,) = await self.approvals()
        await self.durable.casebook.decide(
            approval.approval_id,
            approve=approve,
            by="tina.tax",
            etag=approval.etag,
            key=approval.approval_id,
            comment=comment,
        )
        await self.durable.settled(case_id)

    async def fix(self, item: ExceptionItem, **values: str) -> None:
        """Answer an exception's form."""
        await self.durable.casebook.fix(item.exception_id, values=values, by="olga.operations", key=item.exception_id)
        await self.durable.settled(item.case_id)

    async def provision(self) -> str:
        """Carry the deal of the story to its end."""
        case_id = await self.start()
        await self.decide(case_id)
        return case_id

    async def events(self) -> list[CloudEvent]:
        """Everything that was published."""
        return [logged.event for logged in await EventLog(self.durable.store).after(Place())]


@asynccontextmanager
async def journey(world: World | None = None, *, around: Around = plainly) -> AsyncIterator[Journey]:
    """A fresh engine with the road of this process over a world."""
    world, clock = world or World(), ManualClock()
    steps = Steps(crm=world.crm, erp=world.erp, psa=world.psa, config=Config())  # type: ignore[arg-type] # answer what the road asks, not whole roles
    undoing = Undoing(crm=world.crm, erp=world.erp, psa=world.psa, config=Config())  # type: ignore[arg-type] # as above
    way, back = road(steps, version=1), reversal_road(undoing, version=1)
    async with MemoryDurable.opened([way, back], clock=clock, around=around) as durable:
        yield Journey(world, durable, way, back, clock)
