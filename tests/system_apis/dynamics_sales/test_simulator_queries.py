"""What the simulated environment answers to a question, page by page, and what has changed since."""

from typing import Any

import httpx
import pytest

from tests.system_apis.dynamics_sales.environment import CURRENCY, DATA, EURO, Environment

pytestmark = pytest.mark.req(33)

FOUND = {
    "name eq 'ALPHA'": ["Alpha"],
    "name ne 'Alpha' and statecode eq 0": ["beta", "Gamma", "delta"],
    "creditlimit gt 100 and creditlimit le 300.00": ["beta", "Gamma"],
    "creditlimit eq null": ["delta"],
    "not (creditlimit lt 200) and creditlimit ne null": ["beta", "Gamma"],
    "contains(name,'ET') or startswith(name,'gam') or endswith(name,'LTA')": ["beta", "Gamma", "delta"],
    "_parentaccountid_value eq {0}": ["beta"],
    "parentaccountid/name eq 'beta'": ["Gamma"],
    "Microsoft.Dynamics.CRM.In(PropertyName='accountnumber',PropertyValues=['C-1','C-4'])": ["Alpha", "delta"],
    "Microsoft.Dynamics.CRM.Between(PropertyName='creditlimit',PropertyValues=['150','300'])": ["beta", "Gamma"],
    "createdon gt 2020-01-01T00:00:00Z and name eq 'it''s'": [],
}
REFUSED: list[dict[str, str]] = [
    {"select": "name,foo"},
    {"select": "_name_value"},
    {"filter": "foo eq 1"},
    {"filter": "name eq"},
    {"filter": "name = 'x'"},
    {"filter": "(name eq 'x'"},
    {"filter": "name eq 'x' name"},
    {"filter": "name eq 7"},
    {"filter": "_parentaccountid_value eq 'C-1'"},
    {"filter": "createdon gt 2026-13-01"},
    {"filter": "Microsoft.Dynamics.CRM.Near(PropertyName='name',PropertyValues=['x'])"},
    {"orderby": "foo"},
    {"orderby": "name up"},
    {"expand": "ParentAccountId($select=name)"},
    {"expand": "parentaccountid($select=name"},
    {"expand": "parentaccountid($top=1)"},
    {"top": "some"},
    {"apply": "aggregate($count as n)"},
    {"deltatoken": "yesterday"},
]
NAMES = ["Alpha", "beta", "Gamma", "delta"]


@pytest.fixture
async def accounts(env: Environment) -> list[str]:
    """Four accounts, each below the one before it, with growing limits; the last has none."""
    ids: list[str] = []
    for number, name in enumerate(NAMES, start=1):
        above = {"parentaccountid@odata.bind": f"/accounts({ids[-1]})"} if ids else {}
        limit = {"creditlimit": number * 100, CURRENCY: EURO} if number < len(NAMES) else {}
        ids.append(await env.create("accounts", name=name, accountnumber=f"C-{number}", **above, **limit))
    return ids


async def asked(env: Environment, plural: str, prefer: str = "", **options: str) -> httpx.Response:
    """Ask with `$` before each option."""
    params = {f"${name}": value for name, value in options.items()}
    return await env.person.get(DATA + plural, params=params, headers={"Prefer": prefer})


async def test_a_filter_finds_what_it_says(env: Environment, accounts: list[str]) -> None:
    """Text without regard to case; null is neither less nor more; lookups by id or through them."""
    found = {}
    for condition in FOUND:
        answer = await asked(env, "accounts", filter=condition.replace("{0}", accounts[0]), select="name")
        found[condition] = [row["name"] for row in answer.json()["value"]]

    assert FOUND == found


async def test_a_question_that_cannot_be_understood_is_refused(env: Environment) -> None:
    """Unknown names, unlike kinds, broken grammar and options that are not there: 400 with the code 0x0."""
    answers = [(options, await asked(env, "accounts", **options)) for options in REFUSED]

    told = [(options, answer.status_code, answer.json()["error"]["code"]) for options, answer in answers]
    assert [(options, 400, "0x0") for options in REFUSED] == told


async def test_pages_come_by_a_link_that_means_nothing_to_others(env: Environment, accounts: list[str]) -> None:
    """A preferred size cuts, $top outweighs it, $count counts all, and a cookie of one's own is refused."""
    first = await asked(env, "accounts", "odata.maxpagesize=3", select="name", orderby="name desc", count="true")
    link = first.json()["@odata.nextLink"]
    rest = await env.person.get(link, headers={"Prefer": "odata.maxpagesize=3"})
    top = await asked(env, "accounts", "odata.maxpagesize=1", top="2", orderby="accountnumber")
    made_up = await asked(env, "accounts", skiptoken="<cookie/>")

    names = [row["name"] for page in (first, rest) for row in page.json()["value"]]
    assert (["Gamma", "delta", "beta", "Alpha"], 4) == (names, first.json()["@odata.count"])
    assert "$skiptoken=%3Ccookie" in link
    assert "@odata.nextLink" not in rest.json()
    assert (["Alpha", "beta"], False) == (
        [row["name"] for row in top.json()["value"]],
        "@odata.nextLink" in top.json(),
    )
    assert (400, "odata.maxpagesize") == (made_up.status_code, first.headers["preference-applied"])


async def test_lookups_are_followed_and_annotated(env: Environment, accounts: list[str]) -> None:
    """Through a lookup and the one behind it; names of choices and rows stand beside them when asked for."""
    expand = "parentaccountid($select=name;$expand=parentaccountid($select=name),transactioncurrencyid)"
    answer = await asked(
        env,
        f"accounts({accounts[2]})",
        'odata.include-annotations="OData.Community.Display.V1.FormattedValue"',
        select="statecode,_parentaccountid_value,parentaccountid",
        expand=expand,
    )
    row: dict[str, Any] = answer.json()

    assert ("beta", "Alpha", "EUR") == (
        row["parentaccountid"]["name"],
        row["parentaccountid"]["parentaccountid"]["name"],
        row["parentaccountid"]["transactioncurrencyid"]["isocurrencycode"],
    )
    words = {name.partition("@")[0]: value for name, value in row.items() if "FormattedValue" in name}
    assert {"statecode": "Active", "_parentaccountid_value": "beta"} == words
    assert not any("lookuplogicalname" in name for name in row)


async def test_an_errors_further_words_come_only_with_annotations(env: Environment) -> None:
    """Code and message always; where to read on when every annotation is asked for."""
    plain = await asked(env, "accounts", select="foo")
    annotated = await asked(env, "accounts", 'odata.include-annotations="*"', select="foo")

    assert {"code", "message"} == set(plain.json()["error"])
    assert "@Microsoft.PowerApps.CDS.HelpLink" in annotated.json()["error"]


async def test_changes_are_tracked_for_seven_days(env: Environment, accounts: list[str]) -> None:
    """All rows first, by pages; then what changed and what is gone, once; then nothing; after a week a refusal."""
    first = await asked(env, "accounts", "odata.track-changes,odata.maxpagesize=3", select="name")
    rest = await env.person.get(first.json()["@odata.nextLink"])
    token = rest.json()["@odata.deltaLink"]
    await env.change(f"accounts({accounts[1]})", name="Beta")
    await env.person.delete(f"{DATA}accounts({accounts[3]})")
    changed = (await env.person.get(token)).json()
    idle = (await env.person.get(changed["@odata.deltaLink"])).json()
    env.sandbox.advance(7 * 86400 + 60)
    expired = await env.person.get(changed["@odata.deltaLink"])

    assert ("@odata.deltaLink" in first.json(), 3, 1) == (
        False,
        len(first.json()["value"]),
        len(rest.json()["value"]),
    )
    assert "$deltatoken=" in token
    kept, gone = changed["value"]
    assert ("Beta", {"id": accounts[3], "reason": "deleted"}) == (
        kept["name"],
        {name: value for name, value in gone.items() if name != "@odata.context"},
    )
    assert changed["@odata.context"].endswith("#accounts(name)/$delta")
    assert gone["@odata.context"].endswith("#accounts/$deletedEntity")
    assert [] == idle["value"]
    assert (400, "0x80044352") == (expired.status_code, expired.json()["error"]["code"])


async def test_tracking_takes_no_condition_and_not_every_table_is_tracked(env: Environment) -> None:
    """No $filter, $orderby, $expand or $top; and a table whose tracking is off says so."""
    for option in ({"filter": "name eq 'x'"}, {"orderby": "name"}, {"top": "1"}, {"expand": "parentaccountid"}):
        assert 400 == (await asked(env, "accounts", "odata.track-changes", **option)).status_code
    off = await asked(env, "transactioncurrencies", "odata.track-changes")
    assert (400, True) == (off.status_code, "not enabled" in off.text)


async def test_the_environment_describes_its_tables(env: Environment) -> None:
    """Definitions by name, columns, and the labels of choices; writing there is not allowed."""
    by_name = await asked(env, "EntityDefinitions", filter="LogicalName eq 'sluice_rateentry'", select="EntitySetName")
    one = await asked(env, "EntityDefinitions(LogicalName='account')", select="PrimaryIdAttribute")
    columns = await asked(env, "EntityDefinitions(LogicalName='opportunity')/Attributes")
    picklists = "EntityDefinitions(LogicalName='opportunityproduct')/Attributes/Microsoft.Dynamics.CRM."
    choices = (await asked(env, f"{picklists}PicklistAttributeMetadata")).json()["value"]
    kinds = {column["LogicalName"]: column["AttributeType"] for column in columns.json()["value"]}

    assert [{"EntitySetName": "sluice_rateentries"}] == by_name.json()["value"]
    assert "accountid" == one.json()["PrimaryIdAttribute"]
    assert ("Customer", "Money", "Picklist") == (
        kinds["customerid"],
        kinds["totalamount"],
        kinds["sluice_dealkind"],
    )
    first = choices[0]["OptionSet"]["Options"][0]
    assert (748190000, "Time and Materials") == (first["Value"], first["Label"]["LocalizedLabels"][0]["Label"])
    for wrong in ("EntityDefinitions(LogicalName='foo')", "EntityDefinitions/foo", f"{picklists}Foo"):
        assert 404 == (await asked(env, wrong)).status_code
    assert 400 == (await asked(env, "EntityDefinitions", filter="Foo eq 1")).status_code
    assert [405, 405, 405] == [
        (await env.person.request(method, DATA + path)).status_code
        for method, path in (("POST", "EntityDefinitions"), ("DELETE", "accounts"), ("POST", "WhoAmI"))
    ]
