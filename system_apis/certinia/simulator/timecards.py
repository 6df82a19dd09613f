"""The package's triggers of a weekly timecard: what it may be of, when it is closed, and the splits that follow it."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from kit.sandbox.force import Rows

from .refusing import in_approval, invalid
from .time_schema import DAYS

Row = dict[str, Any]

HOURS: Final = tuple(f"pse__{day}_Hours__c" for day in DAYS)
_CLOSED: Final = (
    *HOURS,
    "pse__Resource__c",
    "pse__Project__c",
    "pse__Assignment__c",
    "pse__Milestone__c",
    "pse__Project_Phase_Object__c",
    "pse__Start_Date__c",
    "pse__End_Date__c",
    "pse__Billable__c",
    "pse__Status__c",
    "pse__Approved__c",
)
_TOLD_SPLITS: Final = ("pse__Status__c", "pse__Approved__c", "pse__Billed__c", "pse__Invoiced__c")
_DAY_HOURS: Final = Decimal(24)


def before_create(store: Rows, values: Row, *, week_starts: int) -> None:
    """Check a new timecard and give it its rates."""
    if values.get("pse__Resource__c") and values.get("pse__Project__c"):
        _check(store, values, week_starts=week_starts)
        _price(store, values)
    _follow_status(values, {})


def before_update(store: Rows, row: Row, values: Row, *, week_starts: int) -> None:
    """Refuse what is closed, then check the timecard as it would be."""
    if pending(store, row) is not None:
        raise in_approval()
    changed = {name: value for name, value in values.items() if value != row[name]}
    closed = sorted(changed.keys() & set(_CLOSED))
    edit = values.get("pse__Admin_Global_Edit__c")
    if closed and (row["pse__Approved__c"] or row["pse__Billed__c"]):
        if not edit:
            raise invalid("Approved or billed timecards cannot be changed.", *closed)
        if not values.get("pse__Audit_Notes__c"):
            raise invalid("Audit Notes are required when Admin Global Edit is used.", "pse__Audit_Notes__c")
    _follow_status(values, row)
    if changed.keys() & set(_CLOSED):
        _check(store, row | values, week_starts=week_starts)
    if edit:
        kept = [row["pse__Audit_Notes_History__c"], values.get("pse__Audit_Notes__c")]
        notes = "\n".join(note for note in kept if note)
        values |= {
            "pse__Audit_Notes_History__c": notes,
            "pse__Audit_Notes__c": None,
            "pse__Admin_Global_Edit__c": False,
        }


def settle(store: Rows, row: Row) -> None:
    """Total, number and splits, as they are after every saving."""
    row["Name"] = row["Name"] or f"TCH-{row['Id'][9:15]}"
    row["pse__Total_Hours__c"] = sum((row[name] or Decimal(0) for name in HOURS), Decimal(0))
    if not row["IsDeleted"]:
        _split(store, row)


def pending(store: Rows, row: Row) -> Row | None:
    """The approval for which a timecard waits."""
    waiting = (each for each in store.rows("ProcessInstance") if each["TargetObjectId"] == row["Id"])
    return next((each for each in waiting if each["Status"] == "Pending"), None)


def need_resource(store: Rows, row: Row) -> None:
    """Whoever works is a contact that is an active resource."""
    person = store.find("Contact", row.get("pse__Resource__c"))
    if person is None or not (person["pse__Is_Resource__c"] and person["pse__Is_Resource_Active__c"]):
        raise invalid("Resource must be an active resource.", "pse__Resource__c")


def _check(store: Rows, row: Row, *, week_starts: int) -> None:
    need_resource(store, row)
    project = store.find("pse__Proj__c", row["pse__Project__c"]) or {}
    if project.get("pse__Closed_for_Time_Entry__c") or not project.get("pse__Is_Active__c"):
        raise invalid("Time cannot be entered: the project is closed for time entry.", "pse__Project__c")
    assignment = _assignment(store, row, project)
    _check_week(row, week_starts=week_starts)
    schedule = store.find("pse__Schedule__c", (assignment or {}).get("pse__Schedule__c"))
    for period, noun in ((project, "project"), (schedule, "assignment")):
        _check_days(row, period or {}, noun)
    for name, parent in (("pse__Milestone__c",) * 2, ("pse__Project_Phase_Object__c", "pse__Project_Phase__c")):
        above = store.find(parent, row.get(name)) if row.get(name) else None
        if above is not None and above["pse__Project__c"] != row["pse__Project__c"]:
            raise invalid(f"{name} must belong to the project of the timecard.", name)
        if above is not None and above.get("pse__Closed_for_Time_Entry__c"):
            raise invalid("Time cannot be entered: the milestone is closed for time entry.", name)


def _assignment(store: Rows, row: Row, project: Row) -> Row | None:
    if not row.get("pse__Assignment__c"):
        if not project.get("pse__Allow_Timecards_Without_Assignment__c"):
            raise invalid("An assignment is required on this timecard.", "pse__Assignment__c")
        return None
    assignment = store.find("pse__Assignment__c", row["pse__Assignment__c"])
    own = ("pse__Resource__c", "pse__Project__c")
    if assignment is None or any(assignment[name] != row[name] for name in own):
        raise invalid("The assignment is not of this resource and project.", "pse__Assignment__c")
    if assignment["pse__Closed_for_Time_Entry__c"] or assignment["pse__Status__c"] == "Closed":
        raise invalid("Time cannot be entered: the assignment is closed.", "pse__Assignment__c")
    return assignment


def _check_week(row: Row, *, week_starts: int) -> None:
    start, end = row.get("pse__Start_Date__c"), row.get("pse__End_Date__c")
    if start is None or end is None:
        return  # reported as missing required fields
    if start.weekday() != week_starts or end != start + dt.timedelta(days=6):
        raise invalid("Start and End Date must be those of a timecard week.", "pse__Start_Date__c")


def _check_days(row: Row, period: Row, noun: str) -> None:
    first, last = period.get("pse__Start_Date__c"), period.get("pse__End_Date__c")
    for day, hours in _worked(row):
        if not 0 <= hours <= _DAY_HOURS:
            raise invalid("Hours of a day must be between 0 and 24.")
        if hours and ((first is not None and day < first) or (last is not None and day > last)):
            raise invalid(f"Time cannot be entered outside the dates of the {noun}.", "pse__Start_Date__c")


def _worked(row: Row) -> list[tuple[dt.date, Decimal]]:
    """The days of the week with their hours, in order."""
    start = row.get("pse__Start_Date__c")
    if start is None:
        return []
    days = [start + dt.timedelta(days=n) for n in range(7)]
    return [(day, row.get(HOURS[day.weekday()]) or Decimal(0)) for day in days]


def _price(store: Rows, values: Row) -> None:
    """Rates come from the assignment, else cost from the person."""
    assignment = store.find("pse__Assignment__c", values.get("pse__Assignment__c")) or {}
    person = store.find("Contact", values["pse__Resource__c"]) or {}
    cost = assignment.get("pse__Cost_Rate_Amount__c") or person.get("pse__Default_Cost_Rate__c")
    values["pse__Cost_Rate_Amount__c"] = cost
    values["pse__Cost_Rate_Currency_Code__c"] = person.get("CurrencyIsoCode") if cost is not None else None
    values["pse__Bill_Rate__c"] = values.get("pse__Bill_Rate__c") or assignment.get("pse__Bill_Rate__c")


def _follow_status(values: Row, row: Row) -> None:
    """The boxes say what the status says; setting a status by hand runs no approval."""
    status = values.get("pse__Status__c")
    if status is None or status == row.get("pse__Status__c"):
        return
    values["pse__Submitted__c"] = status in {"Submitted", "Approved"}
    values["pse__Approved__c"] = status == "Approved"


def _split(store: Rows, row: Row) -> None:
    """One split for each month that the week touches: package-owned, and it follows the week."""
    wanted: dict[tuple[int, int], list[tuple[dt.date, Decimal]]] = {}
    for day, hours in _worked(row):
        wanted.setdefault((day.year, day.month), []).append((day, hours))
    standing = [s for s in store.rows("pse__Timecard__c") if s["pse__Timecard_Header__c"] == row["Id"]]
    by_start = {split["pse__Start_Date__c"]: split for split in standing}
    for days in wanted.values():
        split = by_start.get(days[0][0])
        if split is None:
            made = {"pse__Timecard_Header__c": row["Id"], "pse__Start_Date__c": days[0][0]}
            split = store.add("pse__Timecard__c", made)
        split |= dict.fromkeys(HOURS) | {HOURS[day.weekday()]: hours for day, hours in days}
        split |= {
            "Name": f"{row['Name']}-{days[0][0]:%m}",
            "pse__End_Date__c": days[-1][0],
            "pse__Total_Hours__c": sum((hours for _, hours in days), Decimal(0)),
            **{
                name: row[name] for name in ("pse__Status__c", "pse__Approved__c", "pse__Billed__c", "pse__Invoiced__c")
            },
        }
        store.touch(split)
