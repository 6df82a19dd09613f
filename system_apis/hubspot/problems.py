"""What the vendor's refusals mean to us: one table, and the one function that reads an answer by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from system_apis.hubspot.wire import BatchHead, VendorError

DAILY_LIMIT: Final = "vendor_daily_limit"
NO_ASSOCIATIONS: Final = "crm.associations.NO_ASSOCIATIONS_FOUND"

Verdict = tuple[Kind, Retry, str]

_SCHEMA: Final = (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")
_REFUSED: Final = (Kind.INVALID, Retry.NEVER, "vendor_refused_value")
_GONE: Final = (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")
_TAKEN: Final = (Kind.ALREADY_EXISTS, Retry.NEVER, "vendor_duplicate")
_TOKEN: Final = (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused")
_DENIED: Final = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
_THROTTLED: Final = (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")
_NO_PATH: Final = (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")

DETAILS: Final[dict[str, Verdict]] = {
    "PROPERTY_DOESNT_EXIST": _SCHEMA,
    "READ_ONLY_VALUE": _SCHEMA,
    "CONFLICTING_UNIQUE_VALUE": _TAKEN,
}
CATEGORIES: Final[dict[str, Verdict]] = {
    "INVALID_AUTHENTICATION": _TOKEN,
    "EXPIRED_AUTHENTICATION": _TOKEN,
    "MISSING_SCOPES": (Kind.FORBIDDEN, Retry.NEVER, "vendor_scope_missing"),
    "OBJECT_NOT_FOUND": _GONE,
    "CONFLICT": _TAKEN,
    "OBJECT_ALREADY_EXISTS": _TAKEN,
    "VALIDATION_ERROR": _REFUSED,
    "RATE_LIMITS": _THROTTLED,
}
STATUSES: Final[dict[int, Verdict]] = {
    400: _SCHEMA,  # a body the vendor cannot read, or an object it does not know: ours to mend
    401: _TOKEN,
    403: _DENIED,
    404: _GONE,
    409: _TAKEN,
    410: _NO_PATH,
    414: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    423: (Kind.CONFLICT, Retry.LATER, "vendor_row_locked"),
    429: _THROTTLED,
    477: (Kind.UNAVAILABLE, Retry.LATER, "vendor_account_migrating"),
    530: (Kind.UNAVAILABLE, Retry.LATER, "vendor_edge_refused"),  # an outage, or a token of the wrong form
}
_PAUSES_S: Final = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
_TORN: Final = "a record went while it was being read"
_MOST_BYTES: Final = 32 * 1024 * 1024


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means; None when it is good. A batch answers 207, or 200, although parts of it failed."""
    if len(response.content) > _MOST_BYTES:
        return Problem(Kind.UNEXPECTED, "vendor_answer_too_large", f"{len(response.content)} bytes")
    media = response.headers.get("content-type", "")
    if response.status_code >= httpx.codes.MULTIPLE_CHOICES:
        return problem_of(
            response.status_code, response.content, media=media, pause=response.headers.get("retry-after")
        )
    if response.content and "json" not in media:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
    if "/batch/" in response.request.url.path:
        return _batch_problem(response.content)
    return None


def problem_of(status: int, content: bytes, *, media: str = "application/json", pause: str | None = None) -> Problem:
    """The problem behind a refused request."""
    if status == httpx.codes.NOT_FOUND and "json" not in media:
        # No row says so; the API itself answers in HTML where it has no such address, or has one no longer.
        kind, retry, code = _NO_PATH
        return Problem(kind, code, "nothing stands at this address in this version", retry=retry)
    error = _read(content)
    if error.policy == "DAILY":
        # Asking again within the same call only spends more of an allowance that is gone.
        return Problem(Kind.RATE_LIMITED, DAILY_LIMIT, "the day's requests are used up", retry=Retry.NEVER)
    kind, retry, code = _verdict(error, status)
    wait_s = _seconds(pause) if retry is Retry.LATER else None
    if wait_s is None and kind is Kind.RATE_LIMITED:
        wait_s = _PAUSES_S.get(error.policy)
    context = {"vendor_category": error.category or error.policy}
    return Problem(kind, code, _told(error, status=status), retry=retry, retry_after_s=wait_s, context=context)


def _verdict(error: VendorError, status: int) -> Verdict:
    steps: tuple[Callable[[], Verdict | None], ...] = (
        lambda: next((DETAILS[detail.code] for detail in error.errors if detail.code in DETAILS), None),
        lambda: CATEGORIES.get(error.category),
        lambda: STATUSES.get(status),
    )
    found = next((verdict for verdict in (step() for step in steps) if verdict), None)
    if found:
        return found
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable"
    return Kind.UNEXPECTED, Retry.NEVER, "vendor_refused"


def _batch_problem(content: bytes) -> Problem | None:
    try:
        head = msgspec.json.decode(content, type=BatchHead)
    except msgspec.DecodeError:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", "the vendor's batch answer cannot be read")
    failed = next((error for error in head.errors if error.sub_category != NO_ASSOCIATIONS), None)
    if failed is not None:
        if failed.category == "OBJECT_NOT_FOUND":
            return Problem(Kind.UNAVAILABLE, "vendor_read_torn", _TORN)
        kind, retry, code = _verdict(failed, httpx.codes.MULTI_STATUS)
        return Problem(kind, code, _told(failed, status=httpx.codes.MULTI_STATUS), retry=retry)
    if head.status != "COMPLETE":
        return Problem(Kind.UNAVAILABLE, "vendor_batch_unfinished", f"the batch is {head.status}")
    return None


def _read(content: bytes) -> VendorError:
    try:
        return msgspec.json.decode(content, type=VendorError)
    except msgspec.DecodeError:
        return VendorError()


def _seconds(pause: str | None) -> float | None:
    try:
        return max(0.0, float(pause)) if pause else None
    except ValueError:
        return None


def _told(error: VendorError, *, status: int) -> str:
    """Category, codes and names of properties; never the vendor's sentence, which quotes values."""
    codes = {detail.code: None for detail in error.errors if detail.code}
    names = {name: None for detail in error.errors for name in detail.context.get("propertyName", [])}
    scopes = error.context.get("requiredGranularScopes")
    parts = [error.category or error.policy or str(status), *codes]
    where = f" on {', '.join(names)}" if names else ""
    needed = f", needs {', '.join(map(str, scopes))}" if isinstance(scopes, list) else ""
    return " ".join(parts) + where + needed
