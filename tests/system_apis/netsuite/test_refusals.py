from collections.abc import Callable

import httpx
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.netsuite.refusals import FRESH_S, problem_from

ORDER = "https://x.example/services/rest/record/v1/salesOrder/eid:b1"


def answer(status: int, code: str = "", *, url: str = ORDER, **headers: str) -> httpx.Response:
    body = {"title": "T", "status": status, "o:errorDetails": [{"detail": "text", "o:errorCode": code}]}
    return httpx.Response(status, json=body, headers=headers, request=httpx.Request("PUT", url))


def judged(response: httpx.Response, *, token_age_s: float | None = FRESH_S + 1) -> Problem:
    problem = problem_from(response, token_age_s=token_age_s)
    assert problem is not None
    return problem


@pytest.mark.parametrize(
    ("status", "code", "kind", "retry"),
    [
        (400, "INVALID_CONTENT", Kind.INVALID, Retry.NEVER),
        (400, "INVALID_PARAMETER", Kind.INVALID, Retry.NEVER),
        (400, "INVALID_KEY_OR_REF", Kind.INVALID, Retry.NEVER),
        (400, "USER_ERROR", Kind.INVALID, Retry.NEVER),
        (400, "NEVER_HEARD_OF", Kind.INVALID, Retry.NEVER),
        (400, "DUP_RCRD", Kind.ALREADY_EXISTS, Retry.NEVER),
        (400, "UNIQUE_CUST_ID_REQD", Kind.ALREADY_EXISTS, Retry.NEVER),
        (400, "IDEMPOTENCY_ERROR", Kind.ALREADY_EXISTS, Retry.NEVER),
        (400, "RCRD_HAS_BEEN_CHANGED", Kind.CONFLICT, Retry.LATER),
        (400, "CONCURRENCY_LIMIT_EXCEEDED", Kind.RATE_LIMITED, Retry.LATER),
        (400, "SSS_REQUEST_LIMIT_EXCEEDED", Kind.RATE_LIMITED, Retry.LATER),
        (401, "INVALID_LOGIN", Kind.UNAUTHENTICATED, Retry.NEVER),
        (403, "INSUFFICIENT_PERMISSION", Kind.FORBIDDEN, Retry.NEVER),
        (404, "NONEXISTENT_ID", Kind.NOT_FOUND, Retry.NEVER),
        (405, "", Kind.UNSUPPORTED, Retry.NEVER),
        (413, "", Kind.TOO_LARGE, Retry.NEVER),
        (429, "CONCURRENCY_LIMIT_EXCEEDED", Kind.RATE_LIMITED, Retry.LATER),
        (302, "", Kind.UNEXPECTED, Retry.NEVER),
        (418, "", Kind.UNEXPECTED, Retry.NEVER),
        (500, "UNEXPECTED_ERROR", Kind.UNAVAILABLE, Retry.LATER),
        (503, "", Kind.UNAVAILABLE, Retry.LATER),
    ],
)
@pytest.mark.req(7)
def test_every_refusal_has_a_kind_and_a_verdict(status: int, code: str, kind: Kind, retry: Retry) -> None:
    """The table: status and code of NetSuite to our kind and what repeating would bring."""
    problem = judged(answer(status, code))
    assert (kind, retry) == (problem.kind, problem.retry)


@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_good_answer_is_no_problem(status: int) -> None:
    """Success passes."""
    assert problem_from(answer(status), token_age_s=0.0) is None


@pytest.mark.parametrize(
    ("age_s", "kind"),
    [
        (0.0, Kind.RATE_LIMITED),
        (FRESH_S - 1, Kind.RATE_LIMITED),
        (FRESH_S, Kind.UNAUTHENTICATED),
        (None, Kind.UNAUTHENTICATED),
    ],
)
def test_a_401_on_a_fresh_token_is_crowding(age_s: float | None, kind: Kind) -> None:
    """A token just fetched is not to blame; an old one is renewed first."""
    assert kind is judged(answer(401, "INVALID_LOGIN"), token_age_s=age_s).kind


def test_a_duplicate_points_at_the_first_request() -> None:
    """The Location of the first job travels in the context: a success to be looked up, not a failure."""
    problem = judged(answer(400, "IDEMPOTENCY_ERROR", location="https://x.example/job/7"))
    assert "vendor_already_accepted" == problem.code
    assert "https://x.example/job/7" == problem.context["location"]


def test_retry_after_is_believed_when_it_is_there() -> None:
    """NetSuite sends none; a proxy before it may."""
    assert 7.0 == judged(answer(429, **{"retry-after": "7"})).retry_after_s
    assert judged(answer(429)).retry_after_s is None


def test_a_bad_reference_names_our_field(fixture_bytes: Callable[[str], bytes]) -> None:
    """The path of the detail is translated by record and field."""
    request = httpx.Request("PUT", ORDER)
    problem = judged(httpx.Response(400, content=fixture_bytes("refused_reference"), request=request))
    assert [("/tax_code", "INVALID_CONTENT")] == [(error.pointer, error.code) for error in problem.errors]
    assert "Invalid Field Value 77" in problem.detail


@pytest.mark.parametrize("content", [b"", b"<html>gateway</html>", b"[]"])
def test_a_body_that_is_not_the_vendors_is_survived(content: bytes) -> None:
    """A page of something in between still becomes a problem."""
    response = httpx.Response(400, content=content, request=httpx.Request("GET", ORDER))
    assert Kind.INVALID is judged(response).kind
