"""A deal with two faults at once: two roles see them in one list, each answers its own, and the case completes."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal

import httpx
import pytest
import pytest_asyncio

from contracts.canonical.casework import ApprovalState, CaseFile, CaseState, ExceptionItem, ExceptionState, StepState
from contracts.canonical.governance import Severity
from contracts.canonical.money import Money
from contracts.experience.approvals import Approvals
from contracts.experience.control_tower import ControlTower
from contracts.problem import Kind, Problem
from contracts.process.casework import Assign, Comment, Decide, Fix, FixMany
from kit.cli.demo.play import Cast
from kit.cli.embedded import embedded
from kit.cli.estate import estate
from kit.cli.landscape import Landscape
from kit.cli.story import play, script
from kit.clock import SystemClock

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERS = {"TAX_CODE_MISSING": {"tax_code": "DE-S-19"}, "LEGAL_ENTITY_MISSING": {"legal_entity_id": "SG-DE"}}
DEADLINE_S = 60.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def landscape() -> AsyncIterator[Landscape]:
    """Estate atlantic, raised once for all tests of this file."""
    async with embedded(estate("atlantic")) as raised:
        yield raised


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(landscape: Landscape) -> AsyncIterator[Cast]:
    """The people, each with a token of their own."""
    people = Cast(landscape)
    yield people
    await people.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parked(landscape: Landscape, cast: Cast) -> CaseFile:
    """The deal was closed at the vendor's own screen; its case waits for people."""
    steps = script(landscape.estate.vendors["crm-emea"].path / "fixtures" / "two_faults.json")
    saved = await play(steps, base_url=landscape.vendors["crm-emea"], headers=landscape.persons["crm-emea"])
    return await reached(cast, str(saved["opportunity"]["id"]), CaseState.EXCEPTION)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seen(cast: Cast, parked: CaseFile) -> list[ExceptionItem]:
    """What operations saw when the case was parked, before anybody acted."""
    return (await cast.tower.exceptions(case_id=parked.summary.case_id)).items


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def completed(cast: Cast, parked: CaseFile, seen: list[ExceptionItem]) -> CaseFile:
    """Each role answered its own exception at the control tower, and whatever was to be approved was approved."""
    for person, code in (("tara.tax", "TAX_CODE_MISSING"), ("felix.finance", "LEGAL_ENTITY_MISSING")):
        tower = cast.of(person).at(ControlTower, "/experience/control_tower")
        item = next(each for each in seen if each.code == code)
        await tower.assign(exception_id=item.exception_id, body=Assign(), idempotency_key=f"take-{item.exception_id}")
        fix = Fix(values=ANSWERS[code], note="from the signed contract")
        await tower.fix(exception_id=item.exception_id, body=fix, idempotency_key=f"fix-{item.exception_id}")
    return await reached(cast, parked.summary.business_key, CaseState.COMPLETED)


async def reached(cast: Cast, opportunity_id: str, state: CaseState) -> CaseFile:
    """The case of a deal, once it is in a state; approvals on the way are granted by the tax role."""
    clock, deadline = SystemClock(), time.monotonic() + DEADLINE_S
    while True:
        cases = (await cast.tower.cases(process="quote_to_project")).items
        found = next((each for each in cases if each.business_key == opportunity_id), None)
        if found is not None and found.state is state:
            return await cast.tower.case(case_id=found.case_id)
        if found is not None and found.state is CaseState.WAITING_APPROVAL:
            await approve(cast, found.case_id)
        assert time.monotonic() < deadline, f"the case is {found}, not {state}"
        await clock.sleep(0.05)


async def approve(cast: Cast, case_id: str) -> None:
    """The tax role approves what it sees."""
    desk = cast.of("tara.tax").at(Approvals, "/experience/approvals")
    for card in (await desk.queue(state=ApprovalState.OPEN)).items:
        if card.case_id == case_id:
            await desk.decide(
                approval_id=card.approval_id,
                body=Decide(approve=True),
                if_match=f'"{card.etag}"',
                idempotency_key=card.approval_id,
            )


@pytest.mark.req(247, 248, 269)
async def test_both_faults_stand_in_one_list(seen: list[ExceptionItem], parked: CaseFile) -> None:
    """One case, two exceptions, raised at the same moment at the same step, each with the role that has to act."""
    assert {"TAX_CODE_MISSING": "tax", "LEGAL_ENTITY_MISSING": "finance"} == {
        each.code: each.owner_role for each in seen
    }
    assert {parked.summary.case_id} == {each.case_id for each in seen}
    assert 1 == len({(each.step, each.raised_at) for each in seen})
    assert {Severity.HIGH} == {each.severity for each in seen}
    assert all(each.form and each.form[0].choices and each.escalates_at == each.due_at for each in seen)


@pytest.mark.req(265, 270)
async def test_the_tower_counted_them(cast: Cast, completed: CaseFile) -> None:
    """Once fixed nothing of them is counted any more; the catalogue tells what each was."""
    counts = await cast.tower.exception_counts()
    catalogue = await cast.tower.catalogue()

    assert set() == {each.code for each in counts.items} & set(ANSWERS)
    assert set(ANSWERS) <= {each.code for each in catalogue.items}


@pytest.mark.req(247)
async def test_the_case_completes_with_the_answers(cast: Cast, completed: CaseFile, seen: list[ExceptionItem]) -> None:
    """Both answers were given at the control tower, and the books tie with the answered seller and tax code."""
    done = (await cast.tower.exceptions(state=ExceptionState.FIXED, case_id=completed.summary.case_id)).items

    assert {each.exception_id for each in seen} == {each.exception_id for each in done}
    assert {"tara.tax", "felix.finance"} == {each.fixed_by for each in done}
    assert "SG-DE" == completed.summary.legal_entity_id
    assert Money(amount=Decimal(340000), currency="EUR") == completed.summary.at_stake


@pytest.mark.req(111, 243)
async def test_each_effect_stands_once(landscape: Landscape, completed: CaseFile) -> None:
    """The ledger names each effect once and every one as done; what the vendors hold agrees with it."""
    keys = Counter(step.key for step in completed.steps)
    async with httpx.AsyncClient() as client:
        books = (await client.get(f"{landscape.vendors['erp-main']}/_sandbox/state")).json()["records"]
        delivery = (await client.get(f"{landscape.vendors['psa-main']}/_sandbox/state")).json()

    assert {1} == set(keys.values())
    assert {StepState.DONE} == {step.state for step in completed.steps}
    assert (1, 1, 1) == tuple(len(books[each]) for each in ("customer", "job", "salesOrder"))
    assert (1, 1) == (len(delivery["workspaces"]), len(delivery["workspace_groups"]))


@pytest.mark.req(248)
async def test_a_case_that_is_through_takes_no_more_answers(
    cast: Cast, completed: CaseFile, seen: list[ExceptionItem]
) -> None:
    """Closed exceptions refuse a fix and an assignment; a comment is still welcome; a bulk fix says why not."""
    tower = cast.of("tara.tax").at(ControlTower, "/experience/control_tower")
    closed = next(each for each in seen if each.code == "TAX_CODE_MISSING").exception_id
    with pytest.raises(Problem) as refused:
        await tower.assign(exception_id=closed, body=Assign(), idempotency_key="late")
    many = FixMany(code="TAX_CODE_MISSING", exception_ids=[closed], values=ANSWERS["TAX_CODE_MISSING"], dry_run=True)
    told = await tower.fix_many(body=many, idempotency_key="many")
    said = await tower.comment(exception_id=closed, body=Comment(text="kept for the file"), idempotency_key="said")

    assert Kind.CONFLICT is refused.value.kind
    assert ["exception_closed"] == [each.code for each in told.items]
    assert [said] == (await tower.comments(exception_id=closed)).items
