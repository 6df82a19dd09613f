"""Lists of envelopes: what changed in a period, what bears a custom field, what has these ids; in pages of strings."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from kit.sandbox import Sandbox

from .errors import unfit
from .shaping import shown, shown_moment
from .state import Envelope, Store

_MOST: Final = 1000
TRANSACTION_LIFE: Final = dt.timedelta(days=7)
Moment = Callable[[Envelope], dt.datetime | None]

_PERIODS: Final[dict[str, Moment]] = {
    "changed": lambda one: one.changed,
    "created": lambda one: one.created,
    "sent": lambda one: one.times.get("sentDateTime"),
    "completed": lambda one: one.times.get("completedDateTime"),
    "voided": lambda one: one.times.get("voidedDateTime"),
    "declined": lambda one: one.times.get("declinedDateTime"),
}
_ORDERS: Final[dict[str, Callable[[Envelope], dt.datetime]]] = {
    "status_changed": lambda one: one.changed,
    "last_modified": lambda one: one.modified,
    "created": lambda one: one.created,
    "sent": lambda one: one.times.get("sentDateTime", one.created),
}


class Listing:
    """Answers lists. A search by custom field learns of an envelope only `index_lag_s` seconds after it was made."""

    def __init__(self, sandbox: Sandbox, store: Store) -> None:
        self._sandbox = sandbox
        self._store = store
        self.index_lag_s = 0.0
        self.transaction_life = TRANSACTION_LIFE

    def answer(self, query: Mapping[str, str], *, path: str) -> dict[str, Any]:
        """A page; raises the vendor's 400 when neither a period nor ids are given."""
        if query.get("transaction_ids"):
            return self._transactions(query["transaction_ids"].split(","))
        found = self._fitting(query)
        start, count = _number(query, "start_position", 0), _number(query, "count", 100)
        page = found[start : start + min(max(count, 1), _MOST)]
        include = query.get("include", "").split(",")
        told: dict[str, Any] = {
            "resultSetSize": str(len(page)),
            "totalSetSize": str(len(found)),
            "startPosition": str(start),
            "endPosition": str(max(0, start + len(page) - 1)),
            "lastQueriedDateTime": shown_moment(self._sandbox.now()),
        }
        if page:
            told["envelopes"] = [shown(one, include=include) for one in page]
        if start + len(page) < len(found):
            told["nextUri"] = f"{path}?{urlencode({**query, 'start_position': str(start + len(page))})}"
        if start:
            told["previousUri"] = f"{path}?{urlencode({**query, 'start_position': str(max(0, start - count))})}"
        return told

    def _transactions(self, ids: list[str]) -> dict[str, Any]:
        """What became of transaction ids; known for seven days, and at once, unlike a search."""
        oldest = self._sandbox.now() - self.transaction_life
        known = [one for one in self._store.envelopes.values() if one.transaction_id in ids and one.created > oldest]
        told = [{"transactionId": one.transaction_id, "envelopeId": one.id, "status": one.status} for one in known]
        return {"resultSetSize": str(len(told)), "envelopeTransactionStatuses": told}

    def _fitting(self, query: Mapping[str, str]) -> list[Envelope]:
        found = list(self._store.envelopes.values())
        if query.get("envelope_ids"):
            wanted = query["envelope_ids"].lower().split(",")
            found = [one for one in found if one.id in wanted]
        else:
            found = self._within(found, query)
        if query.get("custom_field"):
            found = self._bearing(found, query["custom_field"])
        states = {each for each in query.get("status", "any").lower().split(",") if each}
        if states and "any" not in states:
            found = [one for one in found if one.status in states]
        order = _ORDERS.get(query.get("order_by", "created"))
        if order is None:
            raise unfit(f"Query parameter 'order_by' has the value {query['order_by']}.")
        return sorted(found, key=order, reverse=query.get("order", "asc") == "desc")

    def _within(self, found: list[Envelope], query: Mapping[str, str]) -> list[Envelope]:
        begins, ends = _moment(query.get("from_date")), _moment(query.get("to_date"))
        if begins is None:
            raise unfit(
                "Query parameter 'from_date' must be set to a valid DateTime, or 'envelope_ids' or 'transaction_ids' "
                "must be specified."
            )
        period = _PERIODS.get(query.get("from_to_status", "changed").lower(), _PERIODS["changed"])
        latest = ends or self._sandbox.now()
        moments = [(one, period(one)) for one in found]
        return [one for one, at in moments if at is not None and begins <= at <= latest]

    def _bearing(self, found: list[Envelope], wanted: str) -> list[Envelope]:
        """Custom fields in either case; a percent sign at an end of the value stands for any text."""
        name, _, value = wanted.partition("=")
        settled = self._sandbox.now() - dt.timedelta(seconds=self.index_lag_s)
        seen = [one for one in found if one.created <= settled]
        return [
            one
            for one in seen
            if any(each["name"].lower() == name.lower() and _like(each["value"], value) for each in one.fields)
        ]


def _like(value: str, wanted: str) -> bool:
    held, text = value.lower(), wanted.lower().strip("%")
    if wanted.startswith("%") and wanted.endswith("%"):
        return text in held
    if wanted.startswith("%"):
        return held.endswith(text)
    return held.startswith(text) if wanted.endswith("%") else held == text


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise unfit(f"Query parameter '{name}' is no number.")
    return int(text)


def _moment(text: str | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise unfit(f"'{text}' is no DateTime.") from None
    return found.replace(tzinfo=found.tzinfo or dt.UTC)
