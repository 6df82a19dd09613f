"""A part of JQL: conditions joined by AND, over the fields an index has, and an order."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from .errors import Refusal
from .state import Site

_CLAUSE: Final = re.compile(
    r"""\s*(?P<field>"[^"]+"|[\w.\[\]]+)\s*
    (?P<operator>not\s+in|in|is\s+not|is|>=|<=|!=|=|>|<)\s*
    (?P<value>\([^)]*\)|"[^"]*"|'[^']*'|-?[\w@.-]+)\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_ORDER: Final = re.compile(r"\border\s+by\b(?P<terms>.*)$", re.IGNORECASE | re.DOTALL)
_RELATIVE: Final = re.compile(r"-(\d+)([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TIMES: Final = {"created": "created", "updated": "updated", "updateddate": "updated", "createddate": "created"}
_SORTS: Final = {"key": "number", "issuekey": "number", "id": "id", **_TIMES}

Entry = dict[str, Any]
Test = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: every test must hold; `bounded` says that something narrows it down."""

    tests: tuple[Test, ...]
    order: str
    descending: bool
    bounded: bool

    def fits(self, entry: Entry) -> bool:
        """Whether the index's entry of an issue is among the answers."""
        return all(test(entry) for test in self.tests)

    def place(self, entry: Entry) -> tuple[Any, ...]:
        """Where it stands in the order; the id decides between equals."""
        if self.order == "number":
            return entry["project"], entry["number"]
        return entry[self.order], entry["id"]


def parsed(site: Site, text: str, *, zone: str) -> Query:
    """Read a query; a moment without an offset is meant in the caller's time zone. Raises the vendor's 400."""
    order = _ORDER.search(text)
    conditions = text[: order.start()] if order else text
    tests: list[Test] = []
    rest = conditions.strip()
    while rest:
        found = _CLAUSE.match(rest)
        if found is None:
            raise Refusal(400, f"Error in the JQL Query: Expecting a field name but got '{rest[:20]}'.")
        tests.append(_test(site, found, zone=zone))
        rest = rest[found.end() :]
        joined = re.match(r"and\b", rest, re.IGNORECASE)
        if rest and not joined:
            raise Refusal(400, f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{rest[:20]}'.")
        rest = rest[joined.end() :] if joined else rest
    name, descending = _sort(order["terms"]) if order else ("created", True)
    return Query(tuple(tests), name, descending, bounded=bool(tests))


def _sort(terms: str) -> tuple[str, bool]:
    name, _, way = terms.split(",", maxsplit=1)[0].strip().partition(" ")
    if name.lower() not in _SORTS:
        raise _unknown(name)
    return _SORTS[name.lower()], way.strip().lower() == "desc"


def _test(site: Site, found: re.Match[str], *, zone: str) -> Test:
    name, operator = found["field"].strip('"').lower(), " ".join(found["operator"].lower().split())
    values = _values(found["value"])
    if name in _TIMES:
        return _timed(site, _TIMES[name], operator, values[0], zone=zone)
    readers: dict[str, Callable[[Entry], list[str]]] = {
        "project": lambda entry: [str(entry["project"])],
        "key": lambda entry: [entry["key"]],
        "issuekey": lambda entry: [entry["key"]],
        "id": lambda entry: [str(entry["id"])],
        "labels": lambda entry: list(entry.get("labels") or []),
        "status": lambda entry: [entry["status"].lower()],
        "statuscategory": lambda entry: [site.workflow.statuses[entry["status"]].category],
        "issuetype": lambda entry: [entry["issuetype"].lower()],
        "assignee": lambda entry: [entry["assignee"]] if entry.get("assignee") else [],
        "resolution": lambda entry: [entry["resolution"]] if entry.get("resolution") else [],
    }
    if name not in readers:
        raise _unknown(found["field"])
    return _matched(readers[name], operator, [_canonical(site, name, value) for value in values])


def _matched(read: Callable[[Entry], list[str]], operator: str, wanted: list[str]) -> Test:
    if operator in {"is", "is not"}:
        return lambda entry: bool(read(entry)) == (operator == "is not")
    if operator in {"=", "in"}:
        return lambda entry: any(value in wanted for value in read(entry))
    if operator in {"!=", "not in"}:
        return lambda entry: not any(value in wanted for value in read(entry))
    raise Refusal(400, f"The operator '{operator}' is not supported by this field.")


def _canonical(site: Site, name: str, value: str) -> str:
    if name == "project":
        project = site.find_project(value) or next((p for p in site.projects.values() if p.name == value), None)
        if project is None or project.in_trash:
            raise Refusal(400, f"The value '{value}' does not exist for the field 'project'.")
        return str(project.id)
    if name in {"status", "issuetype"}:
        return value.lower()
    if name == "statuscategory":
        return {"to do": "new", "in progress": "indeterminate"}.get(value.lower(), value.lower())
    return value.upper() if name in {"key", "issuekey"} else value


def _timed(site: Site, name: str, operator: str, value: str, *, zone: str) -> Test:
    at = _moment(site, value, zone=zone)
    ways: dict[str, Test] = {
        ">=": lambda entry: entry[name] >= at,
        "<=": lambda entry: entry[name] <= at,
        ">": lambda entry: entry[name] > at,
        "<": lambda entry: entry[name] < at,
    }
    if operator not in ways:
        raise Refusal(400, f"The operator '{operator}' is not supported by the '{name}' field.")
    return ways[operator]


def _moment(site: Site, value: str, *, zone: str) -> dt.datetime:
    """A moment from milliseconds, from a stretch before now, or from a date and minute in the caller's zone."""
    relative = _RELATIVE.fullmatch(value)
    if relative:
        return site.now() - dt.timedelta(**{_UNITS[relative[2]]: int(relative[1])})
    if value.isdigit():
        return dt.datetime.fromtimestamp(int(value) / 1000, tz=dt.UTC)
    for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
        try:
            return dt.datetime.strptime(value, form).replace(tzinfo=ZoneInfo(zone))
        except ValueError:
            continue
    raise Refusal(
        400,
        f"Date value '{value}' for field is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
        "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.",
    )


def _values(text: str) -> list[str]:
    inner = text[1:-1].split(",") if text.startswith("(") else [text]
    return [each.strip().strip("\"'") for each in inner]


def _unknown(name: str) -> Refusal:
    text = f"Field '{name}' does not exist or you do not have permission to view it."
    return Refusal(400, text)
