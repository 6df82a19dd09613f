"""A deal takes two rounds of calls, and nothing that belongs to it is lost for the sake of fewer."""

import pytest

from contracts.system.crm import Crm
from system_apis.hubspot import wire
from system_apis.hubspot.deals import told
from tests.system_apis.hubspot.account import DATED, Account, opened

pytestmark = pytest.mark.req(34, 62)

KINDS = ["line_items", "p_deal_milestone", "p_agreed_rate"]


def page(*ids: str, after: str = "") -> wire.Besides:
    paging = wire.Paging(next=wire.Next(after=after)) if after else None
    return wire.Besides(results=[wire.Beside(id=each) for each in ids], paging=paging)


async def test_a_whole_deal_takes_ten_calls(account: Account, crm: Crm) -> None:
    """The deal with the ids of its rows, its companies by label, the rows of each kind, and whose line each is of."""
    ids = await account.play()
    await crm.opportunity(opportunity_id=ids["opportunity"])
    account.sandbox.calls.clear()

    await crm.opportunity(opportunity_id=ids["opportunity"])

    links = "/crm/associations/2026-03"
    assert sorted(
        [
            f"{DATED}/deals/{ids['opportunity']}",
            f"{links}/deals/companies/batch/read",
            *(
                f"{DATED}/{kind}/batch/read"
                for kind in ("companies", "line_items", "p_agreed_rate", "p_deal_milestone", "p_staffing_need")
            ),
            *(f"{links}/{kind}/line_items/batch/read" for kind in ("p_deal_milestone", "p_staffing_need")),
            f"/crm/owners/2026-03/{account.landscape['seed']['owners'][0]['id']}",
        ]
    ) == sorted(call["path"] for call in account.sandbox.calls)


async def test_kinds_may_be_asked_for_by_their_numbers(account: Account) -> None:
    """The vendor tells them under their full names: whatever cannot be told apart is asked for again."""
    ids = await account.play()
    numbers = {schema["name"]: schema["objectTypeId"] for schema in account.landscape["seed"]["schemas"]}
    objects = {
        "milestone_object": numbers["deal_milestone"],
        "rate_object": numbers["agreed_rate"],
        "need_object": numbers["staffing_need"],
    }

    async with opened(account, **objects) as crm, opened(account) as usual:
        read = await crm.opportunity(opportunity_id=ids["opportunity"])
        assert await usual.opportunity(opportunity_id=ids["opportunity"]) == read

    assert [3, 3, 0] == [len(line.milestones) for line in read.lines]


def test_what_a_row_tells_is_taken_by_whatever_name_it_bears() -> None:
    """With spaces, with the number of the portal, twice for two labels; what is missing has nothing."""
    beside = {"line items": page("1", "2", "1"), "p44237313_deal_milestone": page("3")}

    assert ({"line_items": ["1", "2"], "p_deal_milestone": ["3"], "p_agreed_rate": []}, []) == told(beside, KINDS)


def test_what_is_not_told_in_full_is_asked_for() -> None:
    """A kind that goes on beyond its page; and every missing one, once something bears a name that is not known."""
    assert ({"p_deal_milestone": [], "p_agreed_rate": []}, ["line_items"]) == told(
        {"line items": page("1", after="1")}, KINDS
    )
    assert ({"line_items": ["1"]}, ["p_deal_milestone", "p_agreed_rate"]) == told(
        {"line items": page("1"), "Agreed rates": page("9")}, KINDS
    )
