"""Proposals through the room: taken, refused, waiting, decided by two, told and written down."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest

from contracts.canonical.field import Record
from contracts.canonical.master import ChangeState, Kind
from contracts.problem import Kind as Sort
from contracts.problem import Problem
from contracts.process.master_data import MasterData, Submit
from kit.caller import Caller, calling
from kit.clock import ManualClock
from kit.room import Peers, Tools
from process_apis import master_data
from tests.process_apis.master_data.world import OLIVIA, World, client


@pytest.mark.req(72, 74, 101)
async def test_a_record_is_judged_field_by_field(here: World) -> None:
    """Sales brings a customer: its own fields stand, billing waits for finance, the tax code is not sales' to say."""
    told = await here.customer(
        "cus-1", name="Northwind SA", address__country="FR", currency="EUR", tax__tax_code="EU-RC", email="a@nw.example"
    )

    assert {
        "name": ChangeState.ACCEPTED,
        "address.country": ChangeState.ACCEPTED,
        "currency": ChangeState.PENDING,
        "tax.tax_code": ChangeState.REFUSED,
        "email": ChangeState.ACCEPTED,
    } == {each.field: each.state for each in told.changes}
    assert {"name": "Northwind SA", "address.country": "FR", "email": "a@nw.example"} == await here.values("cus-1")
    ((kind, fact),) = await here.told()
    assert ("sluice.master.changed.v1", "cus-1", 3) == (kind, fact["our_id"], len(fact["fields"]))


@pytest.mark.req(14)
async def test_only_who_may_brings_a_new_record(here: World) -> None:
    """Delivery creates no customer, and nobody creates a hierarchy: the owner is named."""
    with pytest.raises(Problem) as refused:
        await here.customer("cus-1", connection="psa-1", name="X")

    assert (403, "crm, erp") == (refused.value.status, refused.value.context["owner"])
    with pytest.raises(Problem, match="record_not_found"):
        await here.values("cus-1")


@pytest.mark.req(13)
async def test_nobody_speaks_for_a_system_that_is_not_theirs(here: World) -> None:
    """A client that says it is the ERP, and is not, changes nothing."""
    await here.customer("cus-1", name="A")
    with pytest.raises(Problem, match="not_your_system"):
        await here.propose("cus-1", "name", "A", "B", connection="erp-1", caller=client("crm-1"))
    stranger = Caller(subject="stranger", client_id="stranger")
    body = Submit(connection="crm-1", changed_at=here.clock.now(), fields={})
    with calling(stranger), pytest.raises(Problem, match="not_your_system"):
        await here.service.submit(noun=Kind.CUSTOMER, our_id="cus-1", body=body)


@pytest.mark.req(13, 14, 109)
async def test_a_refused_change_names_the_owner_and_leaves_a_line(here: World) -> None:
    """403 with the owner, and the audit trail keeps that it was tried."""
    await here.customer("cus-1", name="A")
    with pytest.raises(Problem) as refused:
        await here.propose("cus-1", "name", "A", "B", connection="psa-1")

    assert (403, "field_not_yours", "erp") == (
        refused.value.status,
        refused.value.code,
        refused.value.context["owner"],
    )
    assert {"name": "A"} == await here.values("cus-1")
    trail = (await here.service.trail(noun=Kind.CUSTOMER, our_id="cus-1")).items
    assert [("crm", "created"), ("crm", "name accepted"), ("psa", "name refused")] == [
        (each.actor, each.what) for each in trail
    ]
    kept = await here.service.changes(state=ChangeState.REFUSED)
    assert [("psa-1", "A", "B")] == [(each.connection, each.old, each.new) for each in kept.items]


@pytest.mark.req(15)
async def test_a_tax_code_waits_for_finance_and_for_other_eyes(here: World) -> None:
    """The ERP's own proposal waits; neither operations nor the proposer decides, finance does, as it was seen."""
    await here.customer("cus-1", name="A")
    asked = await here.propose("cus-1", "tax.tax_code", None, "DE-S-19", connection="erp-1")

    assert (ChangeState.PENDING, "finance") == (asked.state, asked.role)
    assert "tax.tax_code" not in await here.values("cus-1")
    with pytest.raises(Problem, match="not_yours_to_decide"):
        await here.decide(asked, by=OLIVIA)
    with pytest.raises(Problem, match="own_change"):
        await here.decide(asked, by=client("erp-1", roles=frozenset({"finance"})))
    with pytest.raises(Problem, match="etag_mismatch"):
        await here.decide(asked, etag="another")
    done = await here.decide(asked)
    assert (ChangeState.ACCEPTED, "felix.finance") == (done.state, done.decided_by)
    assert "DE-S-19" == (await here.values("cus-1"))["tax.tax_code"]
    with pytest.raises(Problem, match="not_pending"):
        await here.decide(asked)


@pytest.mark.req(15, 26)
async def test_a_decision_binds_to_what_was_seen(here: World) -> None:
    """Two proposals wait against one value: the first approval takes the ground from under the second."""
    await here.customer("cus-1", name="A")
    one = await here.propose("cus-1", "tax.tax_code", None, "GB-S-20", connection="erp-1")
    two = await here.propose("cus-1", "tax.tax_code", None, "DE-S-19", connection="erp-2")
    again = await here.propose("cus-1", "tax.tax_code", None, "GB-S-20", connection="erp-1")

    assert one.change_id == again.change_id
    await here.decide(one)
    with pytest.raises(Problem, match="change_lapsed"):
        await here.decide(two)
    assert "GB-S-20" == (await here.values("cus-1"))["tax.tax_code"]


async def test_what_finance_declines_stays_as_it_was(here: World) -> None:
    """Declined is an end too, and it is not asked again because a system repeats itself."""
    told = await here.customer("cus-1", name="A", currency="EUR")
    (currency,) = [each for each in told.changes if each.field == "currency"]
    await here.decide(currency, approve=False)
    again = await here.customer("cus-1", name="A", currency="EUR")

    assert [] == again.changes
    assert {"name": "A"} == await here.values("cus-1")


@pytest.mark.req(26)
async def test_a_held_conflict_is_decided_by_a_person(here: World) -> None:
    """The ERP names a customer without having known what sales called it: operations says which it is."""
    await here.customer("cus-1", name="Acme")
    held = await here.propose("cus-1", "name", None, "Acme Limited", connection="erp-1")

    assert (ChangeState.PENDING, "operations") == (held.state, held.role)
    assert {"name": "Acme"} == await here.values("cus-1")
    await here.decide(held, by=OLIVIA)
    assert {"name": "Acme Limited"} == await here.values("cus-1")


@pytest.mark.req(26)
async def test_what_is_older_overrules_nothing(here: World) -> None:
    """Of two changes by owners who did not know of each other, the later stays in whatever order they come."""
    await here.customer("cus-1", name="Ab")
    before = here.clock.now()
    await here.propose("cus-1", "name", "Ab", "Xy", connection="erp-1")
    with pytest.raises(Problem, match="change_overruled"):
        await here.propose("cus-1", "name", "Ab", "Old", connection="erp-2", at=before)

    assert {"name": "Xy"} == await here.values("cus-1")


@pytest.mark.req(73)
async def test_a_hierarchy_never_leads_in_a_circle(here: World) -> None:
    """Neither a parent below its child nor itself; what was right before stays."""
    for each, name in (("cus-1", "Ab"), ("cus-2", "Bc"), ("cus-3", "Cd")):
        await here.customer(each, name=name)
    await here.propose("cus-2", "parent_id", None, "cus-1")
    await here.propose("cus-3", "parent_id", None, "cus-2")

    for target in ("cus-1", "cus-2", "cus-3"):
        with pytest.raises(Problem, match="hierarchy_cycle"):
            await here.propose("cus-1", "parent_id", None, target)
    assert "parent_id" not in await here.values("cus-1")


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("address.country", "Germany", "invalid_field"),
        ("website", "x", "unknown_field"),
        ("name", 7, "invalid_field"),
        ("name", None, "invalid_field"),
    ],
)
async def test_a_value_is_what_its_declaration_says(here: World, path: str, value: object, code: str) -> None:
    """What the canonical model does not allow is no proposal."""
    await here.customer("cus-1", name="A")
    with pytest.raises(Problem) as refused:
        await here.propose("cus-1", path, None, value)

    assert (Sort.INVALID, code, path) == (refused.value.kind, refused.value.code, refused.value.errors[0].pointer)


async def test_a_part_of_a_list_changes_with_the_list(here: World) -> None:
    """The matrix names what stands in lists; a change names the list."""
    with pytest.raises(Problem, match="part_of_a_list"):
        await here.propose("prj-1", "phases[].name", None, "x", noun=Kind.PROJECT)


async def test_the_same_key_gets_the_same_answer(here: World) -> None:
    """Repeating a proposal under its key makes no second one; with another content it is refused."""
    await here.customer("cus-1", name="A")
    at = here.clock.now()
    one = await here.propose("cus-1", "address.city", None, "Hamburg", key="k", at=at)
    two = await here.propose("cus-1", "address.city", None, "Hamburg", key="k", at=at)

    assert one == two
    with pytest.raises(Problem, match="idempotency_key_reused"):
        await here.propose("cus-1", "address.city", None, "Bremen", key="k", at=at)


async def test_changes_come_in_pages(here: World) -> None:
    """A cursor goes on where the page before ended; one that is none of ours is refused."""
    await here.customer("cus-1", name="A", email="a@b.example", address__city="C")
    first = await here.service.changes(limit=2)
    second = await here.service.changes(limit=2, cursor=first.next_cursor or "")

    assert (2, 1, None) == (len(first.items), len(second.items), second.next_cursor)
    with pytest.raises(Problem, match="unknown_cursor"):
        await here.service.changes(cursor="x")


@pytest.mark.req(101, 119)
async def test_the_matrix_is_published(here: World) -> None:
    """Whoever asks learns who owns what."""
    one = await here.service.matrix(noun=Kind.LEGAL_ENTITY)

    assert {"legal_entity_id", "name", "country", "currency"} == {each.field for each in one.items}
    assert {Record.ERP} == {each.record for each in one.items}
    assert len((await here.service.matrix()).nouns) == len(Kind)


def test_the_room_asks_crm_and_erp() -> None:
    """The room reads two roles, runs no road and serves one contract."""
    manifest = tomllib.loads((Path(master_data.__file__).parent / "process.toml").read_text())

    class Below(Peers):
        def connect(self, contract: object, role: str) -> object:  # type: ignore[override] # it answers anything
            return (contract, role)

    tools = Tools(
        name="master_data",
        manifest=manifest,
        clock=ManualClock(),
        random=random.Random(1),
        tenant="t",
        http=lambda **_: pytest.fail("a process has no vendor client"),
        peers=Below(),
        durable=lambda: pytest.fail("the engine is opened after the rooms are built"),
        connections={"crm": "crm-1", "erp": "erp-1"},
    )
    built = master_data.build(master_data.Config(), tools)

    assert ["crm", "erp"] == manifest["needs"]
    assert [MasterData] == [mount.contract for mount in built.mounts]
