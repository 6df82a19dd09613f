"""What each of the vendor's refusals means to a caller, and whether asking again would help."""

import httpx
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.sharepoint.auth import refusal
from system_apis.sharepoint.client import for_callers
from system_apis.sharepoint.problems import carried_problem_from, problem_from, problem_of

pytestmark = pytest.mark.req(46)


def error(code: str, *, inner: str = "", message: str = "words") -> bytes:
    more = f',"innerError":{{"code":"{inner}"}}' if inner else ""
    return f'{{"error":{{"code":"{code}","message":"{message}"{more}}}}}'.encode()


def answer(status: int, body: bytes, *, media: str = "application/json") -> httpx.Response:
    request = httpx.Request("GET", "http://graph.test/v1.0/drives/d/root")
    return httpx.Response(status, content=body, headers={"content-type": media}, request=request)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, error("itemNotFound"), (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")),
        (409, error("nameAlreadyExists"), (Kind.ALREADY_EXISTS, Retry.NEVER, "vendor_duplicate")),
        (409, error("editConflict"), (Kind.CONFLICT, Retry.LATER, "vendor_conflict")),
        (412, error("resourceModified"), (Kind.PRECONDITION_FAILED, Retry.NEVER, "vendor_version_moved")),
        (412, b"", (Kind.PRECONDITION_FAILED, Retry.NEVER, "vendor_version_moved")),
        (410, error("resyncRequired"), (Kind.PRECONDITION_FAILED, Retry.NEVER, "vendor_cursor_gone")),
        (410, b"<html>", (Kind.PRECONDITION_FAILED, Retry.NEVER, "vendor_cursor_gone")),
        (429, error("activityLimitReached"), (Kind.RATE_LIMITED, Retry.LATER, "vendor_request_limit")),
        (429, error("accessDenied"), (Kind.RATE_LIMITED, Retry.LATER, "vendor_request_limit")),
        (503, error("serviceNotAvailable"), (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (503, error("generalException"), (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (500, error("generalException"), (Kind.UNEXPECTED, Retry.LATER, "vendor_failed")),
        (504, b"<html>", (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (403, error("accessDenied"), (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")),
        (401, error("InvalidAuthenticationToken"), (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_session_ended")),
        (400, error("invalidRequest"), (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, error("BadRequest"), (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")),
        (400, error("pathIsTooLong"), (Kind.INVALID, Retry.NEVER, "name_too_long")),
        (400, error("malwareDetected"), (Kind.INVALID, Retry.NEVER, "vendor_malware_found")),
        (400, error("brandNew"), (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
        (413, b"", (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")),
        (416, error("invalidRange"), (Kind.CONFLICT, Retry.NEVER, "vendor_range_refused")),
        (423, error("resourceLocked"), (Kind.CONFLICT, Retry.LATER, "vendor_item_locked")),
        (507, error("quotaLimitReached"), (Kind.UNAVAILABLE, Retry.NEVER, "vendor_storage_full")),
        (501, error("notSupported"), (Kind.UNSUPPORTED, Retry.NEVER, "vendor_unsupported")),
    ],
    ids=lambda value: value.decode()[:40] if isinstance(value, bytes) else str(value)[:4],
)
def test_each_refusal_has_its_kind_and_its_verdict(status: int, body: bytes, expected: tuple[Kind, Retry, str]) -> None:
    """By code first, then by status; 429 and 503 whatever the words."""
    problem = problem_of(status, body, headers={})

    assert expected == (problem.kind, problem.retry, problem.code)


@pytest.mark.parametrize(("header", "expected"), [("7", 7.0), ("", None), ("soon", None), ("-1", None)])
def test_a_wait_is_as_long_as_the_vendor_says(header: str, expected: float | None) -> None:
    """Seconds, or nothing."""
    problems = [problem_of(status, b"", headers={"retry-after": header}) for status in (429, 503)]

    assert [expected, expected] == [problem.retry_after_s for problem in problems]


def test_names_of_files_and_people_are_kept_back() -> None:
    """The vendor's code is told, the more exact one before the other, and never its sentence."""
    problem = problem_of(400, error("invalidRequest", inner="invalidName", message="Northwind.pdf"), headers={})

    assert ("invalidName", "invalidRequest") == (problem.detail, problem.context["vendor_code"])
    assert "Northwind" not in str(problem.details())


def test_a_good_answer_is_json_an_address_or_nothing() -> None:
    """A page of HTML under 200 is none."""
    good = [answer(200, b"{}"), answer(302, b""), answer(204, b"")]
    page = problem_from(answer(200, b"<html>", media="text/html"))

    assert [None, None, None] == [problem_from(each) for each in good]
    assert page is not None
    assert ("vendor_garbled", Retry.LATER) == (page.code, page.retry)


def test_what_an_address_of_content_carries_may_be_anything() -> None:
    """An address that has ended is told as a failure that passes, for a new one is had."""
    ended = carried_problem_from(answer(401, error("unauthenticated")))

    assert carried_problem_from(answer(200, b"<html>", media="text/html")) is None
    assert ended is not None
    assert (Kind.UNAVAILABLE, Retry.LATER, "vendor_address_ended") == (ended.kind, ended.retry, ended.code)


def test_a_session_that_stays_refused_is_no_fault_of_our_caller() -> None:
    """Nobody above us is told to log in."""
    session = for_callers(problem_of(401, b"", headers={}))
    other = Problem(Kind.NOT_FOUND, "x")

    assert (Kind.UNAVAILABLE, Retry.NEVER) == (session.kind, session.retry)
    assert other is for_callers(other)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, b'{"error":"invalid_client","error_codes":[7000215]}', ("vendor_login_refused", Retry.NEVER)),
        (400, b'{"error":"temporarily_unavailable"}', ("vendor_unavailable", Retry.LATER)),
        (400, b"?", ("vendor_login_refused", Retry.NEVER)),
        (429, b"", ("vendor_login_limit", Retry.LATER)),
        (503, b"<html>", ("vendor_unavailable", Retry.LATER)),
    ],
)
def test_a_refused_login_says_its_codes_and_nothing_else(status: int, body: bytes, expected: tuple[str, Retry]) -> None:
    """People mend a secret; weather passes."""
    problem = refusal(httpx.Response(status, content=body))

    assert expected == (problem.code, problem.retry)
    if b"7000215" in body:
        assert "login: invalid_client AADSTS7000215" == problem.detail
