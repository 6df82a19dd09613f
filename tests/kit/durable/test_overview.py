"""Cases seen together, and one of them found by any id; the same on every engine."""

from __future__ import annotations

import pytest

from contracts.canonical.casework import CaseState, Cause
from contracts.canonical.overview import HitKind
from tests.kit.durable.bench import Opened, reaches
from tests.kit.durable.deal import StartDeal, World, road


@pytest.mark.req(261, 263, 265, 281)
async def test_every_case_is_counted_once_and_money_to_the_cent(opened: Opened) -> None:
    """By process and state, by what they wait for, by queue; a completed case is on the clock, not at stake."""
    way = road(World())
    async with opened(way) as durable:
        for deal, known in (("D1", True), ("D2", False), ("D3", False)):
            order = StartDeal(deal_id=deal, tax_known=known)
            started = await durable.start(way, business_key=deal, start=order)
            await reaches(durable, started.case_id, CaseState.COMPLETED if known else CaseState.EXCEPTION)
        seen = await durable.casebook.overview()

    assert {("deal_to_budget", "completed", 1, ()), ("deal_to_budget", "exception", 2, ("2840000.00 EUR",))} == {
        (each.process, each.state.value, each.cases, tuple(f"{m.amount} {m.currency}" for m in each.at_stake))
        for each in seen.cases
    }
    assert [(Cause.DATA_QUALITY, "tax", 2)] == [(each.cause, each.owner_role, each.cases) for each in seen.waits]
    assert [("TAX_CODE_MISSING", "tax", ["2840000.00"])] == [
        (each.code, each.owner_role, [str(m.amount) for m in each.at_stake]) for each in seen.stakes
    ]
    (clock,) = seen.clocks
    assert (1, 1) == (clock.completed, sum(each.cases for each in clock.took))
    assert 0 < clock.median_s == clock.p95_s < 60
    assert (60, 1) == (clock.took[0].up_to_s, clock.took[0].cases)


@pytest.mark.req(106, 264)
async def test_a_case_is_found_by_whatever_id_it_carries(opened: Opened) -> None:
    """Ours, the vendor's, an effect key, an exception, the beginning of one, a name; nothing else is looked through."""
    way = road(World())
    async with opened(way) as durable:
        started = await durable.start(way, business_key="D_7%", start=StartDeal(deal_id="D_7%", tax_known=False))
        case = await reaches(durable, started.case_id, CaseState.EXCEPTION)
        other = await durable.start(way, business_key="DX7Y", start=StartDeal(deal_id="DX7Y"))
        await reaches(durable, other.case_id, CaseState.COMPLETED)
        (item,) = (await durable.casebook.exceptions(case_id=started.case_id)).items
        asked = {
            "case": started.case_id,
            "business_key": " D_7% ",
            "beginning": started.case_id[:-3],
            "exception": item.exception_id,
            "effect": next(each.key for each in case.steps if each.name == "open_project"),
            "title": "deal d_7%",
            "wildcard": "D_7_",
            "fact": "DE-S-19",
            "nothing": "no such id",
        }
        found = {name: (await durable.casebook.find(text)).items for name, text in asked.items()}

    mine = {name: [(hit.kind, hit.case_id, hit.ref) for hit in hits] for name, hits in found.items()}
    assert [(HitKind.CASE, started.case_id, "")] == mine["case"]
    assert [(HitKind.BUSINESS_KEY, started.case_id, "")] == mine["business_key"]
    assert [(HitKind.CASE, started.case_id, "")] == mine["beginning"]
    assert [(HitKind.EXCEPTION, started.case_id, item.exception_id)] == mine["exception"]
    assert [(HitKind.EFFECT, started.case_id, asked["effect"])] == mine["effect"]
    assert [(HitKind.TITLE, started.case_id, "")] == mine["title"]
    assert ([], [], []) == (mine["wildcard"], mine["fact"], mine["nothing"])
