import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import ApprovalState, CaseState, Cause, StepState
from contracts.canonical.deal import DeliveryState
from contracts.canonical.money import Money
from contracts.events.deal import ProjectProvisioned
from contracts.problem import Kind, Problem
from kit.durable.attempt import Call
from kit.durable.doing import Doing
from kit.durable.fault import Effect
from tests.process_apis.quote_to_project.running import DEAL, journey
from tests.process_apis.quote_to_project.story import FRANCE, GROUP, deal, untaxed
from tests.process_apis.quote_to_project.world import World

EVERYTHING = {
    "customers": ["cus-france", "cus-group"],
    "projects": ["prj-006A000001"],
    "schedules": ["bsc-006A000001"],
    "clients": ["cus-france"],
    "cards": ["rc-006A000001"],
    "workspaces": ["prj-006A000001"],
    "requests": [f"stf-006A000001-{n}" for n in (1, 2, 3, 4)],
}
# The story in the order in which it is told to the systems.
STORY = [
    "read_deal",
    "announce",
    "plan_deal",
    "tell_sales",
    "tell_sales-2",
    "look_again",
    "find_customers",
    "put_customer",
    "put_customer-2",
    "open_project",
    "open_client",
    "publish_rates",
    "open_workspace",
    "request_staffing",
    "look_again-2",
    "schedule_billing",
    "tell_ready",
]


def domestic() -> World:
    """The same deal sold to a customer in the seller's own country: nobody has to approve."""
    world = World()
    home = replace(FRANCE, address=replace(FRANCE.address, country="DE"))
    world.crm.deals[DEAL] = deal(customer=home)
    return world


@pytest.mark.req(120, 131, 132, 134, 135, 136, 137, 138, 140, 141, 143, 149)
async def test_a_won_deal_stands_in_every_system() -> None:
    """Customers, project, workspace, rates, people and billing stand; sales and everyone downstream are told."""
    async with journey() as trip:
        case_id = await trip.provision()
        file, world = await trip.case(case_id), trip.world

        assert CaseState.COMPLETED is file.summary.state
        assert EVERYTHING == world.standing()
        assert ["cus-group", "cus-france"] == world.erp.order
        assert STORY == [step.name for step in file.steps]
        ready = world.crm.reports[DEAL][-1]
        assert (DeliveryState.READY, case_id) == (ready.state, ready.case_id)
        assert ("E-cus-france", "P-prj-006A000001", "W-prj-006A000001") == (
            ready.erp_customer_id,
            ready.erp_project_id,
            ready.psa_project_id,
        )


@pytest.mark.req(120, 138, 139)
async def test_the_provisioned_project_is_published_once() -> None:
    """Downstream learns of the project by one event with its ids and value."""
    async with journey() as trip:
        case_id = await trip.provision()
        (event,) = [each for each in await trip.events() if each.type == ProjectProvisioned.TYPE]

        assert {
            "case_id": case_id,
            "opportunity_id": DEAL,
            "project_id": "prj-006A000001",
            "erp_customer_id": "E-cus-france",
            "erp_project_id": "P-prj-006A000001",
            "psa_project_id": "W-prj-006A000001",
            "contract_value": {"amount": "1420000.00", "currency": "EUR"},
            "project_ids": ["prj-006A000001"],
            "values": [{"amount": "1420000.00", "currency": "EUR"}],
        } == event.data


async def test_the_case_shows_what_it_has_learnt() -> None:
    """Title, value, seller and every id are on the case for whoever looks."""
    async with journey() as trip:
        file = await trip.case(await trip.provision())

        assert "Northwind managed cloud EMEA" == file.summary.title
        assert Money(amount=Decimal("1420000.00"), currency="EUR") == file.summary.at_stake
        assert "SG-DE" == file.summary.legal_entity_id
        assert {
            "opportunity_id": DEAL,
            "customer_erp_id": "E-cus-france",
            "project_erp_id": "P-prj-006A000001",
            "project_psa_id": "W-prj-006A000001",
            "billing_schedule_id": "bsc-006A000001",
            "billing_schedule_external_id": "B-bsc-006A000001",
            "billing_schedule_lines": "30",
            "billing_schedule_total": "1420000.00",
            "contract_total": "1420000.00",
            "currency": "EUR",
        }.items() <= file.facts.items()


@pytest.mark.req(142, 148, 152)
async def test_a_sale_across_a_border_waits_for_the_tax_role() -> None:
    """Nothing is put into any system before somebody has decided, on evidence, and sales sees that it waits."""
    async with journey() as trip:
        case_id = await trip.start()
        (approval,) = await trip.approvals()

        assert {} == trip.world.standing()
        assert ("tax", "Cross-border tax treatment") == (approval.role, approval.subject)
        assert {
            "seller_entity": "SG-DE Sluicegate Deutschland GmbH",
            "customer_country": "FR",
            "tax_code": "EU-RC",
            "vat_id": "FR40303265045",
            "contract_value": "1420000.00 EUR",
        }.items() <= approval.evidence.items()
        assert CaseState.WAITING_APPROVAL is (await trip.case(case_id)).summary.state
        assert DeliveryState.WAITING is trip.world.crm.reports[DEAL][-1].state


@pytest.mark.req(142)
async def test_a_sale_at_home_asks_nobody() -> None:
    """Where no border is crossed, the road runs through."""
    async with journey(domestic()) as trip:
        case_id = await trip.start()

        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state
        assert [] == (await trip.durable.casebook.approvals(state=None)).items


@pytest.mark.req(142, 152)
async def test_a_refused_sale_is_taken_back_and_sales_told_why() -> None:
    """A rejection leaves nothing in ERP and PSA, and its reason on the opportunity."""
    async with journey() as trip:
        case_id = await trip.start()
        await trip.decide(case_id, approve=False, comment="The VAT id belongs to another company")

        told = trip.world.crm.reports[DEAL][-1]
        assert CaseState.UNWOUND is (await trip.case(case_id)).summary.state
        assert {} == trip.world.standing()
        assert (DeliveryState.CANCELLED, "Refused by the tax role: The VAT id belongs to another company") == (
            told.state,
            told.note,
        )


@pytest.mark.req(142, 248)
async def test_silence_is_no_consent() -> None:
    """An approval that expires becomes an exception for operations; asked again, it may still be given."""
    async with journey() as trip:
        case_id = await trip.start()
        trip.clock.advance(49 * 3600)
        await trip.durable.tick()
        (expired,) = await trip.exceptions()

        assert ("APPROVAL_EXPIRED", "operations") == (expired.code, expired.owner_role)
        assert {} == trip.world.standing()
        await trip.fix(expired, ask_again_1="yes")
        await trip.decide(case_id)
        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state
        decided = (await trip.durable.casebook.approvals(state=None)).items
        assert {ApprovalState.EXPIRED, ApprovalState.APPROVED} == {each.state for each in decided}


@pytest.mark.req(94, 145, 247, 248)
async def test_a_missing_tax_code_parks_the_case_with_its_context() -> None:
    """The case waits with title and money at stake; the answer lets it go on where it stood."""
    world = World()
    world.crm.deals[DEAL] = deal(customer=untaxed())
    async with journey(world) as trip:
        case_id = await trip.start()
        (item,) = await trip.exceptions()
        summary = (await trip.case(case_id)).summary

        assert ("TAX_CODE_MISSING", "plan_deal", "tax") == (item.code, item.step, item.owner_role)
        assert ("Northwind managed cloud EMEA", CaseState.EXCEPTION) == (summary.title, summary.state)
        assert Money(amount=Decimal("1420000.00"), currency="EUR") == summary.at_stake
        await trip.fix(item, tax_code="EU-RC")
        await trip.decide(case_id)
        assert EVERYTHING == world.standing()
        assert "EU-RC" == world.erp.customers.standing["cus-france"].tax.tax_code
        assert "EU-RC" == world.erp.schedules.standing["bsc-006A000001"].tax_code


@pytest.mark.req(243, 247)
async def test_two_problems_are_two_exceptions_at_once() -> None:
    """Both owners are asked at the same time; the case goes on with the last answer, and acts once."""
    world = World()
    world.crm.deals[DEAL] = deal(customer=untaxed(), delivery_owner=None)
    async with journey(world) as trip:
        case_id = await trip.start()
        found = {item.code: item for item in await trip.exceptions()}

        assert {"TAX_CODE_MISSING", "DELIVERY_OWNER_MISSING"} == set(found)
        await trip.fix(found["TAX_CODE_MISSING"], tax_code="EU-RC")
        assert CaseState.EXCEPTION is (await trip.case(case_id)).summary.state
        await trip.fix(found["DELIVERY_OWNER_MISSING"], delivery_owner="dana.okafor@sluicegate.example")
        await trip.decide(case_id)
        assert EVERYTHING == world.standing()
        assert [] == world.created_twice()
        assert "dana.okafor@sluicegate.example" == world.psa.projects.standing["prj-006A000001"].project.delivery_owner


@pytest.mark.req(247)
async def test_a_correction_in_the_crm_is_seen() -> None:
    """A problem without a form is solved where the data is kept; "try again" reads the deal afresh."""
    world = World()
    world.crm.deals[DEAL] = deal(amount=replace(deal().amount, amount=Decimal(1400000)))
    async with journey(world) as trip:
        case_id = await trip.start()
        (item,) = await trip.exceptions()

        assert ("CONTRACT_TOTAL_MISMATCH", []) == (item.code, item.form)
        world.crm.deals[DEAL] = deal()
        await trip.fix(item)
        await trip.decide(case_id)
        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state


@pytest.mark.req(90, 134)
async def test_books_that_do_not_tie_stop_the_case() -> None:
    """An ERP whose lines sum to a cent more than the contract is a matter for finance, not for rounding."""
    world = domestic()
    world.erp.skew = Decimal("0.01")
    async with journey(world) as trip:
        case_id = await trip.start()
        (item,) = await trip.exceptions()

        assert ("BILLING_TOTAL_MISMATCH", "finance", Cause.VENDOR_PROCESSING) == (
            item.code,
            item.owner_role,
            item.cause,
        )
        assert ("1420000.00", "1420000.01 EUR") == (item.context["total_planned"], item.context["total_held"])
        world.erp.skew = Decimal(0)
        await trip.fix(item)
        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state
        assert [] == world.created_twice()


async def test_a_cancelled_case_is_taken_back() -> None:
    """Somebody who cancels while an approval is awaited gets an opportunity that says so."""
    async with journey() as trip:
        case_id = await trip.start()
        await trip.durable.cancel(case_id, reason="the customer withdrew", by="sam.sales")
        await trip.durable.settled(case_id)

        assert CaseState.UNWOUND is (await trip.case(case_id)).summary.state
        assert DeliveryState.CANCELLED is trip.world.crm.reports[DEAL][-1].state


async def test_customers_of_earlier_business_are_left_alone() -> None:
    """What stood before the case stands after it was taken back: neither customer nor client is retired."""
    world = domestic()
    world.erp.customers.put("cus-group", GROUP)
    world.erp.customers.put("cus-france", FRANCE)
    world.psa.clients.put("cus-france", FRANCE)
    world.erp.skew = Decimal(1)
    async with journey(world) as trip:
        case_id = await trip.start()
        await trip.durable.cancel(case_id, reason="changed our minds", by="sam.sales")
        await trip.durable.settled(case_id)

        assert {"customers": ["cus-france", "cus-group"], "clients": ["cus-france"]} == world.standing()


async def test_a_customer_whom_other_business_needs_is_left() -> None:
    """An ERP that refuses to retire a customer with open documents does not keep the case from unwinding."""
    world = domestic()
    world.erp.needed.add("cus-group")
    world.erp.skew = Decimal(1)
    async with journey(world) as trip:
        case_id = await trip.start()
        await trip.durable.cancel(case_id, reason="changed our minds", by="sam.sales")
        await trip.durable.settled(case_id)

        assert CaseState.UNWOUND is (await trip.case(case_id)).summary.state
        assert {"customers": ["cus-group"]} == world.standing()


async def test_a_deal_without_people_and_rates_needs_neither() -> None:
    """No card is published and nobody asked for where the deal has none, and taking it back harms nothing."""
    world = domestic()
    world.crm.deals[DEAL] = deal(customer=world.crm.deals[DEAL].customer, rate_cards=[], staffing=[])
    async with journey(world) as trip:
        file = await trip.case(await trip.start())

        assert CaseState.COMPLETED is file.summary.state
        assert {"cards", "requests"} == set(EVERYTHING) - set(world.standing())
        assert world.psa.projects.standing["prj-006A000001"].rate_card_external_id is None


@pytest.mark.req(242)
async def test_a_system_that_is_away_becomes_an_exception() -> None:
    """A PSA that does not answer is asked a bounded number of times; then a person is told, and nothing is lost."""
    calls = 0

    async def away(doing: Doing, effect: Effect, call: Call) -> object:
        nonlocal calls
        if doing.label == "open_workspace" and calls < 4:
            calls += 1
            raise Problem(Kind.UNAVAILABLE, "psa_away", "maintenance")
        return await call(effect)

    async with journey(domestic(), around=away) as trip:
        case_id = await trip.start()
        (item,) = await trip.exceptions()

        assert ("VENDOR_UNAVAILABLE", Cause.API_FAILURE, 4) == (item.code, item.cause, calls)
        await trip.fix(item)
        assert CaseState.COMPLETED is (await trip.case(case_id)).summary.state


@pytest.mark.req(120, 243)
async def test_starting_again_attaches() -> None:
    """A deal has one case, however often it is started."""
    async with journey() as trip:
        first, second = await trip.start(), await trip.start()

        assert first == second
        assert 1 == len((await trip.durable.casebook.cases()).items)


@pytest.mark.req(243)
async def test_a_restart_repeats_nothing() -> None:
    """A case that is run again from its journal, while it waits, goes on where it stood."""
    async with journey() as trip:
        case_id = await trip.start()
        await trip.durable.restart()
        await trip.durable.settled(case_id)
        await trip.decide(case_id)

        assert EVERYTHING == trip.world.standing()
        assert [] == trip.world.created_twice()


@pytest.mark.req(144, 151)
async def test_no_time_passes_between_won_and_ready() -> None:
    """Without a question to people the road waits for nothing: no poll, no batch, no hand-over."""
    async with journey(domestic()) as trip:
        file = await trip.case(await trip.start())

        assert dt.timedelta(0) == (file.summary.closed_at or file.summary.opened_at) - file.summary.opened_at
        assert [] == [wait for wait in file.waits if wait.cause is not Cause.OUR_QUEUEING]
        assert {StepState.DONE} == {step.state for step in file.steps}
