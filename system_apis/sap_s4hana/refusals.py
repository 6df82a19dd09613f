"""What each refusal of S/4HANA means, and whether repeating the call would help: one table for both dialects."""

from __future__ import annotations

from typing import Final

import httpx
import msgspec
from msgspec import Struct, field

from contracts.problem import FieldError, Kind, Problem, Retry

TOKEN_REQUIRED: Final = "vendor_session_over"  # noqa: S105 - the code of a refusal, not a secret
PERIOD_CLOSED: Final = "F5/201"
MAY_STAND: Final = frozenset({Kind.ALREADY_EXISTS, Kind.CONFLICT, Kind.INVALID, Kind.UNKNOWN_OUTCOME})
"""After one of these what was asked for may stand already: SAP has many messages for that, so it is looked up."""

_CODES: Final[dict[str, tuple[Kind, str, Retry | None]]] = {
    "MC/601": (Kind.CONFLICT, "vendor_record_locked", Retry.LATER),
    PERIOD_CLOSED: (Kind.CONFLICT, "period_closed", None),
    "F5/308": (Kind.CONFLICT, "invoice_settled", None),
    "VF/037": (Kind.CONFLICT, "already_cancelled", None),
    "VF/044": (Kind.CONFLICT, "nothing_to_bill", None),
    "VF/187": (Kind.CONFLICT, "already_posted", None),
    "V1/154": (Kind.CONFLICT, "customer_blocked", None),
    "BS/013": (Kind.CONFLICT, "project_closed", None),
    "/S4PPM/PRO/044": (Kind.CONFLICT, "project_closed", None),
    "/S4PPM/PRO/061": (Kind.CONFLICT, "phase_in_use", None),
    "/S4PPM/PRO/062": (Kind.CONFLICT, "phase_in_use", None),
    "V1/430": (Kind.CONFLICT, "document_billed", None),
    "V1/431": (Kind.CONFLICT, "document_billed", None),
    "V1/432": (Kind.CONFLICT, "document_billed", None),
    "R11/201": (Kind.ALREADY_EXISTS, "vendor_duplicate", None),
    "/S4PPM/PRO/015": (Kind.ALREADY_EXISTS, "vendor_duplicate", None),
    "/S4PPM/PRO/016": (Kind.ALREADY_EXISTS, "vendor_duplicate", None),
    "/BOBF/FRW_COMMON/104": (Kind.ALREADY_EXISTS, "vendor_duplicate", None),
}
_STATUSES: Final[dict[int, tuple[Kind, str, Retry | None]]] = {
    400: (Kind.INVALID, "vendor_refused", None),
    401: (Kind.UNAUTHENTICATED, "vendor_login_refused", None),
    403: (Kind.FORBIDDEN, "vendor_forbidden", None),
    404: (Kind.NOT_FOUND, "vendor_not_found", None),
    405: (Kind.UNSUPPORTED, "vendor_method_refused", None),
    409: (Kind.CONFLICT, "vendor_record_changed", Retry.LATER),
    412: (Kind.PRECONDITION_FAILED, "vendor_record_changed", Retry.LATER),
    413: (Kind.TOO_LARGE, "vendor_body_too_large", None),
    428: (Kind.UNEXPECTED, "vendor_precondition_missing", None),
    429: (Kind.RATE_LIMITED, "vendor_crowded", None),
}
_OURS: Final[dict[str, str]] = {
    "SoldToParty": "/customer_id",
    "SalesOrganization": "/legal_entity_id",
    "CompanyCode": "legal_entity_id",
    "TransactionCurrency": "/currency",
    "Currency": "/currency",
    "ProductTaxClassification1": "/tax_code",
    "CustomerUUID": "/customer_id",
    "ResponsibleCostCenter": "/legal_entity_id",
    "YY1_SluiceParent_bus": "/parent_id",
    "OrganizationBPName1": "/name",
    "Country": "/address/country",
    "WBSElement": "/lines",
    "BillingDocumentDate": "/issued_on",
    "ReferenceSDDocument": "/corrects",
}


class _Message(Struct, frozen=True):
    value: str = ""


class _Detail(Struct, frozen=True):
    code: str = ""
    message: str = ""
    target: str | None = ""
    severity: str = "error"


class _Inner(Struct, frozen=True):
    errordetails: list[_Detail] = []
    transactionid: str = ""


class _Error(Struct, frozen=True):
    code: str = ""
    message: _Message | str = ""
    target: str | None = ""
    innererror: _Inner | None = None


class _Answer(Struct, frozen=True):
    error: _Error = field(default_factory=_Error)


def problem_from(response: httpx.Response) -> Problem | None:
    """The problem behind an answer, or None when there is none; SAP may tell an error beside a good status."""
    if response.is_success:
        return _beside(response)
    if response.is_server_error:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"S/4HANA answered {response.status_code}")
    return refused(response.status_code, response.content, response.headers)


def refused(status: int, content: bytes, headers: httpx.Headers) -> Problem:
    """The problem behind a refusal: of a whole answer, or of one part of a batch."""
    if status == 403 and headers.get("x-csrf-token", "").lower() == "required":
        return Problem(Kind.FORBIDDEN, TOKEN_REQUIRED, "the session is over; nothing was done")
    error = _said(content)
    details = error.innererror.errordetails if error.innererror else []
    text = error.message if isinstance(error.message, str) else error.message.value
    kind, code, retry = _verdict(status, error.code)
    context = {"vendor_code": error.code} if error.code else {}
    if error.innererror and error.innererror.transactionid:
        context["vendor_transaction"] = error.innererror.transactionid
    return Problem(
        kind,
        code,
        text or f"S/4HANA answered {status}",
        retry=retry,
        retry_after_s=_seconds(headers.get("retry-after", "")),
        errors=_errors(error, details, text) if kind in {Kind.INVALID, Kind.CONFLICT} else (),
        context=context,
    )


def _verdict(status: int, code: str) -> tuple[Kind, str, Retry | None]:
    if status in {400, 409} and code in _CODES:
        return _CODES[code]
    return _STATUSES.get(status, (Kind.UNEXPECTED, "vendor_unexpected", None))


def _said(content: bytes) -> _Error:
    try:
        return msgspec.json.decode(content, type=_Answer).error
    except msgspec.MsgspecError:
        return _Error()


def _errors(error: _Error, details: list[_Detail], text: str) -> tuple[FieldError, ...]:
    told = [one for one in details if one.target and one.severity == "error"]
    told = told or [_Detail(code=error.code, message=text, target=error.target)]
    return tuple(
        FieldError(pointer=_OURS.get(one.target, one.target), code=one.code, detail=one.message)
        for one in told
        if one.target
    )


def _beside(response: httpx.Response) -> Problem | None:
    said = response.headers.get("sap-message", "")
    if not said:
        return None
    try:
        message = msgspec.json.decode(said, type=_Detail)
    except msgspec.MsgspecError:
        return None
    if message.severity != "error":
        return None
    kind, code, retry = _CODES.get(message.code, (Kind.INVALID, "vendor_refused", None))
    return Problem(kind, code, message.message, retry=retry, context={"vendor_code": message.code})


def _seconds(said: str) -> float | None:
    return float(said) if said.isdecimal() else None
