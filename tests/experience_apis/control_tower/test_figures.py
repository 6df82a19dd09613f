"""The figures of the tower's pages, computed from what casework counts."""

import datetime as dt
from decimal import Decimal

import pytest

from contracts.canonical.casework import CaseFile, CaseState, CaseStep, Cause, StepState, Wait
from contracts.canonical.exceptions import ExceptionCount, ExceptionCounts
from contracts.canonical.governance import Severity
from contracts.canonical.money import Money
from contracts.canonical.overview import CaseCount, Overview, QueueStake, ServiceClock, Took
from experience_apis.control_tower.pages.figures import figures, said
from experience_apis.control_tower.pages.road import OURS, road
from tests.experience_apis.control_tower.test_views import NOW, SUMMARY

HOUR = dt.timedelta(hours=1)
EUR, USD = Money(amount=Decimal("100.10"), currency="EUR"), Money(amount=Decimal(7), currency="USD")


def count(code: str, *, open_: int, overdue: int) -> ExceptionCount:
    return ExceptionCount(
        code=code,
        cause=Cause.DATA_QUALITY,
        owner_role="tax",
        severity=Severity.HIGH,
        open=open_,
        overdue=overdue,
        escalated=0,
        unassigned=open_,
        under_4_h=open_,
        under_24_h=0,
        under_72_h=0,
        older=0,
        oldest_raised_at=NOW,
        oldest_age_s=60,
    )


def seen(*took: int) -> Overview:
    ends = (3_600, 14_400, None)
    clock = ServiceClock(
        process="quote_to_project",
        completed=sum(took),
        median_s=5,
        p95_s=9,
        took=[Took(up_to_s=end, cases=cases) for end, cases in zip(ends, took, strict=True)],
    )
    states = {CaseState.RUNNING: 2, CaseState.EXCEPTION: 3, CaseState.WAITING_APPROVAL: 4, CaseState.COMPLETED: 9}
    return Overview(
        at=NOW,
        since=NOW,
        cases=[
            CaseCount(process="quote_to_project", state=state, cases=cases, oldest_opened_at=NOW, at_stake=[EUR, USD])
            for state, cases in states.items()
        ],
        waits=[],
        stakes=[QueueStake(code="A", owner_role="tax", at_stake=[EUR])],
        clocks=[clock],
    )


COUNTS = ExceptionCounts(
    at=NOW, open=4, overdue=1, items=[count("A", open_=3, overdue=0), count("B", open_=1, overdue=1)]
)


@pytest.mark.req(261, 281)
def test_what_is_overdue_stands_first_and_currencies_are_never_added() -> None:
    """Queues by what is late, then by number; money one sum a currency; a completed case is not on its way."""
    found = figures(seen(8, 1, 1), COUNTS, targets_s={}, objective=0.95)

    assert ["B", "A"] == [each.count.code for each in found.queues]
    assert [{}, {"EUR": Decimal("100.10")}] == [each.at_stake for each in found.queues]
    assert (9, 4, 3) == (found.open_cases, found.waiting, found.stopped)
    assert {"EUR": Decimal("400.40"), "USD": Decimal(28)} == found.at_stake
    assert "4 open exceptions, 1 overdue; 9 cases on their way, 4 wait for an approval" == said(found, COUNTS)


@pytest.mark.req(281, 363)
@pytest.mark.parametrize(
    ("took", "kept", "burn", "look"),
    [
        ((19, 1, 0), 1.0, 0.0, "good"),
        ((19, 0, 1), 0.95, 1.0, "good"),
        ((8, 1, 1), 0.9, 2.0, "warn"),
        ((0, 0, 5), 0.0, 20.0, "bad"),
    ],
)
def test_a_clock_burns_by_what_was_missed(took: tuple[int, ...], kept: float, burn: float, look: str) -> None:
    """One means just as many missed it as the objective allows."""
    (clock,) = figures(seen(*took), COUNTS, targets_s={"quote_to_project": 14_400}, objective=0.95).clocks

    assert look == clock.look
    assert kept == pytest.approx(clock.kept)
    assert burn == pytest.approx(clock.burn)


def waited(cause: Cause, since: int, until: int | None) -> Wait:
    end = None if until is None else NOW + until * HOUR
    return Wait(cause=cause, owner_role="tax", started_at=NOW + since * HOUR, ended_at=end)


def step(position: int, name: str, *, elapsed_ms: int, system: str = "", external_id: str = "") -> CaseStep:
    return CaseStep(
        position=position,
        name=name,
        state=StepState.DONE,
        key=f"k{position}",
        system=system,
        external_id=external_id,
        elapsed_ms=elapsed_ms,
    )


@pytest.mark.req(265)
def test_every_minute_of_a_case_is_owed_to_somebody_once() -> None:
    """Two waits at once are not counted twice, calls are the vendor's, the rest is ours, and all of it is the whole."""
    file = CaseFile(
        summary=SUMMARY,
        trace_id="t",
        steps=[
            CaseStep(
                position=1,
                name="plan_deal",
                state=StepState.DONE,
                key="k",
                system="crm",
                external_id="7",
                elapsed_ms=1_800_000,
            ),
            CaseStep(position=2, name="think", state=StepState.DONE, key="k2", elapsed_ms=600_000),
        ],
        waits=[
            waited(Cause.WAITING_APPROVAL, 2, 5),
            waited(Cause.DATA_QUALITY, 1, 3),
            waited(Cause.DATA_QUALITY, 6, None),
        ],
        facts={},
    )
    found = road(file, now=NOW + 10 * HOUR)

    hours = {each.name: each.seconds / 3_600 for each in found.shares}
    assert {"data quality": 6.0, "waiting approval": 2.0, "vendor processing": 0.5, OURS: 1.5} == hours
    assert found.elapsed_s == sum(each.seconds for each in found.shares)
    assert (1, ["7"], 1) == (found.here, [each.external_id for each in found.standing], len(found.waiting))
