"""What an OData version 2 service answers to each shape of request, status, headers and body, as a table.

The shapes were recorded from another maker's server of the same protocol. The two in which S/4HANA itself differs from
that server are marked: a change is answered without the entity, and a second key by 400.
"""

import re
from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest
from msgspec import Struct

from contracts.system.erp import Erp
from tests.system_apis.sap_s4hana.conftest import BILLING, ODATA
from tests.system_apis.sap_s4hana.story import draft, post

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTNERS: Final = f"{ODATA}/API_BUSINESS_PARTNER"
PROJECTS: Final = f"{ODATA}/API_ENTERPRISE_PROJECT_SRV;v=0002"
SECOND: Final = {
    "BusinessPartner": "SK00000077",
    "BusinessPartnerCategory": "2",
    "BusinessPartnerGrouping": "BPEE",
    "OrganizationBPName1": "Second",
}
TAG: Final = r'W/"[^"]+"'
TEXT: Final = r"text/plain.*"
JSON: Final = r"application/json.*"


class Shape(Struct, frozen=True):
    """One request and what is answered; `{partner}` stands for the address of a partner, `{tag}` for its entity tag."""

    name: str
    method: str
    path: str
    status: int
    headers: dict[str, str] = {}
    told: Callable[[Any], bool] = lambda _: True
    body: dict[str, Any] | None = None
    sent: dict[str, str] = {}


def rows(told: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told["d"]["results"]
    return found


def is_entity(told: Any) -> bool:
    """Properties beside metadata, and links that were not followed."""
    meta = told["d"]["__metadata"]
    return {"type", "uri", "etag"} <= set(meta) and any(
        set(value) == {"__deferred"} and value["__deferred"]["uri"].startswith(meta["uri"])
        for value in told["d"].values()
        if isinstance(value, dict) and "type" not in value
    )


def is_refusal(told: Any) -> bool:
    """A code and a message with its language; the same again among the details."""
    error = told["error"]
    details = error["innererror"]["errordetails"]
    return (
        {"lang", "value"} == set(error["message"])
        and bool(error["code"])
        and (error["code"], error["message"]["value"]) == (details[0]["code"], details[0]["message"])
        and {"severity", "target"} <= set(details[0])
    )


SHAPES: Final = (
    Shape(
        "service root",
        "GET",
        f"{PARTNERS}/",
        200,
        {"dataserviceversion": r"2\.0", "content-type": JSON},
        lambda t: "A_BusinessPartner" in t["d"]["EntitySets"],
    ),
    Shape(
        "list",
        "GET",
        f"{PARTNERS}/A_BusinessPartner",
        200,
        {"dataserviceversion": r"2\.0"},
        lambda t: len(rows(t)) == 1 and "__count" not in t["d"],
    ),
    Shape(
        "list, counted",
        "GET",
        f"{PARTNERS}/A_BusinessPartner?$inlinecount=allpages",
        200,
        {},
        lambda t: t["d"]["__count"] == "1",
    ),
    Shape(
        "list, filtered by a part of a text",
        "GET",
        f"{PARTNERS}/A_BusinessPartner?$filter=substringof('Northwind',OrganizationBPName1)",
        200,
        {},
        lambda t: len(rows(t)) == 1,
    ),
    Shape(
        "list, filtered to nothing",
        "GET",
        f"{PARTNERS}/A_BusinessPartner?$filter=substringof('Nobody',OrganizationBPName1)",
        200,
        {},
        lambda t: rows(t) == [],
    ),
    Shape(
        "list, paged by its caller",
        "GET",
        f"{PARTNERS}/A_BusinessPartner?$orderby=BusinessPartner desc&$top=1&$skip=1&$inlinecount=allpages",
        200,
        {},
        lambda t: (rows(t), t["d"]["__count"]) == ([], "1"),
    ),
    Shape(
        "list, with what is linked",
        "GET",
        f"{PARTNERS}/A_BusinessPartner?$expand=to_BusinessPartnerAddress",
        200,
        {},
        lambda t: len(rows(t)[0]["to_BusinessPartnerAddress"]["results"]) == 1,
    ),
    Shape(
        "number of rows as text",
        "GET",
        f"{PARTNERS}/A_BusinessPartner/$count",
        200,
        {"content-type": TEXT},
        lambda t: t == "1",
    ),
    Shape("entity", "GET", "{partner}", 200, {"etag": TAG, "dataserviceversion": r"2\.0"}, is_entity),
    Shape(
        "days and moments",
        "GET",
        f"{PROJECTS}/A_EnterpriseProject",
        200,
        {},
        lambda t: all(
            re.fullmatch(form, rows(t)[0][name])
            for name, form in (
                ("ProjectStartDate", r"/Date\(-?\d+\)/"),
                ("LastChangeDateTime", r"/Date\(-?\d+\+0000\)/"),
            )
        ),
    ),
    Shape(
        "created",
        "POST",
        f"{PARTNERS}/A_BusinessPartner",
        201,
        {"location": r".*A_BusinessPartner\('SK00000077'\)", "etag": TAG, "dataserviceversion": r"2\.0"},
        is_entity,
        SECOND,
    ),
    Shape(
        "created twice; 400 as S/4HANA has it",
        "POST",
        f"{PARTNERS}/A_BusinessPartner",
        400,
        {},
        is_refusal,
        {**SECOND, "BusinessPartner": "{number}"},
    ),
    Shape(
        "unknown property",
        "POST",
        f"{PARTNERS}/A_BusinessPartner",
        400,
        {"content-type": JSON},
        is_refusal,
        {"Nmae": "typo"},
    ),
    Shape(
        "changed; 204 as S/4HANA has it",
        "PATCH",
        "{partner}",
        204,
        {"etag": TAG},
        body={"SearchTerm1": "A"},
        sent={"If-Match": "{tag}"},
    ),
    Shape(
        "merged; 204 as S/4HANA has it",
        "MERGE",
        "{partner}",
        204,
        {"etag": TAG},
        body={"SearchTerm1": "A"},
        sent={"If-Match": "{tag}"},
    ),
    Shape("changed without a tag", "PATCH", "{partner}", 428, {}, is_refusal, {"SearchTerm1": "A"}),
    Shape(
        "changed under a stale tag",
        "PATCH",
        "{partner}",
        412,
        {},
        is_refusal,
        {"SearchTerm1": "A"},
        {"If-Match": 'W/"stale"'},
    ),
    Shape("absent entity", "GET", f"{PARTNERS}/A_BusinessPartner('404')", 404, {"content-type": JSON}, is_refusal),
    Shape("absent set", "GET", f"{PARTNERS}/A_Nothing", 404, {}, is_refusal),
)


@pytest.mark.req(38)
@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
async def test_every_shape_is_answered_as_the_protocol_has_it(vendor: Any, shape: Shape) -> None:
    """Status, headers, and what the body says."""
    number = vendor.rows("BusinessPartner")[0]["BusinessPartner"]
    partner = f"{PARTNERS}/A_BusinessPartner('{number}')"
    tag = (await vendor.http.get(partner)).headers["etag"]
    known = {"{partner}": partner, "{number}": number, "{tag}": tag}
    body = None if shape.body is None else {name: known.get(value, value) for name, value in shape.body.items()}
    sent = {name: known.get(value, value) for name, value in shape.sent.items()}
    answer = await vendor.http.request(shape.method, known.get(shape.path, shape.path), json=body, headers=sent)

    assert shape.status == answer.status_code, answer.text
    for name, form in shape.headers.items():
        assert re.fullmatch(form, answer.headers[name]), f"{name}: {answer.headers[name]}"
    assert shape.told(read(answer))


async def test_what_is_deleted_under_its_tag_is_gone(standing: Erp, vendor: Any) -> None:
    """204 without a body; without the tag it stays, and afterwards it is absent."""
    await draft(standing)
    where = f"{ODATA}/API_DEBIT_MEMO_REQUEST_SRV/A_DebitMemoRequest('70000000')"
    tag = (await vendor.http.get(where)).headers["etag"]
    answers = [await vendor.http.delete(where, headers=sent) for sent in ({}, {"If-Match": tag}, {"If-Match": tag})]

    assert [428, 204, 404] == [answer.status_code for answer in answers]
    assert b"" == answers[1].content


async def test_version_4_has_a_context_a_count_and_a_tag_in_every_row(standing: Erp, vendor: Any) -> None:
    """Beside the rows, not around them; the version stands in a header of another name."""
    await post(standing)
    answer = await vendor.http.get(f"{BILLING}/BillingDocument", params={"$count": "true"})
    told = answer.json()

    assert (200, "4.0", 1) == (answer.status_code, answer.headers["odata-version"], told["@odata.count"])
    assert told["@odata.context"].endswith("$metadata#BillingDocument")
    assert all(re.fullmatch(TAG, row["@odata.etag"]) for row in told["value"])


def read(answer: httpx.Response) -> Any:
    return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
