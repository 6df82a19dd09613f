"""The change feed: leaves nothing out though search lags, tells nothing twice without need, refuses strange cursors."""

import base64
import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.problem import Kind, Problem
from contracts.system.crm import Crm
from system_apis.hubspot.feed import Cursor, Seen, decoded, encoded, taken
from tests.system_apis.hubspot.account import Account, opened

pytestmark = pytest.mark.req(34, 120)

OVERLAP = 60


def seen(number: int, stamp: int, *, won: bool = False) -> Seen:
    """A deal as it was met."""
    return Seen(id=str(number), won=won, stamp=stamp)


async def drained(crm: Crm, cursor: str, *, limit: int = 200) -> tuple[list[str], str]:
    """Every change there is, page by page, and the cursor behind them."""
    met: list[str] = []
    for _ in range(100):
        page = await crm.opportunity_changes(cursor=cursor, limit=limit)
        met += [change.opportunity_id for change in page.changes]
        if not page.changes:
            return met, page.cursor
        cursor = page.cursor
    raise AssertionError("the feed does not come to an end")


async def test_changes_are_met_once_in_order(account: Account, crm: Crm) -> None:
    """Page by page, then nothing, then only what changed since; a report of ours is met once and chases nothing."""
    deals = []
    for number in range(5):
        deals.append(await account.deal(dealname=f"Deal {number}"))
        account.clock.advance(1)
    met, cursor = await drained(crm, "", limit=2)
    await account.change("deals", deals[1], dealstage="closedwon")

    won = await crm.opportunity_changes(cursor=cursor)
    account.clock.advance(OVERLAP + 1)
    later = await crm.opportunity_changes(cursor=won.cursor)
    idle = await crm.opportunity_changes(cursor=later.cursor)

    assert deals == met
    assert [(deals[1], True)] == [(change.opportunity_id, change.won) for change in won.changes]
    assert ([], [], later.cursor) == (later.changes, idle.changes, idle.cursor)
    assert dt.UTC is won.changes[0].changed_at.tzinfo


async def test_what_search_learns_late_is_not_left_out(account: Account, crm: Crm) -> None:
    """A deal that is indexed after a younger one turns up on a later page."""
    account.sandbox.seed({"index_lag_s": 20})
    late = await account.deal()
    account.clock.advance(1)
    account.sandbox.seed({"index_lag_s": 0})
    young = await account.deal()

    first = await crm.opportunity_changes()
    account.clock.advance(25)
    second = await crm.opportunity_changes(cursor=first.cursor)

    assert [[young], [late]] == [[change.opportunity_id for change in page.changes] for page in (first, second)]


async def test_an_edit_of_a_pipeline_touches_every_deal_and_the_feed_comes_through(account: Account, crm: Crm) -> None:
    """Hundreds of deals under one stamp: the cursor stays small, the crowd waits until it is settled, none is lost."""
    rows = [{"properties": {"dealname": str(number)}} for number in range(650)]
    account.sandbox.seed({"rows": {"deals": rows}})
    account.clock.advance(OVERLAP + 1)
    everything, cursor = await drained(crm, "")
    renamed = await account.person.patch("/crm/v3/pipelines/deals/default", json={"label": "Sales"})
    assert renamed.is_success

    young, cursor = await drained(crm, cursor)
    longest = len(cursor)
    account.clock.advance(OVERLAP + 1)
    old, cursor = await drained(crm, cursor)

    assert 650 == len(everything) == len(set(everything))
    assert 60 == len(young)
    assert set(everything) == set(young) | set(old)
    assert 650 == len(young) + len(old)
    assert longest < 3000
    assert len(cursor) < 150


async def test_two_readers_of_one_feed_do_not_disturb_each_other(account: Account, crm: Crm) -> None:
    """What a reader has met lies in its cursor alone; without an overlap the cursor remembers nothing."""
    deal = await account.deal()

    async with opened(account, feed_overlap_s=0) as plain:
        pages = [await reader.opportunity_changes() for reader in (crm, plain, crm)]
        quiet = await plain.opportunity_changes(cursor=pages[1].cursor)

    assert [[deal]] * 3 == [[change.opportunity_id for change in page.changes] for page in pages]
    assert ([], []) == (quiet.changes, decoded(pages[1].cursor).met)


@pytest.mark.parametrize("offset_s", [-50, 50])
async def test_a_skewed_clock_of_ours_leaves_nothing_out(account: Account, offset_s: float) -> None:
    """Fast or slow by less than the overlap, the feed tells every deal once."""
    account.sandbox.advance(offset_s)
    deals = [await account.deal() for _ in range(3)]

    async with opened(account) as crm:
        met, cursor = await drained(crm, "")
        again, _ = await drained(crm, cursor)

    assert (deals, []) == (sorted(met), again)


async def test_a_cursor_or_limit_of_ones_own_is_invalid(crm: Crm) -> None:
    """The feed takes back only what it gave."""
    for wrong in ({"cursor": "nonsense"}, {"limit": 0}, {"limit": 2001}):
        with pytest.raises(Problem) as refused:
            await crm.opportunity_changes(**wrong)
        assert Kind.INVALID is refused.value.kind


@given(place=st.integers(min_value=0), letter=st.sampled_from("Az09-_=% "))
def test_a_cursor_that_was_touched_is_refused(place: int, letter: str) -> None:
    """It comes back as it went; any letter changed is invalid and never a question."""
    cursor = Cursor(since=1_700_000_000_000, after="12", met=[seen(7, 1_700_000_000_001).entry])
    text = encoded(cursor)
    assert (cursor, Cursor(), "") == (decoded(text), decoded(""), encoded(Cursor()))
    place %= len(text)
    touched = text[:place] + letter + text[place + 1 :]
    if _bytes(touched) == _bytes(text):
        return

    with pytest.raises(Problem) as refused:
        decoded(touched)
    assert Kind.INVALID is refused.value.kind


@pytest.mark.parametrize("wrong", [Cursor(after="1' OR"), Cursor(since=-1, after="1"), Cursor(met=["x"])])
def test_a_cursor_that_holds_what_cannot_be_is_refused(wrong: Cursor) -> None:
    """Even with a right checksum."""
    with pytest.raises(Problem) as refused:
        decoded(encoded(wrong))
    assert "cursor_invalid" == refused.value.code


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), limit=st.integers(1, 7), lag=st.integers(0, 20))
def test_every_change_is_told_however_late_it_is_indexed(seed: int, limit: int, lag: int) -> None:
    """Against an index that lags by less than the overlap and forgets older states: each last state is told."""
    chance = random.Random(seed)
    overlap = 20
    indexed: list[tuple[int, Seen]] = []  # when search knows it, and what
    cursor, told = Cursor(), list[Seen]()
    for now in range(1, 120):
        if now < 70:
            for _ in range(chance.randrange(3)):
                deal = seen(chance.randrange(1, 12), now, won=chance.random() < 0.5)
                indexed.append((now + chance.randint(0, lag), deal))
        latest: dict[str, Seen] = {}
        for known_at, deal in sorted(indexed, key=lambda each: each[1].stamp):
            if known_at <= now:
                latest[deal.id] = deal
        beyond = sorted((deal for deal in latest.values() if deal.place > cursor.place), key=lambda deal: deal.place)
        fresh, cursor = taken(cursor, beyond[: limit + len(cursor.met)], limit=limit, settled=now - overlap - 1)
        told += fresh
        assert len(cursor.met) <= 60

    last = {deal.id: deal for _, deal in sorted(indexed, key=lambda each: each[1].stamp)}
    assert set(last.values()) <= set(told)
    assert len(told) == len(set(told))


def _bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
