"""Each refusal of the vendor in our terms, by its error code first: throttling comes with 400 as well as with 429."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from kit.clock import Clock
from system_apis.docusign.wire import VendorError

Verdict = tuple[Kind, Retry, str]

WRONG_STATE: Final = "vendor_wrong_state"
"""The code of a refusal that says: the envelope is not in the state for this."""
MOVED: Final = "vendor_account_elsewhere"
"""The code of an answer that says: the account does not live at this address."""

_VALUE: Final[Verdict] = (Kind.INVALID, Retry.NEVER, "vendor_refused_value")
_DENIED: Final[Verdict] = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
_TOKEN: Final[Verdict] = (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused")
_GONE: Final[Verdict] = (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")
_STATE: Final[Verdict] = (Kind.CONFLICT, Retry.NEVER, WRONG_STATE)
_LOCKED: Final[Verdict] = (Kind.CONFLICT, Retry.LATER, "vendor_record_locked")
_RATE: Final[Verdict] = (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")
_POLLED: Final[Verdict] = (Kind.RATE_LIMITED, Retry.LATER, "vendor_polling_limit")
_SITE: Final[Verdict] = (Kind.UNAVAILABLE, Retry.LATER, MOVED)

CODES: Final[dict[str, Verdict]] = {
    "INVALID_REQUEST_BODY": _VALUE,
    "INVALID_REQUEST_PARAMETER": _VALUE,
    "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT": _VALUE,
    "RECIPIENT_EMAIL_NOT_VALID": _VALUE,
    "ANCHOR_TAB_STRING_NOT_FOUND": _VALUE,
    "UNABLE_TO_CONVERT_DOCUMENT": _VALUE,
    "ENVELOPE_IS_INCOMPLETE": _VALUE,
    "ENVELOPE_HAS_DUPLICATE_RECIPIENTS": _VALUE,
    "AUTHORIZATION_INVALID_TOKEN": _TOKEN,
    "USER_AUTHENTICATION_FAILED": _TOKEN,
    "PARTNER_AUTHENTICATION_FAILED": _TOKEN,
    "USER_LACKS_PERMISSIONS": _DENIED,
    "ACCOUNT_LACKS_PERMISSIONS": _DENIED,
    "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT": _DENIED,
    "ENVELOPE_ALLOWANCE_EXCEEDED": (Kind.FORBIDDEN, Retry.NEVER, "vendor_allowance_spent"),
    "ENVELOPE_DOES_NOT_EXIST": _GONE,
    "DOCUMENT_DOES_NOT_EXIST": _GONE,
    "ENVELOPE_CANNOT_VOID_INVALID_STATE": _STATE,
    "ENVELOPE_INVALID_STATUS": _STATE,
    "EDIT_LOCK_NOT_LOCK_OWNER": _LOCKED,
    "EDIT_LOCK_ENVELOPE_ALREADY_LOCKED": _LOCKED,
    "HOURLY_APIINVOCATION_LIMIT_EXCEEDED": _RATE,
    "BURST_APIINVOCATION_LIMIT_EXCEEDED": _RATE,
    "HOURLY_APIINVOCATION_ENVELOPE_LIMIT_EXCEEDED": _RATE,
    "BURST_APIINVOCATION_ENVELOPE_LIMIT_EXCEEDED": _RATE,
    "HOURLY_ENVELOPE_POLLING_LIMIT_EXCEEDED": _POLLED,
    "BURST_ENVELOPE_POLLING_LIMIT_EXCEEDED": _POLLED,
}
"""By error code in capitals; the vendor writes some of them in mixed case."""
STATUSES: Final[dict[int, Verdict]] = {
    400: (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused"),
    401: _TOKEN,
    403: _DENIED,
    404: _SITE,  # no envelope says so: nothing of ours stands at this address, or no longer
    409: _STATE,
    413: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    429: _RATE,
}
_WORD: Final = re.compile(r"[A-Za-z_]{3,80}")
_BURST_S: Final = 30.0
_POLL_S: Final = 900.0
_HOUR_S: Final = 3600.0
_MOST_BYTES: Final = 64 * 1024 * 1024


def problem_reader(clock: Clock) -> Callable[[httpx.Response], Problem | None]:
    """Reads answers; the clock tells how long it is until the hour is over of which the vendor names the end."""

    def read(response: httpx.Response) -> Problem | None:
        return problem_from(response, now_s=clock.now().timestamp())

    return read


def problem_from(response: httpx.Response, *, now_s: float) -> Problem | None:
    """What an answer means; None when it is good. `now_s` is in seconds of the epoch."""
    if len(response.content) > _MOST_BYTES:
        return Problem(Kind.UNEXPECTED, "vendor_answer_too_large", f"{len(response.content)} bytes")
    media = response.headers.get("content-type", "").partition(";")[0]
    if response.is_success:
        wanted = response.request.headers.get("accept", "application/json")
        if response.content and media != wanted:
            return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
        return None
    code = _code(response.content)
    kind, retry, ours = _verdict(code, response.status_code)
    wait_s = _wait_s(code, response, now_s=now_s) if kind is Kind.RATE_LIMITED else _seconds(response, "retry-after")
    return Problem(
        kind,
        ours,
        code or str(response.status_code),  # never the vendor's sentence, which quotes values
        retry=retry,
        retry_after_s=wait_s if retry is Retry.LATER else None,
        context={"vendor_code": code} if code else {},
    )


def _verdict(code: str, status: int) -> Verdict:
    found = CODES.get(code.upper()) or STATUSES.get(status)
    if found:
        return found
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable"
    return Kind.UNEXPECTED, Retry.NEVER, "vendor_refused"


def _wait_s(code: str, response: httpx.Response, *, now_s: float) -> float | None:
    """How long to wait: as the vendor says, until its hour ends, or as long as the window that the code names."""
    asked_s = _seconds(response, "retry-after")
    if asked_s is not None:
        return asked_s
    word = code.upper()
    if word.startswith("BURST_"):
        return _BURST_S
    if "POLLING" in word:
        return _POLL_S
    if word.startswith("HOURLY_"):
        ends_s = _seconds(response, "x-ratelimit-reset")
        return _HOUR_S if ends_s is None or "ENVELOPE" in word else min(_HOUR_S, max(1.0, ends_s - now_s))
    return None


def _seconds(response: httpx.Response, name: str) -> float | None:
    try:
        return max(0.0, float(response.headers[name]))
    except (KeyError, ValueError):
        return None


def _code(content: bytes) -> str:
    try:
        code = msgspec.json.decode(content, type=VendorError).code
    except msgspec.DecodeError:
        return ""
    return code if _WORD.fullmatch(code) else ""
