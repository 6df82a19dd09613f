"""What each refusal of the vendor means to us, and that nothing of its words leaks where it may quote data."""

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.hubspot.client import for_callers
from system_apis.hubspot.problems import CATEGORIES, DETAILS, STATUSES, problem_from

pytestmark = pytest.mark.req(34, 62)

BATCH = "/crm/objects/2026-03/deals/batch/read"


def answer(
    status: int,
    body: bytes,
    *,
    path: str = "/crm/objects/2026-03/deals/1",
    media: str = "application/json",
    **headers: str,
) -> httpx.Response:
    """An answer of the vendor."""
    request = httpx.Request("GET", f"https://account.test{path}")
    return httpx.Response(status, content=body, headers={"content-type": media, **headers}, request=request)


def problem(status: int, body: bytes = b"", **more: str) -> Problem:
    """The problem behind an answer."""
    found = problem_from(answer(status, body, **more))
    assert found is not None
    return found


def error(category: str = "", code: str = "", policy: str = "") -> bytes:
    """The vendor's error object, quoting data in its sentence."""
    errors = [{"message": "Northwind", "code": code, "context": {"propertyName": ["amount"]}}] if code else []
    told = {"status": "error", "message": 'Property "Northwind" …', "category": category, "errors": errors}
    return msgspec.json.encode({key: value for key, value in {**told, "policyName": policy}.items() if value})


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, error("VALIDATION_ERROR"), (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, error("VALIDATION_ERROR", "INVALID_OPTION"), (Kind.INVALID, Retry.NEVER, "vendor_refused_value")),
        (400, error("VALIDATION_ERROR", "READ_ONLY_VALUE"), (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")),
        (400, error(), (Kind.UNEXPECTED, Retry.NEVER, "vendor_schema_mismatch")),
        (401, b"", (Kind.UNAUTHENTICATED, Retry.NEVER, "vendor_token_refused")),
        (403, error("MISSING_SCOPES"), (Kind.FORBIDDEN, Retry.NEVER, "vendor_scope_missing")),
        (403, b"", (Kind.FORBIDDEN, Retry.NEVER, "vendor_access_denied")),
        (404, error("OBJECT_NOT_FOUND"), (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")),
        (404, error(), (Kind.NOT_FOUND, Retry.NEVER, "vendor_record_not_found")),
        (409, error("CONFLICT"), (Kind.ALREADY_EXISTS, Retry.NEVER, "vendor_duplicate")),
        (414, b"<html>", (Kind.TOO_LARGE, Retry.NEVER, "vendor_request_too_large")),
        (423, error(), (Kind.CONFLICT, Retry.LATER, "vendor_row_locked")),
        (429, error(policy="SECONDLY"), (Kind.RATE_LIMITED, Retry.LATER, "vendor_rate_limit")),
        (429, error(policy="DAILY"), (Kind.RATE_LIMITED, Retry.NEVER, "vendor_daily_limit")),
        (477, error(), (Kind.UNAVAILABLE, Retry.LATER, "vendor_account_migrating")),
        (500, b"", (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (504, b"<html>", (Kind.UNAVAILABLE, Retry.LATER, "vendor_unavailable")),
        (530, b"<html>", (Kind.UNAVAILABLE, Retry.LATER, "vendor_edge_refused")),
        (302, b"", (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
        (418, b"[]", (Kind.UNEXPECTED, Retry.NEVER, "vendor_refused")),
    ],
)
def test_a_refusal_is_told_in_our_terms(status: int, body: bytes, expected: tuple[Kind, Retry, str]) -> None:
    """Kind and retry verdict follow from the property at fault, the category and the status, in that order."""
    found = problem(status, body)

    assert expected == (found.kind, found.retry, found.code)
    assert "Northwind" not in f"{found.detail} {found.context}"


def test_every_line_of_the_table_is_found() -> None:
    """Each word of the vendor leads to its verdict, whatever else stands beside it."""
    met = {code: problem(418, error(code=code)) for code in DETAILS}
    met |= {category: problem(418, error(category)) for category in CATEGORIES}
    wanted = {**DETAILS, **CATEGORIES}
    assert wanted == {word: (found.kind, found.retry, found.code) for word, found in met.items()}

    by_status = {status: problem(status, b"{}") for status in STATUSES}
    assert STATUSES == {status: (found.kind, found.retry, found.code) for status, found in by_status.items()}


def test_an_address_that_is_gone_is_no_missing_row() -> None:
    """The API answers a missing row in JSON, and in HTML where it has no such address."""
    found = problem(404, b"<html>Error 404</html>", media="text/html")

    assert (Kind.UNSUPPORTED, "vendor_version_retired") == (found.kind, found.code)


def test_a_pause_is_the_vendors_or_the_policys() -> None:
    """Retry-After is not promised; without it the policy says how long its window is."""
    pauses = [
        problem(429, error(policy="SECONDLY")).retry_after_s,
        problem(429, error(policy="TEN_SECONDLY_ROLLING")).retry_after_s,
        problem(429, error(policy="SECONDLY"), **{"retry-after": "7"}).retry_after_s,
        problem(477, error(), **{"retry-after": "86400"}).retry_after_s,
        problem(429, error(), **{"retry-after": "Fri, 20 Nov"}).retry_after_s,
        problem(401, b"", **{"retry-after": "7"}).retry_after_s,
    ]

    assert [1.0, 10.0, 7.0, 86400.0, None, None] == pauses


def test_a_good_answer_is_no_problem_and_a_bad_one_may_say_200() -> None:
    """A row without associations is no failure; a failed part, an unfinished batch and a page of HTML are."""
    nothing = {"category": "OBJECT_NOT_FOUND", "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}
    gone = {"category": "OBJECT_NOT_FOUND", "message": "x", "context": {"ids": ["1"]}}
    refused = {"category": "VALIDATION_ERROR", "errors": [{"code": "CONFLICTING_UNIQUE_VALUE"}]}

    def batch(answered: int, **body: object) -> Problem | None:
        return problem_from(answer(answered, msgspec.json.encode({"results": [], **body}), path=BATCH))

    assert [None] * 4 == [
        problem_from(answer(200, b"{}")),
        problem_from(answer(204, b"", media="")),
        batch(200, status="COMPLETE"),
        batch(207, status="COMPLETE", errors=[nothing]),
    ]
    bad = [
        batch(207, errors=[nothing, gone]),
        batch(207, errors=[refused]),
        batch(200, status="CANCELED"),
        problem_from(answer(207, b'{"err', path=BATCH)),
        problem_from(answer(200, b"<html>", media="text/html")),
    ]
    assert [
        (Kind.UNAVAILABLE, "vendor_read_torn"),
        (Kind.ALREADY_EXISTS, "vendor_duplicate"),
        (Kind.UNAVAILABLE, "vendor_batch_unfinished"),
        (Kind.UNAVAILABLE, "vendor_garbled"),
        (Kind.UNAVAILABLE, "vendor_garbled"),
    ] == [(found.kind, found.code) for found in bad if found]


def test_callers_are_told_what_holds_for_them() -> None:
    """The day's limit is worth trying later for whoever called us; a refused token is not their fault."""
    daily = for_callers(problem(429, error(policy="DAILY")))
    token = for_callers(problem(401))
    other = Problem(Kind.NOT_FOUND, "x")

    assert (Kind.RATE_LIMITED, Retry.LATER, 900.0) == (daily.kind, daily.retry, daily.retry_after_s)
    assert (Kind.UNAVAILABLE, Retry.NEVER) == (token.kind, token.retry)
    assert other is for_callers(other)
