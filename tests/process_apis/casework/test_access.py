import datetime as dt

import pytest

from contracts.canonical.casework import Approval, ApprovalState, Cause, ExceptionItem, ExceptionState, TimelineEntry
from process_apis.casework.access import is_own, may_fix, may_see

NOW = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def owned_by(role: str) -> ExceptionItem:
    """An exception that this role has to solve."""
    return ExceptionItem(
        exception_id="x1",
        case_id="c1",
        code="CODE",
        state=ExceptionState.OPEN,
        step="look",
        owner_role=role,
        title="",
        detail="",
        hint="",
        cause=Cause.DATA_QUALITY,
        context={},
        form=[],
        raised_at=NOW,
        due_at=NOW,
    )


def done(what: str, actor: str = "tara.tax") -> list[TimelineEntry]:
    """A trail with one act of somebody."""
    return [TimelineEntry(at=NOW, actor=actor, what=what)]


@pytest.mark.parametrize(
    ("owner", "roles", "may"),
    [
        ("tax", {"tax"}, True),
        ("finance", {"finance"}, True),
        ("operations", {"operations"}, True),
        ("sales", {"operations"}, True),
        ("integration", {"operations"}, True),
        ("tax", {"operations"}, False),
        ("finance", {"operations"}, False),
        ("tax", {"finance"}, False),
        ("operations", {"finance"}, False),
        ("operations", {"sales"}, False),
        ("tax", set(), False),
        ("tax", {"sales", "tax"}, True),
    ],
)
def test_who_may_fix_what(owner: str, roles: set[str], may: bool) -> None:
    """Owners fix what is theirs; operations also what sales and integration owe; all else is denied."""
    assert may is may_fix(owned_by(owner), roles=roles)


@pytest.mark.parametrize(("roles", "may"), [({"tax"}, True), ({"finance", "operations"}, False), (set(), False)])
def test_who_may_see_an_approval(roles: set[str], may: bool) -> None:
    """An approval is for those who may decide it."""
    approval = Approval(
        approval_id="a1",
        case_id="c1",
        subject="",
        reason="",
        role="tax",
        state=ApprovalState.OPEN,
        evidence={},
        requested_at=NOW,
        due_at=NOW,
        etag="e",
    )

    assert may is may_see(approval, roles=roles)


def test_whose_case_it_is() -> None:
    """Who opened a case owns it; who answered its exceptions does where four eyes are asked for."""
    assert is_own(done("case opened"), subject="tara.tax", four_eyes=False)
    assert not is_own(done("case opened", "sam.sales"), subject="tara.tax", four_eyes=True)
    assert not is_own(done("exception fixed"), subject="tara.tax", four_eyes=False)
    assert is_own(done("exception fixed"), subject="tara.tax", four_eyes=True)
    assert not is_own(done("approval requested"), subject="tara.tax", four_eyes=True)
