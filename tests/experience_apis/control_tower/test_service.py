import pytest

from contracts.canonical.casework import CaseState, ExceptionState
from contracts.problem import Kind, Problem
from contracts.process.casework import Fix
from experience_apis.control_tower.service import ControlTowerService
from kit.caller import calling
from tests.process_apis.casework.cases import FELIX, OLGA, TARA, desk


@pytest.mark.req(247)
async def test_operations_sees_what_stops_a_case() -> None:
    """From the list to the exception with its form, and the trail of what happened."""
    async with desk() as at:
        tower = ControlTowerService(at.service)
        with calling(OLGA):
            (summary,) = (await tower.cases(state=CaseState.EXCEPTION)).items
            file = await tower.case(case_id=summary.case_id)
            (item,) = (await tower.exceptions(case_id=summary.case_id)).items
            trail = await tower.timeline(case_id=summary.case_id)

            assert ["look"] == [step.name for step in file.steps]
            assert item == await tower.exception(exception_id=item.exception_id)
            assert "exception raised" == trail.entries[-1].what


@pytest.mark.req(247)
async def test_the_owner_fixes_and_the_case_goes_on() -> None:
    """The answer is given where the problem is seen."""
    async with desk() as at:
        tower = ControlTowerService(at.service)
        with calling(TARA):
            fixed = await tower.fix(
                exception_id=await at.exception_id(), body=Fix(values={"tax_code": "EU-RC"}), idempotency_key="k"
            )
            await at.durable.settled(at.case_id)

            assert ExceptionState.FIXED is fixed.state
            assert CaseState.WAITING_APPROVAL is (await tower.case(case_id=at.case_id)).summary.state


async def test_another_role_is_refused() -> None:
    """Seeing an exception is not a licence to answer it."""
    async with desk() as at:
        tower = ControlTowerService(at.service)
        with calling(FELIX), pytest.raises(Problem) as refused:
            await tower.fix(
                exception_id=await at.exception_id(), body=Fix(values={"tax_code": "EU-RC"}), idempotency_key="k"
            )

        assert Kind.FORBIDDEN is refused.value.kind
