"""What the vendor's refusals mean to us: one table, and the one function that reads an answer by it."""

from __future__ import annotations

from typing import Final

import httpx
import msgspec

from contracts.problem import FieldError, Kind, Problem, Retry
from system_apis.jira.wire import Errors

Verdict = tuple[Kind, Retry, str]

NO_WAY: Final = "vendor_transition_gone"
_NO_ADDRESS: Final = (Kind.UNSUPPORTED, Retry.NEVER, "vendor_no_such_address")
_LOCKED_OUT: Final = (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused")

SENTENCES: Final[dict[tuple[int, str], Verdict]] = {
    (400, "illegal workflow operation"): (Kind.CONFLICT, Retry.LATER, NO_WAY),
    (400, "already exists"): (Kind.ALREADY_EXISTS, Retry.NEVER, "vendor_duplicate"),
    (400, "cannot be set"): (Kind.INVALID, Retry.NEVER, "vendor_field_not_offered"),
    (400, "CONTENT_LIMIT_EXCEEDED"): (Kind.TOO_LARGE, Retry.NEVER, "vendor_text_too_long"),
    (401, "scope does not match"): (Kind.FORBIDDEN, Retry.NEVER, "vendor_scope_missing"),
}
"""Words within a refusal that tell it from others of its status."""
STATUSES: Final[dict[int, Verdict]] = {
    400: (Kind.INVALID, Retry.NEVER, "vendor_refused_value"),
    401: (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused"),
    403: (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied"),
    404: (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found"),
    409: (Kind.CONFLICT, Retry.LATER, "vendor_conflict"),
    410: (Kind.UNSUPPORTED, Retry.NEVER, "vendor_version_retired"),
    413: (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large"),
    429: (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit"),
}
_OURS: Final = {
    "summary": "/title",
    "description": "/text",
    "comment": "/text",
    "priority": "/priority",
    "assignee": "/assignee",
    "duedate": "/due_on",
    "labels": "/labels",
    "issuetype": "/kind",
    "resolution": "/state",
    "project": "board_id",
    "projectKey": "board_id",
    "projectName": "/name",
    "projectLead": "/lead",
}
_HINTS: Final = {
    "vendor_field_not_offered": "put the field on the screen of that project, or take another issue type for the kind",
    "vendor_scope_missing": "grant the app read:jira-work, write:jira-work and manage:jira-project",
    "vendor_access_denied": "the user needs to administer projects, and to create, edit, transition and comment issues",
}
_MOST_BYTES: Final = 32 * 1024 * 1024


def problem_from(response: httpx.Response) -> Problem | None:
    """What an answer means; None when it is good."""
    if len(response.content) > _MOST_BYTES:
        return Problem(Kind.UNEXPECTED, "vendor_answer_too_large", f"{len(response.content)} bytes")
    media = response.headers.get("content-type", "")
    if response.is_success:
        if response.content and "json" not in media:
            posted = response.request.method == "POST"  # it may have created what it does not tell
            kind = Kind.UNKNOWN_OUTCOME if posted else Kind.UNAVAILABLE
            return Problem(kind, "vendor_garbled", f"the vendor answered with {media or 'no media type'}")
        return None
    error = _read(response.content)
    kind, retry, code = _verdict(response, error, media=media)
    context = {"vendor_reason": reason} if (reason := response.headers.get("ratelimit-reason", "")) else {}
    return Problem(
        kind,
        code,
        _told(error, status=response.status_code),
        retry=retry,
        retry_after_s=_seconds(response.headers.get("retry-after")) if retry is Retry.LATER else None,
        hint=_HINTS.get(code, ""),
        errors=_errors(error, code) if kind in {Kind.INVALID, Kind.ALREADY_EXISTS, Kind.TOO_LARGE} else (),
        context=context,
    )


def for_callers(problem: Problem) -> Problem:
    """The same problem with the verdict that holds for whoever asked us: a refused token is not their fault."""
    if problem.kind is not Kind.UNAUTHENTICATED:
        return problem
    detail = "the vendor refuses the token of this connection"
    hint = "an API token ends within a year: look whether it has, or was revoked"
    kind, retry, code = _LOCKED_OUT
    return Problem(kind, code, detail, hint=hint, retry=retry, context=problem.context)


def _verdict(response: httpx.Response, error: Errors, *, media: str) -> Verdict:
    status = response.status_code
    if status == httpx.codes.NOT_FOUND and (error.path or "json" not in media):
        return _NO_ADDRESS  # what stands before the API says so, in its own shape; no record does
    if status == httpx.codes.FORBIDDEN and "DENIED" in response.headers.get("x-seraph-loginreason", ""):
        return _LOCKED_OUT  # after too many failures the site wants a person to log in at the screen
    said = " ".join([error.message, *error.error_messages, *map(str, error.errors.values())])
    for (known, words), verdict in SENTENCES.items():
        if known == status and words in said:
            return verdict
    if status in STATUSES:
        return STATUSES[status]
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable"
    return Kind.UNEXPECTED, Retry.NEVER, "vendor_refused"


def _errors(error: Errors, code: str) -> tuple[FieldError, ...]:
    return tuple(
        FieldError(pointer=_OURS.get(name, name), code=code, detail=f"the vendor refuses {name}")
        for name in error.errors
    )


def _read(content: bytes) -> Errors:
    try:
        return msgspec.json.decode(content, type=Errors)
    except msgspec.DecodeError:
        return Errors()


def _seconds(pause: str | None) -> float | None:
    try:
        return max(0.0, float(pause)) if pause else None
    except ValueError:
        return None


def _told(error: Errors, *, status: int) -> str:
    """The status and the names of fields; never the vendor's sentence, which quotes values."""
    return f"{status} on {', '.join(error.errors)}" if error.errors else str(status)
