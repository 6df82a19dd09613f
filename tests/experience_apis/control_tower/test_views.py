import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import (
    CaseFile,
    CasePage,
    CaseState,
    CaseStep,
    CaseSummary,
    Cause,
    ExceptionItem,
    ExceptionPage,
    ExceptionState,
    FixField,
    StepState,
    Timeline,
    TimelineEntry,
    Wait,
)
from contracts.canonical.money import Money
from experience_apis.control_tower import views
from experience_apis.control_tower.views import HIDDEN

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
VALUE = Money(amount=Decimal("1420000.00"), currency="EUR")
SUMMARY = CaseSummary(
    case_id="c1",
    process="quote_to_project",
    business_key="006A000001",
    title="Northwind managed cloud EMEA",
    state=CaseState.EXCEPTION,
    step="plan_deal",
    opened_at=NOW,
    changed_at=NOW,
    at_stake=VALUE,
)
FILE = CaseFile(
    summary=SUMMARY,
    trace_id="t1",
    steps=[CaseStep(position=1, name="plan_deal", state=StepState.FAILED, key="k", detail="lines sum to 5")],
    waits=[Wait(cause=Cause.DATA_QUALITY, owner_role="tax", started_at=NOW, detail="TAX_CODE_MISSING")],
    facts={"opportunity_id": "006A000001", "contract_total": "1420000.00", "engine_s": "0.2"},
)
TRAIL = Timeline(
    case_id="c1", entries=[TimelineEntry(at=NOW, actor="sluice", what="exception raised", detail="lines sum to 5")]
)
ITEM = ExceptionItem(
    exception_id="x1",
    case_id="c1",
    code="TAX_CODE_MISSING",
    state=ExceptionState.OPEN,
    step="plan_deal",
    owner_role="tax",
    title="The customer has no tax code",
    detail="Northwind (FR) has no tax code",
    hint="Choose",
    cause=Cause.DATA_QUALITY,
    context={"customer": "Northwind France SAS", "contract_value": "1420000.00 EUR"},
    form=[FixField(name="tax_code", label="Tax code", choices=["EU-RC"])],
    raised_at=NOW,
    due_at=NOW,
    at_stake=VALUE,
)


@pytest.mark.parametrize("role", ["finance", "operations"])
def test_finance_and_operations_see_everything(role: str) -> None:
    """Those who watch the road and the money see both as they stand."""
    assert FILE == views.case(FILE, roles={role})
    assert TRAIL == views.timeline(TRAIL, roles={role})
    assert ITEM == views.exception(ITEM, roles={role})
    assert CasePage(items=[SUMMARY]) == views.cases(CasePage(items=[SUMMARY]), roles={role})


def test_others_see_that_it_goes_on_but_not_for_how_much() -> None:
    """Without a need for it, money and free text are hidden; names, states and times are not."""
    seen = views.case(FILE, roles={"sales"})

    assert replace(SUMMARY, at_stake=None) == seen.summary
    assert {"opportunity_id": "006A000001", "contract_total": HIDDEN, "engine_s": "0.2"} == seen.facts
    assert [HIDDEN] == [step.detail for step in seen.steps]
    assert [HIDDEN] == [wait.detail for wait in seen.waits]
    assert [("exception raised", HIDDEN)] == [(e.what, e.detail) for e in views.timeline(TRAIL, roles=set()).entries]


def test_a_fact_that_nobody_named_is_hidden() -> None:
    """A new fact is confidential until somebody decides otherwise."""
    seen = views.case(replace(FILE, facts={"margin": "0.31"}), roles={"sales"})

    assert {"margin": HIDDEN} == seen.facts


def test_the_owner_of_an_exception_sees_it_whole() -> None:
    """Nobody solves well what is hidden from them."""
    assert ITEM == views.exception(ITEM, roles={"tax"})


def test_an_exception_of_others_keeps_its_form() -> None:
    """Others see that a tax code is missing and of whom, not what is at stake."""
    seen = views.exception(ITEM, roles={"sales"})

    assert {"customer": "Northwind France SAS", "contract_value": HIDDEN} == seen.context
    assert (None, HIDDEN, ITEM.form) == (seen.at_stake, seen.detail, seen.form)


def test_pages_are_ordered() -> None:
    """Cases by their newest change, exceptions by when they are due; cursors are kept."""
    older = replace(SUMMARY, case_id="c0", changed_at=NOW - dt.timedelta(hours=1))
    later = replace(ITEM, exception_id="x0", due_at=NOW + dt.timedelta(hours=1))
    cases = views.cases(CasePage(items=[older, SUMMARY], next_cursor="n"), roles={"finance"})
    items = views.exceptions(ExceptionPage(items=[later, ITEM], next_cursor="n"), roles={"finance"})

    assert (["c1", "c0"], "n") == ([each.case_id for each in cases.items], cases.next_cursor)
    assert (["x1", "x0"], "n") == ([each.exception_id for each in items.items], items.next_cursor)
