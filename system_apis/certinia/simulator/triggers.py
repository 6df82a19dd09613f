"""What the package does when rows are saved: one place that knows which trigger belongs to which object."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from kit.sandbox.force import Entity, Refusal, Rows, Rules

from . import billing, timecards
from .refusing import APEX_CPU, invalid, row_locked, thrown, undeletable
from .time_schema import TRACKED

Row = dict[str, Any]

_MOST_TIMECARDS: Final = 25
_MOST_ROWS: Final = 100
_LIGHT: Final = frozenset({"User", "Account", "Contact", "Opportunity"})
_STATUS: Final = {
    "pse__Timecard_Header__c": "Saved",
    "pse__Resource_Request__c": "Draft",
    "pse__Milestone__c": "Planned",
    "pse__Proj__c": "Draft",
}
_PERIODS: Final = {
    "pse__Proj__c": ("pse__Start_Date__c", "pse__End_Date__c"),
    "pse__Project_Phase__c": ("pse__Start_Date__c", "pse__End_Date__c"),
    "pse__Project_Task__c": ("pse__Start_Date_Time__c", "pse__End_Date_Time__c"),
    "pse__Rate_Card__c": ("pse__Start_Date__c", "pse__End_Date__c"),
    "pse__Resource_Request__c": ("pse__Start_Date__c", "pse__End_Date__c"),
    "pse__Schedule__c": ("pse__Start_Date__c", "pse__End_Date__c"),
}
_WITHIN_PROJECT: Final = {
    "pse__Milestone__c": ("Sluice_Phase__c", "pse__Project_Phase__c"),
    "pse__Project_Phase__c": ("Sluice_Parent__c", "pse__Project_Phase__c"),
    "pse__Project_Task__c": ("pse__Parent_Task__c", "pse__Project_Task__c"),
    "pse__Assignment__c": ("pse__Milestone__c", "pse__Milestone__c"),
}


class Package(Rules):
    """The triggers of Certinia PSA in one org, with the settings of that org."""

    empties_lookups = True

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Back to what is installed: weeks begin on Monday, nobody holds a row."""
        self._week_starts = 0
        self._row_locks = 0

    def seed(self, document: Row) -> None:
        """`week_starts` is a weekday, Monday being 0; `row_locks` writes below a project find it locked."""
        self._week_starts = int(document.get("week_starts", self._week_starts))
        self._row_locks = int(document.get("row_locks", self._row_locks))

    def defaults(self, kind: Entity, values: Row) -> Row:
        """Boxes are not ticked, a status has its first value, and an org has a currency."""
        filled: Row = {name: False for name, field in kind.fields.items() if field.type == "boolean"}
        if kind.name in _STATUS:
            filled["pse__Stage__c" if kind.name == "pse__Proj__c" else "pse__Status__c"] = _STATUS[kind.name]
        if "CurrencyIsoCode" in kind.fields:
            filled["CurrencyIsoCode"] = "EUR"
        return {name: value for name, value in filled.items() if values.get(name) is None}

    def overload(self, kind: Entity, count: int) -> Refusal | None:
        """Triggers share one transaction's time: what is slow for one row is too slow for many."""
        most = _MOST_TIMECARDS if kind.name == "pse__Timecard_Header__c" else _MOST_ROWS
        return thrown(APEX_CPU) if kind.name not in _LIGHT and count > most else None

    def before_create(self, store: Rows, kind: Entity, values: Row) -> None:
        """Locks first, then what the object's own trigger thinks of the row."""
        self._lock(kind)
        _check(store, kind, values)
        if kind.name == "pse__Timecard_Header__c":
            timecards.before_create(store, values, week_starts=self._week_starts)

    def before_update(self, store: Rows, kind: Entity, row: Row, values: Row) -> None:
        """The same for the row as it would be; of a timecard the changes are kept as history."""
        self._lock(kind)
        _check(store, kind, row | values)
        if kind.name == "pse__Timecard_Header__c":
            timecards.before_update(store, row, values, week_starts=self._week_starts)
            keep_history(store, row, values)
        if kind.name == "pse__Milestone__c":
            _guard_milestone(row, values)

    def before_delete(self, store: Rows, kind: Entity, row: Row) -> None:
        """What was approved stays, and a project with time does."""
        if kind.name == "pse__Timecard_Header__c" and (row["pse__Approved__c"] or row["pse__Billed__c"]):
            raise invalid("Timecards that are approved or billed cannot be deleted.")
        if kind.name == "pse__Proj__c" and _any(store, "pse__Timecard_Header__c", "pse__Project__c", row):
            raise undeletable("Your attempt to delete the project could not be completed: it has timecards.")
        if kind.name == "pse__Resource_Request__c" and row["pse__Assignment__c"]:
            raise invalid("A resource request that has been assigned cannot be deleted.")

    def settle(self, store: Rows, kind: Entity, row: Row) -> None:
        """Numbers, names, roll-ups and splits."""
        settlers: dict[str, Callable[[Rows, Row], None]] = {
            "Contact": _name_contact,
            "pse__Proj__c": _number_project,
            "pse__Budget__c": _roll_up_bookings,
            "pse__Timecard_Header__c": timecards.settle,
            "pse__Billing_Event__c": billing.settle_event,
            "pse__Billing_Event_Item__c": billing.settle_item,
        }
        settler = settlers.get(kind.name)
        if settler:
            settler(store, row)

    def _lock(self, kind: Entity) -> None:
        if self._row_locks > 0 and "pse__Project__c" in kind.fields:
            self._row_locks -= 1
            raise row_locked()


def keep_history(store: Rows, row: Row, values: Row) -> None:
    """A row of history for each tracked field that is about to change."""
    for name in TRACKED:
        if name in values and values[name] != row[name]:
            told = {"ParentId": row["Id"], "Field": name, "OldValue": row[name], "NewValue": values[name]}
            store.add("pse__Timecard_Header__History", told)


def _check(store: Rows, kind: Entity, row: Row) -> None:
    start, end = _PERIODS.get(kind.name, ("", ""))
    if row.get(start) is not None and row.get(end) is not None and row[end] < row[start]:
        raise invalid("End Date must not be before Start Date.", end)
    link, parent = _WITHIN_PROJECT.get(kind.name, ("", ""))
    above = store.find(parent, row.get(link)) if row.get(link) else None
    if above is not None and above["pse__Project__c"] != row.get("pse__Project__c"):
        raise invalid(f"{link} must belong to the same project.", link)
    if kind.name == "pse__Resource_Request__c":
        if row.get("pse__Project__c") is None and row.get("pse__Opportunity__c") is None:
            raise invalid("A resource request needs a project or an opportunity.", "pse__Project__c")
        if row.get("pse__Status__c") == "Assigned" and row.get("pse__Staffer_Resource__c") is None:
            raise invalid("A resource request cannot be assigned without a resource.", "pse__Staffer_Resource__c")
    if kind.name == "pse__Assignment__c":
        timecards.need_resource(store, row)


def _guard_milestone(row: Row, values: Row) -> None:
    changed = {name for name in ("pse__Milestone_Amount__c", "pse__Project__c") if name in values}
    changed = {name for name in changed if values[name] != row[name]}
    if changed and (row["pse__Approved__c"] or row["pse__Billed__c"]) and not values.get("pse__Admin_Global_Edit__c"):
        raise invalid("Approved or billed milestones cannot be changed.", *sorted(changed))
    values["pse__Admin_Global_Edit__c"] = False


def _any(store: Rows, name: str, field: str, row: Row) -> bool:
    return any(child[field] == row["Id"] for child in store.rows(name))


def _name_contact(store: Rows, row: Row) -> None:
    del store
    row["Name"] = " ".join(part for part in (row["FirstName"], row["LastName"]) if part)


def _number_project(store: Rows, row: Row) -> None:
    row["pse__Project_ID__c"] = row["pse__Project_ID__c"] or f"PR-{sum(1 for _ in store.rows('pse__Proj__c')):06}"
    row["pse__Bookings__c"] = row["pse__Bookings__c"] or Decimal(0)


def _roll_up_bookings(store: Rows, row: Row) -> None:
    """What customers ordered is what a project was booked for."""
    project = store.find("pse__Proj__c", row["pse__Project__c"])
    if project is None:
        return
    budgets = [b for b in store.rows("pse__Budget__c") if b["pse__Project__c"] == project["Id"]]
    ordered = [b for b in budgets if b["pse__Include_In_Financials__c"] and b["pse__Approved__c"]]
    project["pse__Bookings__c"] = sum((b["pse__Amount__c"] or Decimal(0) for b in ordered), Decimal(0))
    store.touch(project)
