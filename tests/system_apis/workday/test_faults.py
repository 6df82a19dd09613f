"""The room under the vendor's failures: what is tried again, what is given up, and what callers are told."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from contracts.problem import Kind, Problem, Retry
from contracts.system.hr import Hr
from tests.system_apis.workday.tenant import (
    LOG,
    REPORTS,
    STAFFING,
    TOKEN,
    WORKERS,
    Tenant,
    Together,
    everything,
    opened,
)

pytestmark = pytest.mark.req(44, 64)

HTML = {"content-type": "text/html"}
BUSY = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>'
    "<faultcode>SOAP-ENV:Server</faultcode><faultstring>busy</faultstring></e:Fault></e:Body></e:Envelope>"
)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        (WORKERS, {"status": 503}),
        (WORKERS, {"status": 502, "body": "<html>", "headers": HTML}),
        (WORKERS, {"status": 302, "headers": HTML | {"location": "https://maintenance.test"}}),
        (WORKERS, {"status": 429, "body": '{"error":"Too many requests"}'}),
        (WORKERS, {"status": 200, "body": "<html>", "headers": HTML}),
        (WORKERS, {"status": 401, "body": '{"error":"Invalid resource or operation"}'}),
        (LOG, {"status": 500, "body": BUSY, "headers": {"content-type": "text/xml"}}),
        (LOG, {"status": 500, "body": "<e:Envel", "headers": {"content-type": "text/xml"}}),
        (LOG, {"status": 200, "body": "<html>", "headers": HTML}),
        (TOKEN, {"status": 503}),
    ],
)
async def test_one_failure_is_not_seen(tenant: Tenant, hr: Hr, path: str, more: dict[str, Any]) -> None:
    """One failure of any sort costs a second try and nothing else."""
    tenant.fault(path, **more)
    told, _ = await everything(hr)

    assert {"21001", "21002", "21003", "21004"} == {change.worker_id for change in told if change.worker}
    assert more["status"] == tenant.served(path)[0]


async def test_a_token_that_ends_between_two_pages_is_renewed_once(tenant: Tenant) -> None:
    """The part that was refused is asked for again with a new token; nothing is read twice."""
    async with opened(tenant, chunk=1) as hr:
        tenant.fault(WORKERS, status=401, skip=2)
        told, _ = await everything(hr)

    assert [200, 200, 401, 200, 200] == tenant.served(WORKERS)
    assert [200, 200] == tenant.served(TOKEN)
    assert 4 == len(told)


async def test_a_token_that_ended_by_the_vendors_clock_is_renewed(tenant: Tenant, hr: Hr) -> None:
    """Four hours pass there and not here; the vendor never said when the token would end."""
    await hr.worker(worker_id="21002")
    tenant.sandbox.advance(4 * 3600 + 1)
    await hr.worker(worker_id="21002")

    assert [200, 401, 200] == tenant.served(STAFFING)


@pytest.mark.parametrize("ahead_s", [300.0, -300.0, 0.0])
async def test_an_assertion_is_signed_by_the_tenants_time(tenant: Tenant, ahead_s: float) -> None:
    """With a clock five minutes off the first assertion is refused, and the refusal tells the time for the second."""
    tenant.clock = Together(tenant.sandbox, ahead_s=ahead_s)
    async with opened(tenant, flow="jwt_bearer") as hr:
        worker = await hr.worker(worker_id="21002")

    assert "21002" == worker.worker_id
    assert ([400, 200] if ahead_s else [200]) == tenant.served(TOKEN)


async def test_throttling_is_waited_for_although_no_header_says_how_long(tenant: Tenant, hr: Hr) -> None:
    """429 from reports and staffing, a fault with 500 from the log: both pass by waiting."""
    tenant.sandbox.seed({"per_second": 1})
    told, _ = await everything(hr)
    await hr.worker(worker_id="21002")

    assert 4 == len(told)
    assert {200, 429} == set(tenant.served(WORKERS)) | set(tenant.served(STAFFING))
    assert 500 in tenant.served(LOG)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ((REPORTS, 401, ""), (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER)),
        ((REPORTS, 403, '{"error":"no"}'), (Kind.FORBIDDEN, "vendor_access_denied", Retry.NEVER)),
        ((REPORTS, 404, '{"error":"no"}'), (Kind.UNEXPECTED, "vendor_report_missing", Retry.NEVER)),
        ((REPORTS, 503, ""), (Kind.UNAVAILABLE, "vendor_unavailable", Retry.LATER)),
        ((REPORTS, 200, '{"Report_Entry":[{"Emp'), (Kind.UNAVAILABLE, "vendor_garbled", Retry.LATER)),
        ((REPORTS, 200, '{"Report_Data":[]}'), (Kind.UNEXPECTED, "vendor_schema_mismatch", Retry.NEVER)),
        ((REPORTS, 200, '{"Report_Entry":[{}]}'), (Kind.UNEXPECTED, "vendor_schema_mismatch", Retry.NEVER)),
        ((REPORTS, 200, '{"Report_Entry":["x"]}'), (Kind.UNEXPECTED, "vendor_schema_mismatch", Retry.NEVER)),
        ((TOKEN, 503, ""), (Kind.UNAVAILABLE, "vendor_unavailable", Retry.LATER)),
        ((TOKEN, 429, ""), (Kind.RATE_LIMITED, "vendor_login_limit", Retry.LATER)),
        ((TOKEN, 400, '{"error":"invalid_grant"}'), (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER)),
        ((TOKEN, 401, "?"), (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER)),
        ((TOKEN, 200, "{}"), (Kind.UNAVAILABLE, "vendor_garbled", Retry.LATER)),
    ],
)
async def test_a_failure_that_stays_is_told_in_our_terms(
    tenant: Tenant, hr: Hr, fault: tuple[str, int, str], expected: tuple[Kind, str, Retry]
) -> None:
    """After its tries the room gives up, with a verdict for whoever asked."""
    path, status, body = fault
    tenant.fault(path, status=status, body=body, times=50)

    with pytest.raises(Problem) as failed:
        await hr.worker(worker_id="21002")

    assert expected == (failed.value.kind, failed.value.code, failed.value.retry)


async def test_a_password_that_is_refused_is_no_fault_of_our_caller(tenant: Tenant) -> None:
    """Web services know a fault with 500 for it, which is not tried again: users are locked by that."""
    async with opened(tenant, password="wrong") as hr:
        with pytest.raises(Problem) as refused:
            await hr.worker_changes()

    found = refused.value
    assert (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER) == (found.kind, found.code, found.retry)
    assert [500] == tenant.served(LOG)


async def test_secrets_and_people_are_in_no_problem(tenant: Tenant, hr: Hr) -> None:
    """Neither what the vendor quotes nor what we sent: what a problem says may be logged."""
    config = tenant.landscape["config"]
    tenant.fault(WORKERS, status=400, body='{"error":"Jonas Brandt","errors":[{"error":"92.50","field":"Rate"}]}')

    with pytest.raises(Problem) as refused:
        await hr.worker(worker_id="21002")

    told = f"{refused.value} {refused.value.context} {refused.value.hint}"
    for secret in ("Jonas", "92.50", config["password"], config["refresh_token"], config["client_secret"]):
        assert secret not in told


async def test_fields_that_security_hides_are_gaps_and_never_guessed(tenant: Tenant, hr: Hr) -> None:
    """The vendor leaves such fields out in silence: the worker names them, and nothing is planned on no hours."""
    user = {**tenant.landscape["seed"]["users"][0], "hidden": ["weekly_hours", "country", "cost_center"]}
    tenant.sandbox.seed({"users": [user]})
    worker = await hr.worker(worker_id="21002")
    day = dt.date(2026, 12, 7)
    weeks = (await hr.availability(starts_on=day, ends_on=day, worker_id="21002")).weeks

    assert ["employment.cost_centre", "employment.country", "capacity.weekly_hours"] == worker.gaps
    assert (None, None, None) == (worker.employment.country, worker.employment.cost_centre, worker.capacity)
    assert [(False, Decimal(0))] == [(week.complete, week.available_hours) for week in weeks]


async def test_a_worker_whom_the_report_hides_is_told_from_one_who_is_not(tenant: Tenant, hr: Hr) -> None:
    """403 with what to do for the one, 404 for the other."""
    tenant.fault(WORKERS, status=200, body='{"Report_Entry":[]}', times=2)
    with pytest.raises(Problem) as hidden:
        await hr.worker(worker_id="21002")
    with pytest.raises(Problem) as absent:
        await hr.worker(worker_id="99999")

    assert [(Kind.FORBIDDEN, "worker_hidden"), (Kind.NOT_FOUND, "worker_not_found")] == [
        (hidden.value.kind, hidden.value.code),
        (absent.value.kind, absent.value.code),
    ]


async def test_a_report_beyond_all_measure_is_not_read(tenant: Tenant, hr: Hr) -> None:
    """Some seventy megabytes where a worker was expected."""
    tenant.fault(WORKERS, status=200, body=" " * 68_000_000)

    with pytest.raises(Problem) as huge:
        await hr.worker(worker_id="21002")

    assert (Kind.UNEXPECTED, "vendor_answer_too_large") == (huge.value.kind, huge.value.code)
