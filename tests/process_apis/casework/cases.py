"""A process that only asks people: enough of a case to read, fix and decide."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from msgspec import Struct

from contracts.canonical.casework import FixField
from kit.caller import Caller
from kit.durable import ApprovalRequest, Effect, Fault, Held, Road, Unwind, ask, step
from kit.durable.memory import MemoryDurable
from process_apis.casework.config import Config
from process_apis.casework.service import CaseworkService

TARA = Caller(subject="tara.tax", roles=frozenset({"tax"}))
FELIX = Caller(subject="felix.finance", roles=frozenset({"finance"}))
OLGA = Caller(subject="olga.operations", roles=frozenset({"operations"}))


class Begin(Struct, frozen=True, kw_only=True):
    owner_role: str = "tax"


class Steps:
    @step()
    async def look(self, effect: Effect, owner_role: str) -> str:
        if "tax_code" not in effect.fixes:
            question = FixField(name="tax_code", label="Tax code", choices=["EU-RC", "DE-S-19"])
            raise Held(
                Fault(
                    code="TAX_CODE_MISSING", title="No tax code", detail="none", owner_role=owner_role, form=[question]
                )
            )
        return effect.fixes["tax_code"]


async def asking(steps: Steps, begin: Begin) -> None:
    """One exception, then one approval."""
    code = await steps.look(begin.owner_role)
    decision = await ask(ApprovalRequest(subject="Tax", reason="border", role="tax", evidence={"tax_code": code}))
    if not decision.approved:
        raise Unwind(decision.comment)


@dataclass
class Desk:
    """A service over an engine with one parked case."""

    service: CaseworkService
    durable: MemoryDurable
    case_id: str

    async def exception_id(self) -> str:
        """The only open exception."""
        (item,) = (await self.durable.casebook.exceptions()).items
        return item.exception_id

    async def answered(self, by: str = "someone") -> str:
        """Answer the exception behind the service's back; the id of the approval that follows."""
        await self.durable.casebook.fix(await self.exception_id(), values={"tax_code": "EU-RC"}, by=by, key=by)
        await self.durable.settled(self.case_id)
        (approval,) = (await self.durable.casebook.approvals()).items
        return approval.approval_id


@asynccontextmanager
async def desk(*, owner_role: str = "tax", config: Config | None = None) -> AsyncIterator[Desk]:
    """A fresh desk with one case parked on a missing tax code."""
    road = Road(process="asking_people", version=1, run=asking, steps=Steps(), starts=Begin)
    async with MemoryDurable.opened([road]) as durable:
        started = await durable.start(road, business_key="d1", start=Begin(owner_role=owner_role), title="A deal")
        await durable.settled(started.case_id)
        service = CaseworkService(durable=lambda: durable, config=config or Config())
        yield Desk(service, durable, started.case_id)
