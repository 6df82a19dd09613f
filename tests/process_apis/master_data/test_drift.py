"""Drift: what differs is listed with the owner first and since when; what agrees again is gone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from contracts.canonical.master import DriftPage, Kind, Snapshot
from contracts.canonical.party import Address, Customer, LegalEntity, TaxProfile
from contracts.problem import Problem
from contracts.process.master_data import CheckDrift, Refer
from kit.caller import Caller, calling
from tests.process_apis.master_data.world import World, client

ALL = Caller(subject="erp", client_id="erp")


async def check(
    here: World, connection: str, seconds: int = 0, *, noun: Kind = Kind.CUSTOMER, **fields: Any
) -> DriftPage:
    """Tell what a connection holds."""
    at = here.clock.now() + dt.timedelta(seconds=seconds)
    snapshot = Snapshot(connection=connection, taken_at=at, fields=fields)
    with calling(client(connection)):
        return await here.service.check_drift(body=CheckDrift(noun=noun, our_id="x-1", snapshots=[snapshot]))


@pytest.mark.req(24, 112)
async def test_a_drift_is_listed_until_it_is_settled(here: World) -> None:
    """The owner's value comes first; later looks keep the first moment; equal values end it."""
    await check(here, "crm-1", name="Acme Ltd")
    (found,) = (await check(here, "erp-1", name="Acme Limited")).items

    assert [("erp-1", True), ("crm-1", False)] == [(each.connection, each.owner) for each in found.holdings]
    assert [("crm-1", "Acme Limited")] == [(each.connection, each.value) for each in found.repair]
    (later,) = (await check(here, "psa-1", 60, name="Acme Inc")).items
    assert (found.since, 3) == (later.since, len(later.holdings))
    assert [later] == (await here.service.drifts(noun=Kind.CUSTOMER)).items
    await check(here, "psa-1", 120, name="Acme Limited")
    assert [] == (await check(here, "crm-1", 120, name="Acme Limited")).items
    assert [] == (await here.service.drifts()).items


async def test_an_older_look_does_not_undo_a_newer(here: World) -> None:
    """Snapshots may arrive out of order."""
    await check(here, "crm-1", 60, name="New")
    await check(here, "erp-1", 60, name="New")

    assert [] == (await check(here, "crm-1", 0, name="Old")).items


async def test_what_is_not_told_of_is_not_settled(here: World) -> None:
    """A look at one field says nothing about another."""
    await check(here, "crm-1", name="A")
    await check(here, "erp-1", name="B")

    assert ["name"] == [each.field for each in (await check(here, "crm-1", 9, email="a@b.example")).items]


@pytest.mark.req(112, 118)
async def test_a_submitted_record_counts_as_a_look(here: World) -> None:
    """What two systems submitted and rules did not make one is a drift."""
    await here.customer("cus-1", name="Acme")
    await here.customer("cus-1", connection="psa-1", name="Acme Delivery")
    (found,) = (await here.service.drifts()).items

    assert [("crm-1", "Acme"), ("psa-1", "Acme Delivery")] == [(each.connection, each.value) for each in found.holdings]


@pytest.mark.req(75)
async def test_the_room_reads_where_a_contract_can_tell(here: World) -> None:
    """A legal entity is read in the ERP, a customer in the CRM under its name there, in the room's own name."""
    entity = LegalEntity(legal_entity_id="x-1", name="SG GmbH", country="DE", currency="EUR")
    here.erp.entities.append(entity)
    await check(here, "crm-1", noun=Kind.LEGAL_ENTITY, name="SG AG")
    with calling(ALL):
        body = CheckDrift(noun=Kind.LEGAL_ENTITY, our_id="x-1", read=True)
        (found,) = (await here.service.check_drift(body=body)).items
    assert [("erp-1", "SG GmbH"), ("crm-1", "SG AG")] == [(each.connection, each.value) for each in found.holdings]

    await here.customer("cus-1", connection="erp-1", name="Acme", email="b@acme.example")
    with calling(client("crm-1")):
        await here.service.refer(noun=Kind.CUSTOMER, our_id="cus-1", connection="crm-1", body=Refer(external_id="A1"))
    here.crm.customers["A1"] = Customer(
        customer_id="cus-A1", name="Acme!", address=Address(country="DE"), currency="EUR", tax=TaxProfile(tax_code=None)
    )
    with calling(ALL):
        page = await here.service.check_drift(body=CheckDrift(noun=Kind.CUSTOMER, our_id="cus-1", read=True))
    assert {"name"} == {each.field for each in page.items} - {"email"}
    assert {"crm:read", "erp:read"} == here.crm.callers[0].scopes


async def test_drifts_come_in_pages(here: World) -> None:
    """Two differ; each page has one."""
    await check(here, "crm-1", name="A", email="a@b.example")
    await check(here, "erp-1", name="B", email="c@b.example")
    first = await here.service.drifts(limit=1)
    second = await here.service.drifts(limit=1, cursor=first.next_cursor or "")

    assert {"name", "email"} == {each.field for page in (first, second) for each in page.items}
    assert second.next_cursor is None
    with pytest.raises(Problem, match="unknown_cursor"):
        await here.service.drifts(cursor="!")


async def test_unknown_connections_and_fields_are_refused(here: World) -> None:
    """A look at what is not declared compares nothing."""
    with pytest.raises(Problem, match="unknown_field"):
        await check(here, "crm-1", website="x")
    snapshot = Snapshot(connection="other", taken_at=here.clock.now(), fields={})
    with calling(ALL), pytest.raises(Problem, match="not_your_system"):
        await here.service.check_drift(body=CheckDrift(noun=Kind.CUSTOMER, our_id="x", snapshots=[snapshot]))
