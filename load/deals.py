"""Won deals in front of a raised estate: entered, closed, answered by people, watched to their end, held to the books.

Refuses to count a deal whose case did not complete, or whose billing schedule is not the contract to the cent.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.canonical.casework import CaseState, CaseSummary
from contracts.canonical.deal import DeliveryState
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.process.casework import Decide, Fix
from contracts.process.quote_to_project import QuoteToProject
from kit.cli.demo.play import Cast
from kit.cli.landscape import Landscape
from kit.cli.story import play, script
from kit.tier.documents import contract_of

UNATTENDED: Final = "domestic_deal.json"
ATTENDED: Final = "won_deal.json"
_PAGE: Final = 200
_LOOK_S: Final = 0.1
_ANSWER_S: Final = 0.2  # the gateway lets one person ask 1200 times a minute


class NotDone(Exception):
    """Work that was to be measured was not done; the message says which, and where it stood."""


@dataclass(frozen=True)
class Done:
    """One deal that stands in every system. `waited_s` runs from closed-won to completed, by the estate's own books."""

    opportunity_id: str
    waited_s: float
    engine_s: float
    won_at: dt.datetime
    completed_at: dt.datetime


@dataclass
class Crowd:
    """Sales, the tax desk and operations at work on one fresh estate; `answers` tells whether people answer."""

    landscape: Landscape
    answers: bool
    cast: Cast = field(init=False)
    _awaited: dict[str, asyncio.Future[CaseSummary]] = field(default_factory=dict)
    _entered: int = 0

    def __post_init__(self) -> None:
        """Nobody has come yet."""
        self.cast = Cast(self.landscape)

    async def enter(self) -> str:
        """Enter a deal at the CRM up to its signature; gives its id."""
        self._entered += 1
        *steps, _ = self._steps()
        saved = await self._play([_named_apart(step, number=self._entered) for step in steps])
        return str(saved[self.landscape.estate.story["deal"]]["id"])

    async def win(self, opportunity_id: str) -> Done:
        """Close a deal as won and wait until its case is over.

        Raises:
            NotDone: the case did not complete, or its books do not tie.

        """
        *_, last = self._steps()
        name = self.landscape.estate.story["deal"]
        signature = json.loads(json.dumps(last).replace(f"${{{name}.id}}", opportunity_id))
        awaited = asyncio.get_running_loop().create_future()
        self._awaited[opportunity_id] = awaited
        await self._play([signature])
        won_at = dt.datetime.now(dt.UTC)
        summary = await awaited
        return await self._held_to_the_books(summary, won_at=won_at)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Operations watch, and the tax desk answers if it is to, until the block ends; then everybody leaves."""
        shifts = [asyncio.create_task(self._watch())]
        if self.answers:
            shifts.append(asyncio.create_task(self._answer()))
        try:
            yield
        finally:
            for shift in shifts:
                shift.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*shifts)
            await self.cast.close()

    def _steps(self) -> list[dict[str, Any]]:
        story = self.landscape.estate.story
        vendor = self.landscape.estate.vendors[story["connection"]]
        return script(vendor.path / "fixtures" / (ATTENDED if self.answers else UNATTENDED))

    async def _play(self, steps: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        connection = self.landscape.estate.story["connection"]
        return await play(
            steps, base_url=self.landscape.vendors[connection], headers=self.landscape.persons[connection]
        )

    async def _watch(self) -> None:
        """One look at the tower settles every deal that is over; a look that fails fails everybody who waits."""
        while True:
            try:
                page = await self.cast.tower.cases(process="quote_to_project", limit=_PAGE)
                for summary in page.items:
                    await self._settle(summary)
            except Exception as fault:  # noqa: BLE001 - whoever waits must hear of it; nobody awaits this task
                self._fail_all(fault)
                return
            await asyncio.sleep(_LOOK_S)

    async def _settle(self, summary: CaseSummary) -> None:
        awaited = self._awaited.get(summary.business_key)
        if awaited is None or awaited.done():
            return
        if summary.state is CaseState.COMPLETED:
            awaited.set_result(summary)
        elif summary.state in {CaseState.FAILED, CaseState.UNWOUND}:
            awaited.set_exception(NotDone(f"{summary.case_id} ended {summary.state} at {summary.step}"))
        elif summary.state is CaseState.EXCEPTION and not self.answers:
            raised = (await self.cast.tower.exceptions(case_id=summary.case_id)).items
            told = "; ".join(f"{each.code}: {each.detail}" for each in raised)
            awaited.set_exception(NotDone(f"{summary.case_id} asks where nobody answers: {told}"))

    def _fail_all(self, fault: Exception) -> None:
        for awaited in self._awaited.values():
            if not awaited.done():
                awaited.set_exception(NotDone(f"{type(fault).__name__}: {fault}"))

    async def _answer(self) -> None:
        """The tax desk as a machine would man it: it answers what it can and approves what it sees."""
        desk = self.cast.of("tara.tax")
        tower, approvals = (
            desk.at(ControlTower, "/experience/control_tower"),
            desk.at(Approvals, "/experience/approvals"),
        )
        try:
            while True:
                asked = (await tower.exceptions(limit=_PAGE)).items
                waiting = (await approvals.queue(limit=_PAGE)).items
                acts: list[Awaitable[object]] = [self._fix(tower, each.exception_id, each) for each in asked]
                acts += [self._decide(approvals, each.approval_id) for each in waiting]
                await asyncio.gather(*acts)
                await asyncio.sleep(_ANSWER_S)
        except Exception as fault:  # noqa: BLE001 - as above
            self._fail_all(fault)

    async def _fix(self, tower: ControlTower, exception_id: str, item: Any) -> None:
        known = self.landscape.estate.story["answers"]
        missing = [asked.name for asked in item.form if asked.name not in known]
        if missing or not item.form:
            raise NotDone(f"{item.code} ({item.detail}) asks for {missing or 'nothing'}; there is no answer to that")
        fix = Fix(values={asked.name: str(known[asked.name]) for asked in item.form}, note="measured")
        await tower.fix(exception_id=exception_id, body=fix, idempotency_key=f"bench-{exception_id}")

    async def _decide(self, approvals: Approvals, approval_id: str) -> None:
        card = await approvals.card(approval_id=approval_id)
        await approvals.decide(
            approval_id=approval_id,
            body=Decide(approve=True, comment="measured"),
            if_match=f'"{card.etag}"',
            idempotency_key=f"bench-{approval_id}",
        )

    async def _held_to_the_books(self, summary: CaseSummary, *, won_at: dt.datetime) -> Done:
        admin, estate = self.cast.of("platform-admin"), self.landscape.estate
        standing = await admin.at(QuoteToProject, "/process/quote_to_project").standing(case_id=summary.case_id)
        connection = estate.facts["process_apis"]["quote_to_project"]["connections"]
        crm: Any = admin.at(contract_of("system", "crm"), f"/system/{connection['crm']}/crm")
        books: Any = admin.at(contract_of("system", "erp"), f"/system/{connection['erp']}/erp")
        if standing.billing_schedule is None or summary.closed_at is None:
            raise NotDone(f"{summary.case_id} completed without a billing schedule")
        sold = (await crm.opportunity(opportunity_id=summary.business_key)).amount
        told = (await crm.delivery(opportunity_id=summary.business_key)).state
        billed = (await books.billing_schedule(schedule_id=standing.billing_schedule.schedule_id)).total
        if billed != sold or told is not DeliveryState.READY:
            raise NotDone(f"{summary.case_id}: sold {sold}, billed {billed}, the CRM was told {told}")
        return Done(
            opportunity_id=summary.business_key,
            waited_s=(summary.closed_at - won_at).total_seconds(),
            engine_s=standing.engine_s,
            won_at=won_at,
            completed_at=summary.closed_at,
        )


def _named_apart(step: dict[str, Any], *, number: int) -> dict[str, Any]:
    """The CRM takes two customers of one name and the PSA does not; a crowd of one name would measure exceptions."""
    body = step.get("body", {})
    return {**step, "body": {**body, "Name": f"{body['Name']} {number}"}} if "Name" in body else step
