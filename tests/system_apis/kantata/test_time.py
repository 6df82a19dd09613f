"""Time from Kantata: what was approved and what was withdrawn, each once; and our marks on what was billed."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.party import Customer
from contracts.canonical.project import Project
from contracts.problem import Kind, Problem
from system_apis.kantata import tracks, wire, worked
from system_apis.kantata.client import Kantata
from tests.system_apis.kantata.desk import API, Desk, desk_on

DAY_S = 86_400


@pytest.fixture
async def desk(near: Any, customer: Customer, project: Project) -> AsyncIterator[Desk]:
    """The people of a project that stands."""
    async with desk_on(near, customer, project) as found:
        yield found


@pytest.mark.req(153, 166)
async def test_an_entry_is_told_with_all_that_is_known_of_it(desk: Desk) -> None:
    """A task counts for the phase above it; the role is the entry's own, else that of the seat; minutes stay exact."""
    task = await desk.account.make(
        "stories", "story", title="Network", workspace_id=desk.workspace_id, parent_id=desk.stories["phs-2"]
    )
    other = await desk.account.make("roles", "role", name="Consultant")
    one, _ = await desk.approved(20, story_id=task["id"], notes="x" * 5000)
    two, _ = await desk.approved(480, role_id=other["id"], billable=False)
    first, second = await desk.told()

    assert (one, True, "prj-1", "phs-2", "8002") == (
        first.entry_id,
        first.approved,
        first.project_id,
        first.phase_id,
        first.person_id,
    )
    assert ("Cloud Architect", "DE", dt.date(2027, 1, 11), 4000) == (
        first.role,
        first.region,
        first.worked_on,
        len(first.note),
    )
    assert (20, Decimal("0.333333")) == (round(first.hours * 60), first.billable_hours)
    assert (desk.account.sandbox.now().date(), "8001") == (first.approved_on, first.approved_by)
    assert (two, None, "Consultant", None) == (second.entry_id, second.phase_id, second.role, second.region)
    assert ("8", "0") == (str(second.hours), str(second.billable_hours))


async def test_time_on_a_project_that_is_not_ours_says_so(desk: Desk) -> None:
    """It is told with no project, also when its project is archived and asks for no approval."""
    other = await desk.account.make("workspaces", "workspace", title="Internal", creator_role="maven")
    entry_id = await desk.enter(workspace_id=other["id"])
    await desk.account.http.put(f"{API}/workspaces/{other['id']}", json={"workspace": {"archived": True}})

    assert [(entry_id, "", None, "")] == [(e.entry_id, e.project_id, e.phase_id, e.role) for e in await desk.told()]


@pytest.mark.req(219)
async def test_withdrawals_are_told_once_however_the_vendor_repeats_them(desk: Desk) -> None:
    """Page by page; what was deleted since is told from what the event remembers."""
    stands = [await desk.approved() for _ in range(5)]
    before = {entry.entry_id: entry.version for entry in await desk.told()}
    for _, submission_id in stands:
        await desk.resolve(submission_id, "reject")
    gone = stands[0][0]
    assert 204 == await desk.delete(gone)
    after = await desk.told(limit=2)

    assert sorted(before) == sorted(entry.entry_id for entry in after)
    assert all(not entry.approved and entry.version > before[entry.entry_id] for entry in after)
    assert {("prj-1", "8002", Decimal(1))} == {
        (e.project_id, e.person_id, e.hours) for e in after if e.entry_id == gone
    }
    assert [] == await desk.told()


async def test_what_was_never_approved_is_never_told(desk: Desk) -> None:
    """A draft, what waits, what was rejected or cancelled while it waited, and a draft that was deleted."""
    waiting, rejected, cancelled, draft = [await desk.enter() for _ in range(4)]
    await desk.hand_in(waiting)
    await desk.resolve(await desk.hand_in(rejected), "reject")
    await desk.resolve(await desk.hand_in(cancelled), "cancel")
    await desk.delete(draft)

    assert [] == await desk.told()


async def test_an_approval_that_comes_back_is_told_in_its_newest_state_alone(desk: Desk) -> None:
    """Withdrawn, corrected and approved again between two looks: one entry, one higher version."""
    entry_id, submission_id = await desk.approved(480)
    (before,) = await desk.told()
    await desk.resolve(submission_id, "reject")
    await desk.change(entry_id, time_in_minutes=360)
    await desk.resolve(await desk.hand_in(entry_id), "approve")
    (after,) = await desk.told()

    assert (entry_id, True, Decimal(6)) == (after.entry_id, after.approved, after.hours)
    assert after.version > before.version


@pytest.mark.req(219)
async def test_a_bulk_approval_is_read_to_its_end(desk: Desk) -> None:
    """More entries of one moment than a page of ours or the vendor's holds, and than the cursor remembers."""
    ids = desk.seed(450, first=1000, updated_at=desk.account.sandbox.now().isoformat())
    told = await desk.told(limit=90)

    assert ids == [entry.entry_id for entry in told]
    assert len(desk.cursor) < 8000


@pytest.mark.req(219)
async def test_what_shows_late_is_told_all_the_same(desk: Desk) -> None:
    """A change that comes to light after a younger one, within the overlap, and once."""
    now = desk.account.sandbox.now()
    young = desk.seed(3, first=20, updated_at=now.isoformat())
    before = await desk.told()
    late = desk.seed(1, first=10, updated_at=(now - dt.timedelta(seconds=300)).isoformat())
    after = await desk.told()

    assert (young, late) == ([e.entry_id for e in before], [e.entry_id for e in after])
    assert [] == await desk.told()


async def test_a_list_that_moves_under_the_reader_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that changes goes to the end and draws the others forward: the list is read anew, or later."""
    moment = desk.account.sandbox.now()
    ids = desk.seed(250, first=100, updated_at=moment.isoformat())
    window, moves = Kantata.window, [1]

    async def moving(self: Kantata, collection: str, *, offset: int, **filters: str) -> wire.Answer:
        if offset and moves:
            one = str(99 + moves.pop())
            desk.seed(1, first=int(one), updated_at=desk.account.sandbox.now().isoformat())
        return await window(self, collection, offset=offset, **filters)

    monkeypatch.setattr(Kantata, "window", moving)
    told = await desk.psa.time_changes(limit=2000)
    moves += range(2, 10)
    with pytest.raises(Problem) as restless:
        await desk.psa.time_changes(limit=2000)

    assert sorted(ids) == sorted(entry.entry_id for entry in told.entries)
    assert (Kind.UNAVAILABLE, "kantata.feed_moving") == (restless.value.kind, restless.value.code)


async def test_quiet_days_do_not_end_a_cursor_and_long_absence_does(desk: Desk) -> None:
    """Who looks at least once in nine days may go on; who comes later is told to start anew."""
    entry_id, submission_id = await desk.approved()
    await desk.told()
    for _ in range(4):
        desk.account.sandbox.advance(5 * DAY_S)
        assert [] == await desk.told()
    await desk.resolve(submission_id, "reject")
    assert [entry_id] == [entry.entry_id for entry in await desk.told()]
    desk.account.sandbox.advance(10 * DAY_S)
    with pytest.raises(Problem) as expired:
        await desk.told()

    assert (Kind.INVALID, "cursor_expired") == (expired.value.kind, expired.value.code)


async def test_a_cursor_or_limit_of_ones_own_is_invalid(desk: Desk) -> None:
    """The feed takes back only what it gave."""
    forged = tracks.encoded(tracks.Cursor())[:-4] + "AAAA"
    for wrong in ({"cursor": "nonsense!"}, {"cursor": forged}, {"limit": 0}, {"limit": 2001}):
        with pytest.raises(Problem) as refused:
            await desk.psa.time_changes(**wrong)
        assert Kind.INVALID is refused.value.kind


@pytest.mark.req(173)
async def test_billed_time_is_locked_by_one_invoice_with_our_number(desk: Desk) -> None:
    """Nobody changes, deletes or sends it back; again adds nothing; what joins the document joins the invoice."""
    one, submission_id = await desk.approved()
    two, _ = await desk.approved()
    for ids in ((one,), (one,), (one, two, two)):
        await desk.bill("inv-1", *ids)
    (invoice,) = desk.account.rows("invoices")

    assert (422, 422, 422) == (
        await desk.change(one, time_in_minutes=1),
        await desk.delete(one),
        await desk.resolve(submission_id, "reject"),
    )
    assert ("N-inv-1", [one, two], True) == (
        invoice["user_invoice_number"],
        invoice["time_entry_ids"],
        invoice["suppress_emails"],
    )


@pytest.mark.req(173)
async def test_our_own_mark_does_not_wake_the_feed(desk: Desk) -> None:
    """It changes the entry and says nothing new; an invoice made there by hand is told, and so is a later reader."""
    marked, by_hand = (await desk.approved())[0], (await desk.approved())[0]
    await desk.told()
    body = {"workspace_ids": [desk.workspace_id], "time_entry_ids": [by_hand]}
    await desk.account.make("invoices", "invoice", **body)
    await desk.bill("inv-1", marked)
    woken, cursor = await desk.told(), desk.cursor
    desk.cursor = ""
    anew = await desk.told(limit=1)

    assert [by_hand] == [entry.entry_id for entry in woken]
    assert {marked, by_hand} == {entry.entry_id for entry in anew}
    assert [] == (await desk.psa.time_changes(cursor=cursor)).entries


async def test_a_change_that_was_not_told_is_told_although_it_was_marked(desk: Desk) -> None:
    """Corrected and approved anew just before the mark: the mark does not hide it."""
    entry_id, submission_id = await desk.approved(480)
    await desk.told()
    await desk.resolve(submission_id, "reject")
    await desk.change(entry_id, time_in_minutes=360)
    await desk.resolve(await desk.hand_in(entry_id), "approve")
    await desk.bill("inv-1", entry_id)

    assert [(entry_id, Decimal(6))] == [(entry.entry_id, entry.hours) for entry in await desk.told()]


@pytest.mark.req(173)
async def test_where_one_entry_cannot_be_marked_none_is(desk: Desk) -> None:
    """Unknown, not approved any more, or invoiced there by hand; each refusal names the entry."""
    good, _ = await desk.approved()
    draft = await desk.enter()
    by_hand, _ = await desk.approved()
    await desk.account.make("invoices", "invoice", workspace_ids=[desk.workspace_id], time_entry_ids=[by_hand])
    refused = []
    for wrong in ("99", "x,1", draft, by_hand):
        with pytest.raises(Problem) as problem:
            await desk.bill("inv-1", good, wrong)
        refused.append((problem.value.kind, problem.value.code.removeprefix("kantata."), problem.value.context))

    assert [
        (Kind.NOT_FOUND, "entry_unknown", {"entry_ids": "99"}),
        (Kind.NOT_FOUND, "entry_unknown", {"entry_ids": "x,1"}),
        (Kind.CONFLICT, "entry_not_approved", {"entry_ids": draft}),
        (Kind.CONFLICT, "entry_invoiced_there", {"entry_ids": by_hand}),
    ] == refused
    assert 1 == len(desk.account.rows("invoices"))


@pytest.mark.req(245)
async def test_a_mark_whose_answer_is_lost_is_made_once(account: Any, customer: Customer, project: Project) -> None:
    """The invoice is found by the document's key, whether it came into being or not."""
    async with desk_on(account, customer, project) as desk:
        for number, kind in enumerate(("drop_after", "drop_before", "status_after"), start=1):
            entry_id, _ = await desk.approved()
            account.fault(kind=kind, method="POST", path="invoices", times=1)
            with suppress(Problem):
                await desk.bill(f"inv-{number}", entry_id)
            await desk.bill(f"inv-{number}", entry_id)

            assert [entry_id] == account.rows("invoices")[-1]["time_entry_ids"]
            assert number == len(account.rows("invoices"))


async def test_an_invoice_that_was_cancelled_there_is_not_used_again(desk: Desk) -> None:
    """Its entries are free, and a person decides what becomes of the mark."""
    entry_id, _ = await desk.approved()
    await desk.bill("inv-1", entry_id)
    await desk.account.http.put(f"{API}/invoices/1/cancel", json={})
    with pytest.raises(Problem) as refused:
        await desk.bill("inv-1", entry_id)

    assert (Kind.CONFLICT, "kantata.invoice_cancelled") == (refused.value.kind, refused.value.code)


@pytest.mark.parametrize(
    ("minutes", "hours"), [(0, "0"), (1, "0.016667"), (10, "0.166667"), (90, "1.5"), (1440, "24"), (600, "10")]
)
def test_minutes_are_hours_that_can_be_had_back(minutes: int, hours: str) -> None:
    """Exact where it can be, else so fine that the minutes are not lost."""
    assert (hours, minutes) == (str(worked.hours(minutes)), round(worked.hours(minutes) * 60))


def test_a_track_forgets_the_oldest_of_a_burst_and_never_goes_back() -> None:
    """What it forgets lies at or below its floor, so nothing is met twice."""
    keys = [(1_000_000 + n, n) for n in range(tracks.MOST_MET + 5)]
    track = tracks.Track().advanced(keys, overlap_ms=600_000)
    later = track.advanced([(5, 5)], overlap_ms=600_000)

    assert (keys[4], keys[-1], tracks.MOST_MET) == (track.floor, track.head, len(track.met))
    assert not any(track.wants(key) for key in keys)
    assert (track.floor, track.head) == (later.floor, later.head)
