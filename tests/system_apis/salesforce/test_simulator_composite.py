"""Several things in one call of the simulated org: partial success, references, and what halts what."""

from typing import Any

import pytest

from tests.system_apis.salesforce.org import DATA, Org

pytestmark = pytest.mark.req(32)


def account(**values: Any) -> dict[str, Any]:
    """A record of a collection."""
    return {"attributes": {"type": "Account"}, **values}


async def count(org: Org) -> int:
    """How many accounts there are."""
    return int((await org.query("SELECT COUNT() FROM Account")).json()["totalSize"])


async def test_a_collection_succeeds_in_part(org: Org) -> None:
    """200 whatever became of the rows; results in order, and `statusCode` where a single row says `errorCode`."""
    body = {"allOrNone": False, "records": [account(Name="x"), account(Foo=1), account(Name="y")]}

    response = await org.person.post(f"{DATA}/composite/sobjects", json=body)

    results = response.json()
    assert 200 == response.status_code
    assert [True, False, True] == [result["success"] for result in results]
    assert "INVALID_FIELD" == results[1]["errors"][0]["statusCode"]
    assert 2 == await count(org)


async def test_a_collection_of_all_or_none_takes_back_the_innocent(org: Org) -> None:
    """Rows that were fine say that they were rolled back, and nothing stands."""
    body = {"allOrNone": True, "records": [account(Name="x"), account()]}

    results = (await org.person.post(f"{DATA}/composite/sobjects", json=body)).json()

    codes = [result["errors"][0]["statusCode"] for result in results]
    assert ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"] == codes
    assert 0 == await count(org)


async def test_a_collection_changes_upserts_reads_and_deletes(org: Org) -> None:
    """The other verbs of a collection work row by row as well."""
    url = f"{DATA}/composite/sobjects"
    first = await org.create("Account", Name="x", ERP_Id__c="C-1")
    changed = await org.person.patch(url, json={"records": [account(id=first, Name="y"), account(id="001", Name="z")]})
    records = [account(ERP_Id__c="C-1", Name="z"), account(ERP_Id__c="C-2", Name="new")]
    upserted = await org.person.patch(f"{url}/Account/ERP_Id__c", json={"records": records})
    read = await org.person.post(f"{url}/Account", json={"ids": [first, "001000000000009AAA"], "fields": ["Name"]})
    gone = await org.person.delete(url, params={"ids": f"{first},zzz", "allOrNone": "false"})

    assert [True, False] == [result["success"] for result in changed.json()]
    assert [False, True] == [result["created"] for result in upserted.json()]
    assert ["z", None] == [record and record["Name"] for record in read.json()]
    assert [True, False] == [result["success"] for result in gone.json()]


async def test_a_collection_of_more_than_two_hundred_is_refused(org: Org) -> None:
    """Nothing of it is run."""
    response = await org.person.post(f"{DATA}/composite/sobjects", json={"records": [account(Name="x")] * 201})

    assert (400, "EXCEEDED_ID_LIMIT") == (response.status_code, response.json()[0]["errorCode"])
    assert 0 == await count(org)


def steps(*, last: dict[str, Any], together: bool) -> dict[str, Any]:
    """Two steps, the second of which uses what the first returned."""
    return {
        "allOrNone": together,
        "compositeRequest": [
            {"method": "POST", "url": f"{DATA}/sobjects/Account", "referenceId": "refA", "body": {"Name": "x"}},
            {"method": "POST", "url": f"{DATA}/sobjects/Contact", "referenceId": "refC", "body": last},
        ],
    }


async def test_a_composite_hands_results_on(org: Org) -> None:
    """`@{refA.id}` becomes the id of the row that the first step created."""
    body = steps(last={"LastName": "Moreau", "AccountId": "@{refA.id}"}, together=True)

    answers = (await org.person.post(f"{DATA}/composite", json=body)).json()["compositeResponse"]

    assert [(201, "refA"), (201, "refC")] == [(a["httpStatusCode"], a["referenceId"]) for a in answers]
    contact = (await org.person.get(answers[1]["httpHeaders"]["Location"])).json()
    assert answers[0]["body"]["id"] == contact["AccountId"]


@pytest.mark.parametrize(
    ("together", "first", "left"), [(True, "PROCESSING_HALTED", 0), (False, None, 1)], ids=["all", "each"]
)
async def test_a_failed_step_takes_the_others_back_only_if_told(
    org: Org, together: bool, first: str | None, left: int
) -> None:
    """The top level is 200 either way."""
    response = await org.person.post(f"{DATA}/composite", json=steps(last={"Foo": 1}, together=together))

    answers = response.json()["compositeResponse"]
    assert 200 == response.status_code
    assert first == (answers[0]["body"][0]["errorCode"] if answers[0]["httpStatusCode"] == 400 else None)
    assert (400, left) == (answers[1]["httpStatusCode"], await count(org))


@pytest.mark.parametrize(
    "changed",
    [
        {"method": "get"},
        {"httpHeaders": {"Authorization": "x"}},
        {"url": "/elsewhere"},
        {"referenceId": "refA"},
    ],
)
async def test_a_composite_of_wrong_structure_runs_nothing(org: Org, changed: dict[str, Any]) -> None:
    """Methods are case-sensitive, some headers are forbidden, names are unique."""
    body = steps(last={"LastName": "x"}, together=False)
    body["compositeRequest"][1] |= changed

    assert 400 == (await org.person.post(f"{DATA}/composite", json=body)).status_code
    assert 0 == await count(org)


async def test_a_composite_of_more_than_twenty_five_is_refused(org: Org) -> None:
    """The limit is on the whole call."""
    step = {"method": "GET", "url": f"{DATA}/limits"}
    body = {"compositeRequest": [{**step, "referenceId": f"r{number}"} for number in range(26)]}

    assert 400 == (await org.person.post(f"{DATA}/composite", json=body)).status_code


async def test_a_batch_answers_each_part_and_halts_if_told(org: Org) -> None:
    """One call of the day's allowance, a status for each part; after a halt the rest are 412."""
    parts = [{"method": "GET", "url": f"v66.0/{what}"} for what in ("limits", "query?q=SELECT", "limits")]

    each = (await org.person.post(f"{DATA}/composite/batch", json={"batchRequests": parts})).json()
    halted = await org.person.post(f"{DATA}/composite/batch", json={"haltOnError": True, "batchRequests": parts})

    assert (True, [200, 400, 200]) == (each["hasErrors"], [part["statusCode"] for part in each["results"]])
    assert [200, 400, 412] == [part["statusCode"] for part in halted.json()["results"]]
    assert "api-usage=2/100000" == halted.headers["sforce-limit-info"]
