"""What each refusal of NetSuite means, and whether repeating the call would help: one table."""

from __future__ import annotations

import re
from typing import Final

import httpx
import msgspec

from contracts.problem import FieldError, Kind, Problem, Retry
from system_apis.netsuite.wire import ErrorAnswer

FRESH_S: Final = 120.0
"""A token younger than this is not to blame for a 401: the account answers so when its pool is full."""

_CODES: Final[dict[str, tuple[Kind, str]]] = {
    "CONCURRENCY_LIMIT_EXCEEDED": (Kind.RATE_LIMITED, "vendor_crowded"),
    "SSS_REQUEST_LIMIT_EXCEEDED": (Kind.RATE_LIMITED, "vendor_crowded"),
    "IDEMPOTENCY_ERROR": (Kind.ALREADY_EXISTS, "vendor_already_accepted"),
    "DUP_RCRD": (Kind.ALREADY_EXISTS, "vendor_duplicate"),
    "UNIQUE_CUST_ID_REQD": (Kind.ALREADY_EXISTS, "vendor_duplicate"),
    "RCRD_HAS_BEEN_CHANGED": (Kind.CONFLICT, "vendor_record_changed"),
    "NONEXISTENT_ID": (Kind.NOT_FOUND, "vendor_not_found"),
    "INSUFFICIENT_PERMISSION": (Kind.FORBIDDEN, "vendor_forbidden"),
    "INVALID_CONTENT": (Kind.INVALID, "vendor_invalid_value"),
    "INVALID_KEY_OR_REF": (Kind.INVALID, "vendor_invalid_value"),
    "USER_ERROR": (Kind.INVALID, "vendor_refused"),
}
_STATUSES: Final[dict[int, tuple[Kind, str]]] = {
    400: (Kind.INVALID, "vendor_refused"),
    401: (Kind.UNAUTHENTICATED, "vendor_login_refused"),
    403: (Kind.FORBIDDEN, "vendor_forbidden"),
    404: (Kind.NOT_FOUND, "vendor_not_found"),
    405: (Kind.UNSUPPORTED, "vendor_method_refused"),
    413: (Kind.TOO_LARGE, "vendor_body_too_large"),
    429: (Kind.RATE_LIMITED, "vendor_crowded"),
}
_OURS: Final[dict[tuple[str, str], str]] = {
    ("customer", "parent"): "/parent_id",
    ("customer", "subsidiary"): "legal_entity_id",
    ("customer", "taxItem"): "/tax/tax_code",
    ("customer", "currency"): "/currency",
    ("customer", "companyName"): "/name",
    ("customerSubsidiaryRelationship", "subsidiary"): "legal_entity_id",
    ("job", "parent"): "/customer_id",
    ("job", "subsidiary"): "/legal_entity_id",
    ("salesOrder", "entity"): "/customer_id",
    ("salesOrder", "job"): "/project_id",
    ("salesOrder", "subsidiary"): "/legal_entity_id",
    ("salesOrder", "taxCode"): "/tax_code",
    **{
        (record, theirs): ours
        for record in ("invoice", "creditMemo")
        for theirs, ours in (
            ("entity", "/customer_id"),
            ("job", "/project_id"),
            ("subsidiary", "/legal_entity_id"),
            ("currency", "/currency"),
            ("tranDate", "/issued_on"),
            ("dueDate", "/due_on"),
            ("total", "/gross"),
            ("doc", "/corrects"),
            ("taxCode", "/lines/{line}/tax_code"),
            ("quantity", "/lines/{line}/quantity"),
            ("rate", "/lines/{line}/unit_price"),
            ("amount", "/lines/{line}/net"),
            ("description", "/lines/{line}/description"),
        )
    },
}
_LINE: Final = re.compile(r"\bitem\.items\[(\d+)\]")
_RECORD: Final = re.compile(r"/record/v1/(\w+)")
_CROWDED: Final = "the account's pool is shared; look at what else is running before asking for a larger one"


def problem_from(response: httpx.Response, *, token_age_s: float | None) -> Problem | None:
    """The problem behind an answer, or None when there is none. `token_age_s` is that of the token now in use."""
    if response.is_success:
        return None
    if response.is_server_error:
        return Problem(Kind.UNAVAILABLE, "vendor_unavailable", f"NetSuite answered {response.status_code}")
    said = _said(response)
    first = said.details[0] if said.details else None
    kind, code = _verdict(response.status_code, first.code if first else "")
    if kind is Kind.UNAUTHENTICATED and token_age_s is not None and token_age_s < FRESH_S:
        detail = "NetSuite refused a fresh token, which is how a full account may answer"
        hint = f"{_CROWDED}; if it lasts, look at the Login Audit Trail"
        return Problem(
            Kind.RATE_LIMITED, "vendor_crowded", detail, hint=hint, context=_context(response, "INVALID_LOGIN")
        )
    return Problem(
        kind,
        code,
        "; ".join(detail.detail for detail in said.details) or said.title,
        hint=_CROWDED if kind is Kind.RATE_LIMITED else "",
        retry=Retry.LATER if kind is Kind.CONFLICT else None,
        retry_after_s=_retry_after_s(response),
        errors=_errors(response, said) if kind in {Kind.INVALID, Kind.ALREADY_EXISTS} else (),
        context=_context(response, first.code if first else ""),
    )


def _verdict(status: int, code: str) -> tuple[Kind, str]:
    if status in {400, 409} and code in _CODES:
        return _CODES[code]
    return _STATUSES.get(status, (Kind.UNEXPECTED, "vendor_unexpected"))


def _said(response: httpx.Response) -> ErrorAnswer:
    try:
        return msgspec.json.decode(response.content, type=ErrorAnswer)
    except msgspec.MsgspecError:
        return ErrorAnswer(title=f"NetSuite answered {response.status_code}")


def _errors(response: httpx.Response, said: ErrorAnswer) -> tuple[FieldError, ...]:
    found = _RECORD.search(response.request.url.path)
    record = found.group(1) if found else ""
    return tuple(
        FieldError(pointer=_pointer(record, detail.path), code=detail.code, detail=detail.detail)
        for detail in said.details
        if detail.path
    )


def _pointer(record: str, path: str) -> str:
    """Our name of a field of theirs; theirs, where we have none."""
    found = _LINE.search(path)
    return _OURS.get((record, path.rpartition(".")[2]), path).replace("{line}", found.group(1) if found else "0")


def _context(response: httpx.Response, code: str) -> dict[str, str]:
    """The vendor's own code; and where an accepted request is found, when this one repeated it."""
    context = {"vendor_code": code} if code else {}
    location = response.headers.get("location", "")
    return {**context, "location": location} if location else context


def _retry_after_s(response: httpx.Response) -> float | None:
    said = response.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None
