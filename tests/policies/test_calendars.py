"""Announced times: books being closed, and products at rest."""

import datetime as dt
from dataclasses import replace

import msgspec
import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.lifecycle import Close, Rest
from policies import close_mode, maintenance
from tests.policies.table import READ, Given, decide

NOW = dt.datetime(2026, 11, 30, 22, 0, tzinfo=dt.UTC)
CLOSE = Close(period="2026-11", starts_at=NOW, ends_at=NOW + dt.timedelta(days=2), roles=("finance",))
WRITE = replace(READ, name="shop.book", method="POST")
CLERK = Caller(subject="ann", roles=frozenset({"delivery"}))
CLOSER = Caller(subject="felix", roles=frozenset({"finance"}))
AUDITOR = Caller(subject="aud", roles=frozenset({"audit"}))


def closing(at: dt.datetime = NOW) -> close_mode.CloseMode:
    """The books of November being closed."""
    bound = {"shop.book": (CLOSE,), "shop.read": (CLOSE,)}
    return close_mode.CloseMode(close_mode.Config(roles=("audit",)), bound=bound, clock=ManualClock(at))


@pytest.mark.req(181, 352)
@pytest.mark.parametrize(
    ("given", "hours", "code"),
    [
        (Given(operation=WRITE, method="POST", caller=CLERK), 0, "closemode.period_closed"),
        (Given(operation=WRITE, method="POST", caller=CLERK), 47.9, "closemode.period_closed"),
        (Given(operation=WRITE, method="POST", caller=CLERK), 48, "ok"),
        (Given(operation=WRITE, method="POST", caller=CLERK), -0.1, "ok"),
        (Given(operation=WRITE, method="POST", caller=CLOSER), 1, "ok"),
        (Given(operation=WRITE, method="POST", caller=AUDITOR), 1, "ok"),
        (Given(operation=READ, caller=CLERK), 1, "ok"),
        (Given(operation=replace(WRITE, name="shop.other"), method="POST", caller=CLERK), 1, "ok"),
    ],
)
async def test_while_the_books_are_closed_only_closers_write(given: Given, hours: float, code: str) -> None:
    """Reads go on, so do writes that are bound to no period, and named roles; the end is the first open moment."""
    assert code == (await decide(closing(NOW + dt.timedelta(hours=hours)), given)).code


async def test_who_is_refused_learns_the_period_and_when_it_reopens() -> None:
    """409 with both in the context, and worth repeating later; in shadow it is only noted."""
    given = Given(operation=WRITE, method="POST", caller=CLERK)
    problem = (await decide(closing(), given)).problem

    assert problem is not None
    assert (409, "later") == (problem.status, problem.retry)
    assert {"period": "2026-11", "reopens_at": "2026-12-02T22:00:00+00:00"} == problem.context
    shadowed = await decide(closing(), given, shadow=True)
    assert ("ok", ["closemode.period_closed"]) == (shadowed.code, shadowed.request.shadowed)


@pytest.mark.parametrize(
    ("minutes", "product", "roles", "code"),
    [
        (0, "shop", set(), "maintenance.announced"),
        (59, "shop", set(), "maintenance.announced"),
        (60, "shop", set(), "ok"),
        (-1, "shop", set(), "ok"),
        (0, "other", set(), "ok"),
        (0, "shop", {"release"}, "ok"),
    ],
)
async def test_a_product_rests_when_announced(minutes: int, product: str, roles: set[str], code: str) -> None:
    """503 with Retry-After until the end, for that product only; who tries it out afterwards is let in before."""
    rest = Rest(starts_at=NOW, ends_at=NOW + dt.timedelta(hours=1), reason="new books")
    clock = ManualClock(NOW + dt.timedelta(minutes=minutes))
    policy = maintenance.Maintenance(maintenance.Config(roles=("release",)), rests={"shop": (rest,)}, clock=clock)
    given = Given(operation=replace(READ, product=product), caller=Caller(subject="a", roles=frozenset(roles)))
    decision = await decide(policy, given)

    assert code == decision.code
    if decision.problem is not None:
        assert (503, 60.0 * (60 - minutes)) == (decision.status, decision.problem.retry_after_s)
        assert "new books" in decision.problem.detail
    assert "ok" == (await decide(policy, given, shadow=True)).code


def test_a_stretch_that_ends_before_it_begins_is_refused() -> None:
    """A calendar with a slip of the pen is not taken over; so is a moment without a zone."""
    with pytest.raises(msgspec.ValidationError, match="no stretch of time"):
        msgspec.convert({"starts_at": NOW, "ends_at": NOW}, Rest)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"starts_at": "2026-11-30T22:00:00", "ends_at": "2026-12-01T22:00:00Z"}, Rest)
