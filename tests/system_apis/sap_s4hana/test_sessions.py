import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from contracts.problem import Kind, Retry
from contracts.system.erp import Erp
from tests.system_apis.sap_s4hana.story import CUSTOMER, INVOICE, PROJECT, draft, post, problem_of, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.req(111)
async def test_a_session_that_ends_in_the_middle_of_work_is_opened_anew(standing: Erp, vendor: Any) -> None:
    """Between draft and posting every session ends: the posting goes through, once, with one more session."""
    await draft(standing)
    before = vendor.calls("HEAD", "/sap/opu")
    vendor.seed(end_sessions=True)
    posted = await standing.post_document(document_id="inv-1")
    assert INVOICE.gross == posted.open
    assert 1 == len(vendor.rows("BillingDocument"))
    assert 1 == vendor.calls("HEAD", "/sap/opu") - before


async def test_a_session_that_was_idle_for_too_long_is_opened_anew(standing: Erp, vendor: Any) -> None:
    """Half an hour later the token is refused and fetched again; the caller hears nothing of it."""
    vendor.sandbox.advance(3000)
    assert (await draft(standing)).lines == len(INVOICE.lines)


async def test_many_writes_at_once_share_one_session(erp: Erp, vendor: Any) -> None:
    """A pooled client would mix cookies: here the token is fetched once, and every write bears its own cookie."""
    several = [replace(CUSTOMER, customer_id=f"cus-{n}") for n in range(6)]
    puts = [erp.put_customer(customer_id=one.customer_id, legal_entity_id="SG-DE", body=one) for one in several]
    await asyncio.gather(*puts)
    assert 6 == len(vendor.rows("BusinessPartner"))
    assert 1 == vendor.calls("HEAD", "/sap/opu")


async def test_an_arrangement_with_a_token_of_its_own_renews_it(standing: Erp, vendor: Any) -> None:
    """Projects are reached by client credentials: after an hour, and after a revocation, one new token is fetched."""
    assert 1 == vendor.calls("POST", "oauth2")
    vendor.sandbox.advance(3700)
    await standing.put_project(project_id=PROJECT.project_id, body=PROJECT)
    vendor.seed(revoke_tokens=True)
    await standing.put_project(project_id=PROJECT.project_id, body=PROJECT)
    assert 3 == vendor.calls("POST", "oauth2")


@pytest.mark.parametrize(("status", "after"), [(429, "2"), (429, ""), (503, "")])
async def test_a_crowded_tenant_is_waited_out(erp: Erp, vendor: Any, status: int, after: str) -> None:
    """429 with and without Retry-After, and the platform's 503 page, are tried again."""
    vendor.seed(settings={"throttled": 2, "throttle_status": status, "retry_after_s": after})
    assert 3 == len((await erp.legal_entities()).items)


async def test_a_tenant_that_stays_crowded_is_told_as_such(erp: Erp, vendor: Any) -> None:
    """After its tries the call ends in a problem that says later."""
    vendor.seed(settings={"throttled": 99})
    problem = await problem_of(erp.legal_entities())
    assert (Kind.RATE_LIMITED, Retry.LATER) == (problem.kind, problem.retry)


async def test_an_error_in_a_header_of_a_good_answer_does_not_pass_as_success(standing: Erp, vendor: Any) -> None:
    """The posting is told as refused; asked again it is found as it stands, once."""
    await draft(standing)
    said = '{"code":"V1/555","message":"Saved with errors","severity":"error"}'
    vendor.seed(settings={"message_on_success": said})
    problem = await problem_of(standing.post_document(document_id="inv-1"))
    assert ("vendor_refused", "Saved with errors") == (problem.code, problem.detail)
    assert INVOICE.gross == told(await post(standing))[1]
    assert 1 == len(vendor.rows("BillingDocument"))


@pytest.mark.parametrize("area", ["inbound", "projects"])
async def test_refused_credentials_are_told_without_the_secret(
    settings: dict[str, Any], open_room: Callable[[], Any], area: str
) -> None:
    """A wrong password, a wrong client secret: unauthenticated, and neither is in what is told."""
    wrong = {"user": "SLUICE", "password": "wr0ng-secret"}
    if area == "inbound":
        settings["inbound"] = wrong
    else:
        settings["arrangements"] = {"projects": {"client_id": "sluice-projects", "client_secret": "wr0ng-secret"}}
    opened = open_room()
    service = opened.mounts[0].service
    call = service.legal_entities() if area == "inbound" else service.project(project_id="prj-1")
    problem = await problem_of(call)
    await opened.close()
    assert Kind.UNAUTHENTICATED is problem.kind
    assert "wr0ng" not in repr(problem.details())
