"""What refusals of REST and of reports mean to us: one table, and the one function that reads an answer by it."""

from __future__ import annotations

from typing import Final

import httpx
import msgspec

from contracts.problem import Kind, Problem, Retry
from system_apis.workday.wire import VendorError

Verdict = tuple[Kind, Retry, str]

MOST_BYTES: Final = 64 * 1024 * 1024
_REPORT: Final = "/customreport2/"

STATUSES: Final[dict[int, Verdict]] = {
    400: (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch"),  # a request the vendor cannot read: ours to mend
    401: (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused"),
    403: (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied"),
    404: (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found"),
    405: (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired"),
    410: (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired"),
    413: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    414: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    429: (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit"),
}
CODES: Final[dict[str, Verdict]] = {
    "S21": (Kind.FORBIDDEN, Retry.NEVER, "vendor_domain_hidden"),  # said with a 404: no security on the domain
}
FIELDS: Final[Verdict] = (Kind.INVALID, Retry.NEVER, "vendor_refused_value")
REPORT_MISSING: Final[Verdict] = (Kind.UNEXPECTED, Retry.NEVER, "vendor_report_missing")
NO_ADDRESS: Final[Verdict] = (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired")
MAINTENANCE: Final[Verdict] = (Kind.UNAVAILABLE, Retry.LATER, "vendor_maintenance")
DOWN: Final[Verdict] = (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")
REFUSED: Final[Verdict] = (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means; None when it is good. No header tells how long to wait."""
    found = oversized(response)
    if found is not None:
        return found
    media = response.headers.get("content-type", "")
    if response.status_code >= httpx.codes.MULTIPLE_CHOICES:
        return _refused(response, is_json="json" in media)
    if "json" not in media:
        return Problem(Kind.UNAVAILABLE, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
    return None


def oversized(response: httpx.Response) -> Problem | None:
    """The problem of an answer beyond all measure."""
    if len(response.content) > MOST_BYTES:
        detail = f"{len(response.content)} bytes"
        return Problem(Kind.UNEXPECTED, "vendor_answer_too_large", detail, hint="narrow the report")
    return None


def for_callers(problem: Problem) -> Problem:
    """The same problem with the verdict that holds for whoever asked us, rather than for our own next try."""
    if problem.kind is Kind.UNAUTHENTICATED:
        detail = "the vendor refuses the token of this connection"
        return Problem(Kind.UNAVAILABLE, "vendor_login_refused", detail, retry=Retry.NEVER, context=problem.context)
    return problem


def _refused(response: httpx.Response, *, is_json: bool) -> Problem:
    error = _read(response.content) if is_json else VendorError()
    kind, retry, code = _verdict(response, error, is_json=is_json)
    return Problem(kind, code, _told(error, status=response.status_code), retry=retry)


def _verdict(response: httpx.Response, error: VendorError, *, is_json: bool) -> Verdict:
    status = response.status_code
    if error.code in CODES:
        return CODES[error.code]
    if status == httpx.codes.BAD_REQUEST and any(detail.field for detail in error.errors):
        return FIELDS
    if status == httpx.codes.NOT_FOUND and not is_json:
        return NO_ADDRESS
    if status == httpx.codes.NOT_FOUND and _REPORT in response.request.url.path:
        return REPORT_MISSING
    if status in STATUSES:
        return STATUSES[status]
    if status < httpx.codes.BAD_REQUEST:  # to the page that tells of the weekly maintenance
        return MAINTENANCE
    return DOWN if status >= httpx.codes.INTERNAL_SERVER_ERROR else REFUSED


def _read(content: bytes) -> VendorError:
    try:
        return msgspec.json.decode(content, type=VendorError)
    except msgspec.DecodeError:
        return VendorError()


def _told(error: VendorError, *, status: int) -> str:
    """Status, code and names of parameters; never the vendor's sentences, which quote people."""
    names = list(dict.fromkeys(detail.field for detail in error.errors if detail.field))
    where = f" on {', '.join(names)}" if names else ""
    return f"{status} {error.code}".rstrip() + where
