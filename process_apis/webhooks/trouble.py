"""The road of an endpoint that was disabled: somebody at the partner platform hears of it and says how it goes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.canonical.casework import FixField
from contracts.canonical.field import Command
from contracts.canonical.webhooks import EndpointState
from contracts.events.webhooks import EndpointDisabled
from contracts.problem import Kind, Problem
from kit.clock import Clock
from kit.durable import Effect, Fault, Held, Road, record, step
from kit.durable.catalogued import fault_of
from kit.room import DurableSource
from kit.sealing import Sealer
from kit.store import Store
from process_apis.webhooks.catalogue import CATALOGUE
from process_apis.webhooks.endpoints import Endpoints

PROCESS: Final = "webhook_trouble"
ANSWER: Final = "webhook_endpoint"
RESUME: Final = "resume"
LEAVE: Final = "leave it disabled"


class StartTrouble(Command, frozen=True, kw_only=True):
    """An endpoint was disabled, for the so manieth time."""

    endpoint_id: str
    client_id: str
    origin: str
    reason: str
    failing_since: dt.datetime
    times: int


@dataclass(frozen=True)
class TroubleSteps:
    """What is done about it."""

    store: Callable[[], Store]
    clock: Clock
    tenant: str
    sealer: Sealer

    @step(undo="switch_off")
    async def settle(self, effect: Effect, start: StartTrouble) -> str:
        """Resume the endpoint if a person says so; one that its owner repaired or removed needs nobody."""
        answer = effect.fixes.get(ANSWER, "")
        async with self.store().write() as connection:
            endpoints = Endpoints(connection, self.tenant, self.clock.now(), self.sealer)
            if answer == RESUME:
                await endpoints.resume(start.endpoint_id)
                return "resumed"
            if answer == LEAVE:
                return "left disabled"
            if await _stands_disabled(endpoints, start.endpoint_id):
                raise Held(_fault(start))
        return "settled by its owner"

    async def switch_off(self, effect: Effect, start: StartTrouble) -> None:
        """Disable it again, if it was resumed here."""
        if effect.fixes.get(ANSWER) != RESUME:
            return
        async with self.store().write() as connection:
            endpoints = Endpoints(connection, self.tenant, self.clock.now(), self.sealer)
            await endpoints.switch_off(start.endpoint_id, reason=start.reason)


async def webhook_trouble(steps: TroubleSteps, start: StartTrouble) -> None:
    """A person hears of it, and it is settled."""
    await record(
        title=f"Webhooks of {start.client_id} to {start.origin}",
        facts={"endpoint_id": start.endpoint_id, "client_id": start.client_id, "reason": start.reason},
    )
    await record(facts={"settled": await steps.settle(start)})


def trouble_road(steps: TroubleSteps, *, version: int) -> Road:
    """The road over these steps."""
    return Road(process=PROCESS, version=version, run=webhook_trouble, steps=steps, starts=StartTrouble)


@dataclass(frozen=True)
class Alarm:
    """Begins a case for an endpoint that was disabled; the same fact again attaches to it."""

    durable: DurableSource
    road: Road

    async def __call__(self, fact: EndpointDisabled) -> None:
        """Begin."""
        start = StartTrouble(
            endpoint_id=fact.endpoint_id,
            client_id=fact.client_id,
            origin=fact.origin,
            reason=fact.reason,
            failing_since=fact.failing_since,
            times=fact.times,
        )
        await self.durable().start(self.road, business_key=f"{fact.endpoint_id}-{fact.times}", start=start)


async def _stands_disabled(endpoints: Endpoints, endpoint_id: str) -> bool:
    try:
        row = await endpoints.row(endpoint_id, None)
    except Problem as problem:
        if problem.kind is Kind.NOT_FOUND:
            return False
        raise
    return bool(row.state == EndpointState.DISABLED.value)


def _fault(start: StartTrouble) -> Fault:
    return fault_of(
        CATALOGUE,
        "WEBHOOK_ENDPOINT_DISABLED",
        f"{start.endpoint_id} of {start.client_id} at {start.origin} is told nothing more: {start.reason}.",
        context={
            "endpoint_id": start.endpoint_id,
            "client_id": start.client_id,
            "origin": start.origin,
            "failing_since": start.failing_since.isoformat(),
        },
        form=(FixField(name=ANSWER, label="How shall this go on?", choices=[RESUME, LEAVE]),),
    )
