"""A process under the firm's own catalogue and matrix: it may park on any code and ask about anything."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from msgspec import Struct

from contracts.canonical.casework import Approval, ApprovalState, CaseState, ExceptionItem, FixField
from contracts.canonical.money import Money
from contracts.process.casework import Decide
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.durable import ApprovalRequest, Effect, Fault, Held, Road, Unwind, ask, step
from kit.durable.governing import Governance
from kit.durable.memory import MemoryDurable
from process_apis.casework.config import Config
from process_apis.casework.governance import governing
from process_apis.casework.service import CaseworkService

GOVERNING = governing()


def person(subject: str, *roles: str) -> Caller:
    """Somebody with roles."""
    return Caller(subject=subject, roles=frozenset(roles))


TARA = person("tara.tax", "tax")
TOM = person("tom.tax", "tax")
FELIX = person("felix.finance", "finance")
FIONA = person("fiona.finance", "finance")
OLGA = person("olga.operations", "operations")


class Begin(Struct, frozen=True, kw_only=True):
    """What goes wrong (nothing, when empty) and what is asked (nothing, without an object)."""

    code: str = ""
    asks: str = ""
    object: str = ""
    attribute: str = ""
    amount: Decimal = Decimal(1000)
    currency: str = "EUR"
    flags: list[str] = []
    submitted_by: str = ""


class Steps:
    @step()
    async def look(self, effect: Effect, code: str, asks: str) -> str:
        if code and (not asks or asks not in effect.fixes):
            form = [FixField(name=asks, label="")] if asks else []
            raise Held(Fault(code=code, title="as raised", detail="something is wrong", form=form))
        return effect.fixes.get(asks, "")


class Patient(Steps):
    """Takes a withdrawn question for settled when it looks for the second time."""

    @step()
    async def look(self, effect: Effect, code: str, asks: str) -> str:
        if effect.attempt > 1:
            return effect.fixes.get(asks, "corrected at the source")
        raise Held(
            Fault(code=code, title="as raised", detail="something is wrong", form=[FixField(name=asks, label="")])
        )


async def governed(steps: Steps, begin: Begin) -> None:
    """One look, then one question."""
    await steps.look(begin.code, begin.asks)
    if not begin.object:
        return
    request = ApprovalRequest(
        subject="A decision",
        reason="the matrix says so",
        role="tax",
        evidence={"what": begin.attribute},
        object=begin.object,
        attribute=begin.attribute,
        amount=Money(amount=begin.amount, currency=begin.currency),
        flags=begin.flags,
        submitted_by=begin.submitted_by,
    )
    decision = await ask(request)
    if not decision.approved:
        raise Unwind(decision.comment or "not approved")


@dataclass
class Queue:
    """A service over an engine whose roads are governed."""

    service: CaseworkService
    durable: MemoryDurable
    clock: ManualClock
    road: Road

    async def start(self, key: str, begin: Begin) -> str:
        """A case that has settled: it waits or is closed."""
        started = await self.durable.start(self.road, business_key=key, start=begin)
        await self.durable.settled(started.case_id)
        return started.case_id

    async def parked(self, key: str = "d1", *, code: str = "TAX_CODE_MISSING", asks: str = "tax_code") -> ExceptionItem:
        """The exception of a case that is parked on a code."""
        case_id = await self.start(key, Begin(code=code, asks=asks))
        (item,) = (await self.durable.casebook.exceptions(case_id=case_id)).items
        return item

    async def asked(
        self,
        key: str = "d1",
        *,
        about: str = "deal cross_border_tax",
        amount: str = "1000",
        currency: str = "EUR",
        flags: tuple[str, ...] = (),
        submitted_by: str = "",
    ) -> Approval:
        """The approval a case waits for."""
        kind, attribute = about.split()
        begin = Begin(
            object=kind,
            attribute=attribute,
            amount=Decimal(amount),
            currency=currency,
            flags=list(flags),
            submitted_by=submitted_by,
        )
        case_id = await self.start(key, begin)
        (approval,) = (await self.durable.casebook.approvals(case_id=case_id)).items
        return approval

    async def decide(
        self,
        caller: Caller,
        approval_id: str,
        *,
        approve: bool = True,
        comment: str = "",
        role: str = "",
        key: str = "",
    ) -> Approval:
        """Decide what stands, as this person."""
        etag = (await self.durable.casebook.approval(approval_id)).etag
        with calling(caller):
            return await self.service.decide(
                approval_id=approval_id,
                body=Decide(approve=approve, comment=comment, role=role),
                if_match=f'"{etag}"',
                idempotency_key=key or f"{caller.subject}-{approve}",
            )

    async def state_of(self, approval_id: str) -> ApprovalState:
        """Where an approval stands."""
        return (await self.durable.casebook.approval(approval_id)).state

    async def case_state(self, case_id: str) -> CaseState:
        """Where a case stands once it has settled."""
        await self.durable.settled(case_id)
        return (await self.durable.standing(case_id)).summary.state


@asynccontextmanager
async def queue(
    *, config: Config | None = None, steps: Steps | None = None, governance: Governance = GOVERNING
) -> AsyncIterator[Queue]:
    """A fresh queue under the firm's rules; time stands still until it is moved."""
    clock = ManualClock()
    road = Road(process="governed_road", version=1, run=governed, steps=steps or Steps(), starts=Begin)
    async with MemoryDurable.opened([road], clock=clock, governance=governance) as durable:
        service = CaseworkService(durable=lambda: durable, config=config or Config(), entries=GOVERNING.entries)
        yield Queue(service, durable, clock, road)
