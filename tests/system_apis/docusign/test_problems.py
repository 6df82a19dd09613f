"""What each refusal of the vendor means to us, and that nothing of its words leaks where it may quote data."""

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.docusign.client import for_callers
from system_apis.docusign.problems import CODES, STATUSES, problem_from

pytestmark = pytest.mark.req(7, 241)

NOW_S = 1_800_000_000.0


def answer(status: int, body: bytes, *, accept: str = "application/json", **headers: str) -> httpx.Response:
    """An answer of the vendor."""
    request = httpx.Request("GET", "https://na3.docusign.test/restapi/v2.1", headers={"accept": accept})
    named = {"content-type": "application/json; charset=utf-8"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx.Response(status, content=body, headers=named, request=request)


def problem(status: int, body: bytes = b"", **headers: str) -> Problem:
    """The problem behind an answer."""
    found = problem_from(answer(status, body, **headers), now_s=NOW_S)
    assert found is not None
    return found


def error(code: str) -> bytes:
    """The vendor's error object, quoting data in its sentence."""
    return msgspec.json.encode({"errorCode": code, "message": "claire.moreau@northwind.example is no address"})


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "INVALID_REQUEST_BODY", (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, "INVALID_EMAIL_ADDRESS_FOR_RECIPIENT", (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, "ANCHOR_TAB_STRING_NOT_FOUND", (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, "ENVELOPE_CANNOT_VOID_INVALID_STATE", (Kind.CONFLICT, Retry.NEVER, "vendor_wrong_state")),
        (400, "EDIT_LOCK_ENVELOPE_ALREADY_LOCKED", (Kind.CONFLICT, Retry.LATER, "vendor_record_locked")),
        (400, "ENVELOPE_ALLOWANCE_EXCEEDED", (Kind.FORBIDDEN, Retry.NEVER, "vendor_allowance_spent")),
        (400, "Hourly_Envelope_Polling_Limit_Exceeded", (Kind.RATE_LIMITED, Retry.LATER, "vendor_polling_limit")),
        (400, "Burst_APIInvocation_Envelope_Limit_Exceeded", (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (400, "HOURLY_APIINVOCATION_LIMIT_EXCEEDED", (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (429, "BURST_APIINVOCATION_LIMIT_EXCEEDED", (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (400, "SOMETHING_NEW", (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
        (401, "AUTHORIZATION_INVALID_TOKEN", (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused")),
        (401, "USER_DOES_NOT_BELONG_TO_SPECIFIED_ACCOUNT", (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")),
        (403, "USER_LACKS_PERMISSIONS", (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")),
        (404, "ENVELOPE_DOES_NOT_EXIST", (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")),
        (404, "", (Kind.UNAVAILABLE, Retry.LATER, "vendor_account_elsewhere")),
        (413, "", (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")),
        (500, "UNSPECIFIED_ERROR", (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (503, "", (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (302, "", (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
    ],
)
def test_a_refusal_is_told_in_our_terms(status: int, code: str, expected: tuple[Kind, Retry, str]) -> None:
    """The error code decides, in whatever case it is written, and the status where there is none."""
    found = problem(status, error(code) if code else b"<html>")

    assert expected == (found.kind, found.retry, found.code)
    assert "moreau" not in f"{found.detail} {found.context}"


def test_every_line_of_the_table_is_found() -> None:
    """Each code leads to its verdict whatever the status, each status to its own without a code."""
    met = {code: problem(418, error(code)) for code in CODES}
    by_status = {status: problem(status, b"{}") for status in STATUSES}

    assert CODES == {code: (found.kind, found.retry, found.code) for code, found in met.items()}
    assert STATUSES == {status: (found.kind, found.retry, found.code) for status, found in by_status.items()}


@pytest.mark.parametrize(
    ("code", "headers", "expected_s"),
    [
        ("BURST_APIINVOCATION_LIMIT_EXCEEDED", {}, 30.0),
        ("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", {"x_ratelimit_reset": str(int(NOW_S) + 240)}, 240.0),
        ("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", {"x_ratelimit_reset": str(int(NOW_S) - 9)}, 1.0),
        ("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", {"x_ratelimit_reset": "soon"}, 3600.0),
        ("HOURLY_APIINVOCATION_LIMIT_EXCEEDED", {}, 3600.0),
        ("Hourly_APIInvocation_Envelope_Limit_Exceeded", {"x_ratelimit_reset": str(int(NOW_S) + 5)}, 3600.0),
        ("Hourly_Envelope_Polling_Limit_Exceeded", {}, 900.0),
        ("Burst_Envelope_Polling_Limit_Exceeded", {}, 30.0),
        ("Hourly_Envelope_Polling_Limit_Exceeded", {"retry_after": "12"}, 12.0),
        ("", {}, None),
    ],
)
def test_a_pause_is_the_vendors_or_its_windows(code: str, headers: dict[str, str], expected_s: float | None) -> None:
    """The hour's end is told for the account; for an envelope only the window is known: a quarter of an hour a read."""
    assert expected_s == problem(429, error(code), **headers).retry_after_s


def test_a_good_answer_is_what_was_asked_for() -> None:
    """JSON where JSON was wanted and a PDF where a PDF was; a page of HTML is no answer."""
    pdf = {"accept": "application/pdf"}
    good = [
        problem_from(answer(200, b"{}"), now_s=NOW_S),
        problem_from(answer(200, b"%PDF-", content_type="application/pdf", **pdf), now_s=NOW_S),
    ]
    garbled = [problem(200, b"<html>", content_type="text/html"), problem(200, b"{}", **pdf)]
    huge = problem(200, b" " * (64 * 1024 * 1024 + 1))

    assert [None, None] == good
    assert [(Kind.UNAVAILABLE, "vendor_garbled")] * 2 == [(each.kind, each.code) for each in garbled]
    assert "vendor_answer_too_large" == huge.code


def test_a_code_that_is_no_word_is_not_repeated() -> None:
    """What stands where a code should be may be anything."""
    found = problem(400, msgspec.json.encode({"errorCode": "moreau@northwind.example", "message": ""}))

    assert ("vendor_refused", "400", {}) == (found.code, found.detail, found.context)


def test_a_refused_token_is_no_fault_of_our_caller() -> None:
    """Whoever asked us has shown a good token of ours."""
    other = Problem(Kind.NOT_FOUND, "x")
    told = for_callers(problem(401, error("AUTHORIZATION_INVALID_TOKEN")))

    assert (Kind.UNAVAILABLE, Retry.NEVER, "vendor_login_refused") == (told.kind, told.retry, told.code)
    assert other is for_callers(other)
