"""Each checker is silent over a sound campaign and speaks when its own kind of harm was done."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from contracts.events.deal import ProjectProvisioned
from tests.crash.checkers import CHECKS, findings
from tests.crash.evidence import Acknowledged, Asked, Case, Deal, Entry, Evidence, Record, Said

DEAL = "006J50000000001IAA"
CASE = Case(
    case_id="c1", business_key=DEAL, process="quote_to_project", state="completed", step="tell_ready", closed=True
)
FIXED = Asked(
    asked_id="x1", case_id="c1", what="exception", state="fixed", code="T", answer={"by": "tara", "tax_code": "EU-RC"}
)
DECIDED = Asked(
    asked_id="a1",
    case_id="c1",
    what="approval",
    state="approved",
    code="tax",
    answer={"by": "tara", "state": "approved"},
)
JOB = Record(system="erp", kind="job", key=f"prj-{DEAL}", deal_id=DEAL)
DONE = Entry(key="k1", case_id="c1", position=1, step="open_project", state="done")
TOLD = Said(type=ProjectProvisioned.TYPE, subject=DEAL, event_id="e1")
SOUND = Evidence(
    acknowledged=[
        Acknowledged(what="won", target=DEAL),
        Acknowledged(what="start", target=DEAL),
        Acknowledged(what="fix", target="x1", said={"by": "tara", "tax_code": "EU-RC"}),
        Acknowledged(what="decision", target="a1", said={"by": "tara", "state": "approved"}),
    ],
    cases=[CASE],
    asked=[FIXED, DECIDED],
    ledger=[DONE],
    events=[TOLD],
    records=[JOB],
    deals=[Deal(deal_id=DEAL, amount=Decimal("10.00"), becomes={"erp job": 1})],
    orders={DEAL: Decimal("10.00")},
)


def changed(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)


def harmed(**changes: Any) -> Evidence:
    return msgspec.structs.replace(SOUND, **changes)


def test_a_sound_campaign_has_no_findings() -> None:
    """Nothing is reported where nothing is wrong."""
    assert {name: [] for name in CHECKS} == findings(SOUND)


@pytest.mark.parametrize(
    ("check", "evidence"),
    [
        ("lost", harmed(acknowledged=[Acknowledged(what="start", target="another deal")])),
        ("lost", harmed(acknowledged=[Acknowledged(what="won", target="another deal")])),
        ("lost", harmed(asked=[changed(FIXED, state="open"), DECIDED])),
        ("lost", harmed(asked=[changed(FIXED, answer={"by": "tara", "tax_code": "DE-S-19"}), DECIDED])),
        ("lost", harmed(asked=[FIXED, changed(DECIDED, state="rejected", answer={"by": "tara", "state": "rejected"})])),
        ("lost", harmed(asked=[FIXED])),
        ("duplicated effects", harmed(records=[JOB, JOB])),
        ("duplicated effects", harmed(records=[JOB, Record(system="psa", kind="story", key="s", orphan=True)])),
        ("duplicated effects", harmed(cases=[CASE, changed(CASE, case_id="c2", state="running")])),
        ("missing effects", harmed(records=[])),
        ("untied", harmed(orders={DEAL: Decimal("20.00")})),
        ("untied", harmed(orders={})),
        ("stuck", harmed(cases=[changed(CASE, state="running", closed=False)])),
        ("stuck", harmed(cases=[changed(CASE, state="exception", closed=False)])),
        ("stuck", harmed(cases=[changed(CASE, state="failed")])),
        ("retracted", harmed(cases=[changed(CASE, state="unwound")])),
        ("unsettled", harmed(ledger=[changed(DONE, state="intended")])),
        ("unsettled", harmed(ledger=[DONE, changed(DONE, position=2)])),
        ("unsettled", harmed(ledger=[DONE, changed(DONE, key="k2")])),
        ("unsettled", harmed(ledger=[])),
        ("misreported", harmed(events=[])),
        ("misreported", harmed(events=[TOLD, changed(TOLD, event_id="e2")])),
        ("misreported", harmed(events=[TOLD, changed(TOLD, type="other"), changed(TOLD, type="other")])),
    ],
)
def test_a_checker_finds_its_own_kind_of_harm(check: str, evidence: Evidence) -> None:
    """A check that cannot fail would prove nothing."""
    assert 1 <= len(findings(evidence)[check])


def test_a_case_that_waits_for_somebody_is_not_stuck() -> None:
    """Parked with an open question is where a case may rest."""
    waiting = harmed(cases=[changed(CASE, state="exception", closed=False)], asked=[changed(FIXED, state="open")])

    assert [] == findings(waiting)["stuck"]
