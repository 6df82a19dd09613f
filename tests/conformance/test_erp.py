"""What every ERP has to do; a new vendor is tried without an edit here."""

from collections.abc import AsyncIterator
from decimal import Decimal

import msgspec
import pytest

from contracts.canonical.money import Money
from contracts.canonical.project import PhaseIds
from contracts.problem import Kind, Problem
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role
from tests.conformance.story import ADDED, CHILD, PARENT, PROJECT, SCHEDULE, euros


@pytest.fixture(params=serving_role("erp"))
async def erp(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "erp") as opened:
        yield opened


async def customers(erp: Connected) -> None:
    for customer in (PARENT, CHILD):
        await erp.role.put_customer(customer_id=customer.customer_id, legal_entity_id="SG-DE", body=customer)


async def project(erp: Connected) -> None:
    await customers(erp)
    await erp.role.put_project(project_id=PROJECT.project_id, body=PROJECT)


@pytest.mark.req(75, 94)
async def test_the_books_know_their_companies_and_tax_codes(erp: Connected) -> None:
    """Legal entities with country and currency, and every tax code that a document may carry."""
    entities = {item.legal_entity_id: (item.country, item.currency) for item in (await erp.role.legal_entities()).items}

    assert {"SG-DE": ("DE", "EUR"), "SG-GB": ("GB", "GBP"), "SG-US": ("US", "USD")}.items() <= entities.items()
    assert {"DE-S-19", "EU-RC", "GB-S-20", "US-NT", "EXPORT-0"} <= set((await erp.role.tax_codes()).items)


@pytest.mark.req(72, 131)
async def test_a_customer_is_created_once_and_found_by_our_id(erp: Connected) -> None:
    """The first call creates, the second finds; both and the look-up name the same record."""
    await erp.role.put_customer(customer_id=PARENT.customer_id, legal_entity_id="SG-DE", body=PARENT)
    first = await erp.role.put_customer(customer_id=CHILD.customer_id, legal_entity_id="SG-DE", body=CHILD)
    second = await erp.role.put_customer(customer_id=CHILD.customer_id, legal_entity_id="SG-DE", body=CHILD)
    found = await erp.role.customer(customer_id=CHILD.customer_id)

    assert (True, False) == (first.created, second.created)
    assert first.external_id == second.external_id == found.external_id


async def test_a_child_cannot_come_before_its_parent(erp: Connected) -> None:
    """The hierarchy is the caller's to build, root first; the refusal is no accident of the vendor."""
    with pytest.raises(Problem) as caught:
        await erp.role.put_customer(customer_id=CHILD.customer_id, legal_entity_id="SG-DE", body=CHILD)

    assert caught.value.kind in {Kind.INVALID, Kind.NOT_FOUND, Kind.CONFLICT}


@pytest.mark.req(80, 132)
async def test_a_project_is_created_once_and_found_by_our_id(erp: Connected) -> None:
    """With a task for each phase; a repetition creates nothing."""
    await customers(erp)
    first = await erp.role.put_project(project_id=PROJECT.project_id, body=PROJECT)
    second = await erp.role.put_project(project_id=PROJECT.project_id, body=PROJECT)
    found = await erp.role.project(project_id=PROJECT.project_id)

    assert (True, False) == (first.created, second.created)
    assert first.external_id == second.external_id == found.external_id


@pytest.mark.req(90, 134)
async def test_a_schedule_sums_to_the_cent_by_the_books_of_the_erp(erp: Connected) -> None:
    """The receipt is read from the ERP's own records, and stays the same however often it is asked for."""
    await project(erp)
    receipts = [
        await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE),
        await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE),
        await erp.role.billing_schedule(schedule_id=SCHEDULE.schedule_id),
    ]

    assert 1 == len({receipt.external_id for receipt in receipts})
    assert {(3, Decimal("240000.00"), "EUR")} == {(r.lines, r.total.amount, r.total.currency) for r in receipts}


async def test_a_schedule_with_an_unknown_tax_code_leaves_nothing_behind(erp: Connected) -> None:
    """All lines or none."""
    await project(erp)
    wrong = msgspec.structs.replace(SCHEDULE, tax_code="NO-SUCH")
    with pytest.raises(Problem) as refused:
        await erp.role.put_billing_schedule(schedule_id=wrong.schedule_id, body=wrong)
    with pytest.raises(Problem) as missing:
        await erp.role.billing_schedule(schedule_id=wrong.schedule_id)

    assert (Kind.INVALID, Kind.NOT_FOUND) == (refused.value.kind, missing.value.kind)


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
@pytest.mark.req(245)
async def test_an_answer_lost_after_saving_does_not_save_twice(erp: Connected, kind: FaultKind) -> None:
    """Every writing call in turn takes effect and then loses its answer: one schedule stands, of the right sum."""
    await project(erp)
    for method in ("POST", "PUT", "PATCH"):
        erp.sandbox.faults.append(Fault(kind=kind, method=method, times=1))
    lost = await kind_of(erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE))
    erp.sandbox.faults.clear()
    receipt = await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)

    assert lost in IN_DOUBT
    assert (3, Money(amount=Decimal("240000.00"), currency="EUR")) == (receipt.lines, receipt.total)


async def test_what_was_done_can_be_taken_back_in_reverse(erp: Connected) -> None:
    """Schedule voided, project closed, customers made inactive; each may be asked for twice."""
    await project(erp)
    await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    with pytest.raises(Problem) as refused:
        await erp.role.retire_customer(customer_id=CHILD.customer_id)
    for _ in range(2):
        await erp.role.void_billing_schedule(schedule_id=SCHEDULE.schedule_id)
        await erp.role.close_project(project_id=PROJECT.project_id)
        await erp.role.retire_customer(customer_id=CHILD.customer_id)

    assert Kind.CONFLICT is refused.value.kind


@pytest.mark.parametrize("read", ["customer", "project", "billing_schedule"])
async def test_what_is_unknown_is_not_found(erp: Connected, read: str) -> None:
    """Each noun answers the same way."""
    key = "schedule_id" if read == "billing_schedule" else f"{read}_id"
    with pytest.raises(Problem) as caught:
        await getattr(erp.role, read)(**{key: "no-such"})

    assert Kind.NOT_FOUND is caught.value.kind


@pytest.mark.req(95)
async def test_the_books_name_their_currencies(erp: Connected) -> None:
    """Every currency a document may be in, those of the companies among them."""
    assert {"EUR", "GBP", "USD"} <= set((await erp.role.currencies()).items)


@pytest.mark.req(188)
async def test_a_project_that_stands_is_added_to_and_cut_back(erp: Connected) -> None:
    """What a later deal adds stands beside the rest, once; taken away again it is gone, and that may be repeated."""
    await project(erp)
    first = await erp.role.put_phases(project_id=PROJECT.project_id, body=ADDED)
    again = await erp.role.put_phases(project_id=PROJECT.project_id, body=ADDED)
    ids = PhaseIds(phase_ids=[phase.phase_id for phase in ADDED.phases])
    for _ in range(2):
        await erp.role.remove_phases(project_id=PROJECT.project_id, body=ids)

    assert [phase.phase_id for phase in ADDED.phases] == [one.our_id for one in first.references]
    assert [one.external_id for one in first.references] == [one.external_id for one in again.references]
    assert Kind.NOT_FOUND is await kind_of(
        erp.role.put_phases(project_id="no-such", body=msgspec.structs.replace(ADDED, project_id="no-such"))
    )


async def test_a_customer_may_be_billed_for_another(erp: Connected) -> None:
    """The project is for the child, the schedule goes to the parent; the books hold both (rule PTY-1)."""
    await customers(erp)
    billed = msgspec.structs.replace(PROJECT, bill_to_id=PARENT.customer_id)
    await erp.role.put_project(project_id=PROJECT.project_id, body=billed)
    schedule = msgspec.structs.replace(SCHEDULE, customer_id=PARENT.customer_id, tax_code="GB-S-20")
    receipt = await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=schedule)

    assert Decimal("240000.00") == receipt.total.amount


async def test_a_schedule_that_was_not_invoiced_is_reversed_without_a_credit(erp: Connected) -> None:
    """Everything of it closes; asked again, the same answer."""
    await project(erp)
    await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=SCHEDULE)
    answers = [await erp.role.reverse_billing_schedule(schedule_id=SCHEDULE.schedule_id) for _ in range(2)]

    assert [([], Decimal("0.00"))] * 2 == [(each.credits, each.credited.amount) for each in answers]
    assert Kind.NOT_FOUND is await kind_of(erp.role.billing_schedule(schedule_id=SCHEDULE.schedule_id))


async def test_a_long_schedule_is_kept_whole(erp: Connected) -> None:
    """Five thousand lines stand as one schedule, and sum to the cent."""
    erp.skip_if_lacking("long_schedule")
    await project(erp)
    lines = [
        msgspec.structs.replace(SCHEDULE.lines[0], line_id=f"bsl-s1-{n}", amount=euros("48.01")) for n in range(5000)
    ]
    long = msgspec.structs.replace(SCHEDULE, lines=lines)
    receipt = await erp.role.put_billing_schedule(schedule_id=SCHEDULE.schedule_id, body=long)

    assert (5000, Decimal("240050.00")) == (receipt.lines, receipt.total.amount)
