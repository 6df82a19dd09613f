"""What the pages of the client portal compute: what waits for whom, and bars that say what they show."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.actuals import CapUnit
from contracts.canonical.deal import BillingMethod
from contracts.canonical.money import Money
from contracts.canonical.posting import BookedState
from contracts.process.change_requests import ChangeRequest, ChangeState
from contracts.process.client_billing import (
    AcceptanceState,
    CapAccount,
    Decline,
    Dispute,
    DisputeState,
    LineAccount,
    Milestones,
    MilestoneStanding,
    Payments,
    PaymentStanding,
    ProjectAccount,
)
from experience_apis.portals.access import FINANCE, PROJECT, SPONSOR
from experience_apis.portals.pages import waits
from experience_apis.portals.pages.bars import cap_bars, line_bars
from experience_apis.portals.pages.rights import rights
from kit.caller import Caller
from kit.web.locales import KNOWN

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
GERMAN = KNOWN["de"]


def eur(amount: str) -> Money:
    """An amount in euro."""
    return Money(amount=Decimal(amount), currency="EUR")


def point(name: str, *, due_in: int | None, state: AcceptanceState = AcceptanceState.OPEN) -> MilestoneStanding:
    """A milestone that is planned for so many days from today."""
    due = None if due_in is None else TODAY + dt.timedelta(days=due_in)
    return MilestoneStanding(milestone_id=f"mst-{name}", name=name, line="L", state=state, due_on=due)


def answered(standing: MilestoneStanding) -> MilestoneStanding:
    """The same, declined before and answered since."""
    return replace(standing, declined=Decline(at=NOW, by="x", reason="r", answer="a", answered_at=NOW))


@pytest.mark.req(175, 210)
def test_a_milestone_waits_for_its_sponsor_when_its_day_is_near_or_delivery_has_answered() -> None:
    """Not what is far away, not what was decided, not what still waits for delivery."""
    items = [
        point("near", due_in=waits.SOON_DAYS),
        point("far", due_in=waits.SOON_DAYS + 1),
        point("late", due_in=-1),
        point("done", due_in=-1, state=AcceptanceState.BILLED),
        point("declined", due_in=-1, state=AcceptanceState.DECLINED),
        answered(point("answered", due_in=None)),
    ]
    found = waits.decisions([Milestones(project_id="prj-1", items=items)], today=TODAY)

    assert ["mst-near", "mst-late", "mst-answered"] == [each.path.rpartition("/")[2] for each in found]
    assert [False, True, False] == [each.late for each in found]


@pytest.mark.req(210)
def test_open_invoices_wait_in_the_order_of_their_days_and_credits_do_not() -> None:
    """What is paid, and what gives money back, asks for nothing."""

    def standing(number: str, due: int, open_: str, *, late: int = 0) -> PaymentStanding:
        return PaymentStanding(
            invoice_id=f"inv-{number}",
            number=number,
            due_on=TODAY + dt.timedelta(days=due),
            state=BookedState.POSTED,
            days_overdue=late,
            open=eur(open_),
        )

    items = [
        standing("2", 10, "5.00"),
        standing("1", -3, "7.00", late=3),
        standing("3", 0, "0"),
        standing("4", 0, "-5"),
    ]
    found = waits.bills([Payments(project_id="p", currency="EUR", as_of=TODAY, items=items)])

    assert [("Pay 1", True), ("Pay 2", False)] == [(each.text, each.late) for each in found]


@pytest.mark.req(210, 286)
def test_what_the_firm_owes_an_answer_to_is_told() -> None:
    """Open disputes with the day of the answer, open change requests, declined milestones; nothing that is settled."""
    dispute = Dispute(
        dispute_id="dsp-1",
        invoice_id="inv-1",
        project_id="p",
        state=DisputeState.OPEN,
        reason="r",
        raised_at=NOW,
        raised_by="x",
        due_at=NOW,
    )
    change = ChangeRequest(
        request_id="chr-1",
        project_id="p",
        title="A second site",
        text="t",
        state=ChangeState.OPEN,
        raised_at=NOW,
        raised_by="x",
    )
    declined = Milestones(project_id="p", items=[point("d", due_in=0, state=AcceptanceState.DECLINED)])
    found = waits.answers(
        [dispute, replace(dispute, state=DisputeState.REJECTED)],
        [change, replace(change, state=ChangeState.APPROVED)],
        [declined],
    )

    assert ["/disputes/dsp-1", "/changes/chr-1", "/engagements/p/milestones/mst-d"] == [each.path for each in found]
    assert [TODAY, None, None] == [each.by for each in found]


ACCOUNT = ProjectAccount(
    project_id="p",
    currency="EUR",
    as_of=TODAY,
    lines=[
        LineAccount(
            line_id="l",
            name="Support",
            method=BillingMethod.TIME_AND_MATERIALS,
            hours=Decimal("16.00"),
            billed=eur("1200"),
            unbilled=eur("1200"),
            remaining=eur("2600"),
        )
    ],
    work=[],
    caps=[
        CapAccount(cap_id="c", unit=CapUnit.AMOUNT, limit=eur("5000"), used=eur("4000"), remaining=eur("1000")),
        CapAccount(cap_id="h", unit=CapUnit.HOURS, limit_hours=Decimal(100), used_hours=Decimal(125)),
    ],
)


@pytest.mark.req(210, 215)
def test_a_bar_says_in_words_what_it_shows() -> None:
    """Amounts as the reader writes them; amber and red from where the health of an engagement has them."""
    (line,), (cap, hours) = line_bars(ACCOUNT, GERMAN), cap_bars(ACCOUNT, GERMAN)

    assert "1.200,00 EUR billed, 1.200,00 EUR not yet billed, 2.600,00 EUR left" == plain(line.about)
    assert [1200.0, 1200.0, 2600.0] == [amount for _, amount, _ in line.pieces]
    assert ("80 % used: 4.000,00 EUR of 5.000,00 EUR", "warn") == (plain(cap.about), cap.pieces[0][2])
    assert ("125 % used: 125 of 100 hours", "bad", 0.0) == (hours.about, hours.pieces[0][2], hours.pieces[1][1])


@pytest.mark.req(210, 291)
def test_without_money_a_bar_tells_hours_alone() -> None:
    """The project lead sees what was worked; a cap in money is not shown to them at all."""
    blind = replace(
        ACCOUNT,
        lines=[replace(ACCOUNT.lines[0], billed=None, unbilled=None, remaining=None)],
        caps=[replace(ACCOUNT.caps[0], limit=None, used=None, remaining=None)],
    )
    (line,), (cap,) = line_bars(blind, GERMAN), cap_bars(blind, GERMAN)

    assert ("16 hours charged", []) == (line.about, list(line.pieces))
    assert "EUR" not in cap.about
    assert [] == list(cap.pieces)


@pytest.mark.req(210, 291)
def test_a_page_offers_what_a_role_may_do() -> None:
    """By the same table that the service refuses by."""
    may = {role: rights(Caller(subject="x", roles=frozenset({role}))) for role in (SPONSOR, FINANCE, PROJECT)}

    assert {"accept", "dispute", "ask_change"} <= may[SPONSOR]
    some = {"accept", "dispute", "ask_change"}
    assert [["dispute"], ["ask_change"]] == [sorted(may[role] & some) for role in (FINANCE, PROJECT)]
    assert frozenset() == rights(Caller(subject="x"))


def plain(text: str) -> str:
    """A text with blanks that break."""
    return text.replace("\N{NO-BREAK SPACE}", " ")
