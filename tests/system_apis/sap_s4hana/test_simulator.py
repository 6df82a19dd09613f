"""The tenant's own rules, met by a person's plain HTTP client."""

from typing import Any

import pytest

from contracts.system.erp import Erp
from tests.system_apis.sap_s4hana.conftest import BILLING, ODATA
from tests.system_apis.sap_s4hana.story import INVOICE, post

pytestmark = pytest.mark.asyncio(loop_scope="module")

PARTNERS = f"{ODATA}/API_BUSINESS_PARTNER"
PROJECTS = f"{ODATA}/API_ENTERPRISE_PROJECT_SRV;v=0002"
DEBITS = f"{ODATA}/API_DEBIT_MEMO_REQUEST_SRV"
ELEMENT = {"PlannedStartDate": "/Date(1799020800000)/", "PlannedEndDate": "/Date(1799020800000)/"}


def code(answer: Any) -> str:
    told: str = answer.json()["error"]["code"]
    return told


async def partner(vendor: Any) -> str:
    number: str = vendor.rows("BusinessPartner")[0]["BusinessPartner"]
    return f"{PARTNERS}/A_BusinessPartner('{number}')"


@pytest.mark.usefixtures("standing")
async def test_version_2_has_its_own_types_and_envelopes(vendor: Any) -> None:
    """Days as ticks, decimals as text, links deferred, an entity tag beside the properties and in the header."""
    listed = await vendor.http.get(f"{PROJECTS}/A_EnterpriseProject", params={"$inlinecount": "allpages"})
    row = listed.json()["d"]["results"][0]
    assert ("1", "/Date(1799020800000)/", "100.00") == (
        listed.json()["d"]["__count"],
        row["ProjectStartDate"],
        row["YY1_SluiceBudget_PPH"],
    )
    assert row["to_EnterpriseProjectElement"]["__deferred"]["uri"].startswith(row["__metadata"]["uri"])
    single = await vendor.http.get(row["__metadata"]["uri"])
    assert (row["__metadata"]["etag"], "2.0") == (single.headers["etag"], single.headers["dataserviceversion"])


async def test_version_4_is_plain(standing: Erp, vendor: Any) -> None:
    """ISO days, numbers unless text is asked for, rows under `value`, and an error document of its own."""
    await post(standing)
    where = f"{BILLING}/BillingDocument"
    plain = (await vendor.http.get(where, params={"$count": "true", "$expand": "_Item"})).json()
    row = plain["value"][0]
    assert (1, 2115.68, "2027-01-31", 3) == (
        plain["@odata.count"],
        row["TotalGrossAmount"],
        row["BillingDocumentDate"],
        len(row["_Item"]),
    )
    exact = await vendor.http.get(where, headers={"Accept": "application/json;IEEE754Compatible=true"})
    assert "2115.68" == exact.json()["value"][0]["TotalGrossAmount"]
    refused = await vendor.http.get(f"{where}('1')")
    assert (404, {"code", "message", "target", "details"}) == (refused.status_code, set(refused.json()["error"]))


async def test_a_write_needs_token_and_cookie_of_one_session(vendor: Any) -> None:
    """Neither alone is enough, nor the two of different sessions; the header says what is required."""
    headers = vendor.landscape["person"]["headers"]
    anew = await vendor.http.head(f"{PARTNERS}/", headers={"x-csrf-token": "fetch", "Cookie": "sap-usercontext=EN"})
    answers = [
        await vendor.http.post(f"{PARTNERS}/A_BusinessPartner", json={}, headers=sent)
        for sent in (
            {"x-csrf-token": ""},
            {"Cookie": "sap-usercontext=EN"},
            {"x-csrf-token": anew.headers["x-csrf-token"], "Cookie": headers["Cookie"]},
        )
    ]
    assert [(403, "Required", "CSRF token validation failed")] * 3 == [
        (one.status_code, one.headers["x-csrf-token"], one.text) for one in answers
    ]


@pytest.mark.usefixtures("standing")
async def test_a_change_needs_the_tag_it_was_read_under(vendor: Any) -> None:
    """Without one 428, under an old one 412, under the present one 204 with the next."""
    where = await partner(vendor)
    tag = (await vendor.http.get(where)).headers["etag"]
    body = {"SearchTerm1": "A"}
    first = await vendor.http.patch(where, json=body, headers={"If-Match": tag})
    refused = [await vendor.http.patch(where, json=body, headers=sent) for sent in ({}, {"If-Match": tag})]
    assert [204, 428, 412] == [first.status_code, *(one.status_code for one in refused)]
    assert tag != first.headers["etag"]
    assert {"lang": "en", "value": "Precondition failed: the entity was changed meanwhile"} == refused[1].json()[
        "error"
    ]["message"]


@pytest.mark.parametrize(
    ("method", "where", "body", "status"),
    [
        ("POST", f"{PARTNERS}/A_Customer", {"Customer": "1"}, 405),
        ("POST", f"{ODATA}/API_BILLING_DOCUMENT_SRV/A_BillingDocument", {}, 405),
        ("POST", f"{BILLING}/BillingDocument", {}, 405),
        ("POST", f"{PARTNERS}/A_BusinessPartner", {"Nmae": "typo"}, 400),
        ("POST", f"{PARTNERS}/A_BusinessPartner", {"SearchTerm1": "x" * 21}, 400),
        ("POST", f"{DEBITS}/A_DebitMemoRequest", {"to_Item": [{"RequestedQuantity": 1}]}, 400),
        ("GET", f"{ODATA}/API_ENTERPRISE_PROJECT_SRV/A_EnterpriseProject", None, 404),
        ("GET", f"{PARTNERS}/A_Nothing", None, 404),
        ("GET", f"{PARTNERS}/A_BusinessPartner?%24filter=Nmae+eq+1", None, 400),
        ("GET", f"{PARTNERS}/A_BusinessPartner?$filter=SearchTerm1 eq", None, 400),
        ("GET", f"{PARTNERS}/A_BusinessPartner?$orderby=Nmae", None, 400),
        ("DELETE", f"{PARTNERS}/A_BusinessPartner('1')", None, 404),
    ],
)
async def test_what_the_services_do_not_offer_is_refused(
    vendor: Any, method: str, where: str, body: Any, status: int
) -> None:
    """No customer without a partner, no billing document out of nothing, no first version of projects, no typos."""
    answer = await vendor.http.request(method, where, json=body)
    assert status == answer.status_code, answer.text
    assert code(answer)


@pytest.mark.usefixtures("standing")
async def test_a_key_may_be_percent_encoded(vendor: Any) -> None:
    """Addresses are decoded before they are understood."""
    row = vendor.rows("Project")[0]
    where = f"{PROJECTS}/A_EnterpriseProject%28ProjectUUID%3Dguid%27{row['ProjectUUID']}%27%29"
    assert row["Project"] == (await vendor.http.get(where)).json()["d"]["Project"]


async def test_a_long_answer_comes_in_pages(standing: Erp, vendor: Any) -> None:
    """The tenant cuts where it likes; the address of the next page stands in the answer, and our room follows it."""
    vendor.seed(settings={"page": 1})
    assert 3 == len((await standing.legal_entities()).items)
    first = (await vendor.http.get(f"{ODATA}/API_JOURNALENTRYITEMBASIC_SRV/A_CompanyCode")).json()["d"]
    second = (await vendor.http.get(first["__next"])).json()["d"]
    assert (["1010"], ["1110"]) == tuple([row["CompanyCode"] for row in page["results"]] for page in (first, second))


@pytest.mark.usefixtures("standing")
async def test_a_changeset_is_one_commit_and_the_next_another(vendor: Any) -> None:
    """In the first one the second element fails, so neither stands; the second changeset stands."""
    uuid = vendor.rows("Project")[0]["ProjectUUID"]

    def made(name: str) -> str:
        body = f'{{"ProjectUUID":"{uuid}","ProjectElement":"{name}"'
        dates = ",".join(f'"{key}":"{value}"' for key, value in ELEMENT.items())
        return (
            "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            f"POST A_EnterpriseProjectElement HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{body},{dates}}}\r\n"
        )

    def changeset(name: str, *parts: str) -> str:
        inner = "".join(f"--{name}\r\n{part}" for part in parts)
        return f"--b\r\nContent-Type: multipart/mixed; boundary={name}\r\n\r\n{inner}--{name}--\r\n\r\n"

    content = changeset("c1", made("ONE"), made("ONE")) + changeset("c2", made("TWO")) + "--b--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    answer = await vendor.http.post(f"{PROJECTS}/$batch", content=content, headers=headers)
    assert 202 == answer.status_code
    assert ["HTTP/1.1 400", "HTTP/1.1 201"] == [row[:12] for row in answer.text.splitlines() if row.startswith("HTTP/")]
    assert {"TWO"} == {row["ProjectElement"] for row in vendor.rows("Element")} & {"ONE", "TWO"}


async def test_nothing_is_billed_twice_and_nothing_that_is_blocked(standing: Erp, vendor: Any) -> None:
    """Blocked, then billed, then fully billed: the action refuses the first and the last with codes of their own."""
    await standing.put_document(document_id="inv-1", body=INVOICE)
    action = f"{BILLING}/BillingDocument/SAP__self.CreateFromSDDocument"
    asked = {"_Reference": [{"SDDocument": "70000000"}]}
    blocked = await vendor.http.post(action, json=asked)
    posted = await standing.post_document(document_id="inv-1")
    again = await vendor.http.post(action, json=asked)
    twice = f"{BILLING}/BillingDocument('{posted.number}')/SAP__self.PostToAccounting"
    untagged, reposted = [await vendor.http.post(twice, json={}, headers=sent) for sent in ({}, {"If-Match": "*"})]
    assert ["VF/016", "VF/044", "VF/187"] == [code(one) for one in (blocked, again, reposted)]
    assert 428 == untagged.status_code


async def test_a_document_billed_into_a_closed_period_stands_without_an_entry(standing: Erp, vendor: Any) -> None:
    """Asked to post at once, the tenant keeps the number and says nothing: the transfer status tells."""
    await standing.put_document(document_id="inv-1", body=INVOICE)
    where = f"{DEBITS}/A_DebitMemoRequest('70000000')"
    body = {"HeaderBillingBlockReason": ""}
    assert 204 == (await vendor.http.patch(where, json=body, headers={"If-Match": "*"})).status_code
    vendor.set_up(closed_periods=["1010/2027-01"])
    action = f"{BILLING}/BillingDocument/SAP__self.CreateFromSDDocument"
    answer = await vendor.http.post(action, json={"_Reference": [{"SDDocument": "70000000"}]})
    row = answer.json()["value"][0]
    assert (200, "90000000", "", "") == (
        answer.status_code,
        row["BillingDocument"],
        row["AccountingDocument"],
        row["AccountingTransferStatus"],
    )
    vendor.set_up(closed_periods=[])
    assert "90000000" == (await standing.post_document(document_id="inv-1")).number


async def test_a_payment_over_more_than_is_open_is_refused(standing: Erp, vendor: Any) -> None:
    """And leaves the books as they were."""
    await post(standing)
    before = vendor.rows("JournalItem")
    answer = await vendor.http.post("/ui/incoming-payments", json={"document": "inv-1", "amount": "2115.69"})
    assert (400, "F5/263") == (answer.status_code, code(answer))
    assert before == vendor.rows("JournalItem")
