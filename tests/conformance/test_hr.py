"""What every HR system has to do; a new vendor is tried without an edit here.

The fixtures play at the vendor's own screen. `people.json` hires a `manager`, a `worker` and a `contractor`, gives the
worker two cost rates, and in one week of January two days of vacation, half a day of sickness, a day that is only asked
for and a day that was cancelled. `moved.json` moves the worker to another cost centre and to 30 hours, `left.json` ends
the employment, `future.json` hires somebody for the day `begins.day`, and `hire_taken_back.json` takes that back.
"""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable
from decimal import Decimal
from itertools import product
from typing import Any, Final

import pytest

from contracts.canonical.workforce import (
    Absence,
    AbsenceKind,
    Assignment,
    EmploymentStatus,
    Skill,
    Standing,
    WorkerChange,
    WorkerKind,
)
from contracts.problem import Kind, Problem
from kit.cli.story import play, script
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import Connected, connected, kind_of, serving_role

MONDAY: Final = dt.date(2027, 1, 11)
SUNDAY: Final = dt.date(2027, 1, 17)
ASSIGNMENT: Final = Assignment(
    assignment_id="asg-s1-1",
    worker_id="21002",
    project_id="prj-s1",
    role="Cloud Architect",
    hours=Decimal(320),
    starts_on=MONDAY,
    ends_on=SUNDAY,
)


class Office:
    """A connection under test, and the people whom somebody entered at the vendor's screen."""

    def __init__(self, hr: Connected) -> None:
        self.hr = hr
        self.role = hr.role
        self.saved: dict[str, dict[str, Any]] = {}

    async def act(self, name: str, **given: dict[str, Any]) -> None:
        """Play a script that knows what earlier ones have saved."""
        steps = script(self.hr.vendor.path / "fixtures" / name)
        base_url, headers = self.hr.simulated.url, self.hr.simulated.person
        self.saved = await play(steps, base_url=base_url, headers=headers, saved={**self.saved, **given})
        self.hr.sandbox.advance(10)

    def number(self, name: str) -> str:
        """The employee number of somebody who was hired."""
        return str(self.saved[name]["id"])

    async def told(self, cursor: str = "", *, limit: int = 200) -> tuple[list[WorkerChange], str]:
        """All changes since a cursor, page by page; news of this very moment may wait for the next look."""
        found: list[WorkerChange] = []
        quiet = 0
        while quiet < 2:
            page = await self.role.worker_changes(cursor=cursor, limit=limit)
            found, cursor, quiet = found + page.changes, page.cursor, 0 if page.changes else quiet + 1
        return found, cursor


@pytest.fixture(params=serving_role("hr"))
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    async with connected(request.param, "hr") as opened:
        found = Office(opened)
        await found.act("people.json")
        yield found


async def code_of(call: Awaitable[object]) -> tuple[Kind, str] | None:
    """With which kind and pointer a call was refused."""
    try:
        await call
    except Problem as problem:
        return problem.kind, problem.errors[0].pointer if problem.errors else ""
    return None


@pytest.mark.req(44, 45, 83)
async def test_a_worker_is_told_with_employment_capacity_and_skills(office: Office) -> None:
    """Entity, cost centre, country, manager, grade, hours: all that staffing and margins ask for, under our words."""
    worker = await office.role.worker(worker_id=office.number("worker"))
    contractor = await office.role.worker(worker_id=office.number("contractor"))

    place, capacity = worker.employment, worker.capacity
    assert ("Ivo Novak", "ivo.novak@sluicegate.example") == (worker.name, worker.email)
    assert (EmploymentStatus.ACTIVE, dt.date(2024, 3, 1), None) == (place.status, place.hired_on, place.ends_on)
    assert ("SG-DE", "CC-4200", "DE", "Hamburg") == (
        place.legal_entity_id,
        place.cost_centre,
        place.country,
        place.location,
    )
    assert (office.number("manager"), "Senior", "Cloud Architect") == (place.manager_id, place.grade, place.role)
    assert (Decimal(40), Decimal(1)) == (capacity.weekly_hours, capacity.full_time_share)
    assert [Skill(name="Kubernetes", level="Expert")] == worker.skills
    assert [] == worker.gaps
    assert [WorkerKind.EMPLOYEE, WorkerKind.CONTRACTOR] == [place.kind, contractor.employment.kind]


@pytest.mark.req(44, 83)
@pytest.mark.parametrize("limit", [3, 200])
async def test_the_feed_begins_with_everybody_and_then_rests(office: Office, limit: int) -> None:
    """Nobody is left out whatever the size of a page; when all was told, nothing is told again."""
    told, cursor = await office.told(limit=limit)
    later, _ = await office.told(cursor, limit=limit)

    numbers = [change.worker_id for change in told]
    assert {office.number(name) for name in ("manager", "worker", "contractor")} <= set(numbers)
    assert (len(set(numbers)), set()) == (len(numbers), {change.worker_id for change in later} - set(numbers))
    assert {Standing.TOLD} == {change.standing for change in told}
    (worker,) = (change.worker for change in told if change.worker_id == office.number("worker"))
    assert await office.role.worker(worker_id=office.number("worker")) == worker


@pytest.mark.req(44)
async def test_a_move_is_told_alone_and_in_a_higher_version(office: Office) -> None:
    """What changed stands in the worker; nobody else is told again."""
    before, cursor = await office.told()
    await office.act("moved.json")
    after, cursor = await office.told(cursor)
    again, _ = await office.told(cursor)

    (moved,) = after
    (old,) = (change for change in before if change.worker_id == moved.worker_id)
    assert moved.version > old.version
    assert moved.worker is not None
    assert moved.worker.capacity is not None
    assert ("CC-4300", Decimal(30)) == (moved.worker.employment.cost_centre, moved.worker.capacity.weekly_hours)
    assert [] == again


@pytest.mark.req(44)
async def test_a_hire_is_told_before_it_begins_and_when_it_is_taken_back(office: Office) -> None:
    """Staffing may plan with somebody who comes next month, and learns when nobody comes."""
    begins = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    _, cursor = await office.told()
    await office.act("future.json", begins={"day": begins.isoformat()})
    hired, cursor = await office.told(cursor)
    read = await office.role.worker(worker_id=office.number("future"))
    await office.act("hire_taken_back.json")
    gone, _ = await office.told(cursor)

    assert [(EmploymentStatus.FUTURE, begins)] == [
        (change.worker.employment.status, change.worker.employment.hired_on) for change in hired if change.worker
    ]
    assert [read] == [change.worker for change in hired]
    assert [(office.number("future"), Standing.GONE, None)] == [(c.worker_id, c.standing, c.worker) for c in gone]
    assert gone[0].version > hired[0].version
    assert Kind.NOT_FOUND is await kind_of(office.role.worker(worker_id=office.number("future")))


@pytest.mark.req(44, 85)
async def test_who_leaves_is_planned_until_the_last_day(office: Office) -> None:
    """The end is known before it comes; after it the employment is over, and the person is still found."""
    worker = office.number("worker")
    await office.act("left.json")
    during = await office.role.worker(worker_id=worker, on=dt.date(2027, 1, 12))
    after = await office.role.worker(worker_id=worker, on=dt.date(2027, 1, 13))
    page = await office.role.availability(starts_on=MONDAY, ends_on=SUNDAY, worker_id=worker)

    assert [EmploymentStatus.ACTIVE, EmploymentStatus.ENDED] == [during.employment.status, after.employment.status]
    assert {dt.date(2027, 1, 12)} == {during.employment.ends_on, after.employment.ends_on}
    assert [Decimal(16)] == [week.contracted_hours for week in page.weeks]


@pytest.mark.req(85)
async def test_absences_tell_when_how_long_and_why(office: Office) -> None:
    """What was cancelled is left out, what is only asked for says so; page by page it is the same."""
    asked = {"starts_on": MONDAY, "ends_on": SUNDAY, "worker_id": office.number("worker")}
    whole = await office.role.absences(**asked)
    paged: list[Absence] = []
    cursor = ""
    for _ in range(3):
        page = await office.role.absences(**asked, cursor=cursor, limit=1)
        paged, cursor = paged + page.absences, page.cursor

    assert [
        (MONDAY, dt.date(2027, 1, 12), Decimal(8), AbsenceKind.VACATION, True),
        (dt.date(2027, 1, 13), dt.date(2027, 1, 13), Decimal(4), AbsenceKind.SICKNESS, True),
        (dt.date(2027, 1, 14), dt.date(2027, 1, 14), Decimal(1), AbsenceKind.VACATION, False),
    ] == [(each.starts_on, each.ends_on, each.quantity, each.kind, each.approved) for each in whole.absences]
    assert (whole.absences, ["", ""]) == (paged, [whole.cursor, cursor])


@pytest.mark.req(85, 315)
async def test_availability_is_contracted_hours_less_time_away(office: Office) -> None:
    """Forty hours, two days and a half away: twenty are left, of which a day is asked for."""
    worker = office.number("worker")
    page = await office.role.availability(starts_on=MONDAY, ends_on=SUNDAY, worker_id=worker)
    everybody = await office.role.availability(starts_on=MONDAY, ends_on=SUNDAY)

    assert [(MONDAY, Decimal(40), Decimal(20), Decimal(8), Decimal(20), True)] == [
        (w.week_starts_on, w.contracted_hours, w.absent_hours, w.requested_hours, w.available_hours, w.complete)
        for w in page.weeks
    ]
    assert page.weeks == [week for week in everybody.weeks if week.worker_id == worker]


@pytest.mark.req(87, 95)
async def test_cost_rates_are_dated_and_in_a_currency(office: Office) -> None:
    """A rate holds until the day before the next; the last one has no end."""
    rates = (await office.role.cost_rates(worker_id=office.number("worker"))).rates

    assert [
        (Decimal("85.00"), "EUR", dt.date(2026, 1, 1), dt.date(2026, 12, 31)),
        (Decimal("90.50"), "EUR", dt.date(2027, 1, 1), None),
    ] == [(r.hourly_rate.amount, r.hourly_rate.currency, r.effective_from, r.effective_to) for r in rates]


async def test_what_nobody_can_answer_is_refused_with_its_reason(office: Office) -> None:
    """Unknown workers are not found; cursors, limits and days that are none are named."""
    role, days = office.role, {"starts_on": MONDAY, "ends_on": SUNDAY}
    backwards = {"starts_on": SUNDAY, "ends_on": MONDAY}

    assert {(Kind.NOT_FOUND, "")} == {
        await code_of(role.worker(worker_id="no-such")),
        await code_of(role.absences(**days, worker_id="no-such")),
        await code_of(role.availability(**days, worker_id="no such")),
        await code_of(role.cost_rates(worker_id="no-such")),
    }
    assert {(Kind.INVALID, "cursor")} == {
        await code_of(role.worker_changes(cursor="bm9uZQ")),
        await code_of(role.absences(**days, cursor="%")),
        await code_of(role.cost_rates(cursor="bm9uZQ")),
    }
    assert {(Kind.INVALID, "limit")} == {
        await code_of(role.worker_changes(limit=0)),
        await code_of(role.availability(**days, limit=10**6)),
    }
    assert {(Kind.INVALID, "ends_on")} == {
        await code_of(role.absences(**backwards)),
        await code_of(role.availability(**backwards)),
    }


@pytest.mark.req(84)
async def test_an_assignment_is_published_once_or_declared_as_lacking(office: Office) -> None:
    """Repeating changes nothing, taking back may be repeated; who cannot do it says so instead of pretending."""
    lacks = office.hr.vendor.facts["lacks"]
    asked = [
        office.role.publish_assignment(assignment_id=ASSIGNMENT.assignment_id, body=ASSIGNMENT),
        office.role.publish_assignment(assignment_id=ASSIGNMENT.assignment_id, body=ASSIGNMENT),
        office.role.withdraw_assignment(assignment_id=ASSIGNMENT.assignment_id),
        office.role.withdraw_assignment(assignment_id=ASSIGNMENT.assignment_id),
    ]
    kinds = [await kind_of(call) for call in asked]

    published = Kind.UNSUPPORTED if "publish_assignment" in lacks else None
    withdrawn = Kind.UNSUPPORTED if "withdraw_assignment" in lacks else None
    assert [published, published, withdrawn, withdrawn] == kinds


@pytest.mark.req(70)
async def test_a_failure_while_reading_is_not_seen(office: Office) -> None:
    """Whichever single answer is lost or cut, the same people are told."""
    quiet, _ = await office.told()
    kinds = (FaultKind.STATUS, FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER, FaultKind.TRUNCATE)
    for kind, skip in product(kinds, range(2)):
        office.hr.sandbox.faults.append(Fault(kind=kind, skip=skip))
        page = await office.role.worker_changes()
        office.hr.sandbox.faults.clear()
        assert quiet == page.changes
