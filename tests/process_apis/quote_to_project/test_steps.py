"""Steps by themselves: what an undo forgives, and what it does not."""

import pytest

from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from kit.durable import Effect
from process_apis.quote_to_project.plan import Part, plan
from process_apis.quote_to_project.steps import Steps
from tests.process_apis.quote_to_project.story import FRANCE, deal, handoff
from tests.process_apis.quote_to_project.world import World

EFFECT = Effect(key="k", case_id="case-1", tenant="default", business_key="006A000001", attempt=1, revision=1, fixes={})


def steps_in(world: World) -> Steps:
    """The steps in a world."""
    return Steps(crm=world.crm, erp=world.erp, psa=world.psa)  # type: ignore[arg-type] # fakes answer what steps ask


def planned(**changes: object) -> Part:
    """The only part of the plan of the story."""
    (part,) = plan(handoff(deal(**changes))).parts
    return part


async def test_undoing_what_was_never_done_harms_nothing() -> None:
    """Every undo may be called in an empty world: nothing is there, nothing is refused, sales is told nothing."""
    world, made = World(), planned()
    steps, client = steps_in(world), Reference(our_id="cus-france", external_id="C-1")

    await steps.void_schedule(EFFECT, made, "the deal")
    await steps.withdraw_staffing(EFFECT, made)
    await steps.archive_workspace(EFFECT, made, client, None)
    await steps.withdraw_rates(EFFECT, made)
    await steps.retire_client(EFFECT, FRANCE, [])
    await steps.close_project(EFFECT, made)
    await steps.retire_customer(EFFECT, FRANCE, ["SG-DE"], [])
    await steps.cancel_delivery(EFFECT, "006A000001")

    assert {} == world.standing()
    assert {} == world.crm.reports


async def test_what_a_deal_has_not_is_not_taken_back() -> None:
    """Without people and rates nobody is asked to withdraw any, so that a PSA that is away does not matter."""
    bare = planned(rate_cards=[], staffing=[])
    steps = Steps(crm=None, erp=None, psa=None)  # type: ignore[arg-type] # nobody is to be asked

    await steps.withdraw_rates(EFFECT, bare)
    await steps.withdraw_staffing(EFFECT, bare)

    assert None is await steps.publish_rates.raw(EFFECT, bare)


@pytest.mark.parametrize("kind", [Kind.UNAVAILABLE, Kind.FORBIDDEN])
async def test_an_undo_that_failed_is_not_taken_for_done(kind: Kind) -> None:
    """Only "not there" and "still needed" are forgiven; anything else is tried again or told to a person."""

    class Away:
        def __getattr__(self, name: str) -> object:
            async def away(**_: object) -> None:
                raise Problem(kind, "away")

            return away

    away = Away()
    steps, made = Steps(crm=away, erp=away, psa=away), planned()  # type: ignore[arg-type] # answers nothing at all
    for undone in (steps.close_project(EFFECT, made), steps.retire_client(EFFECT, FRANCE, [])):
        with pytest.raises(Problem) as failed:
            await undone
        assert kind is failed.value.kind


async def test_a_schedule_that_was_invoiced_is_not_voided_in_silence() -> None:
    """An ERP that refuses because something was invoiced is heard: a person has to credit it."""
    world, made = World(), planned()

    async def invoiced(*, schedule_id: str) -> None:
        raise Problem(Kind.CONFLICT, "schedule_invoiced", schedule_id)

    world.erp.void_billing_schedule = invoiced  # type: ignore[method-assign] # something was invoiced
    with pytest.raises(Problem) as refused:
        await steps_in(world).void_schedule(EFFECT, made, "the deal")

    assert "schedule_invoiced" == refused.value.code
