import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.ledger import SqlLedger
from kit.door.plan import Claim, Plan
from kit.door.quota import Lease, Ledger, LocalLedger, QuotaBook
from kit.door.quota import Quota as Agreed
from kit.store import Store
from policies.quota import EXCEEDED, Config, Quota, QuotaRefused
from tests.policies.table import READ, Decision, Given, decide

EXPORT = replace(READ, name="shop.export", cost=50)
DAY = Agreed("day", 1_000, "day")


def plan(quota: str, **more: Any) -> Plan:
    return Plan(name="gold", title="Gold", of=(Claim(claim="client", value="acme"),), quota=quota, **more)


def quota(clock: ManualClock, agreed: str, *, ledger: Ledger | None = None, **more: Any) -> Quota:
    book = QuotaBook(ledger or LocalLedger(), clock=clock)
    return Quota(Config(wait_s=0.05), plans=[plan(agreed, **more)], book=book)


async def call(policy: Quota, *, client: str = "acme", operation: Any = READ) -> Decision:
    return await decide(policy, Given(caller=Caller(subject="svc", client_id=client), operation=operation))


@pytest.mark.req(3)
async def test_units_are_dealt_out_to_the_last_and_come_anew_by_the_calendar() -> None:
    """100 units, 50 of them for an export; the next day there are 100 again."""
    clock = ManualClock()
    policy = quota(clock, "100/day")
    codes = [(await call(policy, operation=EXPORT)).code] + [(await call(policy)).code for _ in range(60)]
    assert (51, 10) == (codes.count("ok"), codes.count("quota.exceeded"))
    refused = await call(policy)
    assert refused.problem is not None
    assert (429, EXCEEDED, {"violated-policies": "gold-day"}) == (
        refused.status,
        refused.problem.details().type,
        refused.problem.context,
    )
    assert 15 * 3_600 == refused.problem.retry_after_s
    clock.advance(15 * 3_600)
    assert "ok" == (await call(policy)).code


async def test_the_units_stand_in_the_drafts_fields() -> None:
    """Each quota under its name, in units."""
    decision = await call(quota(ManualClock(), "100/day;2000/month"), operation=EXPORT)
    policy = '"gold-day";q=100;w=86400;qu="units", "gold-month";q=2000;w=2678400;qu="units"'
    assert policy == decision.answer["ratelimit-policy"]
    assert '"gold-day";r=50;t=54000, "gold-month";r=1950;t=918000' == decision.answer["ratelimit"]


async def test_all_quotas_give_or_none_does() -> None:
    """What the month refuses is not taken from the day."""
    book = QuotaBook(LocalLedger(), clock=ManualClock())
    month = Agreed("month", 5, "month")
    for _ in range(5):
        assert (await book.deal("a", (DAY, month), cost=1)).allowed
    for _ in range(5):
        assert month == (await book.deal("a", (DAY, month), cost=1)).exhausted
    assert 994 == (await book.deal("a", (DAY,), cost=1)).standings[0].left


async def test_whoever_has_no_plan_has_no_quota() -> None:
    """Nor are they told of one."""
    decision = await call(quota(ManualClock(), "1/day"), client="other")
    assert ("ok", {}) == (decision.code, decision.answer)


@pytest.mark.parametrize("agreed", ["100/minute", "100 per 2 days", "much"])
def test_a_quota_that_is_none_is_refused_when_it_is_declared(agreed: str) -> None:
    """By day, month or year; shorter spans are limits."""
    with pytest.raises(QuotaRefused, match="plan gold"):
        quota(ManualClock(), agreed)


class Away:
    async def lease(self, key: str, span: str, /, *, least: int, wanted: int, amount: int) -> Lease:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def give_back(self, key: str, span: str, /, *, units: int) -> None:
        raise ConnectionError


@pytest.mark.parametrize(("choice", "code"), [("open", "ok"), ("closed", "quota.ledger_unavailable")])
async def test_a_ledger_out_of_reach_is_met_as_the_plan_says(choice: Any, code: str) -> None:
    """503 within its time, or passed; never an error."""
    decision = await call(quota(ManualClock(), "100/day", ledger=Away(), on_outage=choice))
    assert (code, 503 if choice == "closed" else 200) == (decision.code, decision.status)


async def test_shadowed_it_only_notes() -> None:
    """The code is noted on the request."""
    policy = quota(ManualClock(), "1/day")
    given = Given(caller=Caller(subject="svc", client_id="acme"))
    decisions = [await decide(policy, given, shadow=True) for _ in range(2)]
    assert [[], ["quota.exceeded"]] == [each.request.shadowed for each in decisions]


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Callable[[], SqlLedger]]:
    ledgers: list[SqlLedger] = []

    def another() -> SqlLedger:
        ledgers.append(SqlLedger(Store.at(f"sqlite:///{tmp_path}/quota.db")))
        return ledgers[-1]

    yield another
    for ledger in ledgers:
        await ledger.close()


async def dealt(book: QuotaBook, attempts: int) -> int:
    """How many of these were given."""
    return sum([(await book.deal("a", (DAY,), cost=1)).allowed for _ in range(attempts)])


async def test_several_processes_never_give_more_than_agreed(opened: Callable[[], SqlLedger]) -> None:
    """Four books on one ledger, 2,000 attempts: never more than 1,000, and all but what the others hold in leases."""
    books = [QuotaBook(opened(), clock=ManualClock()) for _ in range(4)]
    assert 1_000 == sum(await asyncio.gather(*(dealt(book, 500) for book in books)))


async def test_a_process_that_dies_costs_its_lease_and_gives_nothing_twice(opened: Callable[[], SqlLedger]) -> None:
    """What it held is lost to the consumer until the day is over; an orderly end gives it back."""
    clock = ManualClock()
    assert 105 == await dealt(QuotaBook(opened(), clock=clock), 105)
    book = QuotaBook(opened(), clock=clock)
    left = await dealt(book, 5)
    await book.close()
    left += await dealt(QuotaBook(opened(), clock=clock), 1_000)
    assert 885 <= left <= 895


async def test_an_exhausted_quota_is_not_asked_for_each_time() -> None:
    """Once in ten seconds: somebody may have given units back."""

    class Counting(LocalLedger):
        asked = 0

        async def lease(self, key: str, span: str, /, **wanted: Any) -> Lease:
            self.asked += 1
            return await super().lease(key, span, **wanted)

    clock, ledger = ManualClock(), Counting()
    book, tiny = QuotaBook(ledger, clock=clock), Agreed("tiny", 1, "day")
    for _ in range(50):
        await book.deal("a", (tiny,), cost=1)
    assert 1 == ledger.asked
    await ledger.give_back("tiny|a", "2026-11-20", units=1)
    clock.advance(10)
    assert (await book.deal("a", (tiny,), cost=1)).allowed
