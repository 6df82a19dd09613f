"""What the vendor's refusals mean to us: one table by code, one by status, and one function that reads an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from system_apis.dynamics_sales import batch
from system_apis.dynamics_sales.wire import Refused, VendorError

CURSOR_GONE: Final = "vendor_cursor_gone"
REFUSED_VALUE: Final = "vendor_refused_value"
RECORD_GONE: Final = "vendor_record_not_found"
VERSION_MOVED: Final = "vendor_version_moved"

Meaning = tuple[Kind, Retry, str]
_SCHEMA: Final[Meaning] = (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")
_REFUSED: Final[Meaning] = (Kind.INVALID, Retry.NEVER, REFUSED_VALUE)
_GONE: Final[Meaning] = (Kind.NOT_FOUND, Retry.NEVER, RECORD_GONE)
_FORBIDDEN: Final[Meaning] = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
_SESSION: Final[Meaning] = (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_session_ended")
_DUPLICATE: Final[Meaning] = (Kind.ALREADY_EXISTS, Retry.NEVER, "vendor_duplicate")
_DOWN: Final[Meaning] = (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")
_PLUGIN: Final = "0x80040265"

TABLE: Final[dict[str, Meaning]] = {
    "0x80040217": _GONE,  # ObjectDoesNotExist
    "0x80060891": _GONE,  # RecordNotFoundByEntityKey
    "0x80060882": (Kind.PRECONDITION_FAILED, Retry.NEVER, VERSION_MOVED),  # ConcurrencyVersionMismatch
    "0x80044352": (Kind.PRECONDITION_FAILED, Retry.NEVER, CURSOR_GONE),  # ExpiredVersionStamp
    "0x80040237": _DUPLICATE,  # a create-only write met a row
    "0x80060892": _DUPLICATE,  # DuplicateRecordEntityKey
    "0x80040333": _DUPLICATE,  # duplicate detection
    "0x80072322": (Kind.RATE_LIMITED, Retry.LATER, "vendor_request_limit"),
    "0x80072321": (Kind.RATE_LIMITED, Retry.LATER, "vendor_time_limit"),
    "0x80072326": (Kind.RATE_LIMITED, Retry.LATER, "vendor_concurrency_limit"),
    "0x8005f101": _SESSION,  # AccessTokenExpired
    "0x80072560": (Kind.FORBIDDEN, Retry.NEVER, "vendor_user_missing"),  # no user stands for the application
    "0x80040220": _FORBIDDEN,  # PrivilegeDenied
    "0x80048306": _FORBIDDEN,
    "0x80048405": _FORBIDDEN,  # AccessDenied
    "0x8006088a": _SCHEMA,  # no such table
    "0x80060888": _SCHEMA,  # a request that does not parse
    "0x80060890": _SCHEMA,  # the alternate key is not defined, or its index not active
    "0x80060883": _SCHEMA,  # ConcurrencyVersionNotProvided
    "0x80060893": _SCHEMA,  # OptimisticConcurrencyNotEnabled
    "0x80048d19": _REFUSED,  # the payload does not fit the table
    "0x8004431a": _REFUSED,  # no value of the choice
    "0x80044331": _REFUSED,  # too long
    "0x80044332": _REFUSED,  # out of range
    "0x80040203": _REFUSED,  # InvalidArgument
    "0x80048cfe": _REFUSED,  # money without a currency
    _PLUGIN: _REFUSED,  # a rule that the firm's own people wrote
    "0x80044151": (Kind.TIMEOUT, Retry.LATER, "vendor_query_timeout"),  # SqlTimeout
    "0x80044150": _DOWN,  # GenericSqlError
    "0x80040216": (Kind.UNEXPECTED, Retry.LATER, "vendor_failed"),
}
BY_STATUS: Final[dict[int, Meaning]] = {
    401: _SESSION,
    403: _FORBIDDEN,
    404: _GONE,
    405: _SCHEMA,
    412: (Kind.PRECONDITION_FAILED, Retry.NEVER, "vendor_precondition_failed"),
    413: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    414: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    429: (Kind.RATE_LIMITED, Retry.LATER, "vendor_request_limit"),
    501: (Kind.UNSUPPORTED, Retry.NEVER, "vendor_unsupported"),
}
_CODELESS: Final = "0x0"  # how the vendor answers most faults of a query
_MOST_WORDS: Final = 300
_MOST_BYTES: Final = 32 * 1024 * 1024


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means; None when it is good. A batch answers 200 although parts of it failed."""
    if len(response.content) > _MOST_BYTES:
        return Problem(Kind.UNEXPECTED, "vendor_answer_too_large", f"more than {_MOST_BYTES} bytes")
    media = response.headers.get("content-type", "")
    batched = response.request.url.path.endswith("/$batch")
    if batched and media.startswith("multipart/mixed"):
        return _batch_problem(response)
    if response.status_code >= httpx.codes.MULTIPLE_CHOICES:
        return problem_of(response.status_code, response.content, headers=response.headers)
    if batched or (response.content and "json" not in media):
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
    return None


def problem_of(status: int, content: bytes, *, headers: Mapping[str, str]) -> Problem:
    """The problem behind a refused request or a refused part of a batch."""
    error = _error(content)
    code = error.code.lower()
    meaning = TABLE.get(code) or BY_STATUS.get(status) or _fallback(status, code=code)
    if code == _CODELESS and status in {400, 404}:
        meaning = _SCHEMA
    kind, retry, ours = meaning
    wait_s = _seconds(headers.get("retry-after", "")) if kind in {Kind.RATE_LIMITED, Kind.UNAVAILABLE} else None
    context = {"vendor_code": error.code} if error.code else {}
    return Problem(kind, ours, _told(error, status=status), retry=retry, retry_after_s=wait_s, context=context)


def _batch_problem(response: httpx.Response) -> Problem | None:
    try:
        parts = batch.decoded(response.headers["content-type"], response.content)
    except ValueError as fault:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor's batch answer: {fault}")
    failed = next((part for part in parts if part.status >= httpx.codes.MULTIPLE_CHOICES), None)
    if failed is not None:
        return problem_of(failed.status, failed.body, headers=failed.headers)
    refused = response.status_code >= httpx.codes.MULTIPLE_CHOICES
    return problem_of(response.status_code, b"", headers=response.headers) if refused else None


def _error(content: bytes) -> VendorError:
    try:
        return msgspec.json.decode(content, type=Refused).error
    except msgspec.DecodeError:
        return VendorError()


def _fallback(status: int, *, code: str) -> Meaning:
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _DOWN
    return _SCHEMA if code == _CODELESS else (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None


def _told(error: VendorError, *, status: int) -> str:
    """The code; the message only where the firm's own people wrote it, for others quote data."""
    if error.code == _PLUGIN:
        return error.message[:_MOST_WORDS]
    return error.code or str(status)
