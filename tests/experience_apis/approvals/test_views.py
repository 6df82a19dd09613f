import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from contracts.canonical.casework import Approval, ApprovalPage, ApprovalState
from contracts.canonical.money import Money
from experience_apis.approvals.views import HIDDEN, card, queue

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)
APPROVAL = Approval(
    approval_id="a1",
    case_id="c1",
    subject="Cross-border tax treatment",
    reason="SG-DE in DE sells to a customer in FR",
    role="tax",
    state=ApprovalState.OPEN,
    evidence={"customer": "Northwind France SAS", "contract_value": "1420000.00 EUR", "vat_id": "FR40303265045"},
    requested_at=NOW,
    due_at=NOW + dt.timedelta(hours=48),
    etag="e1",
    at_stake=Money(amount=Decimal("1420000.00"), currency="EUR"),
)


@pytest.mark.parametrize("roles", [{"tax"}, {"finance"}, {"operations"}, {"sales", "operations"}])
def test_who_decides_sees_everything(roles: set[str]) -> None:
    """The role that decides, finance and operations see the approval as it stands."""
    assert APPROVAL == card(APPROVAL, roles=roles)


@pytest.mark.parametrize("roles", [set(), {"sales"}, {"partner", "taxi"}])
def test_everybody_else_sees_no_money_and_no_registration(roles: set[str]) -> None:
    """What is not named open is hidden, by name; the ETag stays that of the whole."""
    seen = card(replace(APPROVAL, comment="the price is 1420000"), roles=roles)

    assert {"customer": "Northwind France SAS", "contract_value": HIDDEN, "vat_id": HIDDEN} == seen.evidence
    assert (None, "e1", HIDDEN) == (seen.at_stake, seen.etag, seen.comment)


def test_the_most_urgent_comes_first() -> None:
    """The queue is ordered by when a decision is due, and keeps its cursor."""
    late = replace(APPROVAL, approval_id="a2", due_at=NOW + dt.timedelta(hours=72))
    page = ApprovalPage(items=[late, APPROVAL], next_cursor="next")

    assert ApprovalPage(items=[APPROVAL, late], next_cursor="next") == queue(page, roles={"tax"})
