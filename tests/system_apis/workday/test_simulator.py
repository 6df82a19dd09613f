"""The simulator keeps the vendor's rules: what the adapter is spared it would not be spared by the tenant itself."""

from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import httpx
import pytest

from tests.system_apis.workday.tenant import LOG, NAME, REPORTS, STAFFING, TOKEN, WORKERS, Tenant

WD = "{urn:com.workday/bsvc}"
JSON = {"format": "json"}


async def ask(tenant: Tenant, inner: str, *, user: str = "", password: str = "") -> httpx.Response:
    """Call the web service as the integration user, or as another."""
    config = tenant.landscape["config"]
    name, secret = user or f"{config['user']}@{NAME}", password or config["password"]
    wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
    body = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Header><w:Security xmlns:w="{wsse}">'
        f"<w:UsernameToken><w:Username>{name}</w:Username><w:Password>{escape(secret)}</w:Password></w:UsernameToken>"
        f'</w:Security></e:Header><e:Body><wd:Get_Workers_Request xmlns:wd="urn:com.workday/bsvc">{inner}'
        "</wd:Get_Workers_Request></e:Body></e:Envelope>"
    )
    return await tenant.person.post(LOG, content=body.encode(), headers={"Content-Type": "text/xml"})


def read(answer: httpx.Response) -> ET.Element:
    """The envelope of an answer."""
    return ET.fromstring(answer.content)  # noqa: S314 - our own simulator made it


def numbers(answer: httpx.Response) -> list[str]:
    """Employee numbers in a page, in its order."""
    assert 200 == answer.status_code, answer.text
    return [each.text or "" for each in read(answer).iter(f"{WD}Worker_ID")]


def paged(page: int, *, count: int = 2, moment: str = "") -> str:
    """The filter of a page, perhaps as of an entry moment."""
    as_of = f"<wd:As_Of_Entry_DateTime>{moment}</wd:As_Of_Entry_DateTime>" if moment else ""
    return f"<wd:Response_Filter>{as_of}<wd:Page>{page}</wd:Page><wd:Count>{count}</wd:Count></wd:Response_Filter>"


async def test_pages_drift_unless_the_entry_moment_is_fixed(tenant: Tenant) -> None:
    """Somebody of the first page goes: the second page begins one later, except as of the moment before."""
    moment = tenant.sandbox.now().isoformat()
    first = numbers(await ask(tenant, paged(1)))
    second = numbers(await ask(tenant, paged(2)))
    await tenant.do("rescind", employee_id=first[0])

    assert second == numbers(await ask(tenant, paged(2, moment=moment)))
    assert second[1:] == numbers(await ask(tenant, paged(2)))


@pytest.mark.parametrize(
    ("inner", "more", "code", "text"),
    [
        (paged(1, count=1000), {}, "Client.validationError", "Validation error occurred."),
        (paged(0), {}, "Client.validationError", "Validation error occurred."),
        (paged(1, moment="soon"), {}, "Client.validationError", "Validation error occurred."),
        (paged(1), {"password": "wrong"}, "Client.authenticationError", "invalid username"),
        (paged(1), {"user": "ISU_Sluice@other"}, "Client.authenticationError", "invalid username"),
    ],
)
async def test_every_fault_of_a_web_service_has_status_500(
    tenant: Tenant, inner: str, more: dict[str, str], code: str, text: str
) -> None:
    """The code of the fault tells what the status does not."""
    answer = await ask(tenant, inner, **more)

    fault = read(answer)
    assert 500 == answer.status_code
    assert f"SOAP-ENV:{code}" == fault.findtext(".//faultcode")
    assert (fault.findtext(".//faultstring") or "").startswith(text)


async def test_throttling_is_429_for_reports_and_500_for_web_services(tenant: Tenant) -> None:
    """Neither has a header that tells how long to wait."""
    tenant.sandbox.seed({"per_second": 1})
    await tenant.person.get(WORKERS, params=JSON, headers=tenant.integration)
    refused = [
        await tenant.person.get(WORKERS, params=JSON, headers=tenant.integration),
        await tenant.person.get(STAFFING, headers=tenant.integration),
        await ask(tenant, paged(1)),
    ]

    assert [429, 429, 500] == [answer.status_code for answer in refused]
    assert all("retry-after" not in answer.headers for answer in refused)


async def test_staffing_gives_a_hundred_at_most_and_twenty_unless_asked(tenant: Tenant) -> None:
    """Total and a page from an offset; a limit beyond is refused with the parameter at fault."""
    tenant.sandbox.seed(
        {
            "workers": [
                {"employee_id": f"s{n}", "hired_on": "2024-01-08", "values": {"name": f"Staff {n:03}"}}
                for n in range(30)
            ]
        }
    )

    async def asked(**query: Any) -> httpx.Response:
        return await tenant.person.get(STAFFING, params=query, headers=tenant.integration)

    whole, page, over = await asked(), await asked(limit=3, offset=33), await asked(limit=101)
    assert (34, 20) == (whole.json()["total"], len(whole.json()["data"]))
    assert 1 == len(page.json()["data"])
    assert (400, "limit") == (over.status_code, over.json()["errors"][0]["field"])


async def test_security_hides_fields_and_services_without_a_word(tenant: Tenant) -> None:
    """A hidden field is not there; a service without its domain looks like an address that is none, with S21."""
    user = {**tenant.landscape["seed"]["users"][0], "hidden": ["email", "skills"], "opens": ["Sluice_Workers"]}
    tenant.sandbox.seed({"users": [user]})
    rows = (await tenant.person.get(WORKERS, params=JSON, headers=tenant.integration)).json()["Report_Entry"]
    staffing = await tenant.person.get(STAFFING, headers=tenant.integration)
    denied = await tenant.person.get(f"{REPORTS}/Sluice_Cost_Rates", params=JSON, headers=tenant.integration)
    service = await ask(tenant, paged(1))

    assert 4 == len(rows)
    assert not {"Email_-_Work", "Skills_group"} & set().union(*rows)
    assert (404, "S21") == (staffing.status_code, staffing.json()["code"])
    assert 403 == denied.status_code
    assert (500, True) == (service.status_code, "not authorized" in service.text)


async def test_reports_are_strings_groups_of_one_are_objects_and_xml_is_the_default(tenant: Tenant) -> None:
    """Nothing has a page; a prompt that the report does not have is refused, and so is one that is no date."""
    await tenant.hire("One Skill", skills=[{"skill": "Go"}], on_leave=True)
    rows = (await tenant.person.get(WORKERS, params=JSON, headers=tenant.integration)).json()["Report_Entry"]
    xml = await tenant.person.get(WORKERS, headers=tenant.integration)
    by_name = {row["Preferred_Name"]: row for row in rows}
    bad = [
        await tenant.person.get(WORKERS, params={**JSON, **more}, headers=tenant.integration)
        for more in ({"From_Date": "2026-01-01"}, {"Effective_as_of_Date": "soon"})
    ]

    assert ({"Skill": "Go"}, "1") == (by_name["One Skill"]["Skills_group"], by_name["One Skill"]["On_Leave"])
    assert 2 == len(by_name["Jonas Brandt"]["Skills_group"])
    assert "text/xml" in xml.headers["content-type"]
    assert [400, 400] == [answer.status_code for answer in bad]


async def test_the_token_endpoint_knows_clients_and_grants(tenant: Tenant) -> None:
    """A wrong secret is 401, a wrong grant 400; the answer never tells when the token ends."""
    config = tenant.landscape["config"]
    pair = (config["client_id"], config["client_secret"])
    refresh = {"grant_type": "refresh_token", "refresh_token": config["refresh_token"]}
    answers = [
        await tenant.person.post(TOKEN, data=refresh, auth=pair),
        await tenant.person.post(TOKEN, data=refresh, auth=(pair[0], "wrong")),
        await tenant.person.post(TOKEN, data={**refresh, "refresh_token": "wrong"}, auth=pair),
        await tenant.person.post(TOKEN, data={"grant_type": "password"}, auth=pair),
        await tenant.person.post(TOKEN, data={**refresh, "client_id": pair[0], "client_secret": pair[1]}),
    ]

    assert [200, 401, 400, 400, 200] == [answer.status_code for answer in answers]
    assert {"access_token", "token_type", "refresh_token"} == set(answers[0].json())


async def test_the_screen_is_for_people_and_the_services_only_read(tenant: Tenant) -> None:
    """Without a session there is no screen; nobody is changed through staffing."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(tenant.app), base_url="http://tenant.test") as stranger:
        outside = await stranger.post(f"/{NAME}/d/task/hire", json={})
    written = await tenant.person.post(STAFFING, json={}, headers=tenant.integration)
    twice = await tenant.person.post(
        f"/{NAME}/d/task/hire", json={"on": "2024-01-08", "values": {"name": "x"}, "employee_id": "21001"}
    )
    unknown = await tenant.person.post(f"/{NAME}/d/task/dance", json={})
    tenant.sandbox.reset()

    assert [404, 405, 400, 404] == [answer.status_code for answer in (outside, written, twice, unknown)]
    assert {"workers": [], "time_off": [], "rates": []} == tenant.sandbox.dump()
