"""What the environment's refusals mean: its one sentence outside, the infolog inside, to a kind and a verdict."""

import httpx
import msgspec
import pytest

from contracts.problem import Kind, Problem, Retry
from system_apis.dynamics_finance.refusals import problem_from

ADDRESS = "https://contoso.operations.dynamics.example/data/CustomersV3"


def infolog(reason: str) -> dict[str, object]:
    inner = {
        "message": f"Write failed for table row of type 'CustCustomerV3Entity'. Infolog: Error: {reason}",
        "type": "System.InvalidOperationException",
        "stacktrace": "   at Microsoft.Dynamics.Platform",
    }
    return {"error": {"code": "", "message": "An error has occurred.", "innererror": inner}}


def judged(status: int, body: object = b"", **headers: str) -> Problem:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    request = httpx.Request("POST", ADDRESS)
    problem = problem_from(httpx.Response(status, content=content, headers=headers, request=request))
    assert problem is not None
    return problem


@pytest.mark.parametrize(
    ("reason", "kind", "code", "retry"),
    [
        ("Field 'Name' must be filled in.", Kind.INVALID, "vendor_refused", Retry.NEVER),
        ("Something never heard of.", Kind.INVALID, "vendor_refused", Retry.NEVER),
        ("Cannot create a record. The record already exists.", Kind.ALREADY_EXISTS, "vendor_duplicate", Retry.NEVER),
        ("Period for 2027-01-31 is not open.", Kind.CONFLICT, "period_closed", Retry.NEVER),
        ("Period for 2027-01-31 is on hold.", Kind.CONFLICT, "period_closed", Retry.NEVER),
        ("Invoice SGDE-1 has been posted.", Kind.CONFLICT, "already_posted", Retry.NEVER),
        ("Transaction T1 has been invoiced.", Kind.CONFLICT, "schedule_invoiced", Retry.NEVER),
        ("Customer C1 is on hold.", Kind.CONFLICT, "customer_blocked", Retry.NEVER),
        ("Project P1 is in stage Finished.", Kind.CONFLICT, "project_closed", Retry.NEVER),
        ("The record cannot be deleted.", Kind.CONFLICT, "record_in_use", Retry.NEVER),
        ("The record is in use by another user.", Kind.CONFLICT, "vendor_record_locked", Retry.LATER),
        ("The milestones do not sum to 9: 8.", Kind.INVALID, "amounts_differ", Retry.NEVER),
    ],
)
@pytest.mark.req(7)
def test_the_sentence_in_the_infolog_decides(reason: str, kind: Kind, code: str, retry: Retry) -> None:
    """The code of the error object is always empty; the reason alone tells refusals apart."""
    problem = judged(400, infolog(reason))

    assert (kind, code, retry, reason) == (problem.kind, problem.code, problem.retry, problem.detail)


@pytest.mark.parametrize(
    ("status", "kind", "retry"),
    [
        (302, Kind.UNEXPECTED, Retry.NEVER),
        (400, Kind.INVALID, Retry.NEVER),
        (401, Kind.UNAUTHENTICATED, Retry.NEVER),
        (403, Kind.FORBIDDEN, Retry.NEVER),
        (404, Kind.NOT_FOUND, Retry.NEVER),
        (405, Kind.UNSUPPORTED, Retry.NEVER),
        (412, Kind.PRECONDITION_FAILED, Retry.LATER),
        (413, Kind.TOO_LARGE, Retry.NEVER),
        (429, Kind.RATE_LIMITED, Retry.LATER),
        (500, Kind.UNAVAILABLE, Retry.LATER),
        (503, Kind.UNAVAILABLE, Retry.LATER),
    ],
)
@pytest.mark.parametrize("body", [b"", b"<html>busy</html>", b'{"error":{"code":"","message":"no"}}'])
@pytest.mark.req(7)
def test_every_status_has_a_kind_and_a_verdict(status: int, kind: Kind, retry: Retry, body: bytes) -> None:
    """With an error object, with something else, or with nothing."""
    problem = judged(status, body)

    assert (kind, retry) == (problem.kind, problem.retry)


def test_a_refusal_names_our_field() -> None:
    """The label that the infolog has in quotes is told as the field of ours that filled it."""
    said = "The value 'NO' in field 'Sales tax group' is not found in the related table 'Sales tax groups'."

    assert [("/tax_code", said)] == [(one.pointer, one.detail) for one in judged(400, infolog(said)).errors]


@pytest.mark.parametrize(("header", "wait_s"), [({"retry-after": "7"}, 7.0), ({}, None), ({"retry-after": "x"}, None)])
def test_throttling_may_or_may_not_say_how_long(header: dict[str, str], wait_s: float | None) -> None:
    """A 429 comes in both forms."""
    assert wait_s == judged(429, **header).retry_after_s


def test_a_lost_registration_tells_who_has_to_act() -> None:
    """An application without a user inside the environment is refused; a refresh of the database does that."""
    assert "Microsoft Entra applications" in judged(403).hint
