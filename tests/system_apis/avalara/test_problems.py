"""Each refusal of the vendor in our terms: by its narrowest word, and never with its sentence."""

import json
from typing import Any

import httpx
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.avalara.problems import STATUSES, WORDS, problem_from

pytestmark = pytest.mark.req(242, 244)

OLD = {"code": "GetTaxError", "number": 300, "faultCode": "Server"}


def read(status: int, body: Any, *, method: str = "GET", **headers: str) -> Problem | None:
    """The problem of an answer."""
    request = httpx.Request(method, "http://account.test/api/v2/x")
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"content-type": "application/json", **headers}
    return problem_from(httpx.Response(status, content=content, headers=told, request=request))


def refused(status: int, code: str, *details: dict[str, Any]) -> Problem:
    """The problem of a refusal."""
    problem = read(status, {"error": {"code": code, "message": "Document 4711 of ACME", "details": list(details)}})
    assert problem is not None
    return problem


@pytest.mark.parametrize(("word", "verdict"), WORDS.items())
def test_every_word_has_its_verdict(word: str, verdict: tuple[Kind, Retry, str]) -> None:
    """As the outer word, as a detail's, and as the narrower word of a detail; whatever the status."""
    told = [
        refused(400, word),
        refused(400, "Error", {"code": word}),
        refused(400, "GetTaxError", {"code": "GetTaxError", "faultCode": "Client", "faultSubCode": word}),
    ]

    assert [verdict] * 3 == [(each.kind, each.retry, each.code) for each in told]
    assert {False} == {"4711" in f"{each}{each.context}" for each in told}


def test_old_answers_name_the_field_alone() -> None:
    """A committed document is told by a detail that refers to DocStatus, after one that says nothing."""
    second = {**OLD, "faultCode": "GetTaxError", "refersTo": "DocStatus", "message": "DocStatus is invalid"}

    assert "vendor_document_final" == refused(400, "GetTaxError", OLD, second).code


@pytest.mark.parametrize(("status", "verdict"), STATUSES.items())
def test_a_word_that_nobody_knows_is_read_by_its_status(status: int, verdict: tuple[Kind, Retry, str]) -> None:
    """And so is an answer that is no JSON."""
    told = [refused(status, "BrandNewError"), read(status, b"<html>"), read(status, b"[1]")]

    assert [verdict] * 3 == [(each.kind, each.retry, each.code) for each in told if each]


def test_faults_point_at_what_was_sent() -> None:
    """In our words where we know them; the support's number goes along."""
    detail = {"code": "GetTaxError", "faultSubCode": "TaxAddressError", "refersTo": "Addresses[0].PostalCode"}
    problem = read(400, {"error": {"code": "GetTaxError", "details": [detail]}}, **{"x-correlation-id": "c-1"})

    assert problem is not None
    assert [("/sold_to", "tax_address_unusable")] == [(each.pointer, each.code) for each in problem.errors]
    assert {"vendor_correlation": "c-1", "vendor_code": "TaxAddressError"} == problem.context


@pytest.mark.parametrize(("pause", "seconds"), [("2", 2.0), ("-1", 0.0), ("soon", None), (None, None)])
def test_a_pause_is_read_where_there_is_one(pause: str | None, seconds: float | None) -> None:
    """The vendor may or may not name it."""
    headers = {} if pause is None else {"retry-after": pause}
    problem = read(429, {"error": {"code": "RateLimitExceededError"}}, **headers)

    assert problem is not None
    assert (Retry.LATER, seconds) == (problem.retry, problem.retry_after_s)


@pytest.mark.parametrize(
    ("method", "headers", "body", "code"),
    [
        ("GET", {}, b"{}", None),
        ("GET", {"content-type": "text/html"}, b"<html>", "vendor_garbled"),
        ("POST", {"content-type": "text/html"}, b"<html>", "vendor_garbled"),
        ("GET", {}, b" " * (32 * 1024 * 1024 + 1), "vendor_answer_too_large"),
    ],
    ids=["good", "html read", "html written", "huge"],
)
def test_a_good_status_is_not_yet_a_good_answer(
    method: str, headers: dict[str, str], body: bytes, code: str | None
) -> None:
    """A page of somebody between is no answer; after a write nobody knows what became of it."""
    problem = read(200, body, method=method, **headers)

    assert code == (problem and problem.code)
    if code == "vendor_garbled":
        assert (method == "POST") is (problem is not None and problem.kind is Kind.UNKNOWN_OUTCOME)
