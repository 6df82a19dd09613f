"""What each refusal of the vendor means to us, and that nothing of its words leaks where it may quote data."""

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.jira.problems import SENTENCES, STATUSES, for_callers, problem_from

pytestmark = pytest.mark.req(51, 62)

NEVER, LATER = Retry.NEVER, Retry.LATER
HTML = b"<html><body>Northwind</body></html>"


def problem(status: int, body: bytes = b"", *, method: str = "GET", media: str = "", **headers: str) -> Problem:
    """The problem behind an answer."""
    named = {"content-type": media or ("text/html" if body == HTML else "application/json;charset=UTF-8"), **headers}
    request = httpx.Request(method, "https://site.test/rest/api/3/issue")
    found = problem_from(httpx.Response(status, content=body, headers=named, request=request))
    assert found is not None
    return found


def said(*messages: str, **errors: str) -> bytes:
    """The vendor's collection of errors, quoting data."""
    return msgspec.json.encode({"errorMessages": ["Northwind", *messages], "errors": errors})


EDGE = b'{"timestamp":"2026-11-28","status":404,"error":"Not Found","message":"No message","path":"/rest/api/3/x"}'
ILLEGAL = said("It seems that you have tried to perform an illegal workflow operation.")
OFF_SCREEN = said(duedate="Field 'duedate' cannot be set. It is not on the appropriate screen, or unknown.")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, said(summary="You must specify a summary of the issue."), (Kind.INVALID, NEVER, "vendor_refused_value")),
        (
            400,
            said(projectKey="A project with that project key already exists."),
            (Kind.ALREADY_EXISTS, NEVER, "vendor_duplicate"),
        ),
        (400, OFF_SCREEN, (Kind.INVALID, NEVER, "vendor_field_not_offered")),
        (400, said(description="CONTENT_LIMIT_EXCEEDED"), (Kind.TOO_LARGE, NEVER, "vendor_text_too_long")),
        (400, ILLEGAL, (Kind.CONFLICT, LATER, "vendor_transition_gone")),
        (400, b"?", (Kind.INVALID, NEVER, "vendor_refused_value")),
        (401, b'{"code":401,"message":"Unauthorized"}', (Kind.UNAUTHENTICATED, NEVER, "vendor_token_refused")),
        (
            401,
            b'{"code":401,"message":"Unauthorized; scope does not match"}',
            (Kind.FORBIDDEN, NEVER, "vendor_scope_missing"),
        ),
        (403, said(), (Kind.FORBIDDEN, NEVER, "vendor_access_denied")),
        (404, said(), (Kind.NOT_FOUND, NEVER, "vendor_record_not_found")),
        (404, EDGE, (Kind.UNSUPPORTED, NEVER, "vendor_no_such_address")),
        (404, HTML, (Kind.UNSUPPORTED, NEVER, "vendor_no_such_address")),
        (409, said(), (Kind.CONFLICT, LATER, "vendor_conflict")),
        (410, said("The requested API has been removed."), (Kind.UNSUPPORTED, NEVER, "vendor_version_retired")),
        (413, HTML, (Kind.TOO_LARGE, NEVER, "vendor_request_too_large")),
        (429, said("Rate limit exceeded."), (Kind.RATE_LIMITED, LATER, "vendor_rate_limit")),
        (500, HTML, (Kind.UNAVAILABLE, LATER, "vendor_unavailable")),
        (503, b"", (Kind.UNAVAILABLE, LATER, "vendor_unavailable")),
        (302, b"", (Kind.UNEXPECTED, NEVER, "vendor_refused")),
        (418, b"[]", (Kind.UNEXPECTED, NEVER, "vendor_refused")),
    ],
)
def test_a_refusal_is_told_in_our_terms(status: int, body: bytes, expected: tuple[Kind, Retry, str]) -> None:
    """Kind and retry verdict follow from what stands in the answer; its sentences stay there."""
    found = problem(status, body)

    assert expected == (found.kind, found.retry, found.code)
    assert "Northwind" not in f"{found.detail} {found.context} {found.errors}"


def test_every_line_of_the_table_is_found() -> None:
    """Each status and each sentence leads to its verdict."""
    by_status = {status: problem(status, b"{}") for status in STATUSES}
    by_words = {(status, words): problem(status, said(words)) for status, words in SENTENCES}

    assert STATUSES == {status: (found.kind, found.retry, found.code) for status, found in by_status.items()}
    assert SENTENCES == {known: (found.kind, found.retry, found.code) for known, found in by_words.items()}


def test_a_field_at_fault_is_named_in_our_words() -> None:
    """The pointer leads into what the caller sent; a field that we do not know keeps its name."""
    found = problem(400, said(summary="x", duedate="x", customfield_10020="x"))

    assert ["/title", "/due_on", "customfield_10020"] == [error.pointer for error in found.errors]


def test_a_pause_is_told_and_the_reason_with_it() -> None:
    """Retry-After counts where repeating helps, in seconds; a date there is not understood and not guessed at."""
    pauses = [
        problem(429, said(), **{"retry-after": "7"}).retry_after_s,
        problem(503, b"", **{"retry-after": "30"}).retry_after_s,
        problem(429, said(), **{"retry-after": "Fri, 20 Nov"}).retry_after_s,
        problem(401, b"{}", **{"retry-after": "7"}).retry_after_s,
    ]
    reason = problem(429, said(), **{"ratelimit-reason": "jira-per-issue-on-write"})

    assert [7.0, 30.0, None, None] == pauses
    assert {"vendor_reason": "jira-per-issue-on-write"} == reason.context


def test_a_site_that_wants_a_person_to_log_in_is_no_fault_of_our_caller() -> None:
    """After failures the site answers 403 with a reason; a token refused twice is told in the same way."""
    denied = problem(403, HTML, **{"x-seraph-loginreason": "AUTHENTICATION_DENIED"})
    refused = for_callers(problem(401, b"{}"))
    other = Problem(Kind.NOT_FOUND, "x")

    assert [(Kind.UNAVAILABLE, NEVER, "vendor_login_refused")] * 2 == [
        (found.kind, found.retry, found.code) for found in (denied, refused)
    ]
    assert other is for_callers(other)


def test_a_good_answer_that_is_no_json_is_no_good_answer() -> None:
    """What was posted may have been done all the same: then the outcome is unknown, and nothing is repeated."""
    read, posted = problem(200, HTML), problem(201, HTML, method="POST")
    huge = problem(200, b" " * (33 * 1024 * 1024))

    assert (Kind.UNAVAILABLE, Kind.UNKNOWN_OUTCOME) == (read.kind, posted.kind)
    assert "vendor_answer_too_large" == huge.code
    request = httpx.Request("PUT", "https://site.test/")
    assert None is problem_from(httpx.Response(204, request=request))
