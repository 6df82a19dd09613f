"""Each refusal of the vendor in our terms, by the narrowest word in it: `GetTaxError` alone says next to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import httpx
import msgspec

from contracts.problem import FieldError, Kind, Problem, Retry
from system_apis.avalara.wire import Error, ErrorDetail, Refused

Verdict = tuple[Kind, Retry, str]

COMMITTED: Final = "vendor_document_final"
"""The code of a refusal that says: the document is committed or voided, and may not be replaced."""
LOCKED: Final = "tax_document_locked"
"""The code of a refusal that says: the document was reported."""
GONE: Final = "vendor_record_not_found"
"""The code of a refusal that says: nothing stands there. It may be the company."""
CANCELLED: Final = "vendor_document_cancelled"
"""The code of a refusal that says: it is voided already."""
STANDS: Final = "vendor_document_exists"
"""The code of a refusal that says: a document stands under this code."""

_VALUE: Final[Verdict] = (Kind.INVALID, Retry.NEVER, "vendor_refused_value")
_ADDRESS: Final[Verdict] = (Kind.INVALID, Retry.NEVER, "tax_address_unusable")
_LINES: Final[Verdict] = (Kind.INVALID, Retry.NEVER, "tax_lines_unusable")
_LOGIN: Final[Verdict] = (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused")
_DENIED: Final[Verdict] = (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")
_NOT_FOUND: Final[Verdict] = (Kind.NOT_FOUND, Retry.NEVER, GONE)
_STATE: Final[Verdict] = (Kind.CONFLICT, Retry.NEVER, COMMITTED)
_REFUND: Final[Verdict] = (Kind.CONFLICT, Retry.NEVER, "tax_refund_refused")
_RATE: Final[Verdict] = (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")
_AWAY: Final[Verdict] = (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")

WORDS: Final[dict[str, Verdict]] = {
    "DocStatusError": _STATE,
    "DuplicateLineNoError": _LINES,
    "TaxAddressError": _ADDRESS,
    "CompanyNotFoundError": (Kind.NOT_FOUND, Retry.NEVER, "tax_company_unknown"),
    "InactiveCompanyError": _DENIED,
    "DocumentNotFoundError": _NOT_FOUND,
    "RegionCodeError": _ADDRESS,
    "EntityNotFoundError": _NOT_FOUND,
    "ValueRequiredError": _VALUE,
    "RangeError": _VALUE,
    "StringLengthError": _VALUE,
    "MaxStringLengthError": _VALUE,
    "DateFormatError": _VALUE,
    "ValidationException": _VALUE,
    "ModelRequiredException": _VALUE,
    "ModelStateInvalid": _VALUE,
    "JsonFormatError": _VALUE,
    "InvalidDecimalValue": _VALUE,
    "InvalidEnumValue": _VALUE,
    "AuthenticationException": _LOGIN,
    "AuthenticationIncomplete": _LOGIN,
    "BasicAuthIncorrect": _LOGIN,
    "BearerTokenInvalid": _LOGIN,
    "InactiveUserError": _LOGIN,
    "InactiveAccount": _LOGIN,
    "AccountExpiredException": _LOGIN,
    "AuthorizationException": _DENIED,
    "PermissionRequired": _DENIED,
    "SubscriptionRequired": _DENIED,
    "UserNoAccess": _DENIED,
    "InvalidCountry": _ADDRESS,
    "InvalidCountryRegion": _ADDRESS,
    "JurisdictionNotFoundError": _ADDRESS,
    "NotEnoughAddressesInfo": _ADDRESS,
    "AddressConflictException": _ADDRESS,
    "MissingAddress": _ADDRESS,
    "InvalidAddress": _ADDRESS,
    "AddressLocationNotFound": _ADDRESS,
    "InvalidPostalCode": _ADDRESS,
    "MissingLine": _LINES,
    "LineAlreadyExists": _LINES,
    "LinesNotSpecified": _LINES,
    "RequestTooLarge": (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    "DocumentCodeConflict": (Kind.CONFLICT, Retry.NEVER, STANDS),
    "TransactionAlreadyExists": (Kind.CONFLICT, Retry.NEVER, STANDS),
    "TransactionAlreadyCancelled": (Kind.CONFLICT, Retry.NEVER, CANCELLED),
    "CannotModifyLockedTransaction": (Kind.CONFLICT, Retry.NEVER, LOCKED),
    "TransactionIsCommitted": _STATE,
    "InvalidDocumentStatus": _STATE,
    "CannotAdjustDocumentType": _STATE,
    "InvalidDocumentTypeForRefund": _REFUND,
    "LineNoOutOfRange": _REFUND,
    "RefundLinesRequired": _REFUND,
    "TimeoutRequested": (Kind.TIMEOUT, Retry.LATER, "vendor_timeout"),
    "RequestLimitExceeded": _RATE,
    "ConcurrentRequestLimitExceeded": _RATE,
    "RateLimitExceededError": _RATE,
    "ServerUnreachable": _AWAY,
    "InternalServerError": _AWAY,
    "RemoteServerError": _AWAY,
    "ServiceNotReady": _AWAY,
}
"""By the vendor's words; of one refusal the first that is known counts, the narrower before the wider."""
STATUSES: Final[dict[int, Verdict]] = {
    400: _VALUE,
    401: _LOGIN,
    403: _DENIED,
    404: _NOT_FOUND,
    408: (Kind.TIMEOUT, Retry.LATER, "vendor_timeout"),
    409: (Kind.CONFLICT, Retry.NEVER, STANDS),
    413: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    429: _RATE,
}
_HINTS: Final = {
    "vendor_login_refused": "a license key that was reset ends the old one at once: compare account and key",
    "vendor_access_denied": "the user of the license key needs the services AvaTax Pro and AutoAddress",
    "tax_company_unknown": "compare `companies` in the settings with the company codes at the vendor",
    LOCKED: "it was reported: record a refund, and a new document under another key",
}
_PLACES: Final = {"addresses": "/sold_to", "shipto": "/sold_to", "shipfrom": "/sold_from", "lines": "/lines"}
_WORD: Final = re.compile(r"[A-Za-z]{3,60}")
_MOST_BYTES: Final = 32 * 1024 * 1024


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means; None when it is good."""
    if len(response.content) > _MOST_BYTES:
        return Problem(Kind.UNEXPECTED, "vendor_answer_too_large", f"{len(response.content)} bytes")
    media = response.headers.get("content-type", "")
    if response.is_success:
        if "json" not in media:
            wrote = response.request.method == "POST"  # it may have recorded what it does not tell
            kind = Kind.UNKNOWN_OUTCOME if wrote else Kind.UNAVAILABLE
            return Problem(kind, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
        return None
    error = _read(response.content)
    kind, retry, code = _verdict(error, response.status_code)
    words = list(_words(error))
    return Problem(
        kind,
        code,
        words[0] if words else str(response.status_code),  # never the vendor's sentence, which quotes values
        retry=retry,
        retry_after_s=_seconds(response.headers.get("retry-after")) if retry is Retry.LATER else None,
        hint=_HINTS.get(code, ""),
        errors=tuple(_faults(error, code)) if kind is Kind.INVALID else (),
        context=_context(response, words),
    )


def _verdict(error: Error, status: int) -> Verdict:
    for word in _words(error):
        if word in WORDS:
            return WORDS[word]
    if status in STATUSES:
        return STATUSES[status]
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _AWAY
    return Kind.UNEXPECTED, Retry.NEVER, "vendor_refused"


def _words(error: Error) -> Iterator[str]:
    """Every word of a refusal that names a reason, the narrowest first."""
    inner = [word for each in error.details for word in (each.fault_sub_code, each.fault_code, _by_field(each))]
    outer = [each.code for each in error.details]
    yield from (word for word in (*inner, *outer, error.code) if _WORD.fullmatch(word) and word not in _SIDES)


_SIDES: Final = frozenset({"Client", "Server"})


def _by_field(detail: ErrorDetail) -> str:
    """Older answers name the field that is wrong, and no narrower reason."""
    return "DocStatusError" if detail.refers_to == "DocStatus" else ""


def _faults(error: Error, code: str) -> Iterator[FieldError]:
    for each in error.details:
        field = each.refers_to.partition("[")[0].partition(".")[0]
        if field:
            yield FieldError(pointer=_PLACES.get(field.lower(), field), code=code, detail=f"the vendor refuses {field}")


def _context(response: httpx.Response, words: list[str]) -> dict[str, str]:
    told = {
        "vendor_correlation": response.headers.get("x-correlation-id", ""),
        "vendor_code": words[0] if words else "",
    }
    return {name: value for name, value in told.items() if value}


def _read(content: bytes) -> Error:
    try:
        return msgspec.json.decode(content, type=Refused).error
    except msgspec.DecodeError:
        return Error()


def _seconds(pause: str | None) -> float | None:
    try:
        return max(0.0, float(pause)) if pause else None
    except ValueError:
        return None
