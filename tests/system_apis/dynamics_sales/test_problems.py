"""What each refusal of the vendor means to us, and that nothing of its words leaks where it may quote data."""

import httpx
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.dynamics_sales import batch, problems
from system_apis.dynamics_sales.auth import refusal
from system_apis.dynamics_sales.client import for_callers
from system_apis.dynamics_sales.problems import BY_STATUS, TABLE, problem_from, problem_of

pytestmark = pytest.mark.req(33, 62)


def answer(
    status: int,
    body: bytes,
    *,
    path: str = "accounts",
    media: str = "application/json; odata.metadata=minimal",
    wait: str = "",
) -> httpx.Response:
    """An answer of the vendor."""
    request = httpx.Request("GET", f"https://org.test/api/data/v9.2/{path}")
    headers = {"content-type": media} | ({"retry-after": wait} if wait else {})
    return httpx.Response(status, content=body, headers=headers, request=request)


def error(code: str, message: str = "words") -> bytes:
    """The vendor's error object."""
    return f'{{"error":{{"code":"{code}","message":"{message}"}}}}'.encode()


REFUSALS = [
    (400, error("0x0", "Could not find a property named 'x'"), Kind.UNEXPECTED, Retry.NEVER),
    (400, error("0x80060890"), Kind.UNEXPECTED, Retry.NEVER),
    (400, error("0x80048d19"), Kind.INVALID, Retry.NEVER),
    (400, error("0x8004431A"), Kind.INVALID, Retry.NEVER),
    (400, error("0x80044352"), Kind.PRECONDITION_FAILED, Retry.NEVER),
    (400, error("0x99999999"), Kind.UNEXPECTED, Retry.NEVER),
    (401, b"", Kind.UNAUTHENTICATED, Retry.NEVER),
    (403, error("0x80072560"), Kind.FORBIDDEN, Retry.NEVER),
    (403, b"", Kind.FORBIDDEN, Retry.NEVER),
    (404, error("0x80040217"), Kind.NOT_FOUND, Retry.NEVER),
    (404, error("0x80060891"), Kind.NOT_FOUND, Retry.NEVER),
    (404, error("0x8006088a"), Kind.UNEXPECTED, Retry.NEVER),
    (404, error("0x0", "Resource not found for the segment"), Kind.UNEXPECTED, Retry.NEVER),
    (405, b"", Kind.UNEXPECTED, Retry.NEVER),
    (412, error("0x80060882"), Kind.PRECONDITION_FAILED, Retry.NEVER),
    (412, error("0x80040237"), Kind.ALREADY_EXISTS, Retry.NEVER),
    (412, error("0x80060892"), Kind.ALREADY_EXISTS, Retry.NEVER),
    (412, b"", Kind.PRECONDITION_FAILED, Retry.NEVER),
    (413, b"", Kind.TOO_LARGE, Retry.NEVER),
    (429, error("0x80072321"), Kind.RATE_LIMITED, Retry.LATER),
    (429, b"", Kind.RATE_LIMITED, Retry.LATER),
    (500, error("0x80040333"), Kind.ALREADY_EXISTS, Retry.NEVER),  # duplicates were told as 500 once
    (500, error("0x80040216"), Kind.UNEXPECTED, Retry.LATER),
    (500, error("0x80044151"), Kind.TIMEOUT, Retry.LATER),
    (500, b"<html>", Kind.UNAVAILABLE, Retry.LATER),
    (501, b"", Kind.UNSUPPORTED, Retry.NEVER),
    (502, error("0x0"), Kind.UNAVAILABLE, Retry.LATER),
    (503, b"", Kind.UNAVAILABLE, Retry.LATER),
    (302, b"", Kind.UNEXPECTED, Retry.NEVER),
    (418, b"[]", Kind.UNEXPECTED, Retry.NEVER),
]


@pytest.mark.req(7)
@pytest.mark.parametrize(("status", "body", "kind", "retry"), REFUSALS)
def test_a_refusal_is_told_in_our_terms(status: int, body: bytes, kind: Kind, retry: Retry) -> None:
    """Kind and retry verdict follow from code and status, in that order."""
    problem = problem_from(answer(status, body))

    assert problem is not None
    assert (kind, retry) == (problem.kind, problem.retry)


def test_every_code_and_status_of_the_tables_is_found() -> None:
    """A code says more than its status, however it is written; without a code the status speaks."""
    for code, meaning in TABLE.items():
        problem = problem_of(418, error(code.upper().replace("X", "x", 1)), headers={})
        assert meaning == (problem.kind, problem.retry, problem.code)
    for status, meaning in BY_STATUS.items():
        problem = problem_of(status, b"", headers={})
        assert meaning == (problem.kind, problem.retry, problem.code)


@pytest.mark.parametrize(("wait", "seconds"), [("17", 17.0), ("", None), ("soon", None), ("-1", None), ("1e3", None)])
def test_a_throttle_says_for_how_long(wait: str, seconds: float | None) -> None:
    """Whole seconds are taken; whatever else stands there is let be."""
    problem = problem_from(answer(429, error("0x80072322"), wait=wait))

    assert problem is not None
    assert (seconds, "vendor_request_limit") == (problem.retry_after_s, problem.code)


def test_a_good_answer_is_no_problem_and_what_is_no_json_is_an_outage() -> None:
    """200 with JSON and 204 with nothing pass; a maintenance page, or an answer without end, does not."""
    page = problem_from(answer(200, b"<html>Down for maintenance</html>", media="text/html"))

    assert problem_from(answer(200, b"{}")) is None
    assert problem_from(answer(204, b"", media="")) is None
    assert page is not None
    assert (Kind.UNAVAILABLE, Retry.LATER) == (page.kind, page.retry)


def test_an_answer_beyond_all_measure_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before it is taken apart."""
    monkeypatch.setattr(problems, "_MOST_BYTES", 10)

    problem = problem_from(answer(200, b'{"value":[]}'))

    assert problem is not None
    assert ("vendor_answer_too_large", Retry.NEVER) == (problem.code, problem.retry)


def multipart(*parts: bytes, end: bytes = b"--b--\r\n") -> bytes:
    """The body of a batch's answer."""
    head = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    return b"".join(b"--b\r\n" + head + part + b"\r\n" for part in parts) + end


GOOD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"value":[]}'
THROTTLED = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 9\r\n\r\n" + error("0x80072322")


@pytest.mark.parametrize(
    ("status", "body", "media", "expected"),
    [
        (200, multipart(GOOD, GOOD), "multipart/mixed; boundary=b", None),
        (200, multipart(GOOD, THROTTLED), 'multipart/mixed; boundary="b"', (Kind.RATE_LIMITED, 9.0)),
        (429, multipart(GOOD, THROTTLED), "multipart/mixed; boundary=b", (Kind.RATE_LIMITED, 9.0)),
        (503, multipart(GOOD), "multipart/mixed; boundary=b", (Kind.UNAVAILABLE, None)),
        (200, multipart(GOOD, end=b""), "multipart/mixed; boundary=b", (Kind.UNAVAILABLE, None)),
        (200, multipart(b"nonsense"), "multipart/mixed; boundary=b", (Kind.UNAVAILABLE, None)),
        (200, multipart(GOOD), "multipart/mixed", (Kind.UNAVAILABLE, None)),
        (200, b'{"value":[]}', "application/json", (Kind.UNAVAILABLE, None)),
        (400, error("0x80060888"), "application/json", (Kind.UNEXPECTED, None)),
    ],
    ids=["good", "part", "outer", "bare", "cut", "garbled", "no boundary", "json", "refused"],
)
def test_a_batch_is_as_good_as_its_worst_part(
    status: int, body: bytes, media: str, expected: tuple[Kind, float | None] | None
) -> None:
    """The top level says 200; a part that failed, or an answer that was cut off, fails the whole."""
    problem = problem_from(answer(status, body, media=media, path="$batch"))

    assert expected == (problem and (problem.kind, problem.retry_after_s))


def test_a_batch_is_written_with_the_line_ends_that_the_vendor_wants() -> None:
    """CRLF throughout, an empty line after the inner headers, and an end."""
    body = batch.encoded(["/api/data/v9.2/accounts?$select=name"], headers={"Accept": "application/json"})

    assert body.count(b"\n") == body.count(b"\r\n")
    assert b"GET /api/data/v9.2/accounts?$select=name HTTP/1.1\r\nAccept: application/json\r\n\r\n" in body
    assert body.endswith(b"--batch_sluice--\r\n")


def test_the_vendors_words_are_kept_back_where_they_quote_data() -> None:
    """Codes are named, values are not; only what a rule of the firm's own people says is passed on."""
    quoting = problem_of(400, error("0x80044331", "The length of Northwind ..."), headers={})
    written = problem_of(400, error("0x80040265", "Close date lies in a closed month"), headers={})

    assert ("0x80044331", "0x80044331") == (quoting.detail, quoting.context["vendor_code"])
    assert "Close date lies in a closed month" == written.detail


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
