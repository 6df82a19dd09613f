"""An endpoint that was disabled is a case: somebody hears of it, and what they say is done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from contracts.canonical.casework import CaseState
from contracts.events.webhooks import EndpointDisabled
from kit.caller import calling
from kit.clock import ManualClock
from kit.durable.memory import MemoryDurable
from kit.sealing import Sealer
from kit.store import Store
from kit.store.webhooks import WEBHOOK_ENDPOINT
from kit.trials import TRIALS, Stage, Trial
from process_apis.webhooks.endpoints import Endpoints
from process_apis.webhooks.trouble import ANSWER, LEAVE, RESUME, Alarm, StartTrouble, TroubleSteps, trouble_road
from tests.process_apis.webhooks.world import ACME, CONFIG, NOW, World, world

SEALER = Sealer(CONFIG.sealing_secrets, setting="s")
START = StartTrouble(
    endpoint_id="", client_id="acme", origin="https://h.example:443", reason="gone", failing_since=NOW, times=1
)


def started(endpoint_id: str) -> StartTrouble:
    """What the road begins with."""
    return replace(START, endpoint_id=endpoint_id)


async def disabled(here: World) -> str:
    """An endpoint that is told nothing more."""
    name = (await here.endpoint("http://127.0.0.1:9/in")).endpoint.endpoint_id
    async with here.store.write() as connection:
        endpoints = Endpoints(connection, "t", here.clock.now(), SEALER)
        await endpoints.switch_off(name, reason="gone")
    return name


def steps(store: Store, clock: ManualClock) -> TroubleSteps:
    """The steps over a store."""
    return TroubleSteps(store=lambda: store, clock=clock, tenant="t", sealer=SEALER)


def stages(answer: str) -> Any:
    """A world with one disabled endpoint, and a person who says how it goes on."""

    @asynccontextmanager
    async def stage() -> AsyncIterator[Stage]:
        store = await Store.in_memory()
        here = world(store)
        name = await disabled(here)
        seen = {name: "disabled"}

        async def looked() -> None:
            async with store.read() as connection:
                rows = await connection.execute(sa.select(WEBHOOK_ENDPOINT.c.endpoint_id, WEBHOOK_ENDPOINT.c.state))
                seen.update({row.endpoint_id: row.state for row in rows})

        class Watched(TroubleSteps):
            """Looks at the world after everything that is done."""

            async def switch_off(self, effect: Any, start: StartTrouble) -> None:
                """Do and look."""
                await super().switch_off(effect, start)
                await looked()

        watched = Watched(store=lambda: store, clock=here.clock, tenant="t", sealer=SEALER)
        road = trouble_road(watched, version=1)
        try:
            yield Stage(
                road=road,
                business_key="k",
                start=started(name),
                world=lambda: sorted(seen.values()),
                answers={ANSWER: answer},
            )
        finally:
            await here.delivering.sender.close()
            await store.close()

    return stage


@pytest.mark.trials
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.__name__)
async def test_the_five_trials(trial: Trial) -> None:
    """It completes, unwinds from every step, unwinds twice, settles doubt, and done twice equals once."""
    await trial(stages(RESUME))


@pytest.mark.req(242)
@pytest.mark.parametrize(("answer", "state"), [(RESUME, "active"), (LEAVE, "disabled")])
async def test_a_person_says_how_it_goes_on(here: World, answer: str, state: str) -> None:
    """The exception goes to the partner platform, names endpoint and address, and what is answered is done."""
    name = await disabled(here)
    road = trouble_road(steps(here.store, here.clock), version=1)
    async with MemoryDurable.opened([road]) as durable:
        alarm = Alarm(lambda: durable, road)
        fact = EndpointDisabled(
            endpoint_id=name,
            client_id="acme",
            origin="https://h.example:443",
            reason="gone",
            failing_since=NOW,
            times=1,
        )
        await alarm(fact)
        await alarm(fact)
        (case,) = (await durable.casebook.cases()).items
        await durable.settled(case.case_id)
        (item,) = (await durable.casebook.exceptions()).items
        await durable.casebook.fix(item.exception_id, values={ANSWER: answer}, by="paula", key="k")
        await durable.settled(case.case_id)
        after = await durable.standing(case.case_id)

    assert ("WEBHOOK_ENDPOINT_DISABLED", "partner-platform") == (item.code, item.owner_role)
    assert (name, "https://h.example:443") == (item.context["endpoint_id"], item.context["origin"])
    assert CaseState.COMPLETED is after.summary.state
    with calling(ACME):
        assert state == (await here.service.endpoint(endpoint_id=name)).state.value


async def test_what_its_owner_repaired_needs_nobody(here: World) -> None:
    """An endpoint that was resumed or removed before anybody looked closes its case by itself."""
    name = await disabled(here)
    with calling(ACME):
        await here.service.remove_endpoint(endpoint_id=name)
    road = trouble_road(steps(here.store, here.clock), version=1)
    async with MemoryDurable.opened([road]) as durable:
        begun = await durable.start(road, business_key="k", start=started(name))
        await durable.settled(begun.case_id)
        case = await durable.standing(begun.case_id)

    assert (CaseState.COMPLETED, "settled by its owner") == (case.summary.state, case.facts["settled"])
