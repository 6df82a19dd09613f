"""Rows of reports as tenants give them: strings for everything, groups of one, gaps, and figures that are none."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from contracts.canonical.workforce import AbsenceKind, AbsenceUnit, EmploymentStatus, Skill
from contracts.problem import Kind, Problem
from system_apis.workday.config import Config
from system_apis.workday.mapping import Reader
from system_apis.workday.wire import Row

DAY = dt.date(2026, 11, 20)
CONFIG: dict[str, Any] = {
    "base_url": "https://tenant.test",
    "tenant": "firm",
    "client_id": "c",
    "user": "u",
    "password": "p",
    "report_owner": "o",
}
READER = Reader(Config(**CONFIG, legal_entities={"C-100": "SG-DE"}, absence_kinds={"Urlaub": AbsenceKind.VACATION}))
WORKER: Row = {
    "Employee_ID": "21001",
    "Workday_ID": "a" * 32,
    "Worker": "Ada Muster",
    "Email_-_Work": "ada@firm.example",
    "Worker_Type": "Employee",
    "Hire_Date": "2020-01-01",
    "Company": "C-100",
    "Cost_Center": "CC-1",
    "Supervisory_Organization": "Cloud",
    "Location": "Hamburg",
    "Country": "DE",
    "Manager_ID": "21000",
    "Management_Level": "Senior",
    "Job_Profile": "Architect",
    "FTE": "0.75",
    "Scheduled_Weekly_Hours": "30",
}
ABSENCE: Row = {
    "Time_Off_ID": "t1",
    "Employee_ID": "21001",
    "From_Date": "2026-12-07",
    "Quantity": "7.5",
    "Unit": "Hours",
    "Absence_Type": "Urlaub",
    "Status": "Approved",
}
RATE: Row = {"Hourly_Cost": "92.50", "Currency": "EUR", "Effective_Date": "2026-01-01"}


def code_of(read: Any, row: Row) -> tuple[Kind, str, str]:
    """How a row is refused."""
    with pytest.raises(Problem) as refused:
        read(row)
    return refused.value.kind, refused.value.code, refused.value.detail


@pytest.mark.req(83)
def test_a_whole_row_has_no_gaps() -> None:
    """Each column leads to its field; the company to our code of the entity."""
    worker = READER.worker(WORKER, on=DAY)

    assert worker.capacity is not None
    assert ([], "SG-DE", Decimal("0.75"), Decimal(30)) == (
        worker.gaps,
        worker.employment.legal_entity_id,
        worker.capacity.full_time_share,
        worker.capacity.weekly_hours,
    )


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ({"Skill": "Go", "Proficiency": "Expert"}, [Skill(name="Go", level="Expert")]),
        (
            [{"Skill": "Go"}, {"Skill": "SQL", "Proficiency": "Basic"}],
            [Skill(name="Go"), Skill(name="SQL", level="Basic")],
        ),
        ([{"Proficiency": "Basic"}], []),
        ("", []),
        (None, []),
    ],
)
def test_a_group_is_an_object_or_a_list(group: Any, expected: list[Skill]) -> None:
    """One row comes alone, several in a list, none not at all."""
    assert expected == READER.worker({**WORKER, "Skills_group": group}, on=DAY).skills


@pytest.mark.parametrize(
    ("column", "value", "gap"),
    [
        ("Country", "Germany", "employment.country"),
        ("Hire_Date", "soon", "employment.hired_on"),
        ("Hire_Date", "2026-13-01", "employment.hired_on"),
        ("Termination_Date", "?", "employment.ends_on"),
        ("Scheduled_Weekly_Hours", "forty", "capacity.weekly_hours"),
        ("Scheduled_Weekly_Hours", "NaN", "capacity.weekly_hours"),
        ("Scheduled_Weekly_Hours", "169", "capacity.weekly_hours"),
        ("Scheduled_Weekly_Hours", "-1", "capacity.weekly_hours"),
        ("FTE", "half", "capacity.full_time_share"),
        ("Cost_Center", " ", "employment.cost_centre"),
        ("Worker", {"id": "1"}, "name"),
    ],
)
def test_what_cannot_be_read_of_a_worker_is_a_gap(column: str, value: Any, gap: str) -> None:
    """One bad cell neither hides the worker nor becomes a guess."""
    worker = READER.worker({**WORKER, column: value}, on=DAY)

    assert [gap] == worker.gaps


def test_a_row_that_does_not_say_whose_it_is_is_refused() -> None:
    """The problem names the column that the report lacks."""
    for column in ("Employee_ID", "Workday_ID"):
        row = {name: value for name, value in WORKER.items() if name != column}
        kind, code, detail = code_of(lambda given: READER.worker(given, on=DAY), row)
        assert (Kind.UNEXPECTED, "vendor_schema_mismatch", True) == (kind, code, column in detail)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, EmploymentStatus.ACTIVE),
        ({"On_Leave": "1"}, EmploymentStatus.ON_LEAVE),
        ({"On_Leave": "0"}, EmploymentStatus.ACTIVE),
        ({"Termination_Date": "2026-11-20-08:00"}, EmploymentStatus.ACTIVE),
        ({"Termination_Date": "2026-11-19-08:00"}, EmploymentStatus.ENDED),
        ({"Termination_Date": "2026-11-19T00:00:00.000-08:00"}, EmploymentStatus.ENDED),
        ({"Hire_Date": "2026-11-21"}, EmploymentStatus.FUTURE),
    ],
)
def test_the_status_follows_from_the_day(changes: Row, expected: EmploymentStatus) -> None:
    """The last day is still worked; dates may carry an offset."""
    assert expected == READER.worker({**WORKER, **changes}, on=DAY).employment.status


@pytest.mark.req(85)
def test_an_absence_is_read_as_it_stands() -> None:
    """A day alone, several days, another reason, one that is asked for, one taken back; a cancelled one is none."""
    one = READER.absence(ABSENCE)
    many = READER.absence({**ABSENCE, "To_Date": "2026-12-11", "Unit": "Days", "Quantity": "0.5"})
    other = READER.absence({**ABSENCE, "Absence_Type": "Umzug", "Status": "In Progress"})
    back = READER.absence({**ABSENCE, "Quantity": "-7.5", "Absence_Type": ""})

    assert one
    assert many
    assert other
    assert back
    assert (dt.date(2026, 12, 7), Decimal("7.5"), AbsenceKind.VACATION) == (one.ends_on, one.quantity, one.kind)
    assert (dt.date(2026, 12, 11), AbsenceUnit.DAYS) == (many.ends_on, many.unit)
    assert (AbsenceKind.OTHER, False) == (other.kind, other.approved)
    assert (None, Decimal("-7.5")) == (back.kind, back.quantity)
    assert READER.absence({**ABSENCE, "Status": "Canceled"}) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [("From_Date", ""), ("From_Date", "x"), ("Quantity", ""), ("Quantity", "x"), ("Unit", "Weeks"), ("To_Date", "x")],
)
def test_an_absence_that_cannot_be_read_is_refused(column: str, value: str) -> None:
    """Hours are not guessed; the problem names the column and not the value."""
    assert (Kind.UNEXPECTED, "vendor_schema_mismatch", True) == (
        *code_of(READER.absence, {**ABSENCE, column: value})[:2],
        column in code_of(READER.absence, {**ABSENCE, column: value})[2],
    )


@pytest.mark.req(87, 95)
def test_cost_rates_are_exact_and_end_before_the_next() -> None:
    """Out of order, one alone, or the same rate twice: an amount stays as it was written."""
    later = {**RATE, "Hourly_Cost": "95.125", "Effective_Date": "2026-07-01"}
    rates = READER.rates({"Employee_ID": "21001", "Rates_group": [later, RATE, RATE]})
    alone = READER.rates({"Employee_ID": "21001", "Rates_group": RATE})

    assert [(Decimal("92.50"), dt.date(2026, 6, 30)), (Decimal("95.125"), None)] == [
        (rate.hourly_rate.amount, rate.effective_to) for rate in rates
    ]
    assert [None] == [rate.effective_to for rate in alone]


@pytest.mark.parametrize(
    "changes",
    [
        {"Hourly_Cost": "much"},
        {"Hourly_Cost": ""},
        {"Hourly_Cost": "Infinity"},
        {"Currency": "Euro"},
        {"Currency": ""},
        {"Effective_Date": ""},
        {"Hourly_Cost": "93.00"},
    ],
)
def test_a_rate_that_is_unsure_is_refused(changes: Row) -> None:
    """Money is not guessed: not a figure, no currency, no day, or two rates from one day."""
    row = {"Employee_ID": "21001", "Rates_group": [RATE, {**RATE, **changes}]}
    kind, code, detail = code_of(READER.rates, row)

    assert (Kind.UNEXPECTED, "vendor_schema_mismatch") == (kind, code)
    assert "93.00" not in detail
