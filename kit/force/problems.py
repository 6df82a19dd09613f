"""What the vendor's refusals mean to us: one table, and the one function that reads an answer by it."""

from __future__ import annotations

from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.force.wire import Batch, SaveError, VendorError

DAILY_LIMIT: Final = "vendor_daily_limit"
CURSOR_GONE: Final = "vendor_cursor_gone"

_SCHEMA: Final = (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")
_REFUSED: Final = (Kind.INVALID, Retry.NEVER, "vendor_refused_value")
_GONE: Final = (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")
_FORBIDDEN: Final = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
_SESSION: Final = (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_session_ended")

TABLE: Final[dict[str, tuple[Kind, Retry, str]]] = {
    "INVALID_SESSION_ID": _SESSION,
    "INVALID_AUTH_HEADER": _SESSION,
    "REQUEST_LIMIT_EXCEEDED": (Kind.RATE_LIMITED, Retry.LATER, "vendor_concurrency_limit"),
    "UNABLE_TO_LOCK_ROW": (Kind.CONFLICT, Retry.LATER, "vendor_row_locked"),
    "ENTITY_IS_LOCKED": (Kind.CONFLICT, Retry.LATER, "vendor_record_in_approval"),
    "INVALID_QUERY_LOCATOR": (Kind.PRECONDITION_FAILED, Retry.NEVER, CURSOR_GONE),
    "SERVER_UNAVAILABLE": (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable"),
    "UNKNOWN_EXCEPTION": (Kind.UNEXPECTED, Retry.LATER, "vendor_failed"),
    "QUERY_TIMEOUT": (Kind.TIMEOUT, Retry.LATER, "vendor_query_timeout"),
    "INSUFFICIENT_ACCESS": _FORBIDDEN,
    "INSUFFICIENT_ACCESS_OR_READONLY": _FORBIDDEN,
    "API_DISABLED_FOR_ORG": _FORBIDDEN,
    "INVALID_FIELD_FOR_INSERT_UPDATE": _FORBIDDEN,
    "NOT_FOUND": _GONE,
    "ENTITY_IS_DELETED": _GONE,
    "DUPLICATE_VALUE": (Kind.ALREADY_EXISTS, Retry.NEVER, "vendor_duplicate"),
    "MALFORMED_QUERY": _SCHEMA,
    "INVALID_FIELD": _SCHEMA,
    "INVALID_TYPE": _SCHEMA,
    "METHOD_NOT_ALLOWED": _SCHEMA,
    "REQUIRED_FIELD_MISSING": _REFUSED,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _REFUSED,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _REFUSED,
    "FIELD_INTEGRITY_EXCEPTION": _REFUSED,
    "INVALID_CROSS_REFERENCE_KEY": _REFUSED,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _REFUSED,
    "JSON_PARSER_ERROR": _REFUSED,
    "MALFORMED_ID": _REFUSED,
    "DELETE_FAILED": (Kind.CONFLICT, Retry.NEVER, "vendor_record_in_use"),
    "STRING_TOO_LONG": _REFUSED,
}
_BY_STATUS: Final[dict[int, tuple[Kind, Retry, str]]] = {
    300: (Kind.CONFLICT, Retry.NEVER, "vendor_key_not_unique"),
    401: _SESSION,
    403: _FORBIDDEN,
    404: _GONE,
    410: (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired"),
    414: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    429: (Kind.RATE_LIMITED, Retry.LATER, "vendor_concurrency_limit"),
    431: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
}
_OWN_WORDS: Final = frozenset({"FIELD_CUSTOM_VALIDATION_EXCEPTION", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"})
_MOST_WORDS: Final = 300


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means; None when it is good. A batch answers 200 although parts of it failed."""
    if response.status_code >= httpx.codes.MULTIPLE_CHOICES:
        return problem_of(response.status_code, response.content)
    media = response.headers.get("content-type", "")
    if response.content and "json" not in media:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
    if response.request.url.path.endswith("/composite/batch"):
        return _batch_problem(response.content)
    return None


def problem_of(status: int, content: bytes) -> Problem:
    """The problem behind a refused request or a refused part of a batch."""
    error = _first(content)
    if error.code == "REQUEST_LIMIT_EXCEEDED" and "TotalRequests" in error.message:
        # Asking again within the same call only spends more of an allowance that is gone.
        return Problem(Kind.RATE_LIMITED, DAILY_LIMIT, "the day's requests are used up", retry=Retry.NEVER)
    kind, retry, code = TABLE.get(error.code) or _BY_STATUS.get(status) or _fallback(status)
    return Problem(kind, code, _told(error, status=status), retry=retry, context={"vendor_code": error.code})


def problem_of_row(error: SaveError) -> Problem:
    """The problem of one row of a collection that was answered with 200."""
    kind, retry, code = TABLE.get(error.code) or (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")
    told = VendorError(message=error.message, code=error.code, fields=error.fields)
    return Problem(kind, code, _told(told, status=200), retry=retry, context={"vendor_code": error.code})


def _batch_problem(content: bytes) -> Problem | None:
    try:
        batch = msgspec.json.decode(content, type=Batch)
    except msgspec.DecodeError:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's batch answer cannot be read")
    failed = next((part for part in batch.results if part.status >= httpx.codes.MULTIPLE_CHOICES), None)
    return problem_of(failed.status, bytes(failed.result)) if failed else None


def _first(content: bytes) -> VendorError:
    try:
        errors = msgspec.json.decode(content, type=list[VendorError])
    except msgspec.DecodeError:
        return VendorError()
    return errors[0] if errors else VendorError()


def _fallback(status: int) -> tuple[Kind, Retry, str]:
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable"
    return Kind.UNEXPECTED, Retry.NEVER, "vendor_refused"


def _told(error: VendorError, *, status: int) -> str:
    """Code and fields; the message only where the org's own people wrote it, for others quote data."""
    if error.code in _OWN_WORDS:
        return error.message[:_MOST_WORDS]
    where = f" on {', '.join(error.fields)}" if error.fields else ""
    return f"{error.code or status}{where}"
