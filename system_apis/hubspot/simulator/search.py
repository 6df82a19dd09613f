"""Search: filters over what the index knows, one order, two hundred a page and never beyond ten thousand."""

import zlib
from collections.abc import Callable
from typing import Any, Final

from .errors import Refusal, invalid, unreadable
from .objects import seen
from .router import Account, Answer, Call, Route
from .schema import Kind, Property, known
from .state import Row, Values
from .values import Wrong, moment, number

_MOST_PAGE: Final = 200
_FARTHEST: Final = 10_000
_MOST_GROUPS, _MOST_FILTERS, _MOST_IN_ALL = 5, 6, 18
_PLAIN: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "EQ": lambda held, wanted: bool(held == wanted),
    "NEQ": lambda held, wanted: bool(held != wanted),
    "LT": lambda held, wanted: bool(held < wanted),
    "LTE": lambda held, wanted: bool(held <= wanted),
    "GT": lambda held, wanted: bool(held > wanted),
    "GTE": lambda held, wanted: bool(held >= wanted),
}
_OPERATORS: Final = frozenset(
    {*_PLAIN, "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY", "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}
)


def _search(account: Account, call: Call, parts: tuple[str, ...]) -> Answer:
    kind, body = account.store.schema.kind(parts[0]), call.json()
    groups = _groups(kind, body)
    limit, after = _window(body)
    found = [row for row, values in account.store.indexed(kind) if _fits(kind, values, groups)]
    _order(kind, found, body.get("sorts") or [])
    names = tuple(body.get("properties") or ())
    page = found[after : after + limit]
    told: dict[str, Any] = {
        "total": len(found),
        "results": [seen(account, row, names, values=row.indexed) for row in page],
    }
    if after + limit < len(found):
        told["paging"] = {"next": {"after": str(after + limit), "link": f"{call.address}?after={after + limit}"}}
    return Answer(200, told)


def _groups(kind: Kind, body: dict[str, Any]) -> list[list[dict[str, Any]]]:
    groups = [list(group.get("filters") or ()) for group in body.get("filterGroups") or ()]
    filters = [each for group in groups for each in group]
    too_many = any(len(group) > _MOST_FILTERS for group in groups) or len(filters) > _MOST_IN_ALL
    if len(groups) > _MOST_GROUPS or too_many:
        raise invalid(
            f"At most {_MOST_GROUPS} filterGroups of {_MOST_FILTERS} filters are allowed, {_MOST_IN_ALL} in all"
        )
    for each in filters:
        if each.get("operator") not in _OPERATORS:
            raise unreadable(f"Cannot deserialize value of type operator from String {each.get('operator')}")
        texts = [each.get("value"), each.get("highValue"), *(each.get("values") or ())]
        if any(text is not None and not isinstance(text, str) for text in texts):
            raise unreadable("Cannot deserialize value of type `java.lang.String` from Number value")
    known(kind, [str(each.get("propertyName")) for each in filters])
    return groups


def _window(body: dict[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", 10), str(body.get("after") or "0")
    if not isinstance(limit, int) or not 0 < limit <= _MOST_PAGE:
        raise invalid(f"The limit of a search is 1 to {_MOST_PAGE}")
    if not after.isdigit() or int(after) + limit > _FARTHEST:
        raise invalid(f"Paging beyond {_FARTHEST} results of a search is not supported")
    return limit, int(after)


def _order(kind: Kind, rows: list[Row], sorts: list[Any]) -> None:
    """By one property. Rows that are alike in it stand in no order that a caller could know."""
    if len(sorts) > 1:
        raise invalid("Only one sort is supported")
    if not sorts:
        rows.sort(key=lambda row: (row.created, int(row.id)))
        return
    given = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": str(sorts[0])}
    name = str(given.get("propertyName"))
    known(kind, [name])
    prop = kind.properties[name]
    rows.sort(key=lambda row: zlib.crc32(row.id.encode()))
    lacking = [row for row in rows if (row.indexed or {}).get(name) is None]
    having = [row for row in rows if (row.indexed or {}).get(name) is not None]
    having.sort(key=lambda row: _comparable(prop, str((row.indexed or {})[name])))
    rows[:] = [*lacking, *having]
    if given.get("direction") == "DESCENDING":
        rows.reverse()


def _fits(kind: Kind, values: Values, groups: list[list[dict[str, Any]]]) -> bool:
    return not groups or any(all(_holds(kind, values, each) for each in group) for group in groups)


def _holds(kind: Kind, values: Values, each: dict[str, Any]) -> bool:
    prop, sign = kind.properties[each["propertyName"]], each["operator"]
    held = values.get(prop.name)
    if sign in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return bool((held is not None) == (sign == "HAS_PROPERTY"))
    if sign in {"IN", "NOT_IN"}:
        wanted = {_comparable(prop, value) for value in each.get("values") or ()}
        return bool((held is not None and _comparable(prop, held) in wanted) == (sign == "IN"))
    if each.get("value") is None:
        raise invalid(f"operator {sign} needs a value")
    if held is None:
        return sign in {"NEQ", "NOT_CONTAINS_TOKEN"}
    if sign in {"CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"}:
        return bool((str(each["value"]).lower().strip("*") in held.lower()) == (sign == "CONTAINS_TOKEN"))
    mine, wanted_value = _comparable(prop, held), _comparable(prop, each["value"])
    if sign == "BETWEEN":
        return bool(wanted_value <= mine <= _comparable(prop, str(each.get("highValue"))))
    return _PLAIN[sign](mine, wanted_value)


def _comparable(prop: Property, value: str) -> Any:
    try:
        if prop.type == "number":
            return number(value)
        if prop.type in {"date", "datetime"}:
            return moment(value)
    except Wrong as wrong:
        raise Refusal(400, str(wrong), category="VALIDATION_ERROR") from None
    return value.lower()


ROUTES = (Route("POST", "/objects/{}/search", _search, "read"),)
