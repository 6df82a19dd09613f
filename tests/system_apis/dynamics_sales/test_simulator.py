"""The simulated environment refuses what the vendor refuses; each test names what it must enforce."""

import datetime as dt
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from tests.system_apis.dynamics_sales.environment import CURRENCY, DATA, EURO, HOST, Environment

pytestmark = pytest.mark.req(33)

NOBODY = "00000000-0000-4000-8000-000000000000"
QUIET = {"Prefer": ""}


def code(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return response.status_code, response.json()["error"]["code"]


async def test_the_door_gives_tokens_for_an_hour_and_turns_strangers_away(env: Environment) -> None:
    """Client credentials for the environment's own scope; a bare 401; and 403 where no user stands for the app."""
    config = env.landscape["config"]
    address = f"/{config['tenant_id']}/oauth2/v2.0/token"
    form = {"grant_type": "client_credentials", "client_id": config["client_id"], "scope": f"{HOST}/.default"}
    granted = (await env.person.post(address, data=form | {"client_secret": config["client_secret"]})).json()
    assert ("Bearer", 3599, 3599) == (granted["token_type"], granted["expires_in"], granted["ext_expires_in"])
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert 200 == (await env.person.get(f"{DATA}WhoAmI", headers=bearer)).status_code

    wrong = await env.person.post(address, data=form | {"client_secret": "x"})
    env.sandbox.advance(3600)
    ended = await env.person.get(f"{DATA}WhoAmI", headers=bearer)
    app = {"client_id": "userless", "client_secret": "s", "user": ""}
    env.sandbox.seed({"apps": [app]})
    userless = (await env.person.post(address, data=form | {"client_id": "userless", "client_secret": "s"})).json()
    nobody = {"Authorization": f"Bearer {userless['access_token']}"}

    assert (401, "invalid_client", [7000215]) == (wrong.status_code, wrong.json()["error"], wrong.json()["error_codes"])
    assert (401, b"") == (ended.status_code, ended.content)
    assert ended.headers["www-authenticate"].startswith("Bearer authorization_uri=")
    assert (403, "0x80072560") == code(await env.person.get(f"{DATA}WhoAmI", headers=nobody))


async def test_a_row_is_made_read_changed_and_deleted(env: Environment) -> None:
    """204 and where it is, or the row where that is preferred; OData headers are given though none were sent."""
    body = {"name": "Contoso", CURRENCY: EURO, "creditlimit": 1234567.891}
    bare = await env.person.post(f"{DATA}accounts", json=body, headers=QUIET)
    address = bare.headers["odata-entityid"]
    row = (await env.person.get(f"{address}?$select=name,creditlimit")).json()
    changed = await env.person.patch(address, json={"name": "Fabrikam"}, headers={"If-Match": row["@odata.etag"]})
    gone = await env.person.delete(address)
    again = await env.person.get(address)

    assert (204, b"", "4.0") == (bare.status_code, bare.content, bare.headers["odata-version"])
    assert address.startswith(f"{HOST}{DATA}accounts(")
    assert {"@odata.context", "@odata.etag", "name", "creditlimit", "_transactioncurrencyid_value", "accountid"} == set(
        row
    )
    assert (200, "Fabrikam") == (changed.status_code, changed.json()["name"])
    assert (204, (404, "0x80040217")) == (gone.status_code, code(again))
    assert again.json()["error"]["message"].endswith("Does Not Exist")


async def test_money_is_a_number_with_a_twin_in_the_base_currency(env: Environment) -> None:
    """The figure stays exact; the twin is what it comes to at the currency's rate; without a currency it is refused."""
    pound = "/transactioncurrencies(isocurrencycode='GBP')"
    account = await env.create("accounts", name="x", creditlimit=8.6, **{CURRENCY: pound})
    wanted = {"Prefer": 'odata.include-annotations="*"'}
    read = await env.person.get(f"{DATA}accounts({account})?$select=creditlimit,creditlimit_base", headers=wanted)
    row = msgspec.json.decode(read.content)

    assert (8.6, 10.0) == (row["creditlimit"], row["creditlimit_base"])
    assert b'"creditlimit":8.60' in read.content
    assert "£8.60" == row["creditlimit@OData.Community.Display.V1.FormattedValue"]
    assert "transactioncurrency" == row["_transactioncurrencyid_value@Microsoft.Dynamics.CRM.lookuplogicalname"]
    refused = await env.person.post(f"{DATA}accounts", json={"name": "x", "creditlimit": 1})
    assert (400, "0x80048cfe") == code(refused)


async def test_conditions_are_kept_to_the_letter(env: Environment) -> None:
    """If-Match and If-None-Match decide between update, create and refusal; an old version is never written over."""
    account = await env.create("accounts", name="x", accountnumber="C-1")
    address, old = f"{DATA}accounts({account})", 'W/"1"'

    async def patched(where: str, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return await env.person.patch(where, json={"name": "y"}, headers=QUIET | names)

    assert (412, "0x80060882") == code(await patched(address, If_Match=old))
    assert (412, "0x80060882") == code(await env.person.delete(address, headers={"If-Match": old}))
    assert (412, "0x80040237") == code(await patched(address, If_None_Match="*"))
    assert (404, "0x80040217") == code(await patched(f"{DATA}accounts({NOBODY})", If_Match="*"))
    assert 204 == (await patched(address, If_Match="*")).status_code
    assert 204 == (await patched(f"{DATA}accounts({NOBODY})")).status_code
    etag = (await env.person.get(address)).headers["etag"]
    assert 304 == (await env.person.get(address, headers={"If-None-Match": etag})).status_code


async def test_an_upsert_by_alternate_key_makes_one_row_however_often(env: Environment) -> None:
    """Only by a key that is defined and active; quotes are doubled; the body must not contradict the address."""
    by_key = f"{DATA}accounts(accountnumber='O''Neill')"
    first = await env.person.patch(by_key, json={"name": "First"})
    again = await env.person.patch(by_key, json={"name": "Second"})
    quiet = await env.person.patch(by_key, json={"name": "Third"}, headers=QUIET)

    assert ((201, 200), first.json()["accountid"]) == (
        (first.status_code, again.status_code),
        again.json()["accountid"],
    )
    assert (204, "Third") == (quiet.status_code, (await env.person.get(by_key)).json()["name"])
    assert first.json()["accountid"] in quiet.headers["odata-entityid"]
    contradicting = await env.person.patch(by_key, json={"accountnumber": "other"})
    assert (400, "0x80048d19") == code(contradicting)
    for undefined in ("accounts(name='x')", "opportunities(sluice_statementofwork='SOW')", "accounts(foo=1)"):
        assert (400, "0x80060890") == code(await env.person.patch(DATA + undefined, json={"name": "x"}))
    absent = await env.person.get(f"{DATA}accounts(accountnumber='C-9')")
    twin = await env.person.post(f"{DATA}accounts", json={"name": "x", "accountnumber": "o'neill"})
    assert [(404, "0x80060891"), (412, "0x80060892")] == [code(absent), code(twin)]


REFUSED: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("accounts", {"foo": 1}, (400, "0x80048d19")),
    ("accounts", {"name": 7}, (400, "0x80048d19")),
    ("accounts", {"name": "x" * 161}, (400, "0x80044331")),
    ("accounts", {"industrycode": 99}, (400, "0x8004431A")),
    ("accounts", {"creditlimit": "12"}, (400, "0x80048d19")),
    ("accounts", {"creditlimit": 1e30, CURRENCY: EURO}, (400, "0x80044332")),
    ("accounts", {"creditlimit_base": 1}, (400, "0x80048d19")),
    ("accounts", {"parentaccountid": NOBODY}, (400, "0x80048d19")),
    ("accounts", {"_parentaccountid_value": NOBODY}, (400, "0x80048d19")),
    ("accounts", {"parentaccountid@odata.bind": f"/accounts({NOBODY})"}, (404, "0x80040217")),
    ("accounts", {"parentaccountid@odata.bind": EURO}, (400, "0x80048d19")),
    ("accounts", {"ParentAccountId@odata.bind": f"/accounts({NOBODY})"}, (400, "0x80048d19")),
    ("opportunities", {"sluice_billto@odata.bind": f"/accounts({NOBODY})"}, (400, "0x80048d19")),
    ("opportunities", {"estimatedclosedate": "20/11/2026"}, (400, "0x80048d19")),
    ("opportunities", {"totalamount": 1}, (400, "0x80048d19")),
    ("opportunityproducts", {"quantity": 1}, (400, "0x80040203")),
    ("nonsense", {}, (404, "0x8006088a")),
]


async def test_a_body_that_does_not_fit_is_refused_and_leaves_nothing(env: Environment) -> None:
    """Unknown and read-only columns, wrong kinds, values out of range, lookups by column and by the wrong case."""
    before = (await env.person.get("/_sandbox/state")).json()

    told = [(plural, body, code(await env.person.post(DATA + plural, json=body))) for plural, body, _ in REFUSED]

    assert REFUSED == told
    assert before == (await env.person.get("/_sandbox/state")).json()


async def test_a_deal_is_worth_its_lines_and_is_won_by_its_action_alone(env: Environment) -> None:
    """Totals follow the lines; the state is not set by hand; a closed deal is not closed again; reopening is."""
    deal = await env.deal()
    mine = {"opportunityid@odata.bind": f"/opportunities({deal})"}
    product = {"productid@odata.bind": "/products(productnumber='ONB')", "ispriceoverridden": True}
    await env.create("opportunityproducts", quantity=3, priceperunit=100.1, tax=57.06, **mine, **product)
    await env.create("opportunityproducts", isproductoverridden=True, productdescription="x", quantity=1, **mine)
    nameless = await env.person.post(f"{DATA}opportunityproducts", json={"isproductoverridden": True, **mine})
    by_hand = await env.person.patch(f"{DATA}opportunities({deal})", json={"statecode": 1, "statuscode": 3})
    await env.win(deal)
    closing = {"Status": 4, "OpportunityClose": {"subject": "x", **mine}}
    twice = await env.person.post(f"{DATA}LoseOpportunity", json=closing)
    won = (await env.person.get(f"{DATA}opportunities({deal})")).json()
    await env.change(f"opportunities({deal})", statecode=0, statuscode=1)
    open_again = (await env.person.get(f"{DATA}opportunities({deal})")).json()

    assert [400, 400, 400] == [nameless.status_code, by_hand.status_code, twice.status_code]
    assert (300.3, 57.06, 357.36) == (won["totallineitemamount"], won["totaltax"], won["totalamount"])
    assert (1, 3, 357.36) == (won["statecode"], won["statuscode"], won["actualvalue"])
    assert (0, None) == (open_again["statecode"], open_again["actualvalue"])


async def test_several_rows_are_written_all_or_none(env: Environment) -> None:
    """CreateMultiple gives the ids; one bad target undoes the others; UpsertMultiple goes by alternate key."""
    typed = {"@odata.type": "Microsoft.Dynamics.CRM.account"}
    action = f"{DATA}accounts/Microsoft.Dynamics.CRM."
    good = [{**typed, "name": "one"}, {**typed, "name": "two"}]
    made = await env.person.post(f"{action}CreateMultiple", json={"Targets": good})
    bad = await env.person.post(f"{action}CreateMultiple", json={"Targets": [*good, {**typed, "foo": 1}]})
    keyed = {**typed, "@odata.id": "accounts(accountnumber='C-7')", "name": "seven"}
    upserts = [await env.person.post(f"{action}UpsertMultiple", json={"Targets": [keyed]}) for _ in range(2)]
    known = {**typed, "accountid": made.json()["Ids"][0], "name": "uno"}
    changed = await env.person.post(f"{action}UpdateMultiple", json={"Targets": [known]})

    assert (400, [204, 204], 204) == (bad.status_code, [u.status_code for u in upserts], changed.status_code)
    assert ["uno", "two", "seven"] == [row["name"] for row in await env.rows("accounts")]


async def test_what_cannot_be_without_a_row_goes_with_it(env: Environment) -> None:
    """A deal takes its lines and rates along; each is told as deleted; its customer stays."""
    deal = await env.deal()
    mine = {"sluice_Opportunity@odata.bind": f"/opportunities({deal})"}
    await env.create("sluice_staffingneeds", sluice_role="Engineer", **mine)
    line = {
        "opportunityid@odata.bind": f"/opportunities({deal})",
        "productid@odata.bind": "/products(productnumber='ONB')",
    }
    await env.create("opportunityproducts", quantity=2, **line)
    worth = (await env.rows("opportunities"))[0]["totalamount"]

    await env.person.delete(f"{DATA}opportunities({deal})")

    assert "2.00" == str(worth)
    left = [
        len(await env.rows(n)) for n in ("opportunities", "opportunityproducts", "sluice_staffingneeds", "accounts")
    ]
    assert [0, 0, 0, 1] == left


async def test_duplicates_are_looked_for_only_when_asked(env: Environment) -> None:
    """The header that suppresses the search is set unless it is set to false."""
    env.sandbox.seed({"duplicate_rules": {"account": ["name"]}})
    await env.create("accounts", name="Contoso")
    await env.create("accounts", name="Contoso")
    looked = {"MSCRM.SuppressDuplicateDetection": "false"}

    found = await env.person.post(f"{DATA}accounts", json={"name": "Contoso"}, headers=looked)

    assert (412, "0x80040333") == code(found)


async def test_service_protection_counts_a_sliding_window(env: Environment) -> None:
    """What is left is told; beyond it 429 with seconds to wait, and after them the way is free."""
    left = [await env.person.get(f"{DATA}WhoAmI") for _ in range(2)]
    env.sandbox.seed({"requests_in_300_s": 2})
    spent = await env.person.get(f"{DATA}WhoAmI")
    env.sandbox.advance(int(spent.headers["retry-after"]))
    free = await env.person.get(f"{DATA}WhoAmI")

    assert ["5999", "5998"] == [answer.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] for answer in left]
    assert ((429, "0x80072322"), 200) == (code(spent), free.status_code)
    assert "exceeded the limit of 2, measured over time window of 300 seconds" in spent.text
    assert 295 <= int(spent.headers["retry-after"]) <= 301


async def test_moments_and_figures_look_as_the_vendor_writes_them(env: Environment) -> None:
    """Whole seconds with a Z, days without a time, versions that grow."""
    deal = await env.deal()
    row = msgspec.json.decode((await env.person.get(f"{DATA}opportunities({deal})")).content, type=dict[str, Any])
    moment = dt.datetime.strptime(row["modifiedon"], "%Y-%m-%dT%H:%M:%S%z")

    assert abs(dt.datetime.now(dt.UTC) - moment) < dt.timedelta(seconds=30)
    assert ("2026-11-20", f'W/"{row["versionnumber"]}"') == (row["estimatedclosedate"], row["@odata.etag"])
    assert Decimal(str(row["exchangerate"])) == Decimal(1)
