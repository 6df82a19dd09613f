"""The feed of changes: nothing is left out, though a list lags, pages are small and most envelopes are not ours."""

import datetime as dt
import random

import pytest

from contracts.problem import Kind, Problem
from contracts.system.signatures import Signatures
from system_apis.docusign import feed
from tests.system_apis.docusign.desk import KEY, REQUEST, VOIDING, Desk, opened
from tests.system_apis.docusign.test_service import FOREIGN

pytestmark = pytest.mark.req(225, 239)

START = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
SECOND = 1_000_000


def at(seconds: float) -> dt.datetime:
    return START + dt.timedelta(seconds=seconds)


def change(number: int, seconds: float, status: str = "sent") -> feed.Met:
    return feed.met(at(seconds), envelope_id=f"e{number}", status=status)


async def follow(signing: Signatures, cursor: str = "", *, limit: int = 100) -> tuple[list[tuple[str, str]], str]:
    """Everything that the feed has to tell, and the cursor after it."""
    told: list[tuple[str, str]] = []
    while True:
        page = await signing.envelope_changes(cursor=cursor, limit=limit)
        cursor = page.cursor
        told += [(one.envelope_id, one.state.value) for one in page.envelopes]
        if not page.envelopes:
            return told, cursor


async def test_pages_of_any_size_tell_everything_once(desk: Desk, signing: Signatures) -> None:
    """In the order of the changes, with somebody else's envelopes between ours left out."""
    for number in range(7):
        await signing.send_envelope(envelope_id=f"k{number}", body=REQUEST)
        await desk.call("POST", "/envelopes", json=FOREIGN)
        desk.clock.advance(90)
    expected = [(f"k{number}", "sent") for number in range(7)]

    assert [expected] * 3 == [(await follow(signing, limit=limit))[0] for limit in (1, 3, 100)]


async def test_a_crowd_of_others_stops_nobody(desk: Desk, signing: Signatures) -> None:
    """Sixty envelopes of somebody else change in one minute: ours are met, at the latest when that has settled."""
    await signing.send_envelope(envelope_id="before", body=REQUEST)
    for _ in range(60):
        await desk.call("POST", "/envelopes", json=FOREIGN)
    await signing.send_envelope(envelope_id="after", body=REQUEST)
    at_once, cursor = await follow(signing, limit=5)
    desk.clock.advance(120)
    told = list(at_once)
    for _ in range(10):
        page = await signing.envelope_changes(cursor=cursor, limit=5)
        told, cursor = told + [(one.envelope_id, one.state.value) for one in page.envelopes], page.cursor

    assert [("before", "sent"), ("after", "sent")] == told


async def test_each_state_of_an_envelope_is_told(desk: Desk, signing: Signatures) -> None:
    """Sent, then voided: one envelope, two changes; a signature of one of two changes nothing."""
    sent = await signing.send_envelope(envelope_id=KEY, body=REQUEST)
    first, cursor = await follow(signing)
    await desk.act(sent.external_id, REQUEST.signers[0].email, "open")
    await desk.act(sent.external_id, REQUEST.signers[0].email)
    half, cursor = await follow(signing, cursor)
    desk.clock.advance(3)
    await signing.void_envelope(envelope_id=KEY, body=VOIDING)
    last, cursor = await follow(signing, cursor)

    assert ([(KEY, "sent")], []) == (first, half)
    assert ([(KEY, "voided")], []) == (last, (await follow(signing, cursor))[0])


async def test_the_feed_goes_on_in_another_process(desk: Desk, signing: Signatures) -> None:
    """All that it remembers stands in the cursor."""
    await signing.send_envelope(envelope_id="k0", body=REQUEST)
    _, cursor = await follow(signing)
    async with opened(desk) as other:
        await other.send_envelope(envelope_id="k1", body=REQUEST)
        told, _ = await follow(other, cursor)

    assert [("k1", "sent")] == told


def test_a_change_that_turns_up_late_is_told() -> None:
    """Within the overlap; what was told is not told again."""
    here = feed.Cursor()
    settled = at(-60)
    told, here = feed.taken(here, [change(2, 2)], ours=[True], limit=9, settled=settled)
    late, here = feed.taken(here, [change(1, 1), change(2, 2)], ours=[True, True], limit=9, settled=settled)

    assert ([0], [0], 2) == (told, late, len(here.met))


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_order_nothing_is_left_out(seed: int) -> None:
    """Readable up to a minute late, in small pages, with stamps alike, more of them young than a cursor holds."""
    chance = random.Random(seed)
    happened = [(change(number, chance.randrange(150)), chance.uniform(0, 59)) for number in range(300)]
    told: list[feed.Met] = []
    here = feed.Cursor()
    for second in range(0, 800, 7):
        here = feed.decoded(feed.encoded(here))
        limit = chance.choice((1, 7, 60))
        now = change(0, second).at
        seen = [one for one, lag in happened if one.at + lag * SECOND <= now and one.at >= here.floor]
        read = sorted(seen, key=lambda one: one.at)[: limit + feed.MOST_MET]
        places, here = feed.taken(here, read, ours=[True] * len(read), limit=limit, settled=at(second - 60))
        told += [read[place] for place in places]
        assert len(here.met) <= feed.MOST_MET + 12

    assert {one for one, _ in happened} == set(told)
    assert len(happened) == len(told)


@pytest.mark.parametrize("text", ["x", "AAAA", "not-a-cursor", "é", "A" * 400])
def test_a_cursor_that_is_none_of_ours_is_refused(text: str) -> None:
    """It is invalid and no beginning."""
    with pytest.raises(Problem) as refused:
        feed.decoded(text)

    assert (Kind.INVALID, "cursor_invalid") == (refused.value.kind, refused.value.code)


def test_a_cursor_that_was_changed_is_refused() -> None:
    """One letter is enough; unchanged it is read as it was written."""
    cursor = feed.Cursor(floor=5, met=[change(1, 1)])
    text = feed.encoded(cursor)
    changed = text[:20] + ("A" if text[20] != "A" else "B") + text[21:]
    with pytest.raises(Problem, match="cursor_invalid"):
        feed.decoded(changed)

    assert (cursor, "") == (feed.decoded(text), feed.encoded(feed.Cursor()))
