"""What each refusal of the vendor means to us, and that nothing of its words leaks where it may quote data."""

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from kit.force.client import for_callers
from kit.force.problems import TABLE, problem_from, problem_of

pytestmark = pytest.mark.req(32, 62)


def answer(
    status: int, body: bytes, *, path: str = "/services/data/v66.0/query", media: str = "application/json"
) -> httpx.Response:
    """An answer of the vendor."""
    request = httpx.Request("GET", f"https://org.test{path}")
    return httpx.Response(status, content=body, headers={"content-type": media}, request=request)


def error(code: str, message: str = "words", fields: str = "[]") -> bytes:
    """The vendor's error array."""
    return f'[{{"message":"{message}","errorCode":"{code}","fields":{fields}}}]'.encode()


DISGUISED = [
    (403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), Kind.RATE_LIMITED, Retry.NEVER),
    (
        403,
        error("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."),
        Kind.RATE_LIMITED,
        Retry.LATER,
    ),
    (400, error("UNABLE_TO_LOCK_ROW"), Kind.CONFLICT, Retry.LATER),
    (400, error("ENTITY_IS_LOCKED"), Kind.CONFLICT, Retry.LATER),
    (401, error("INVALID_SESSION_ID", "Session expired or invalid"), Kind.UNAUTHENTICATED, Retry.NEVER),
    (403, error("INSUFFICIENT_ACCESS"), Kind.FORBIDDEN, Retry.NEVER),
    (403, error("API_DISABLED_FOR_ORG"), Kind.FORBIDDEN, Retry.NEVER),
    (404, error("NOT_FOUND"), Kind.NOT_FOUND, Retry.NEVER),
    (404, error("ENTITY_IS_DELETED"), Kind.NOT_FOUND, Retry.NEVER),
    (400, error("DUPLICATE_VALUE"), Kind.ALREADY_EXISTS, Retry.NEVER),
    (400, error("INVALID_FIELD"), Kind.UNEXPECTED, Retry.NEVER),
    (400, error("MALFORMED_QUERY"), Kind.UNEXPECTED, Retry.NEVER),
    (400, error("REQUIRED_FIELD_MISSING"), Kind.INVALID, Retry.NEVER),
    (400, error("FIELD_CUSTOM_VALIDATION_EXCEPTION"), Kind.INVALID, Retry.NEVER),
    (400, error("INVALID_QUERY_LOCATOR"), Kind.PRECONDITION_FAILED, Retry.NEVER),
    (300, b'["/services/data/v66.0/sobjects/Account/001"]', Kind.CONFLICT, Retry.NEVER),
    (410, b"[]", Kind.UNSUPPORTED, Retry.NEVER),
    (414, b"", Kind.TOO_LARGE, Retry.NEVER),
    (429, b"", Kind.RATE_LIMITED, Retry.LATER),
    (500, error("UNKNOWN_EXCEPTION"), Kind.UNEXPECTED, Retry.LATER),
    (502, b"<html>", Kind.UNAVAILABLE, Retry.LATER),
    (503, error("SERVER_UNAVAILABLE"), Kind.UNAVAILABLE, Retry.LATER),
    (418, b"", Kind.UNEXPECTED, Retry.NEVER),
]


@pytest.mark.parametrize(("status", "body", "kind", "retry"), DISGUISED)
def test_a_refusal_is_told_in_our_terms(status: int, body: bytes, kind: Kind, retry: Retry) -> None:
    """Kind and retry verdict follow from code, text and status, in that order."""
    problem = problem_from(answer(status, body))

    assert problem is not None
    assert (kind, retry) == (problem.kind, problem.retry)
    assert problem.retry_after_s is None


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_code_of_the_table_is_found_whatever_the_status(code: str) -> None:
    """The vendor's code says more than its status."""
    problem = problem_of(418, error(code))

    assert TABLE[code] == (problem.kind, problem.retry, problem.code)


def test_a_good_answer_is_no_problem() -> None:
    """200 with JSON and 204 with nothing pass."""
    assert problem_from(answer(200, b"{}")) is None
    assert problem_from(answer(204, b"", media="")) is None


def test_a_page_of_html_is_an_outage_in_disguise() -> None:
    """A maintenance page comes with 200."""
    problem = problem_from(answer(200, b"<html>Down for maintenance</html>", media="text/html"))

    assert problem is not None
    assert (Kind.UNAVAILABLE, Retry.LATER) == (problem.kind, problem.retry)


def test_a_failed_part_of_a_batch_is_the_batchs_problem() -> None:
    """The top level says 200; a throttled part throttles the whole."""
    part = msgspec.Raw(error("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."))
    results = [{"statusCode": 200, "result": {}}, {"statusCode": 403, "result": part}]
    body = msgspec.json.encode({"hasErrors": True, "results": results})

    problem = problem_from(answer(200, body, path="/services/data/v66.0/composite/batch"))

    assert problem is not None
    assert (Kind.RATE_LIMITED, Retry.LATER) == (problem.kind, problem.retry)
    garbled = problem_from(answer(200, b'{"has', path="/services/data/v66.0/composite/batch"))
    assert garbled is not None
    assert Kind.UNAVAILABLE is garbled.kind


def test_the_vendors_words_are_kept_back_where_they_quote_data() -> None:
    """Fields are named, values are not; only a rule that the org's own people wrote is passed on."""
    quoting = problem_of(400, error("STRING_TOO_LONG", "Name: data value too large: Northwind", '["Name"]'))
    written = problem_of(400, error("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Close date lies in a closed month"))

    assert "STRING_TOO_LONG on Name" == quoting.detail
    assert "Close date lies in a closed month" == written.detail


def test_callers_are_told_to_come_back_though_we_do_not_ask_again() -> None:
    """The day's limit is never retried within a call, and is worth trying later for whoever called us."""
    daily = for_callers(problem_of(403, error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")))
    session = for_callers(problem_of(401, error("INVALID_SESSION_ID")))
    other = Problem(Kind.NOT_FOUND, "x")

    assert (Kind.RATE_LIMITED, Retry.LATER, 900.0) == (daily.kind, daily.retry, daily.retry_after_s)
    assert (Kind.UNAVAILABLE, Retry.NEVER) == (session.kind, session.retry)
    assert other is for_callers(other)
