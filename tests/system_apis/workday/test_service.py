"""What the room makes of a tenant's reports: one worker only, pages that rows come to and vanish from, and hours."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.workforce import Availability, EmploymentStatus
from contracts.system.hr import Hr
from tests.system_apis.workday.tenant import ABSENCES, RATES, WORKERS, Tenant, opened

MONDAY, SUNDAY = dt.date(2026, 12, 7), dt.date(2026, 12, 13)
JSON = {"format": "json"}


async def away(tenant: Tenant, worker_id: str, day: dt.date, quantity: str = "8") -> None:
    """Time off of somebody on a day."""
    await tenant.do("request_time_off", employee_id=worker_id, **{"from": day.isoformat()}, quantity=quantity)


@pytest.mark.req(44)
async def test_reports_without_the_prompt_tell_of_one_worker_all_the_same(tenant: Tenant, hr: Hr) -> None:
    """Some tenants pass over a prompt that a report does not have, and everybody comes: nobody else is told."""
    for worker_id in ("21002", "21003"):
        await away(tenant, worker_id, MONDAY)
    bodies = {
        path: (await tenant.person.get(path, params=JSON, headers=tenant.integration)).text
        for path in (WORKERS, ABSENCES, RATES)
    }
    for path, body in bodies.items():
        tenant.fault(path, status=200, body=body, times=9)

    absences = (await hr.absences(starts_on=MONDAY, ends_on=SUNDAY, worker_id="21002")).absences
    weeks = (await hr.availability(starts_on=MONDAY, ends_on=SUNDAY, worker_id="21002")).weeks
    rates = (await hr.cost_rates(worker_id="21002")).rates
    assert ["21002"] == [absence.worker_id for absence in absences]
    assert ["21002"] == [week.worker_id for week in weeks]
    assert ["21002"] * 2 == [rate.worker_id for rate in rates]


@pytest.mark.req(44)
async def test_rows_that_come_and_vanish_between_pages_shift_nothing(tenant: Tenant, hr: Hr) -> None:
    """A page goes on beyond the last row told, not after so many rows: what stood there all along is told once."""
    days = [MONDAY + dt.timedelta(days=n) for n in range(4)]
    for day in days:
        await away(tenant, "21002", day)
    first = await hr.absences(starts_on=MONDAY, ends_on=SUNDAY, limit=2)
    tenant.sandbox.dump()["time_off"].pop(0)
    await away(tenant, "21001", MONDAY)
    rest = await hr.absences(starts_on=MONDAY, ends_on=SUNDAY, limit=2, cursor=first.cursor)

    assert days == [absence.starts_on for absence in (*first.absences, *rest.absences)]
    assert "" == rest.cursor


@pytest.mark.req(85, 315)
async def test_availability_goes_by_the_day_of_the_hours_and_of_the_end(tenant: Tenant, hr: Hr) -> None:
    """Hours as of the first day; who comes within the days counts from then, who has left before them is not there."""
    await tenant.do("change_job", employee_id="21002", on="2026-12-10", values={"weekly_hours": "10"})
    await tenant.do("terminate", employee_id="21003", last_day="2026-11-30")
    newcomer = await tenant.hire("Late Comer", on="2026-12-10")
    weeks = (await hr.availability(starts_on=MONDAY, ends_on=SUNDAY)).weeks

    hours = {week.worker_id: week.contracted_hours for week in weeks}
    assert {"21001": 40, "21002": Decimal("37.5"), "21004": 20, newcomer: 16} == hours


@pytest.mark.req(85)
async def test_an_end_that_came_within_the_days_ends_the_hours(tenant: Tenant, hr: Hr) -> None:
    """On the first day nobody knew of it; on the last one it is known."""
    await tenant.do("terminate", employee_id="21002", last_day="2026-03-03")
    starts_on, ends_on = dt.date(2026, 3, 2), dt.date(2026, 3, 8)
    (week,) = (await hr.availability(starts_on=starts_on, ends_on=ends_on, worker_id="21002")).weeks

    assert Decimal(15) == week.contracted_hours


@pytest.mark.req(85)
async def test_pages_of_availability_hold_whole_workers(tenant: Tenant, hr: Hr) -> None:
    """All weeks of a worker are on one page; page by page everybody is told once."""
    ends_on = MONDAY + dt.timedelta(days=20)
    whole = await hr.availability(starts_on=MONDAY, ends_on=ends_on)
    told: list[Availability] = []
    cursor = ""
    for _ in range(4):
        page = await hr.availability(starts_on=MONDAY, ends_on=ends_on, limit=1, cursor=cursor)
        told, cursor = told + page.weeks, page.cursor

    assert (4 * 3, whole.weeks, "") == (len(told), told, cursor)


async def test_a_worker_is_read_as_of_a_day(tenant: Tenant, hr: Hr) -> None:
    """Before the hire the employment is still to come; what is changed later is not yet so on the day."""
    await tenant.do("change_job", employee_id="21002", on="2026-12-10", values={"grade": "Principal"})
    days = (dt.date(2020, 1, 1), dt.date(2026, 12, 9), dt.date(2026, 12, 10), dt.date.max)
    read = [await hr.worker(worker_id="21002", on=day) for day in days]

    future, active = EmploymentStatus.FUTURE, EmploymentStatus.ACTIVE
    assert [future, active, active, active] == [worker.employment.status for worker in read]
    assert ["Senior", "Principal"] == [worker.employment.grade for worker in read[1:3]]
    assert list(days) == [worker.as_of for worker in read]


@pytest.mark.req(45)
async def test_a_tenant_with_its_own_names_needs_settings_only(tenant: Tenant) -> None:
    """Other reports, columns, prompts and words: the same worker."""
    report = next(each for each in tenant.landscape["seed"]["reports"] if each["name"] == "Sluice_Workers")
    columns = {f"x_{alias}": name for alias, name in report["columns"].items()}
    tenant.sandbox.seed({"reports": [{**report, "owner": "lmcneil", "name": "Staff", "columns": columns}]})
    names = {
        "worker_id": "Employee_ID", "wid": "Workday_ID", "name": "Preferred_Name", "email": "Email_-_Work",
        "kind": "Worker_Type", "hired_on": "Hire_Date", "ends_on": "Termination_Date", "on_leave": "On_Leave",
        "legal_entity": "CF_Legal_Entity_Code", "cost_centre": "Cost_Center_ID", "country": "Country_ISO",
        "practice": "Supervisory_Organization", "location": "Location", "manager_id": "Manager_Employee_ID",
        "grade": "Management_Level", "role": "Job_Profile", "full_time_share": "FTE",
        "weekly_hours": "Scheduled_Weekly_Hours",
    }  # fmt: skip  # a table of names
    theirs = {
        "report_owner": "lmcneil",
        "worker_report": "Staff",
        "worker_columns": {field: f"x_{alias}" for field, alias in names.items()},
    }
    async with opened(tenant) as usual, opened(tenant, **theirs) as unusual:
        assert await usual.worker(worker_id="21002") == await unusual.worker(worker_id="21002")
