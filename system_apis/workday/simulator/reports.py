"""Reports as a service: columns under the tenant's own names, strings for everything, the whole report at once.

A group with one row comes as an object and with several as a list; what is empty or hidden by security is left out.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .auth import User
from .errors import Refusal, invalid, unknown
from .state import Tenant, Values

_WORKERS: Final = "Worker!WID"
_EFFECTIVE: Final = "Effective_as_of_Date"
_PROMPTS: Final = {
    "workers": {_WORKERS, _EFFECTIVE},
    "time_off": {_WORKERS, "From_Date", "To_Date"},
    "rates": {_WORKERS},
}


class Reports:
    """The reports that are enabled as web services."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self.clear()

    def clear(self) -> None:
        """No reports."""
        self._reports: dict[tuple[str, str], dict[str, Any]] = {}

    def seed(self, document: dict[str, Any]) -> None:
        """Load definitions; a name that is defined again is defined anew."""
        self._reports |= {(each["owner"], each["name"]): each for each in document.get("reports", ())}

    def run(self, owner: str, name: str, query: Mapping[str, str], *, user: User) -> list[Values]:
        """The rows of a report, as this user may see them."""
        report = self._reports.get((owner, name))
        if report is None:
            raise unknown()
        if not user.may(name):
            raise Refusal(403, "User has insufficient permissions", code="S22")
        prompts = {key: value for key, value in query.items() if key != "format"}
        strange = set(prompts) - _PROMPTS[report["source"]]
        if strange:
            raise invalid(min(strange), "Invalid prompt")
        sources = {"workers": self._workers, "time_off": self._time_off, "rates": self._rates}
        return [_shown(report, values, hidden=user.hidden) for values in sources[report["source"]](prompts)]

    def _workers(self, prompts: Mapping[str, str]) -> Iterator[Values]:
        on = _date(prompts, _EFFECTIVE, self._tenant.today())
        for _, values in self._tenant.standing(on, wids=_wanted(prompts)):
            yield values

    def _time_off(self, prompts: Mapping[str, str]) -> Iterator[Values]:
        first, last = _date(prompts, "From_Date", dt.date.min), _date(prompts, "To_Date", dt.date.max)
        wanted = _wanted(prompts)
        for row in self._tenant.time_off:
            touches = dt.date.fromisoformat(row["from"]) <= last and dt.date.fromisoformat(row["to"]) >= first
            if touches and (wanted is None or self._tenant.named(row["employee_id"]).wid in wanted):
                yield row

    def _rates(self, prompts: Mapping[str, str]) -> Iterator[Values]:
        wanted = _wanted(prompts)
        for person in self._tenant.people.values():
            own = [rate for rate in self._tenant.rates if rate["employee_id"] == person.employee_id]
            if own and (wanted is None or person.wid in wanted):
                yield {"employee_id": person.employee_id, "wid": person.wid, "rates": own}


def as_xml(rows: list[Values]) -> str:
    """The same for who does not ask for JSON: how many rows there are is all that is worth telling here."""
    entries = "<wd:Report_Entry/>" * len(rows)
    return f'<?xml version="1.0"?><wd:Report_Data xmlns:wd="urn:com.workday.report/r">{entries}</wd:Report_Data>'


def _shown(report: Mapping[str, Any], values: Values, *, hidden: frozenset[str]) -> Values:
    shown = _columns(report["columns"], values, hidden)
    for alias, group in report.get("groups", {}).items():
        rows = [_columns(group["columns"], row, hidden) for row in values.get(group["of"], ())]
        rows = [] if group["of"] in hidden else [row for row in rows if row]
        if rows:
            shown[alias] = rows[0] if len(rows) == 1 else rows
    return shown


def _columns(columns: Mapping[str, str], values: Values, hidden: frozenset[str]) -> Values:
    told = {alias: values.get(name) for alias, name in columns.items() if name not in hidden}
    return {alias: _text(value) for alias, value in told.items() if value not in (None, "")}


def _text(value: Any) -> str:
    return {True: "1", False: "0"}[value] if isinstance(value, bool) else str(value)


def _wanted(prompts: Mapping[str, str]) -> set[str] | None:
    return set(prompts[_WORKERS].split("!")) if _WORKERS in prompts else None


def _date(prompts: Mapping[str, str], name: str, default: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(prompts[name][:10]) if name in prompts else default
    except ValueError:
        raise invalid(name, "Invalid date") from None
