"""Tokens, companies, priorities: what a connection meets before any business is done."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from contracts.problem import Kind, Problem, Retry
from contracts.system.erp import Erp
from kit.sandbox.faults import FaultKind
from tests.system_apis.dynamics_finance.conftest import Vendor
from tests.system_apis.dynamics_finance.story import CUSTOMER, INVOICE, PROJECT, SCHEDULE

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def caught(call: Any) -> Problem:
    with pytest.raises(Problem) as problem:
        await call
    return problem.value


async def test_an_expired_token_is_renewed_once(vendor: Vendor, standing: Erp) -> None:
    """After an hour the environment refuses the token; one new token, and nobody above notices."""
    before = vendor.calls("POST", "/oauth2/")
    vendor.sandbox.advance(3700)
    found = await standing.customer(customer_id=CUSTOMER.customer_id)

    assert (CUSTOMER.customer_id, before + 1) == (found.our_id, vendor.calls("POST", "/oauth2/"))


async def test_a_token_that_is_refused_early_is_renewed_too(vendor: Vendor, standing: Erp) -> None:
    """One 401 out of turn, on a write: nothing was done, and it is sent again under a new token."""
    vendor.fail(FaultKind.STATUS, "POST", "$batch", status=401)
    await standing.put_document(document_id=INVOICE.document_id, body=INVOICE)

    assert 1 == len(vendor.rows("FreeTextInvoiceHeaders"))


async def test_a_wrong_secret_does_not_blame_our_caller(settings: dict[str, Any], open_room: Callable[[], Any]) -> None:
    """The refusal tells Entra's code, and that repeating does not help."""
    settings["client_secret"] = "wrong"
    room = open_room()
    problem = await caught(room.mounts[0].service.currencies())
    await room.close()

    assert (Kind.UNAVAILABLE, Retry.NEVER) == (problem.kind, problem.retry)
    assert "AADSTS7000215" in problem.detail


async def test_a_fresh_token_that_is_refused_does_not_blame_our_caller(vendor: Vendor, standing: Erp) -> None:
    """Twice 401 is the vendor's trouble: it is told once, and not as a caller without credentials."""
    vendor.fail(FaultKind.STATUS, "GET", "CustomersV3", status=401, times=2)
    problem = await caught(standing.customer(customer_id=CUSTOMER.customer_id))

    assert (Kind.UNAVAILABLE, "vendor_login_refused", Retry.NEVER) == (problem.kind, problem.code, problem.retry)


async def test_a_registration_that_was_lost_shows_as_forbidden(vendor: Vendor, standing: Erp) -> None:
    """A database refresh wipes the user behind the application: rows answer 403, and `$metadata` still answers."""
    vendor.seed(forget_users=["sluice", "dana"])
    problem = await caught(standing.customer(customer_id=CUSTOMER.customer_id))
    model = await vendor.http.get("/data/$metadata")

    assert (Kind.FORBIDDEN, "vendor_user_missing") == (problem.kind, problem.code)
    assert 200 == model.status_code
    assert b"CustomersV3" in model.content


@pytest.mark.parametrize("wait_s", [2, None])
@pytest.mark.req(245)
async def test_throttling_by_priority_is_waited_out(vendor: Vendor, standing: Erp, wait_s: float | None) -> None:
    """The environment's load turns low priority away, with a time to wait or without; the call gets through after."""
    started = vendor.sandbox.now()
    vendor.seed(loads=[{"up_to": "Low", "times": 2, "retry_after_s": wait_s}])
    await standing.customer(customer_id=CUSTOMER.customer_id)
    waited = (vendor.sandbox.now() - started).total_seconds()

    assert [429, 429, 200] == [call["status"] for call in list(vendor.sandbox.calls)[-3:]]
    assert waited >= 2 * (wait_s or 0)


async def test_a_higher_priority_is_not_turned_away(vendor: Vendor, standing: Erp) -> None:
    """Priorities are set for each application; a load up to medium lets high ones through."""
    vendor.seed(priorities={"sluice": "High"}, loads=[{"up_to": "Medium", "times": 1, "retry_after_s": 600}])
    await standing.customer(customer_id=CUSTOMER.customer_id)

    assert 200 == vendor.sandbox.calls[-1]["status"]


async def test_a_limit_of_requests_tells_when_to_come_back(vendor: Vendor, standing: Erp) -> None:
    """Older environments count the requests of a user; a wait beyond the deadline is the caller's to keep."""
    vendor.seed(requests_in_300_s=1)
    await standing.currencies()
    problem = await caught(standing.currencies())

    assert (Kind.RATE_LIMITED, Retry.LATER) == (problem.kind, problem.retry)
    assert problem.retry_after_s is not None
    assert problem.retry_after_s > 30


async def test_reads_are_of_one_company_unless_they_cross(vendor: Vendor, standing: Erp) -> None:
    """A person of the German company sees no British customer without the word; the room always says it."""
    await standing.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-GB", body=CUSTOMER)

    async def companies(**more: str) -> list[str]:
        answer = await vendor.http.get("/data/CustomersV3", params=more)
        return sorted(row["dataAreaId"] for row in answer.json()["value"])

    assert [["sgde"], ["sgde", "sggb"]] == [await companies(), await companies(**{"cross-company": "true"})]
    away = await vendor.http.get("/data/CustomersV3(dataAreaId='sggb',CustomerAccount='x')")
    assert httpx.codes.NOT_FOUND == away.status_code


async def test_a_customer_of_two_companies_is_one_party(vendor: Vendor, standing: Erp) -> None:
    """The company is in the key, so there are two customers; who they are is kept once, and both are put on hold."""
    again = await standing.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-GB", body=CUSTOMER)
    rows = vendor.rows("CustomersV3")
    await standing.retire_customer(customer_id=CUSTOMER.customer_id)

    assert (True, 2, 1) == (again.created, len(rows), len({row["PartyNumber"] for row in rows}))
    assert ["All", "All"] == [row["OnHoldStatus"] for row in vendor.rows("CustomersV3")]


async def test_every_page_is_followed(vendor: Vendor, standing: Erp) -> None:
    """With pages of two rows the tax groups are the same as with one page."""
    whole = await standing.tax_codes()
    vendor.seed(settings={"page": 2})

    assert whole == await standing.tax_codes()
    assert vendor.calls("GET", "TaxGroups") > 2


async def test_a_company_that_the_environment_lacks_is_told(
    settings: dict[str, Any], open_room: Callable[[], Any]
) -> None:
    """A settings file that names another company is found at the first look."""
    settings["companies"] = {"SG-FR": "sgfr"}
    room = open_room()
    problem = await caught(room.mounts[0].service.legal_entities())
    await room.close()

    assert "company_unknown" == problem.code


async def test_where_dataverse_is_master_nothing_is_planned_here(
    vendor: Vendor, settings: dict[str, Any], open_room: Callable[[], Any]
) -> None:
    """The schedule API refuses applications: whatever needs a project is unsupported, with the reason."""
    settings["deployment"] = "integrated"
    room = open_room()
    erp = room.mounts[0].service
    problems = [
        await caught(erp.put_project(project_id=PROJECT.project_id, body=PROJECT)),
        await caught(erp.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)),
        await caught(erp.close_project(project_id=PROJECT.project_id)),
        await caught(erp.put_document(document_id=INVOICE.document_id, body=INVOICE)),
    ]
    lacks = (await erp.capabilities()).lacks
    await room.close()

    assert {(Kind.UNSUPPORTED, "schedule_api_needs_licence")} == {(each.kind, each.code) for each in problems}
    assert "project_schedule_api" in lacks
    assert [] == list(vendor.sandbox.calls)


async def test_a_number_that_is_somebody_else_s_is_told(vendor: Vendor, standing: Erp) -> None:
    """A customer under our number that does not bear our id is left alone."""
    row = vendor.rows("CustomersV3")[0]
    address = f"/data/CustomersV3(dataAreaId='sgde',CustomerAccount='{row['CustomerAccount']}')"
    changed = await vendor.http.patch(address, json={"SluiceCustomerId": "other"})
    problem = await caught(
        standing.put_customer(customer_id=CUSTOMER.customer_id, legal_entity_id="SG-DE", body=CUSTOMER)
    )

    assert (204, "customer_number_taken") == (changed.status_code, problem.code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "x" * 101}, "name_too_long"),
        ({"address": replace(CUSTOMER.address, country=None)}, "country_missing"),
        ({"address": replace(CUSTOMER.address, postal_code="1" * 11)}, "address_too_long"),
        ({"parent_id": "cus-nobody"}, "parent_unknown"),
    ],
)
async def test_a_customer_that_would_be_bent_is_refused(erp: Erp, change: dict[str, Any], code: str) -> None:
    """Nothing is cut short, made up or left out."""
    bent = replace(CUSTOMER, **change)
    problem = await caught(erp.put_customer(customer_id=bent.customer_id, legal_entity_id="SG-DE", body=bent))

    assert (Kind.INVALID, code) == (problem.kind, problem.code)
