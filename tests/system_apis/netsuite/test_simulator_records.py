from typing import Any

import httpx
import pytest

CUSTOMER = {"companyName": "Acme", "subsidiary": {"externalId": "SG-DE"}}
STRICT = {"X-NetSuite-PropertyNameValidation": "error"}


def fault(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["o:errorDetails"][0]["o:errorCode"]


def order(*amounts: str, **more: Any) -> dict[str, Any]:
    lines = [{"item": {"externalId": "SLUICE-SERVICES"}, "amount": amount} for amount in amounts]
    return {"entity": {"externalId": "C1"}, "item": {"items": lines}, **more}


@pytest.fixture
async def acme(vendor: Any) -> Any:
    await vendor.put("customer/eid:C1", CUSTOMER)
    return vendor


async def test_creation_answers_204_with_location_and_no_body(vendor: Any) -> None:
    """POST and PUT tell the new record's address and nothing else."""
    for answer in (
        await vendor.post("customer", CUSTOMER),
        await vendor.put("customer/eid:C2", {**CUSTOMER, "companyName": "B"}),
    ):
        assert (204, b"") == (answer.status_code, answer.content)
        assert answer.headers["location"].rpartition("/")[2].isdecimal()


async def test_error_bodies_have_the_vendors_shape(vendor: Any) -> None:
    """Type, title, status as a number, and details with code and path."""
    answer = await vendor.post("customer", {"companyName": "A", "subsidiary": {"id": "999"}})
    body = answer.json()
    assert ("Bad Request", 400) == (body["title"], body["status"])
    detail = body["o:errorDetails"][0]
    assert ("INVALID_CONTENT", "subsidiary") == (detail["o:errorCode"], detail["o:errorPath"])
    assert "You have entered an Invalid Field Value 999 for the following field: subsidiary" in detail["detail"]
    assert "type=error" in answer.headers["content-type"]


async def test_unknown_names_are_dropped_unless_validation_is_asked_for(vendor: Any) -> None:
    """The silent-drop trap, and the header that springs it; also inside lines."""
    silent = await vendor.put("customer/eid:C1", {**CUSTOMER, "compnayName": "typo"})
    assert 204 == silent.status_code
    assert "compnayName" not in (await vendor.get("customer/eid:C1")).json()
    strict = await vendor.put("customer/eid:C1", {**CUSTOMER, "compnayName": "typo"}, **STRICT)
    assert (400, "INVALID_CONTENT") == fault(strict)
    nested = order("1.00")
    nested["item"]["items"][0]["colour"] = "red"
    refused = await vendor.post("salesOrder", nested, **STRICT)
    assert "item.items[0].colour" == refused.json()["o:errorDetails"][0]["o:errorPath"]


async def test_the_milestone_flag_is_not_writable(acme: Any) -> None:
    """A task's milestone flag is ignored, or refused when names are validated; the title is mandatory."""
    await acme.put("job/eid:P1", {"companyName": "P", "parent": {"externalId": "C1"}})
    task = {"project": {"externalId": "P1"}, "title": "T", "isMilestone": True}
    assert 204 == (await acme.put("projectTask/eid:T1", task)).status_code
    assert "isMilestone" not in (await acme.get("projectTask/eid:T1")).json()
    assert (400, "INVALID_CONTENT") == fault(await acme.put("projectTask/eid:T2", task, **STRICT))
    assert (400, "USER_ERROR") == fault(await acme.post("projectTask", {"project": {"externalId": "P1"}}))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"companyName": "A"}, "USER_ERROR"),
        ({**CUSTOMER, "parent": {"externalId": "none"}}, "INVALID_CONTENT"),
        ({**CUSTOMER, "isInactive": "yes"}, "INVALID_CONTENT"),
        ({**CUSTOMER, "taxItem": {"externalId": "none"}}, "INVALID_CONTENT"),
        ({**CUSTOMER, "externalId": "a|b"}, "INVALID_PARAMETER"),
        ({**CUSTOMER, "creditLimit": "much"}, "INVALID_CONTENT"),
        ([], "INVALID_CONTENT"),
    ],
)
async def test_a_customer_must_be_right(vendor: Any, body: Any, code: str) -> None:
    """Subsidiary mandatory, references real, types true, external ids plain; nothing is kept of a refused one."""
    assert (400, code) == fault(await vendor.post("customer", body))
    assert [] == vendor.records("customer")


async def test_names_and_external_ids_are_unique(acme: Any) -> None:
    """A second record of the same name, or of the same external id in the same family, is refused."""
    assert (400, "UNIQUE_CUST_ID_REQD") == fault(await acme.post("customer", CUSTOMER))
    other = {**CUSTOMER, "companyName": "Other"}
    assert (400, "DUP_RCRD") == fault(await acme.post("customer", {**other, "externalId": "C1"}))
    job = {"companyName": "Job", "parent": {"externalId": "C1"}}
    assert (400, "DUP_RCRD") == fault(await acme.put("job/eid:C1", job))


async def test_upsert_is_by_external_id_only(acme: Any) -> None:
    """PUT needs eid:, and the body may not name another key."""
    number = (await acme.get("customer/eid:C1")).json()["id"]
    assert (400, "INVALID_REQUEST") == fault(await acme.put(f"customer/{number}", CUSTOMER))
    assert (400, "INVALID_CONTENT") == fault(await acme.put("customer/eid:C1", {**CUSTOMER, "externalId": "C9"}))


async def test_eid_stands_wherever_an_id_may(acme: Any) -> None:
    """In the path, in a nested path, and in a reference of the body."""
    made = await acme.post("salesOrder", {**order("1.00"), "entity": {"id": "eid:C1"}, "externalId": "S1"})
    assert 204 == made.status_code
    assert "Acme" == (await acme.get("salesOrder/eid:S1/entity")).json()["companyName"]
    assert 1 == (await acme.get("salesOrder/eid:S1/item/1")).json()["line"]
    assert (404, "NONEXISTENT_ID") == fault(await acme.get("salesOrder/eid:S1/item/9"))
    assert (404, "NONEXISTENT_ID") == fault(await acme.get("job/eid:C1"))


async def test_sublists_are_links_until_expanded_and_fields_may_be_chosen(acme: Any) -> None:
    """`expandSubResources` shows lines, `fields` narrows, `simpleEnumFormat` flattens choices, nulls are absent."""
    await acme.put("salesOrder/eid:S1", order("1.10", "2.20"))
    plain = (await acme.get("salesOrder/eid:S1")).json()
    assert {"links"} == set(plain["item"])
    assert "memo" not in plain
    assert {"id": "A", "refName": "Pending Approval"} == plain["orderStatus"]
    wide = (await acme.get("salesOrder/eid:S1", expandSubResources="true", simpleEnumFormat="true")).json()
    assert ("A", [1.1, 2.2]) == (wide["orderStatus"], [line["amount"] for line in wide["item"]["items"]])
    narrow = (await acme.get("salesOrder/eid:S1", fields="total")).json()
    assert {"links", "id", "externalId", "total"} == set(narrow)
    assert (400, "INVALID_PARAMETER") == fault(await acme.get("salesOrder/eid:S1", fields="nothing"))


async def test_lines_are_added_unless_the_sublist_is_replaced(acme: Any) -> None:
    """A second PUT doubles the lines; with `replace=item` it does not; the order sums itself."""
    for path, total in (
        ("salesOrder/eid:S1", "0.30"),
        ("salesOrder/eid:S1", "0.60"),
        ("salesOrder/eid:S1?replace=item", "0.30"),
    ):
        await acme.put(path, order("0.10", "0.20"))
        assert total == acme.records("salesOrder")[0]["total"]


async def test_an_order_checks_customer_tax_subsidiary_and_lines(acme: Any) -> None:
    """Each bad reference is refused and no order stands."""
    line = {"item": {"externalId": "SLUICE-SERVICES"}, "amount": "1.00", "taxCode": {"externalId": "none"}}
    bad = [
        order("1.00", entity={"externalId": "none"}),
        order("1.00", subsidiary={"externalId": "SG-US"}),
        order("1.00", item={"items": [line]}),
        order("1.00", item={"items": [{"amount": "1.00"}]}),
        order("1.00", item={"items": []}),
    ]
    codes = [fault(await acme.post("salesOrder", body))[1] for body in bad]
    assert ["INVALID_CONTENT"] * 3 + ["USER_ERROR"] * 2 == codes
    assert [] == acme.records("salesOrder")


async def test_a_project_belongs_to_a_customer(acme: Any) -> None:
    """Its parent is mandatory and must be a customer, not a project."""
    assert (400, "USER_ERROR") == fault(await acme.post("job", {"companyName": "P"}))
    await acme.put("job/eid:P1", {"companyName": "P", "parent": {"externalId": "C1"}})
    nested = {"companyName": "Q", "parent": {"externalId": "P1"}}
    assert (400, "INVALID_CONTENT") == fault(await acme.post("job", nested))


async def test_a_customer_in_use_stays(acme: Any) -> None:
    """With an open order it is neither inactivated nor deleted; closed line by line, it may be inactivated."""
    await acme.put("salesOrder/eid:S1", order("1.00"))
    assert (400, "USER_ERROR") == fault(await acme.patch("customer/eid:C1", {"isInactive": True}))
    assert (400, "USER_ERROR") == fault(await acme.http.delete("/services/rest/record/v1/customer/eid:C1"))
    closing = {"item": {"items": [{"line": 1, "isClosed": True}]}}
    assert 204 == (await acme.patch("salesOrder/eid:S1", closing)).status_code
    assert "H" == acme.records("salesOrder")[0]["status"]["id"]
    assert 204 == (await acme.patch("customer/eid:C1", {"isInactive": True})).status_code
    assert (400, "INVALID_CONTENT") == fault(await acme.post("salesOrder", order("1.00")))


async def test_a_record_nothing_leans_on_is_deleted(acme: Any) -> None:
    """DELETE answers 204 and the key is free again."""
    assert 204 == (await acme.http.delete("/services/rest/record/v1/customer/eid:C1")).status_code
    assert (404, "NONEXISTENT_ID") == fault(await acme.get("customer/eid:C1"))
    assert 204 == (await acme.put("customer/eid:C1", CUSTOMER)).status_code


async def test_the_primary_subsidiary_does_not_change_and_parents_make_no_circle(acme: Any) -> None:
    """Both are refused."""
    change = {"subsidiary": {"externalId": "SG-GB"}}
    assert (400, "USER_ERROR") == fault(await acme.patch("customer/eid:C1", change))
    await acme.put("customer/eid:C2", {**CUSTOMER, "companyName": "Child", "parent": {"externalId": "C1"}})
    circle = {"parent": {"externalId": "C2"}}
    assert (400, "INVALID_CONTENT") == fault(await acme.patch("customer/eid:C1", circle))


async def test_an_order_is_invoiced_once(acme: Any) -> None:
    """Transforming makes an invoice; its lines can then neither be closed nor invoiced again."""
    await acme.put("salesOrder/eid:S1", order("5.00"))
    made = await acme.post("salesOrder/eid:S1/!transform/invoice", {"memo": "first"})
    assert (204, True) == (made.status_code, "/invoice/" in made.headers["location"])
    assert "5.00" == acme.records("invoice")[0]["total"]
    again = await acme.post("salesOrder/eid:S1/!transform/invoice", {})
    assert (400, "USER_ERROR") == fault(again)
    closing = {"item": {"items": [{"line": 1, "isClosed": True}]}}
    assert (400, "USER_ERROR") == fault(await acme.patch("salesOrder/eid:S1", closing))
    assert (400, "INVALID_REQUEST") == fault(await acme.post("salesOrder/eid:S1/!transform/cashSale", {}))


async def test_what_the_service_does_not_offer_is_refused(acme: Any) -> None:
    """Unknown record types, methods a type lacks, bodies that are no JSON."""
    assert 404 == (await acme.get("unicorn")).status_code
    assert 405 == (await acme.post("subsidiary", {"name": "X"})).status_code
    broken = await acme.http.post("/services/rest/record/v1/customer", content=b"{")
    assert (400, "INVALID_CONTENT") == fault(broken)


async def test_the_metadata_catalogue_describes_the_account(vendor: Any) -> None:
    """The list, one type as JSON Schema, and a selection as OpenAPI, custom fields included."""
    names = [one["name"] for one in (await vendor.get("metadata-catalog")).json()["items"]]
    assert {"customer", "job", "projectTask", "salesOrder", "salesTaxItem", "subsidiary"} <= set(names)
    headers = {"Accept": "application/schema+json"}
    schema = (await vendor.http.get("/services/rest/record/v1/metadata-catalog/job", headers=headers)).json()
    assert schema["properties"]["custentity_sluice_budget"]["x-ns-custom-field"] is True
    assert "parent" in schema["required"]
    headers = {"Accept": "application/swagger+json"}
    path = "/services/rest/record/v1/metadata-catalog?select=customer,job"
    assert {"customer", "job"} == set((await vendor.http.get(path, headers=headers)).json()["components"]["schemas"])


async def test_the_lines_of_a_sublist_are_a_collection(acme: Any) -> None:
    """Links to lines by page, or the lines themselves when expanded."""
    await acme.put("salesOrder/eid:S1", order("1.00", "2.00", "3.00"))
    page = (await acme.get("salesOrder/eid:S1/item", limit="2")).json()
    assert (2, True, {"links"}) == (page["count"], page["hasMore"], set(page["items"][0]))
    wide = (await acme.get("salesOrder/eid:S1/item", expandSubResources="true")).json()
    assert [1.0, 2.0, 3.0] == [line["amount"] for line in wide["items"]]
    assert (404, "NONEXISTENT_ID") == fault(await acme.get("salesOrder/eid:S1/memo"))


async def test_an_external_id_is_given_and_taken_by_a_change(acme: Any) -> None:
    """PATCH may rename a record, but not to a name that is taken; null clears a field."""
    await acme.put("customer/eid:C2", {**CUSTOMER, "companyName": "Second", "email": "a@b.example"})
    assert (400, "DUP_RCRD") == fault(await acme.patch("customer/eid:C2", {"externalId": "C1"}))
    assert 204 == (await acme.patch("customer/eid:C2", {"externalId": "C3", "email": None})).status_code
    assert 404 == (await acme.get("customer/eid:C2")).status_code
    assert "email" not in (await acme.get("customer/eid:C3")).json()


async def test_projects_and_tasks_stay_within_their_own(acme: Any) -> None:
    """An order's project must be its customer's, a task's parent must be of its project."""
    await acme.put("customer/eid:C2", {**CUSTOMER, "companyName": "Second"})
    for number in ("1", "2"):
        parent = {"externalId": f"C{number}"}
        await acme.put(f"job/eid:P{number}", {"companyName": f"P{number}", "parent": parent})
        task = {"project": {"externalId": f"P{number}"}, "title": "T"}
        await acme.put(f"projectTask/eid:T{number}", task)
    assert (400, "INVALID_CONTENT") == fault(await acme.post("salesOrder", order("1.00", job={"externalId": "P2"})))
    stray = {"project": {"externalId": "P1"}, "title": "T", "parent": {"externalId": "T2"}}
    assert (400, "INVALID_CONTENT") == fault(await acme.post("projectTask", stray))
