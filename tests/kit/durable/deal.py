"""A small road for tests: a deal read, a project opened, a customer taxed, a budget posted, an approval asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec import Struct

from contracts.canonical.casework import FixField
from contracts.canonical.money import Money
from contracts.canonical.reference import Reference
from contracts.events.deal import DealWon
from contracts.problem import Problem
from kit.durable import ApprovalRequest, Effect, Fault, Held, Road, Unwind, ask, publish, record, step

TAX_MISSING = Fault(
    code="TAX_CODE_MISSING",
    title="The customer has no tax code",
    detail="Northwind France SAS",
    hint="Ask the tax desk",
    owner_role="tax",
    form=[FixField(name="tax_code", label="Tax code", pattern="[A-Z]{2}-[A-Z]+(-[0-9]+)?")],
    due_in_h=8,
)


class StartDeal(Struct, frozen=True, kw_only=True):
    deal_id: str
    tax_known: bool = True
    approval: bool = False
    pivot: bool = False


class Deal(Struct, frozen=True, kw_only=True):
    deal_id: str
    value: Decimal


@dataclass
class World:
    """The systems of the test: records by effect key, calls by step, and failures waiting to happen."""

    records: dict[str, str] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[Problem]] = field(default_factory=dict)

    def touch(self, step_name: str) -> None:
        self.calls[step_name] += 1
        waiting = self.failures.get(step_name)
        if waiting:
            raise waiting.pop(0)

    def standing(self) -> list[str]:
        return sorted(self.records.values())


class DealSteps:
    def __init__(self, world: World) -> None:
        self.world = world

    @step(system="crm")
    async def read_deal(self, effect: Effect, deal_id: str) -> Deal:
        self.world.touch("read_deal")
        return Deal(deal_id=deal_id, value=Decimal("1420000.00"))

    @step(undo="close_project", system="psa")
    async def open_project(self, effect: Effect, deal: Deal) -> Reference:
        self.world.touch("open_project")
        self.world.records[effect.key] = "project"
        return Reference(our_id=deal.deal_id, external_id="P-1", created=True)

    async def close_project(self, effect: Effect, deal: Deal) -> None:
        self.world.touch("close_project")
        self.world.records.pop(effect.key, None)

    @step(undo="untax", system="erp")
    async def tax(self, effect: Effect, deal: Deal, *, known: bool) -> str:
        self.world.touch("tax")
        if not known and "tax_code" not in effect.fixes:
            raise Held(TAX_MISSING)
        code = effect.fixes.get("tax_code", "DE-S-19")
        self.world.records[effect.key] = f"tax {code}"
        return code

    async def untax(self, effect: Effect, deal: Deal, *, known: bool) -> None:
        self.world.touch("untax")
        self.world.records.pop(effect.key, None)

    @step(pivot=True, system="erp")
    async def post_budget(self, effect: Effect, deal: Deal) -> Reference:
        self.world.touch("post_budget")
        self.world.records[effect.key] = "budget"
        return Reference(our_id=deal.deal_id, external_id="B-1")


async def deal_road(steps: DealSteps, start: StartDeal) -> None:
    """The road of the tests."""
    deal = await steps.read_deal(start.deal_id)
    await record(title=f"Deal {deal.deal_id}", at_stake=Money(amount=deal.value, currency="EUR"))
    project = await steps.open_project(deal)
    code = await steps.tax(deal, known=start.tax_known)
    await record(facts={"project": project.external_id, "tax_code": code})
    if start.approval:
        request = ApprovalRequest(
            subject="Cross-border tax",
            reason="two countries",
            role="tax",
            evidence={"tax_code": code},
            at_stake=Money(amount=deal.value, currency="EUR"),
        )
        decision = await ask(request)
        await record(facts={"decided_by": decision.decided_by, "expired": str(decision.expired)})
        if not decision.approved:
            raise Unwind(f"rejected: {decision.comment}")
    if start.pivot:
        await steps.post_budget(deal)
    await publish(DealWon.TYPE, deal.deal_id, _won(deal))


def _won(deal: Deal) -> DealWon:
    import datetime as dt

    return DealWon(opportunity_id=deal.deal_id, connection="crm", won_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))


def road(world: World) -> Road:
    """The road over one world."""
    return Road(process="deal_to_budget", version=1, run=deal_road, steps=DealSteps(world), starts=StartDeal)
