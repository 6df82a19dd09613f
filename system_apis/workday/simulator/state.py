"""What the tenant holds: people whose state has an effective day and an entry moment, time off, and cost rates."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from kit.sandbox import Sandbox

from .errors import Refusal

Values = dict[str, Any]


@dataclass
class Entry:
    """One transaction: entered at a moment, effective from a day, perhaps rescinded later."""

    kind: str
    entered_at: dt.datetime
    effective_on: dt.date
    values: Values
    rescinded_at: dt.datetime | None = None

    def holds(self, *, on: dt.date, known_at: dt.datetime) -> bool:
        """Whether it counts on a day, as the tenant knew it at a moment."""
        rescinded = self.rescinded_at is not None and self.rescinded_at <= known_at
        return self.entered_at <= known_at and self.effective_on <= on and not rescinded


@dataclass
class Person:
    """A worker with all that was ever entered."""

    wid: str
    employee_id: str
    entries: list[Entry] = field(default_factory=list)

    @property
    def number_type(self) -> str:
        """Under which type of reference the number is kept: contingent workers have one of their own."""
        kind = next((entry.values["worker_type"] for entry in self.entries if "worker_type" in entry.values), "")
        return "Contingent_Worker_ID" if kind == "Contingent Worker" else "Employee_ID"

    def as_of(self, on: dt.date, known_at: dt.datetime) -> Values | None:
        """The worker on a day, as known at a moment; None before the hire takes effect, or when it was rescinded."""
        holding = [entry for entry in self.entries if entry.holds(on=on, known_at=known_at)]
        if not any(entry.kind == "hire" for entry in holding):
            return None
        values: Values = {"wid": self.wid, "employee_id": self.employee_id}
        for entry in sorted(holding, key=lambda each: (each.effective_on, each.entered_at)):
            values |= entry.values
        return values

    def logged(self, known_at: dt.datetime) -> list[tuple[dt.datetime, Entry, bool]]:
        """The transaction log as known at a moment: when, which entry, and whether it was rescinded then."""
        told = [(entry.entered_at, entry, False) for entry in self.entries]
        told += [(entry.rescinded_at, entry, True) for entry in self.entries if entry.rescinded_at is not None]
        return sorted((each for each in told if each[0] <= known_at), key=lambda each: each[0])


class Tenant:
    """All people, time off and rates of one tenant."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.clear()

    def clear(self) -> None:
        """A tenant that nobody has used yet."""
        self.people: dict[str, Person] = {}
        self.time_off: list[Values] = []
        self.rates: list[Values] = []
        self._number = 0

    def seed(self, document: dict[str, Any]) -> None:
        """Load people, time off and rates; each person may say when it was entered."""
        for given in document.get("workers", ()):
            entered = dt.datetime.fromisoformat(given["entered_at"]) if "entered_at" in given else None
            self.hire(given["values"], employee_id=given["employee_id"], on=_day(given["hired_on"]), at=entered)
        for given in document.get("time_off", ()):
            self.take_time_off(given)
        for given in document.get("rates", ()):
            self.set_rate(given)

    def hire(self, values: Values, *, employee_id: str = "", on: dt.date, at: dt.datetime | None = None) -> Person:
        """Add a person from a day on."""
        wid = f"{self._sandbox.random.getrandbits(128):032x}"
        person = Person(wid, employee_id or str(30001 + len(self.people)))
        if any(each.employee_id == person.employee_id for each in self.people.values()):
            raise Refusal(400, "Invalid request", code="A160")
        self.people[wid] = person
        self._enter(person, "hire", {"hire_date": on.isoformat(), **values}, on=on, at=at)
        return person

    def change(self, employee_id: str, values: Values, *, on: dt.date) -> Person:
        """Change a person from a day on."""
        person = self.named(employee_id)
        self._enter(person, "change_job", values, on=on)
        return person

    def terminate(self, employee_id: str, *, last_day: dt.date) -> Person:
        """End an employment; the last day is known from now on."""
        person = self.named(employee_id)
        self._enter(person, "terminate", {"termination_date": last_day.isoformat()}, on=min(last_day, self.today()))
        return person

    def rescind(self, employee_id: str) -> Person:
        """Take back the last transaction that stands."""
        person = self.named(employee_id)
        standing = [entry for entry in person.entries if entry.rescinded_at is None]
        if not standing:
            raise Refusal(400, "Invalid request", code="A160")
        standing[-1].rescinded_at = self._sandbox.now()
        return person

    def take_time_off(self, given: Values) -> Values:
        """Add time off of a person."""
        self.named(given["employee_id"])
        self._number += 1
        row = {"status": "Approved", "unit": "Hours", **given, "id": f"TO-{self._number:05d}"}
        row.setdefault("to", row["from"])
        self.time_off.append(row)
        return row

    def set_rate(self, given: Values) -> Values:
        """Add a dated cost rate of a person."""
        self.named(given["employee_id"])
        self.rates.append(dict(given))
        return given

    def named(self, employee_id: str) -> Person:
        """A person by employee number; raises the vendor's 404."""
        found = next((each for each in self.people.values() if each.employee_id == employee_id), None)
        if found is None:
            raise Refusal(404, "Resource not found", code="A139")
        return found

    def standing(
        self, on: dt.date, known_at: dt.datetime | None = None, *, wids: set[str] | None = None
    ) -> list[tuple[Person, Values]]:
        """Everybody on a day, or some, by name: the order in which a page shifts when somebody comes or goes."""
        moment = known_at or self._sandbox.now()
        people = self.people.values() if wids is None else [self.people[wid] for wid in wids & self.people.keys()]
        found = [(person, person.as_of(on, moment)) for person in people]
        there = [(person, values) for person, values in found if values is not None]
        return sorted(there, key=lambda each: (str(each[1].get("name", "")), each[0].wid))

    def today(self) -> dt.date:
        """The tenant's day."""
        return self._sandbox.now().date()

    def dump(self) -> dict[str, Any]:
        """Everything the tenant holds."""
        people = [
            {"wid": person.wid, "employee_id": person.employee_id, "entries": len(person.entries)}
            for person in self.people.values()
        ]
        return {"workers": people, "time_off": self.time_off, "rates": self.rates}

    def _enter(self, person: Person, kind: str, values: Values, *, on: dt.date, at: dt.datetime | None = None) -> None:
        now = at or self._sandbox.now()
        moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
        person.entries.append(Entry(kind, moment, on, values))


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)
