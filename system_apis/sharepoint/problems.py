"""What the vendor's refusals mean to us: one table by code, one by status, and functions that read an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from system_apis.sharepoint.wire import Refused, VendorError

CURSOR_GONE: Final = "vendor_cursor_gone"
REFUSED_VALUE: Final = "vendor_refused_value"
RECORD_GONE: Final = "vendor_record_not_found"
VERSION_MOVED: Final = "vendor_version_moved"
DUPLICATE: Final = "vendor_duplicate"
RANGE_REFUSED: Final = "vendor_range_refused"

Meaning = tuple[Kind, Retry, str]
_SCHEMA: Final[Meaning] = (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")
_REFUSED: Final[Meaning] = (Kind.INVALID, Retry.NEVER, REFUSED_VALUE)
_GONE: Final[Meaning] = (Kind.NOT_FOUND, Retry.NEVER, RECORD_GONE)
_FORBIDDEN: Final[Meaning] = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
_SESSION: Final[Meaning] = (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_session_ended")
_MOVED: Final[Meaning] = (Kind.PRECONDITION_FAILED, Retry.NEVER, VERSION_MOVED)
_LIMIT: Final[Meaning] = (Kind.RATE_LIMITED, Retry.LATER, "vendor_request_limit")
_DOWN: Final[Meaning] = (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")
_LARGE: Final[Meaning] = (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")
_LOCKED: Final[Meaning] = (Kind.CONFLICT, Retry.LATER, "vendor_item_locked")

TABLE: Final[dict[str, Meaning]] = {
    "itemnotfound": _GONE,
    "resourcenotfound": _GONE,
    "namealreadyexists": (Kind.ALREADY_EXISTS, Retry.NEVER, DUPLICATE),
    "resourcemodified": _MOVED,
    "resyncrequired": (Kind.PRECONDITION_FAILED, Retry.NEVER, CURSOR_GONE),
    "activitylimitreached": _LIMIT,
    "toomanyrequests": _LIMIT,
    "servicenotavailable": _DOWN,
    "generalexception": (Kind.UNEXPECTED, Retry.LATER, "vendor_failed"),
    "accessdenied": _FORBIDDEN,
    "notallowed": _FORBIDDEN,
    "invalidauthenticationtoken": _SESSION,
    "unauthenticated": _SESSION,
    "invalidrange": (Kind.CONFLICT, Retry.NEVER, RANGE_REFUSED),
    "invalidrequest": _REFUSED,
    "sharingfailed": _REFUSED,
    "pathistoolong": (Kind.INVALID, Retry.NEVER, "name_too_long"),
    "malwaredetected": (Kind.INVALID, Retry.NEVER, "vendor_malware_found"),
    "resourcelocked": _LOCKED,  # somebody has the file open or checked out
    "quotalimitreached": (Kind.UNAVAILABLE, Retry.NEVER, "vendor_storage_full"),
    "notsupported": (Kind.UNSUPPORTED, Retry.NEVER, "vendor_unsupported"),
    "badrequest": _SCHEMA,
    "methodnotallowed": _SCHEMA,
}
BY_STATUS: Final[dict[int, Meaning]] = {
    401: _SESSION,
    403: _FORBIDDEN,
    404: _GONE,
    405: _SCHEMA,
    409: (Kind.CONFLICT, Retry.LATER, "vendor_conflict"),
    410: (Kind.PRECONDITION_FAILED, Retry.NEVER, CURSOR_GONE),
    412: _MOVED,
    413: _LARGE,
    416: (Kind.CONFLICT, Retry.NEVER, RANGE_REFUSED),
    423: _LOCKED,
    429: _LIMIT,
    501: (Kind.UNSUPPORTED, Retry.NEVER, "vendor_unsupported"),
    507: (Kind.UNAVAILABLE, Retry.NEVER, "vendor_storage_full"),
}
_MOST_BYTES: Final = 32 * 1024 * 1024
_HINTS: Final = {
    "vendor_storage_full": "the site's storage is used up; its administrator can raise it",
    "vendor_access_denied": "the application needs Sites.ReadWrite.All, or Sites.Selected with a grant on this site",
}


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer of Graph means; None when it is good, as an address to fetch content from is."""
    status = response.status_code
    if status in {httpx.codes.FOUND, httpx.codes.NO_CONTENT}:
        return None
    if status >= httpx.codes.MULTIPLE_CHOICES:
        return problem_of(status, response.content, headers=response.headers)
    media = response.headers.get("content-type", "")
    if "json" not in media:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
    try:
        msgspec.json.decode(response.content, type=msgspec.Raw)
    except msgspec.DecodeError:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's answer was cut off")
    return None


def carried_problem_from(response: httpx.Response) -> Problem | None:
    """What an answer of an address that carries content means; what it carries may be anything."""
    if len(response.content) > _MOST_BYTES:
        return Problem(Kind.TOO_LARGE, "vendor_answer_too_large", f"more than {_MOST_BYTES} bytes")
    if response.status_code < httpx.codes.MULTIPLE_CHOICES:
        return None
    problem = problem_of(response.status_code, response.content, headers=response.headers)
    if problem.kind in {
        Kind.UNAUTHENTICATED,
        Kind.FORBIDDEN,
    }:  # such an address ends; a new one is given for the asking
        return Problem(Kind.UNAVAILABLE, "vendor_address_ended", problem.detail, retry=Retry.LATER)
    return problem


def problem_of(status: int, content: bytes, *, headers: Mapping[str, str]) -> Problem:
    """The problem behind a refused request or a refused part of a batch."""
    error = _error(content)
    meaning = TABLE.get(error.code.lower()) or BY_STATUS.get(status) or _fallback(status)
    if status in {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}:
        meaning = BY_STATUS.get(status, _DOWN)  # whatever the words
    kind, retry, ours = meaning
    wait_s = _seconds(headers.get("retry-after", "")) if kind in {Kind.RATE_LIMITED, Kind.UNAVAILABLE} else None
    context = {"vendor_code": error.code} if error.code else {}
    if headers.get("request-id"):
        context["vendor_request_id"] = headers["request-id"]
    return Problem(
        kind,
        ours,
        error.inner_error.code or error.code or str(status),  # its sentences quote names of files and people
        retry=retry,
        retry_after_s=wait_s,
        hint=_HINTS.get(ours, ""),
        context=context,
    )


def _error(content: bytes) -> VendorError:
    try:
        return msgspec.json.decode(content, type=Refused).error
    except msgspec.DecodeError:
        return VendorError()


def _fallback(status: int) -> Meaning:
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _DOWN
    return (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None
