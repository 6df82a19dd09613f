import asyncio
import datetime as dt
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import CaseState
from contracts.canonical.deal import OpportunityChanges
from contracts.events.deal import DealWithdrawn, DealWon
from contracts.problem import Kind, Problem
from process_apis.quote_to_project.config import Config
from process_apis.quote_to_project.feed import DealFeed
from process_apis.quote_to_project.intake import StoredIntake
from tests.process_apis.quote_to_project.running import DEAL, Journey, journey

WON_AT = dt.datetime(2026, 11, 20, 8, 30, tzinfo=dt.UTC)


@dataclass
class Pauses:
    """A clock that remembers the pauses it was asked for, and ends the feed after so many."""

    most: int
    taken: list[float] = field(default_factory=list)

    def now(self) -> dt.datetime:
        return WON_AT

    def monotonic(self) -> float:
        return sum(self.taken)

    async def sleep(self, seconds: float) -> None:
        self.taken.append(seconds)
        if len(self.taken) >= self.most:
            raise asyncio.CancelledError
        await asyncio.sleep(0)


def feed(trip: Journey, **changes: Any) -> DealFeed:
    """The feed of a journey's CRM into its engine."""
    given: dict[str, Any] = {
        "crm": trip.world.crm,
        "connection": "crm-emea",
        "durable": lambda: trip.durable,
        "intake": StoredIntake(lambda: trip.durable.store, clock=trip.clock),
        "road": trip.road,
        "back": trip.back,
        "config": Config(poll_s=10, poll_most_s=100, page=2),
        "clock": trip.clock,
        "chance": random.Random(1),
        "tenant": "default",
    }
    return DealFeed(**{**given, **changes})


@asynccontextmanager
async def won(*ids: str) -> AsyncIterator[Journey]:
    """A journey whose CRM tells of won deals."""
    async with journey() as trip:
        trip.world.crm.won(*ids, at=WON_AT)
        yield trip


async def cases(trip: Journey) -> list[str]:
    """The deals that have a case."""
    return sorted(each.business_key for each in (await trip.durable.casebook.cases()).items)


async def deals_won(trip: Journey) -> list[str]:
    """The deals of which an event tells that they were won."""
    return [event.subject for event in await trip.events() if event.type == DealWon.TYPE]


@pytest.mark.req(120, 121, 145)
async def test_a_won_deal_becomes_an_event_and_a_case() -> None:
    """Nobody sends a mail: closing the deal is enough."""
    async with won(DEAL) as trip:
        await feed(trip).look()
        (event,) = [each for each in await trip.events() if each.type == DealWon.TYPE]

        assert [DEAL] == await cases(trip)
        assert ("/connections/crm-emea", DEAL) == (event.source, event.subject)
        assert {"opportunity_id": DEAL, "connection": "crm-emea", "won_at": "2026-11-20T08:30:00Z"} == event.data


@pytest.mark.req(146, 243)
async def test_a_deal_that_comes_again_changes_nothing() -> None:
    """Opportunities are touched all the time; one case and one event are enough for each."""
    async with won(DEAL, DEAL, DEAL) as trip:
        while await feed(trip).look():
            pass
        trip.world.crm.won(DEAL, at=WON_AT + dt.timedelta(hours=1))
        await feed(trip).look()

        assert [DEAL] == await cases(trip)
        assert [DEAL] == await deals_won(trip)


async def test_a_page_older_than_the_deal_takes_nothing_back() -> None:
    """A worker that was paused may hold a page from before the deal was won; the deal itself knows better."""
    async with won(DEAL) as trip:
        await feed(trip).look()
        trip.world.crm.changes.append(replace(trip.world.crm.changes[0], won=False))
        await feed(trip).look()

        assert [DEAL] == await cases(trip)
        assert [] == [event.type for event in await trip.events() if event.type == DealWithdrawn.TYPE]


async def test_a_deal_that_is_not_won_starts_nothing() -> None:
    """A change that did not win the deal is none of ours."""
    async with won(DEAL) as trip:
        trip.world.crm.changes[0] = replace(trip.world.crm.changes[0], won=False)
        await feed(trip).look()

        assert [] == await cases(trip)


async def test_a_crm_full_of_old_deals_starts_none_of_them() -> None:
    """A feed that begins at the oldest change leaves alone what was won before the firm began with us."""
    async with journey() as trip:
        trip.world.crm.won("old", at=WON_AT - dt.timedelta(seconds=1))
        trip.world.crm.won("new", at=WON_AT)
        await feed(trip, config=Config(since=WON_AT)).look()

        assert ["new"] == await cases(trip)
        assert ["new"] == await deals_won(trip)


@pytest.mark.req(245)
async def test_the_cursor_is_kept_in_the_store() -> None:
    """A worker that begins anew goes on where the last one stood."""
    async with won("d1", "d2", "d3") as trip:
        assert await feed(trip).look()
        await feed(trip).look()

        assert ["", "2"] == trip.world.crm.asked
        assert ["d1", "d2", "d3"] == await cases(trip)


@pytest.mark.req(243, 245)
async def test_a_page_that_was_not_handled_whole_is_read_again() -> None:
    """An engine that fails at the second deal leaves the cursor where it was; nothing is lost or done twice."""
    async with won("d1", "d2") as trip:
        started = []

        class Failing:
            async def start(self, *_: Any, business_key: str, **__: Any) -> None:
                started.append(business_key)
                if business_key == "d2":
                    raise Problem(Kind.UNAVAILABLE, "store_away")

        with pytest.raises(Problem):
            await feed(trip, durable=Failing).look()
        assert ["d1", "d2"] == started
        await feed(trip).look()

        assert ["", ""] == trip.world.crm.asked
        assert ["d1", "d2"] == await cases(trip)
        assert ["d1", "d2"] == await deals_won(trip)


@pytest.mark.req(242, 250)
async def test_a_crm_that_does_not_answer_is_asked_ever_more_seldom(caplog: pytest.LogCaptureFixture) -> None:
    """The pause doubles up to its limit with jitter, then the feed goes on as if nothing had been."""
    async with won(DEAL) as trip:
        asked = trip.world.crm.opportunity_changes
        left = 6

        async def away(**given: Any) -> OpportunityChanges:
            nonlocal left
            left -= 1
            if left >= 0:
                raise Problem(Kind.UNAVAILABLE, "crm_away")
            return await asked(**given)

        trip.world.crm.opportunity_changes = away  # type: ignore[method-assign] # the CRM is away for a while
        clock = Pauses(most=9)
        with caplog.at_level(logging.WARNING, logger="sluice.feed"), pytest.raises(asyncio.CancelledError):
            await feed(trip, clock=clock).following.follow()

        limits = [20, 40, 80, 100, 100, 100]
        assert [True] * 6 == [most / 2 <= taken <= most for most, taken in zip(limits, clock.taken, strict=False)]
        assert [0.0, 10, 10] == clock.taken[6:]
        assert [DEAL] == await cases(trip)
        assert 6 == len(caplog.records)


async def test_a_crm_that_asks_for_patience_gets_it() -> None:
    """Nobody is asked again sooner than they said."""
    async with won(DEAL) as trip:

        async def busy(**_: Any) -> OpportunityChanges:
            raise Problem(Kind.RATE_LIMITED, "too_much", retry_after_s=3600)

        trip.world.crm.opportunity_changes = busy  # type: ignore[method-assign] # the CRM has had enough
        clock = Pauses(most=1)
        with pytest.raises(asyncio.CancelledError):
            await feed(trip, clock=clock).following.follow()

        assert [3600] == clock.taken


async def test_the_feed_runs_as_long_as_the_worker() -> None:
    """One task beside the worker carries a deal to its first question, and ends with the block."""
    async with won(DEAL) as trip:
        async with feed(trip).following.running():
            async with asyncio.timeout(10):
                while await cases(trip) != [DEAL]:  # noqa: ASYNC110 - a deadline stands around it
                    await asyncio.sleep(0)
            (case,) = (await trip.durable.casebook.cases()).items
            await trip.durable.settled(case.case_id)

        assert CaseState.WAITING_APPROVAL is (await trip.case(case.case_id)).summary.state
        assert [] == [task for task in asyncio.all_tasks() if task.get_name() == "deal feed"]
