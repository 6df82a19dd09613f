"""What each refusal of Tryton means, and whether repeating the call would help. It has no codes: its words are read."""

from __future__ import annotations

import re
from typing import Final

import httpx
import msgspec

from contracts.problem import FieldError, Kind, Problem, Retry
from system_apis.tryton.wire import Refusal

FUTURE_DATE: Final = "tryton.future_date"
WRONG_STATE: Final = "tryton.wrong_state"

_WORDS: Final[tuple[tuple[str, Kind, str], ...]] = (
    ("must be unique", Kind.ALREADY_EXISTS, "tryton.duplicate"),
    ('You can not call "', Kind.CONFLICT, WRONG_STATE),
    ("You cannot modify", Kind.CONFLICT, "tryton.closed_record"),
    ("You cannot delete", Kind.CONFLICT, "tryton.closed_record"),
    ("could not be deleted because", Kind.CONFLICT, "tryton.in_use"),
    ("must complete also all its children", Kind.CONFLICT, "tryton.children_open"),
    ("have an invoice date in the future", Kind.CONFLICT, FUTURE_DATE),
    ("you must set an invoice date after", Kind.CONFLICT, "tryton.date_order"),
    ("you must create a period for the date", Kind.CONFLICT, "tryton.period_missing"),
    ("User in companies", Kind.FORBIDDEN, "tryton.company_missing"),
    ("You are not allowed to", Kind.FORBIDDEN, "tryton.forbidden"),
    ("is not allowed", Kind.FORBIDDEN, "tryton.forbidden"),
    ("because they fail on at least one of these rules", Kind.FORBIDDEN, "tryton.forbidden"),
    ("that don't exist", Kind.NOT_FOUND, "tryton.not_found"),
    ("VAT Number", Kind.INVALID, "tryton.tax_registration"),
    ("A value is required for field", Kind.INVALID, "tryton.required"),
    ("is not valid according to its domain", Kind.INVALID, "tryton.not_in_domain"),
    ("exceeds the limit", Kind.INVALID, "tryton.too_long"),
)
_HINTS: Final = {
    "tryton.date_order": "an invoice with a later date has its number already: date this one anew, then post it",
    "tryton.period_missing": "open the fiscal year or the period in Tryton, then post again",
    "tryton.company_missing": "give the user of the key the company",
}
_POINTERS: Final = {"tryton.tax_registration": "/tax/tax_registration"}
_STATUSES: Final[dict[int, tuple[Kind, str]]] = {
    401: (Kind.UNAUTHENTICATED, "tryton.key_refused"),
    403: (Kind.FORBIDDEN, "tryton.forbidden"),
    404: (Kind.NOT_FOUND, "tryton.not_found"),
    405: (Kind.UNSUPPORTED, "tryton.method_refused"),
    413: (Kind.TOO_LARGE, "tryton.body_too_large"),
    415: (Kind.UNEXPECTED, "tryton.encoding_refused"),
    416: (Kind.UNEXPECTED, "tryton.range_refused"),
    422: (Kind.UNEXPECTED, "tryton.call_malformed"),
    429: (Kind.RATE_LIMITED, "tryton.crowded"),
    503: (Kind.UNAVAILABLE, "tryton.contended"),
}
_ROLLED_BACK: Final = b"Unable to get RPC method"
_FIELD: Final = re.compile(r'field "([^"]+)"')


def problem_from(response: httpx.Response) -> Problem | None:
    """The problem in an answer; None when it is good."""
    if not response.is_error:
        return None
    if response.status_code == httpx.codes.BAD_REQUEST:
        return _rejected(response)
    if response.status_code in _STATUSES:
        kind, code = _STATUSES[response.status_code]
        return Problem(kind, code, f"Tryton answered {response.status_code}")
    if response.is_server_error:
        return Problem(Kind.UNAVAILABLE, "tryton.unavailable", f"Tryton answered {response.status_code}")
    return Problem(Kind.UNEXPECTED, "tryton.answer_unknown", f"Tryton answered {response.status_code}")


def _rejected(response: httpx.Response) -> Problem:
    """JSON is a rule that said no; a page is an accident within, of which nothing was written."""
    if response.headers.get("content-type", "").startswith("application/json"):
        return _worded(response.content)
    if _ROLLED_BACK in response.content:
        detail = "Tryton failed within and rolled back: the database was contended, or a name is not known to it"
        return Problem(Kind.UNAVAILABLE, "tryton.rolled_back", detail, hint="if it repeats, read Tryton's own log")
    return Problem(Kind.UNEXPECTED, "tryton.call_malformed", "Tryton could not read what was sent")


def _worded(content: bytes) -> Problem:
    try:
        said = msgspec.json.decode(content, type=Refusal)
    except msgspec.MsgspecError:
        return Problem(Kind.UNEXPECTED, "tryton.answer_unreadable", "Tryton refused in a form we cannot read")
    if said.description.startswith("Within groups:"):
        return Problem(Kind.FORBIDDEN, "tryton.forbidden", said.message)
    words = f"{said.message} {said.description}"
    for pattern, kind, code in _WORDS:
        if pattern in words:
            return _told(kind, code, said.message)
    return _told(Kind.INVALID, "tryton.rejected", said.message)


def _told(kind: Kind, code: str, message: str) -> Problem:
    named = _FIELD.search(message)
    pointer = _POINTERS.get(code) or (f"tryton:{named.group(1)}" if named else "")
    errors = (FieldError(pointer=pointer, code=code, detail=message),) if kind is Kind.INVALID and pointer else ()
    return Problem(kind, code, message, hint=_HINTS.get(code, ""), retry=Retry.NEVER, errors=errors)
