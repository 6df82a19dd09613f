"""What each refusal of a pod means, and whether repeating the call would help: structured, plain text, and faults."""

from __future__ import annotations

import re
from typing import Final

import httpx
import msgspec
from msgspec import Struct, field

from contracts.problem import FieldError, Kind, Problem, Retry

MAY_STAND: Final = frozenset({Kind.ALREADY_EXISTS, Kind.CONFLICT, Kind.INVALID, Kind.UNKNOWN_OUTCOME})
"""After one of these what was asked for may stand already: codes differ by release, so it is looked up."""

_CODES: Final[dict[str, tuple[Kind, str, Retry | None]]] = {
    "JBO-25013": (Kind.ALREADY_EXISTS, "vendor_duplicate", None),
    "JBO-26048": (Kind.ALREADY_EXISTS, "vendor_duplicate", None),
    "JBO-25014": (Kind.PRECONDITION_FAILED, "vendor_record_changed", Retry.LATER),
    "JBO-26061": (Kind.UNAVAILABLE, "vendor_unavailable", None),
    "AR-855251": (Kind.CONFLICT, "document_posted", None),
    "AR-855252": (Kind.CONFLICT, "document_posted", None),
    "AR-855260": (Kind.CONFLICT, "period_closed", None),
    "PJF-855061": (Kind.CONFLICT, "project_closed", None),
    "PJF-855070": (Kind.CONFLICT, "phase_in_use", None),
    "PJF-855071": (Kind.CONFLICT, "phase_in_use", None),
    "PJB-855120": (Kind.CONFLICT, "schedule_invoiced", None),
    "PJB-855121": (Kind.CONFLICT, "schedule_invoiced", None),
    "OKC-195021": (Kind.CONFLICT, "schedule_open", None),
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
    429: (Kind.RATE_LIMITED, "vendor_crowded", None),
}
_OURS: Final[dict[str, str]] = {
    "AccountingDate": "/issued_on",
    "BillToAccountNumber": "/customer_id",
    "BillToCustomerNumber": "/customer_id",
    "BusinessUnit": "/legal_entity_id",
    "BusinessUnitName": "/legal_entity_id",
    "BillTrnsCurrencyCode": "/currency",
    "CreditMemoCurrency": "/currency",
    "CurrencyCode": "/currency",
    "InvoiceCurrencyCode": "/currency",
    "ObjectPartyNumber": "/parent_id",
    "OrganizationName": "/name",
    "PartyId": "/customer_id",
    "ProjectName": "/name",
    "TaskNumber": "/phases",
    "TaxClassificationCode": "/tax_code",
}
_SAID: Final = re.compile(r"\b([A-Z]{2,4}-\d{3,6})\b")
_FAULT: Final = re.compile(r"<(?:\w+:)?faultstring[^>]*>([^<]*)</")


class _Detail(Struct, frozen=True):
    detail: str = ""
    code: str = field(name="o:errorCode", default="")
    path: str = field(name="o:errorPath", default="")


class _Error(Struct, frozen=True):
    title: str = ""
    details: list[_Detail] = field(name="o:errorDetails", default_factory=list)


def problem_from(response: httpx.Response) -> Problem | None:
    """The problem behind an answer, or None when there is none. A fault of the account service comes with 500."""
    if response.is_success:
        return None
    fault = _FAULT.search(response.text) if "xml" in response.headers.get("content-type", "") else None
    if response.is_server_error and fault is None:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"Fusion answered {response.status_code}")
    details = [_plain(fault.group(1))] if fault else _details(response)
    kind, code, retry = _verdict(400 if fault else response.status_code, details)
    said = next((one.code for one in details if one.code), "")
    return Problem(
        kind,
        code,
        "; ".join(one.detail for one in details if one.detail) or f"Fusion answered {response.status_code}",
        retry=retry,
        retry_after_s=_seconds(response.headers.get("retry-after", "")),
        errors=_errors(details) if kind in {Kind.INVALID, Kind.CONFLICT} else (),
        context={"vendor_code": said} if said else {},
    )


def _verdict(status: int, details: list[_Detail]) -> tuple[Kind, str, Retry | None]:
    if status in {400, 409}:
        for one in details:
            if one.code in _CODES:
                return _CODES[one.code]
    return _STATUSES.get(status, (Kind.UNEXPECTED, "vendor_unexpected", None))


def _details(response: httpx.Response) -> list[_Detail]:
    """What was said: since framework version 4 in a document, before that in lines of text."""
    try:
        told = msgspec.json.decode(response.content, type=_Error).details
    except msgspec.MsgspecError:
        return [_plain(line) for line in response.text.splitlines()[:20] if line.strip()]
    return told


def _plain(line: str) -> _Detail:
    found = _SAID.search(line)
    return _Detail(detail=line.strip(), code=found.group(1) if found else "")


def _errors(details: list[_Detail]) -> tuple[FieldError, ...]:
    named = [(one.path.rstrip("/").rpartition("/")[2], one) for one in details]
    return tuple(
        FieldError(pointer=_OURS.get(name, name), code=one.code, detail=one.detail) for name, one in named if name
    )


def _seconds(said: str) -> float | None:
    return float(said) if said.isdecimal() else None
