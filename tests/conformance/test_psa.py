"""What every PSA has to do; a new vendor is tried without an edit here."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from contracts.canonical.project import PhaseIds
from contracts.canonical.reference import Reference
from contracts.problem import Kind, Problem
from contracts.system.psa import PsaPhases, PsaProject, RequestIds, StaffingRequests
from kit.sandbox import Fault
from kit.sandbox.faults import FaultKind
from tests.conformance.connected import IN_DOUBT, Connected, connected, kind_of, serving_role
from tests.conformance.story import ADDED, CHILD, PROJECT, RATE_CARD, STAFFING

REQUESTS = StaffingRequests(requests=STAFFING)


@pytest.fixture(params=serving_role("psa"))
async def psa(request: pytest.FixtureRequest) -> AsyncIterator[Connected]:
    async with connected(request.param, "psa") as opened:
        yield opened


async def provision(psa: Connected) -> list[Reference]:
    """Everything the process asks of a PSA, in its order."""
    client = await psa.role.put_client(customer_id=CHILD.customer_id, body=CHILD)
    card = await psa.role.publish_rate_card(rate_card_id="rc-s1", body=RATE_CARD)
    body = PsaProject(project=PROJECT, client_external_id=client.external_id, rate_card_external_id=card.external_id)
    opened = await psa.role.put_project(project_id=PROJECT.project_id, body=body)
    asked = await psa.role.request_staffing(project_id=PROJECT.project_id, body=REQUESTS)
    return [client, card, *opened.references, *asked.references]


@pytest.mark.req(135, 137, 138)
async def test_provisioning_twice_is_provisioning_once(psa: Connected) -> None:
    """Client, rate card, workspace, phases and requests are created once and found after."""
    first, second = await provision(psa), await provision(psa)

    assert all(reference.created for reference in first)
    assert not any(reference.created for reference in second)
    assert [r.external_id for r in first] == [r.external_id for r in second]
    assert len(first) == len({(r.our_id, r.external_id) for r in first})


async def test_a_workspace_comes_first_and_its_phases_in_order(psa: Connected) -> None:
    """The references follow the project and its phases as they were given."""
    await provision(psa)
    found = await psa.role.project(project_id=PROJECT.project_id)

    assert [PROJECT.project_id, *(phase.phase_id for phase in PROJECT.phases)] == [r.our_id for r in found.references]


@pytest.mark.req(245)
@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER])
@pytest.mark.parametrize("skip", range(0, 14, 2))
async def test_an_answer_lost_after_saving_does_not_save_twice(psa: Connected, kind: FaultKind, skip: int) -> None:
    """Whichever create loses its answer, the next round completes what is missing and doubles nothing."""
    psa.sandbox.faults.append(Fault(kind=kind, method="POST", skip=skip, times=1))
    lost = await kind_of(provision(psa))
    psa.sandbox.faults.clear()
    done, again = await provision(psa), await provision(psa)

    assert lost in IN_DOUBT
    assert [r.external_id for r in done] == [r.external_id for r in again]
    assert not any(reference.created for reference in again)


async def test_what_was_done_can_be_taken_back_in_reverse(psa: Connected) -> None:
    """Requests withdrawn, workspace archived, card and client out of use; each may be asked for twice."""
    await provision(psa)
    for _ in range(2):
        await psa.role.withdraw_staffing(project_id=PROJECT.project_id)
        await psa.role.archive_project(project_id=PROJECT.project_id)
        if "withdraw_rate_card" not in psa.vendor.facts["lacks"]:
            await psa.role.withdraw_rate_card(rate_card_id="rc-s1")


async def test_an_unknown_workspace_is_not_found(psa: Connected) -> None:
    """The envelope of the vendor does not hide an absence."""
    with pytest.raises(Problem) as caught:
        await psa.role.project(project_id="no-such")

    assert Kind.NOT_FOUND is caught.value.kind


@pytest.mark.req(188)
async def test_a_workspace_that_stands_is_added_to_and_cut_back(psa: Connected) -> None:
    """What a later deal adds stands beside the rest, once; taken away again the workspace is as it was."""
    await provision(psa)
    before = await psa.role.project(project_id=PROJECT.project_id)
    body = PsaPhases(phases=ADDED)
    first = await psa.role.put_phases(project_id=PROJECT.project_id, body=body)
    again = await psa.role.put_phases(project_id=PROJECT.project_id, body=body)
    ids = PhaseIds(phase_ids=[phase.phase_id for phase in ADDED.phases])
    for _ in range(2):
        await psa.role.remove_phases(project_id=PROJECT.project_id, body=ids)

    assert ([True, True], [False, False]) == (
        [one.created for one in first.references],
        [one.created for one in again.references],
    )
    assert before == await psa.role.project(project_id=PROJECT.project_id)


async def test_some_requests_are_withdrawn_and_others_stay(psa: Connected) -> None:
    """A later deal takes back its own people and nobody else's."""
    await provision(psa)
    other = msgspec.structs.replace(STAFFING[0], request_id="stf-s2-1")
    await psa.role.request_staffing(project_id=PROJECT.project_id, body=StaffingRequests(requests=[other]))
    for _ in range(2):
        gone = RequestIds(request_ids=["stf-s2-1"])
        await psa.role.withdraw_requests(project_id=PROJECT.project_id, body=gone)
    stayed = await psa.role.request_staffing(project_id=PROJECT.project_id, body=REQUESTS)
    anew = await psa.role.request_staffing(project_id=PROJECT.project_id, body=StaffingRequests(requests=[other]))

    assert ([False], [True]) == ([one.created for one in stayed.references], [one.created for one in anew.references])


async def test_hundreds_of_phases_are_opened_in_one_go(psa: Connected) -> None:
    """Many at once, each once, whatever a lost answer hides."""
    await provision(psa)
    many = [msgspec.structs.replace(ADDED.phases[0], phase_id=f"phs-s1-{n}", name=f"Site {n}") for n in range(100, 600)]
    body = PsaPhases(phases=msgspec.structs.replace(ADDED, phases=many))
    psa.sandbox.faults.append(Fault(kind=FaultKind.DROP_AFTER, method="POST", skip=1, times=1))
    await kind_of(psa.role.put_phases(project_id=PROJECT.project_id, body=body))
    psa.sandbox.faults.clear()
    await psa.role.put_phases(project_id=PROJECT.project_id, body=body)
    found = await psa.role.project(project_id=PROJECT.project_id)

    assert 1 + len(PROJECT.phases) + 500 == len(found.references)
