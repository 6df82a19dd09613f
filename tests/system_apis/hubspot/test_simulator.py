"""What the simulated account must refuse and how: doors, versions, allowances, settings."""

from typing import Any

import pytest

from tests.system_apis.hubspot.account import DATED, V3, Account

pytestmark = pytest.mark.req(34)


def told(response: Any) -> tuple[int, str]:
    """The status and the category of a refusal."""
    return response.status_code, response.json().get("category", "")


async def test_a_token_is_had_by_what_the_app_was_given(account: Account) -> None:
    """Refresh token, code (once) and client credentials; anything else is a 400 with a word for it."""
    app = account.landscape["seed"]["oauth_apps"][0]
    account.sandbox.seed({"oauth_apps": [{**app, "codes": ["once"], "scopes": ["oauth"]}]})
    own = {"client_id": app["client_id"], "client_secret": app["client_secret"]}
    refresh = {"grant_type": "refresh_token", "refresh_token": app["refresh_tokens"][0]}

    async def ask(path: str = "/oauth/v1/token", **form: str) -> tuple[int, dict[str, Any]]:
        response = await account.person.post(path, data=form)
        return response.status_code, response.json()

    status, granted = await ask(**own, **refresh)
    assert (200, 1800, "bearer", ["oauth"]) == (
        status,
        granted["expires_in"],
        granted["token_type"],
        granted["scopes"],
    )
    assert {"access_token", "refresh_token", "hub_id"} <= set(granted)
    code = {"grant_type": "authorization_code", "code": "once", "redirect_uri": "https://firm.example"}
    assert [200, 400] == [(await ask(**own, **code))[0] for _ in range(2)]
    assert 200 == (await ask("/oauth/2026-03/token", **own, grant_type="client_credentials"))[0]
    assert ["BAD_CLIENT_ID", "BAD_REFRESH_TOKEN", "BAD_GRANT_TYPE", "BAD_AUTH_CODE"] == [
        (await ask(**form))[1]["status"]
        for form in (
            {**own, **refresh, "client_secret": "x"},
            {**own, **refresh, "refresh_token": "x"},
            {**own, "grant_type": "password"},
            {**own, **code},
        )
    ]


async def test_who_is_not_known_is_refused_in_one_of_three_ways(account: Account) -> None:
    """No token, an unknown or ended one, and one that is not even shaped like a token, which is a page of HTML."""
    app = account.landscape["seed"]["oauth_apps"][0]
    form = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    token = (await account.person.post("/oauth/v1/token", data=form)).json()["access_token"]

    async def asked(authorization: str) -> Any:
        return await account.person.get(f"{V3}/deals", headers={"Authorization": authorization})

    assert 200 == (await asked(f"Bearer {token}")).status_code
    account.sandbox.advance(1800)
    assert (401, "EXPIRED_AUTHENTICATION") == told(await asked(f"Bearer {token}"))
    for wrong in ("", "Basic x", "Bearer pat-na1-00000000-0000-0000-0000-000000000000"):
        assert (401, "INVALID_AUTHENTICATION") == told(await asked(wrong))
    malformed = await asked("Bearer x")
    assert (530, "text/html;charset=utf-8") == (malformed.status_code, malformed.headers["content-type"])


async def test_both_families_lead_to_the_same_rows_until_the_older_ends(account: Account) -> None:
    """Numbered and dated versions; what is no version, and after the next release what was one, is a page of HTML."""
    deal = await account.deal()
    old = [f"{V3}/deals/{deal}", f"{V3}/0-3/{deal}", f"/crm/v4/objects/deals/{deal}/associations/companies"]
    old += ["/crm/v3/pipelines/deals", "/crm/v3/owners", "/crm/v3/schemas", "/account-info/v3/details"]
    old += [f"/crm/objects/2025-09/deals/{deal}"]
    new = [f"{DATED}/deal/{deal}", f"/crm/objects/2026-09/deals/{deal}", "/crm/pipelines/2026-03/deals"]
    new += ["/crm/owners/2026-03", "/crm/properties/2026-03/deals"]

    async def statuses(paths: list[str]) -> set[int]:
        return {(await account.person.get(path)).status_code for path in paths}

    assert {200} == await statuses(old + new)
    assert {404} == await statuses([f"/crm/objects/2027-03/deals/{deal}", f"/crm/v2/objects/{deal}", "/nowhere"])
    account.sandbox.seed({"next_release": True})
    assert ({404}, {200}) == (await statuses(old), await statuses(new))
    assert 404 == (await account.person.post("/oauth/v1/token", data={})).status_code
    gone = await account.person.get(old[0])
    assert gone.headers["content-type"].startswith("text/html")


async def test_the_allowances_are_kept_and_told(account: Account) -> None:
    """Headers say what is left, except on search; a 429 names its policy and no time to return."""
    account.sandbox.seed({"limits": {"ten_seconds": 4, "search_a_second": 2}})

    first = await account.person.get(f"{V3}/deals")
    searches = [await account.search(filterGroups=[]) for _ in range(3)]
    last = await account.person.get(f"{V3}/deals")
    beyond = await account.person.get(f"{V3}/deals")

    assert ("4", "3", "10000", "650000", "649999") == tuple(
        first.headers[f"x-hubspot-ratelimit-{name}"]
        for name in ("max", "remaining", "interval-milliseconds", "daily", "daily-remaining")
    )
    assert [200, 200, 429] == [search.status_code for search in searches]
    assert not [name for name in searches[0].headers if "ratelimit" in name]
    assert ("SECONDLY", "RATE_LIMIT") == (searches[2].json()["policyName"], searches[2].json()["errorType"])
    assert (200, 429) == (last.status_code, beyond.status_code)
    assert "TEN_SECONDLY_ROLLING" == beyond.json()["policyName"]
    assert "retry-after" not in beyond.headers
    account.sandbox.advance(10)
    assert 200 == (await account.person.get(f"{V3}/deals")).status_code


async def test_an_app_without_a_daily_allowance_of_its_own_is_not_told_of_one(account: Account) -> None:
    """OAuth apps see the short window only, and only what their scopes allow."""
    app = {**account.landscape["seed"]["oauth_apps"][0], "scopes": ["crm.objects.deals.read"]}
    account.sandbox.seed({"oauth_apps": [app]})
    form = {"grant_type": "client_credentials", "client_id": app["client_id"], "client_secret": app["client_secret"]}
    token = (await account.person.post("/oauth/v1/token", data=form)).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    deals = await account.person.get(f"{V3}/deals", headers=headers)
    write = await account.person.post(f"{V3}/deals", headers=headers, json={"properties": {}})
    custom = await account.person.get(f"{V3}/p_agreed_rate", headers=headers)

    assert ("110", False) == (
        deals.headers["x-hubspot-ratelimit-max"],
        "x-hubspot-ratelimit-daily" in deals.headers,
    )
    assert [(403, "MISSING_SCOPES")] * 2 == [told(write), told(custom)]
    assert ["crm.objects.deals.write"] == write.json()["context"]["requiredGranularScopes"]


async def test_what_is_no_request_is_refused(account: Account) -> None:
    """Too long an address, a body that is no JSON or of another kind, a method that an address does not know."""
    long = await account.person.get(f"{V3}/deals", params={"properties": "x" * 15_000})
    broken = await account.person.post(f"{V3}/deals", content=b"{", headers={"content-type": "application/json"})
    form = await account.person.post(f"{V3}/deals", data={"a": "b"})
    method = await account.person.put(f"{V3}/deals", json={})
    unknown = await account.person.get(f"{V3}/butterflies")

    assert [414, 400, 415, 405, 400] == [r.status_code for r in (long, broken, form, method, unknown)]
    assert "Unable to infer object type from: butterflies" == unknown.json()["message"]
    assert "category" not in unknown.json()
    assert {"status", "message", "correlationId"} <= set(broken.json())


async def test_an_administrator_sets_properties_up(account: Account) -> None:
    """A property may be added once, ten may be unique, and custom objects are told with theirs."""
    path = "/crm/v3/properties/deals"
    added = await account.person.post(path, json={"name": "fit", "type": "number"})
    again = await account.person.post(path, json={"name": "fit", "type": "number"})
    wrong = await account.person.post(path, json={"name": "fat", "type": "float"})
    unique = [await account.person.post(path, json={"name": f"u{n}", "hasUniqueValue": True}) for n in range(10)]
    schemas = (await account.person.get("/crm/v3/schemas")).json()["results"]

    assert (201, False) == (added.status_code, added.json()["hubspotDefined"])
    assert (409, 400) == (again.status_code, wrong.status_code)
    assert [201] * 9 + [400] == [response.status_code for response in unique]
    assert "number" == (await account.person.get(f"{path}/fit")).json()["type"]
    assert 404 == (await account.person.get(f"{path}/fought")).status_code
    assert "p44237313_deal_milestone" in [schema["fullyQualifiedName"] for schema in schemas]


async def test_pipelines_owners_and_the_account_are_told(account: Account) -> None:
    """Stages have metadata of strings; an owner may be archived; the account has a currency."""
    account.sandbox.seed({"owners": [{"id": "73", "email": "old@firm.example", "archived": True}]})
    pipeline = (await account.person.get("/crm/v3/pipelines/deals/default")).json()
    details = (await account.person.get("/account-info/v3/details")).json()

    async def owner(path: str) -> int:
        return (await account.person.get(f"/crm/v3/owners/{path}")).status_code

    assert {"isClosed": "true", "probability": "1.0"} == pipeline["stages"][2]["metadata"]
    assert [200, 404, 404, 200] == [await owner(path) for path in ("71", "99", "73", "73?archived=true")]
    found = await account.person.get("/crm/v3/owners", params={"email": "dana.okafor@sluicegate.example"})
    assert ["71"] == [each["id"] for each in found.json()["results"]]
    assert "EUR" == details["companyCurrency"]
    assert 404 == (await account.person.get("/crm/v3/pipelines/deals/none")).status_code
    assert 400 == (await account.person.get("/crm/v3/pipelines/companies")).status_code
    account.sandbox.reset()
    assert (401, "INVALID_AUTHENTICATION") == told(await account.person.get("/crm/v3/owners"))
