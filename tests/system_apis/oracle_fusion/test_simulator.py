from typing import Any

import pytest

from contracts.system.erp import Erp
from tests.system_apis.oracle_fusion.conftest import FSCM
from tests.system_apis.oracle_fusion.story import SCHEDULE, draft, post

pytestmark = pytest.mark.asyncio(loop_scope="module")

TASK = {"TaskName": "Two", "TaskStartDate": "2027-01-04", "TaskFinishDate": "2027-06-30"}


def part(name: str, path: str, operation: str, payload: Any = None, **more: str) -> dict[str, Any]:
    return {"id": name, "path": path, "operation": operation, "payload": payload, **more}


async def children(vendor: Any) -> str:
    """The address of the tasks of the one project."""
    return f"projects/{vendor.rows('projects')[0]['ProjectId']}/child/Tasks"


async def test_without_a_version_errors_are_text_and_q_is_by_example(vendor: Any) -> None:
    """Version 1 is what a caller gets who says none: `A=x;B=y`, and refusals that are lines of text."""
    old = {"REST-Framework-Version": "1"}
    by_example = await vendor.http.get(f"{FSCM}/currenciesLOV", params={"q": "CurrencyCode=EUR"}, headers=old)
    refused = await vendor.http.get(f"{FSCM}/currenciesLOV", params={"q": "CurrencyCode = 'EUR' and x"}, headers=old)
    assert ["EUR"] == [row["CurrencyCode"] for row in by_example.json()["items"]]
    assert (400, "text/plain") == (refused.status_code, refused.headers["content-type"])
    assert refused.text.startswith("JBO-26013: ")


async def test_from_version_4_on_errors_are_documents_whose_status_is_text(vendor: Any) -> None:
    """Title, status and details; a version that is not allowed is refused."""
    told = (await vendor.get("currenciesLOV", q="Nothing = 'x'")).json()
    unknown = await vendor.http.get(f"{FSCM}/currenciesLOV", headers={"REST-Framework-Version": "10"})
    assert ("Bad Request", "400", "JBO-25058") == (
        told["title"],
        told["status"],
        told["o:errorDetails"][0]["o:errorCode"],
    )
    assert 400 == unknown.status_code


async def test_pages_are_cut_at_what_the_pod_grants(vendor: Any) -> None:
    """25 rows where nothing is said, never more than the most; offset goes on, hasMore tells of the end."""
    vendor.seed(settings={"page": 2, "most": 3})
    first = (await vendor.get("currenciesLOV", orderBy="CurrencyCode")).json()
    wide = (await vendor.get("currenciesLOV", limit="400", orderBy="CurrencyCode", totalResults="true")).json()
    rest = (await vendor.get("currenciesLOV", limit="3", offset="3", orderBy="CurrencyCode")).json()
    assert (2, True) == (first["count"], first["hasMore"])
    assert (3, 3, 5) == (wide["count"], wide["limit"], wide["totalResults"])
    assert (["SGD", "USD"], False) == ([row["CurrencyCode"] for row in rest["items"]], rest["hasMore"])


async def test_fields_win_over_expand(standing: Erp, vendor: Any) -> None:
    """Asked for both, the pod shows the fields and leaves the children out."""
    both = (await vendor.get("projects", fields="ProjectNumber", expand="Tasks", onlyData="true")).json()["items"][0]
    alone = (await vendor.get("projects", expand="Tasks")).json()["items"][0]
    assert ["ProjectNumber"] == list(both)
    assert 1 == alone["Tasks"]["count"]


async def test_a_change_under_an_old_indicator_is_refused_with_412(standing: Erp, vendor: Any) -> None:
    """The tag that goes with the refusal is the one of now, and is taken."""
    path = f"projects/{vendor.rows('projects')[0]['ProjectId']}"
    held = (await vendor.get(path)).headers["etag"]
    assert 200 == (await vendor.send("PATCH", path, {"ProjectName": "One"}, **{"If-Match": held})).status_code
    stale = await vendor.send("PATCH", path, {"ProjectName": "Two"}, **{"If-Match": held})
    again = await vendor.send("PATCH", path, {"ProjectName": "Two"}, **{"If-Match": stale.headers["etag"]})
    assert (412, 200) == (stale.status_code, again.status_code)


async def test_keys_of_events_are_opaque(standing: Erp, vendor: Any) -> None:
    """Neither the event's id nor its number leads to it; the link to itself does."""
    await standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    event = (await vendor.get("projectBillingEvents")).json()["items"][0]
    href = event["links"][0]["href"]
    assert 404 == (await vendor.get(f"projectBillingEvents/{event['EventId']}")).status_code
    assert event["EventId"] == (await vendor.http.get(href)).json()["EventId"]


async def test_a_batch_is_all_or_none_and_tells_of_the_part_that_failed(standing: Erp, vendor: Any) -> None:
    """The first part is undone with the second; only the second is told of."""
    path = f"/{await children(vendor)}"
    parts = [
        part("good", path, "create", {**TASK, "TaskNumber": "phs-2"}),
        part("bad", path, "create", {**TASK, "TaskNumber": "phs-1"}),
    ]
    refused = await vendor.send("POST", "", {"parts": parts})
    assert (400, "/parts/bad") == (refused.status_code, refused.json()["o:errorDetails"][0]["o:errorPath"])
    assert "good" not in refused.text
    assert ["phs-1"] == [row["TaskNumber"] for row in vendor.rows("projects/Tasks")]


async def test_a_batch_whose_precondition_fails_says_so(standing: Erp, vendor: Any) -> None:
    """412, and the part at fault with what it had said."""
    path = f"/{await children(vendor)}/{vendor.rows('projects/Tasks')[0]['TaskId']}"
    parts = [part("late", path, "update", {"TaskName": "Late"}, ifMatch="00000099AACED0005")]
    refused = await vendor.send("POST", "", {"parts": parts})
    assert 412 == refused.status_code
    assert [("late", False)] == [(one["id"], one["preconditionSucceeded"]) for one in refused.json()["parts"]]


async def test_upsert_is_for_those_resources_that_offer_it(standing: Erp, vendor: Any) -> None:
    """Billing events know it, by source and reference: the second changes the first. Projects refuse it."""
    await standing.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    held = vendor.rows("projectBillingEvents")[0]
    said = ("SourceName", "SourceReference", "BillTrnsAmount")
    body = {**{name: held[name] for name in said}, "BillTrnsAmount": 61}
    changed = await vendor.send("POST", "projectBillingEvents", body, **{"Upsert-Mode": "true"})
    refused = await vendor.send("POST", "projects", {}, **{"Upsert-Mode": "true"})
    assert (200, 400) == (changed.status_code, refused.status_code)
    assert [61, 3] == [changed.json()["BillTrnsAmount"], len(vendor.rows("projectBillingEvents"))]


async def test_of_an_invoice_three_attributes_may_change(standing: Erp, vendor: Any) -> None:
    """Status, terms and date; anything else is read-only, whether it is complete or not."""
    await draft(standing)
    path = f"receivablesInvoices/{vendor.rows('receivablesInvoices')[0]['CustomerTransactionId']}"
    refused = await vendor.send("PATCH", path, {"PurchaseOrder": "PO-1"})
    terms = await vendor.send("PATCH", path, {"PaymentTerms": "30 Net"})
    assert (400, "JBO-27008") == (refused.status_code, refused.json()["o:errorDetails"][0]["o:errorCode"])
    assert 200 == terms.status_code


async def test_what_is_complete_stays(standing: Erp, vendor: Any) -> None:
    """Neither deleted nor taken back to incomplete; a credit memo has no DELETE at all."""
    await post(standing)
    path = f"receivablesInvoices/{vendor.rows('receivablesInvoices')[0]['CustomerTransactionId']}"
    back = await vendor.send("PATCH", path, {"InvoiceStatus": "Incomplete"})
    assert (400, 400) == (back.status_code, (await vendor.send("DELETE", path)).status_code)


@pytest.mark.parametrize(
    ("path", "status"), [("nothing", 404), ("projects/1", 404), ("projects/1/child/Tasks", 404), ("", 200)]
)
async def test_what_is_not_there_is_not_found(vendor: Any, path: str, status: int) -> None:
    """An unknown resource, an unknown row, children of an unknown row; the root lists its resources."""
    assert status == (await vendor.get(path)).status_code


async def test_nobody_gets_in_without_a_token_or_a_password(vendor: Any) -> None:
    """Every resource asks for it."""
    refused = await vendor.http.get(f"{FSCM}/projects", headers={"Authorization": "Bearer nothing"})
    assert 401 == refused.status_code
