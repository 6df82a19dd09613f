"""What each refusal of the environment means, and whether repeating the call would help.

The error object is the same for everything: an empty code and "An error has occurred". The reason stands in the
infolog inside `innererror`, as a sentence; so the sentences are the table.
"""

from __future__ import annotations

import re
from typing import Final

import httpx
import msgspec
from msgspec import Struct, field

from contracts.problem import FieldError, Kind, Problem, Retry

MAY_STAND: Final = frozenset({Kind.ALREADY_EXISTS, Kind.UNKNOWN_OUTCOME})
"""After one of these what was asked for may stand already, so it is looked up."""
AGAIN: Final = frozenset({Kind.PRECONDITION_FAILED, Kind.UNKNOWN_OUTCOME})
"""After one of these what is held is read again, and gone on from."""

_SENTENCES: Final[tuple[tuple[str, Kind, str, Retry | None], ...]] = (
    ("record already exists", Kind.ALREADY_EXISTS, "vendor_duplicate", None),
    ("cannot be selected while modifying|another user", Kind.CONFLICT, "vendor_record_locked", Retry.LATER),
    (r"[Pp]eriod for .* is (not open|on hold|closed)", Kind.CONFLICT, "period_closed", None),
    ("has been posted|is already posted", Kind.CONFLICT, "already_posted", None),
    ("has been invoiced", Kind.CONFLICT, "schedule_invoiced", None),
    ("is on hold", Kind.CONFLICT, "customer_blocked", None),
    ("does not allow|stage Finished", Kind.CONFLICT, "project_closed", None),
    ("cannot be deleted", Kind.CONFLICT, "record_in_use", None),
    ("do not sum to", Kind.INVALID, "amounts_differ", None),
)
_STATUSES: Final[dict[int, tuple[Kind, str, Retry | None]]] = {
    400: (Kind.INVALID, "vendor_refused", None),
    401: (Kind.UNAUTHENTICATED, "vendor_session_ended", None),
    403: (Kind.FORBIDDEN, "vendor_user_missing", None),
    404: (Kind.NOT_FOUND, "vendor_not_found", None),
    405: (Kind.UNSUPPORTED, "vendor_method_refused", None),
    412: (Kind.PRECONDITION_FAILED, "vendor_record_changed", Retry.LATER),
    413: (Kind.TOO_LARGE, "vendor_body_too_large", None),
    429: (Kind.RATE_LIMITED, "vendor_crowded", None),
}
_FIELD: Final = re.compile(r"field '([^']+)'", re.IGNORECASE)
_OURS: Final[dict[str, str]] = {
    "Customer account": "/customer_id",
    "Company chain": "/parent_id",
    "Sales tax group": "/tax_code",
    "Currency": "/currency",
    "Invoice date": "/issued_on",
    "Project ID": "/project_id",
    "Parent task": "/phases",
    "Activity number": "/lines",
}
_HINTS: Final = {
    403: "register the application inside the environment again: System administration, Microsoft Entra applications",
}


class _Inner(Struct, frozen=True):
    message: str = ""


class _Error(Struct, frozen=True):
    code: str = ""
    message: str = ""
    innererror: _Inner = field(default_factory=_Inner)


class _Answer(Struct, frozen=True):
    error: _Error = field(default_factory=_Error)


def problem_from(response: httpx.Response) -> Problem | None:
    """The problem behind an answer, or None when there is none."""
    if response.is_success:
        return None
    return refusal(response.status_code, response.content, response.headers)


def refusal(status: int, content: bytes, headers: httpx.Headers) -> Problem:
    """The problem behind a refusal: of a whole answer, or of one part of a batch."""
    error = _said(content)
    reason = error.innererror.message or error.message
    wait_s = _seconds(headers.get("retry-after", ""))
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        detail = f"the environment answered {status}"
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", detail, retry_after_s=wait_s)
    kind, code, retry = _verdict(status, reason)
    return Problem(
        kind,
        code,
        _sentence(reason) or f"the environment answered {status}",
        retry=retry,
        retry_after_s=wait_s,
        hint=_HINTS.get(status, ""),
        errors=_errors(code, reason) if kind in {Kind.INVALID, Kind.CONFLICT} else (),
    )


def of_log(log: str) -> Problem:
    """The problem that the posting job wrote down for a document."""
    kind, code, retry = _verdict(400, log)
    kind = Kind.CONFLICT if kind is Kind.INVALID else kind
    return Problem(kind, code, _sentence(log), retry=retry, errors=_errors(code, log))


def _verdict(status: int, reason: str) -> tuple[Kind, str, Retry | None]:
    if status in {400, 409}:
        for pattern, kind, code, retry in _SENTENCES:
            if re.search(pattern, reason):
                return kind, code, retry
    return _STATUSES.get(status, (Kind.UNEXPECTED, "vendor_unexpected", None))


def _said(content: bytes) -> _Error:
    try:
        return msgspec.json.decode(content, type=_Answer).error
    except msgspec.MsgspecError:
        return _Error()


def _sentence(reason: str) -> str:
    """The business reason alone, without the name of the table and the words around it."""
    return reason.rpartition("Infolog: ")[2].removeprefix("Error: ").strip()


def _errors(code: str, reason: str) -> tuple[FieldError, ...]:
    found = _FIELD.search(reason)
    if found is None:
        return ()
    return (FieldError(pointer=_OURS.get(found.group(1), found.group(1)), code=code, detail=_sentence(reason)),)


def _seconds(told: str) -> float | None:
    return float(told) if told.isascii() and told.isdecimal() else None
