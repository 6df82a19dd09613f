"""Suspects and merges: held, judged once, merged without a circle; names elsewhere, and races about all of them."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from contracts.canonical.master import CrossReference, Kind, RecordState, SuspectState
from contracts.problem import Problem
from contracts.process.master_data import Refer
from kit.caller import calling
from kit.store.master import MASTER_RECORD
from tests.process_apis.master_data.world import FELIX, World, client


async def refer(here: World, our_id: str, external_id: str, connection: str = "crm-1") -> CrossReference:
    """Record a name."""
    with calling(client(connection)):
        return await here.service.refer(
            noun=Kind.CUSTOMER, our_id=our_id, connection=connection, body=Refer(external_id=external_id)
        )


async def state(here: World, our_id: str) -> RecordState:
    """How a customer stands."""
    return (await here.service.record(noun=Kind.CUSTOMER, our_id=our_id)).state


@pytest.mark.req(111)
async def test_a_likely_duplicate_is_held_and_not_told_of(here: World) -> None:
    """A person sees both records and the reasons; until then nobody learns of the new one."""
    await here.customer("cus-1", name="Acme GmbH", email="x@acme.example")
    told = await here.customer("cus-2", name="ACME", email="y@acme.example")
    (suspect,) = await here.suspects()

    assert [suspect.suspect_id] == told.suspect_ids
    assert ("cus-2", "cus-1") == (suspect.candidate.our_id, suspect.other.our_id)
    assert {"name", "domain"} == {each.kind for each in suspect.reasons}
    assert (RecordState.HELD, RecordState.ACTIVE) == (await state(here, "cus-2"), await state(here, "cus-1"))
    assert ["sluice.master.changed.v1", "sluice.duplicate.suspected.v1"] == [kind for kind, _ in await here.told()]


@pytest.mark.req(111)
async def test_a_tax_id_counts_before_finance_has_approved_it(here: World) -> None:
    """The number a record waits with is the strongest sign there is."""
    await here.customer("cus-1", name="Alpha", tax__tax_registration="DE 811")
    told = await here.customer("cus-2", name="Beta", tax__tax_registration="DE811")

    assert 1 == len(told.suspect_ids)


@pytest.mark.req(109, 111)
async def test_distinct_is_said_once(here: World) -> None:
    """The held record is let go and told of whole, and the pair is never asked about again."""
    await here.customer("cus-1", name="Acme GmbH")
    await here.customer("cus-2", name="Acme")
    (suspect,) = await here.suspects()
    judged = await here.judge(suspect, None)
    again = await here.customer("cus-2", name="Acme", email="z@acme.example")

    assert SuspectState.DISTINCT is judged.state
    assert [] == again.suspect_ids
    assert RecordState.ACTIVE is await state(here, "cus-2")
    kinds = [(kind, fact.get("our_id")) for kind, fact in await here.told()]
    assert ("sluice.master.changed.v1", "cus-2") == kinds[2]


@pytest.mark.req(106, 111)
async def test_a_merge_moves_names_and_lists_what_it_cannot(here: World) -> None:
    """The survivor keeps its id and answers to the loser's; names that clash and children are listed; history stays."""
    await here.customer("cus-1", name="Acme GmbH")
    await here.customer("cus-2", name="Acme")
    await here.customer("cus-3", name="Child", parent_id="cus-2")
    await refer(here, "cus-1", "A1")
    await refer(here, "cus-2", "A2")
    await refer(here, "cus-2", "E2", "erp-1")
    (suspect,) = await here.suspects()
    await here.judge(suspect, "cus-1")

    assert [("crm-1", "A1"), ("erp-1", "E2")] == [
        (each.connection, each.external_id)
        for each in (await here.service.references(noun=Kind.CUSTOMER, our_id="cus-2")).items
    ]
    found = await here.service.referred(noun=Kind.CUSTOMER, connection="crm-1", external_id="A2")
    assert "cus-1" == found.our_id
    repairs = (await here.service.repairs()).items
    assert [("reference", "cus-1"), ("parent_id", "cus-3")] == [(each.what, each.our_id) for each in repairs]
    assert {"cus-1"} == {each.should_be for each in repairs}
    old = await here.service.record(noun=Kind.CUSTOMER, our_id="cus-2")
    assert (RecordState.MERGED, "cus-1", "Acme") == (old.state, old.merged_into, old.fields[0].value)
    trail = await here.service.trail(noun=Kind.CUSTOMER, our_id="cus-2")
    assert "merged into" == trail.items[-1].what
    merged = [fact for kind, fact in await here.told() if kind == "sluice.customer.merged.v1"]
    assert [{"survivor_id": "cus-1", "merged_id": "cus-2", "repairs": 2}] == merged
    await here.propose("cus-3", "parent_id", "cus-2", "cus-1")
    assert ["reference"] == [each.what for each in (await here.service.repairs()).items]


@pytest.mark.req(106)
async def test_chains_of_merges_end_at_who_stands(here: World) -> None:
    """What was called 3 became 2 and then 1; what is written under 3 arrives at 1."""
    await here.customer("cus-1", name="Acme GmbH")
    await here.customer("cus-2", name="Acme")
    await here.customer("cus-3", name="Acme Ltd")
    pairs = {(each.candidate.our_id, each.other.our_id): each for each in await here.suspects()}
    await here.judge(pairs["cus-3", "cus-2"], "cus-2")
    (left,) = await here.suspects()
    await here.judge(left, "cus-1")
    told = await here.customer("cus-3", name="Acme Ltd", email="a@acme.example")

    assert "cus-1" == told.record.our_id
    old = await here.service.record(noun=Kind.CUSTOMER, our_id="cus-3")
    assert "cus-1" == old.merged_into
    assert "a@acme.example" == (await here.values("cus-1"))["email"]
    assert RecordState.ACTIVE is await state(here, "cus-1")


async def test_parent_and_child_are_not_merged(here: World) -> None:
    """As one they would be their own parent."""
    await here.customer("cus-1", name="Acme GmbH")
    await here.customer("cus-2", name="Acme", parent_id="cus-1")
    (suspect,) = await here.suspects()

    for survivor in ("cus-1", "cus-2"):
        with pytest.raises(Problem, match="merge_in_hierarchy"):
            await here.judge(suspect, survivor)
    with pytest.raises(Problem, match="survivor_unknown"):
        await here.judge(suspect, "cus-9")


async def test_a_verdict_is_on_what_was_seen_and_by_who_may(here: World) -> None:
    """A record that changed meanwhile is looked at again; a system judges nothing; a verdict is given once."""
    await here.customer("cus-1", name="Acme GmbH")
    await here.customer("cus-2", name="Acme")
    (seen,) = await here.suspects()
    await here.customer("cus-2", name="Acme", email="n@acme.example")

    with pytest.raises(Problem, match="etag_mismatch"):
        await here.judge(seen, None)
    with pytest.raises(Problem, match="not_yours_to_decide"):
        await here.judge(seen, None, by=client("crm-1"))
    (seen,) = await here.suspects()
    await here.judge(seen, None, by=FELIX)
    with pytest.raises(Problem, match="already_judged"):
        await here.judge(seen, None)


@pytest.mark.req(106)
async def test_names_are_guarded_both_ways(here: World) -> None:
    """One thing has one name at a connection, and one name is one thing's; the refusal names both."""
    await here.customer("cus-1", name="Alpha")
    await here.customer("cus-2", name="Beta")
    one = await refer(here, "cus-1", "A1")

    assert one == await refer(here, "cus-1", "A1")
    with pytest.raises(Problem) as shared:
        await refer(here, "cus-2", "A1")
    assert ("cus-2", "cus-1") == (shared.value.context["our_id"], shared.value.context["holder"])
    with pytest.raises(Problem) as second:
        await refer(here, "cus-1", "A2")
    assert "A1" == second.value.context["named"]
    with pytest.raises(Problem, match="reference_not_found"):
        await here.service.referred(noun=Kind.CUSTOMER, connection="crm-1", external_id="A2")


@pytest.mark.req(106)
async def test_of_many_who_claim_a_name_one_gets_it(raced: World) -> None:
    """Eight customers claim one name at once, and one customer gets eight names: one of each holds."""
    for number in range(8):
        await raced.customer(f"cus-{number}", name=f"Name{chr(97 + number) * 3}")
    claims = [refer(raced, f"cus-{number}", "A1") for number in range(8)]
    names = [refer(raced, "cus-0", f"E{number}", "erp-1") for number in range(8)]
    done = await asyncio.gather(*claims, *names, return_exceptions=True)
    codes = [each.code for each in done if isinstance(each, Problem)]

    assert ["reference_taken"] * 14 == codes
    assert [1, 1] == [sum(isinstance(each, CrossReference) for each in part) for part in (done[:8], done[8:])]


@pytest.mark.req(111)
async def test_two_that_come_at_once_see_each_other(raced: World) -> None:
    """Six records of one firm arrive together: each after the first is held, whoever was first."""
    await asyncio.gather(*(raced.customer(f"cus-{number}", name="Acme GmbH") for number in range(6)))
    async with raced.store.read() as connection:
        rows = await connection.execute(sa.select(MASTER_RECORD.c.state))
        states = sorted(row.state for row in rows)

    assert ["active", *["held"] * 5] == states
    assert 15 == len(await raced.suspects())


@pytest.mark.req(111)
async def test_two_merges_at_once_make_no_circle(raced: World) -> None:
    """Three of one firm, every pair merged both ways at once: in the end one stands and all chains lead there."""
    for number in range(3):
        await raced.customer(f"cus-{number}", name="Acme GmbH")
    for _ in range(4):
        found = await raced.suspects()
        verdicts = [raced.judge(each, record.our_id) for each in found for record in (each.candidate, each.other)]
        done = await asyncio.gather(*verdicts, return_exceptions=True)
        assert [] == [each for each in done if isinstance(each, Exception) and not isinstance(each, Problem)]
    records = [await raced.service.record(noun=Kind.CUSTOMER, our_id=f"cus-{number}") for number in range(3)]

    standing = [each.our_id for each in records if each.merged_into is None]
    assert 1 == len(standing)
    assert set(standing) == {each.merged_into for each in records if each.merged_into is not None}


@pytest.mark.req(73)
async def test_two_moves_at_once_make_no_circle(raced: World) -> None:
    """Two customers are each put below the other at once: one of the two is refused."""
    await raced.customer("cus-1", name="Alpha")
    await raced.customer("cus-2", name="Beta")
    done = await asyncio.gather(
        raced.propose("cus-1", "parent_id", None, "cus-2"),
        raced.propose("cus-2", "parent_id", None, "cus-1"),
        return_exceptions=True,
    )

    assert ["hierarchy_cycle"] == [each.code for each in done if isinstance(each, Problem)]
