import pytest

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.door.meter import Meter as Counts
from policies.meter import Meter
from tests.policies.table import Given


@pytest.mark.parametrize(
    ("refused_by", "status", "counted"),
    [("", 200, 1), ("", 422, 1), ("forward", 504, 1), ("throttle", 429, 0), ("authorize", 403, 0), ("cache", 200, 1)],
)
def test_a_call_that_was_let_in_is_counted(refused_by: str, status: int, counted: int) -> None:
    """Answered by the tier, by the door in its place, or not at all; refused ones are no use of the operation."""
    counts = Counts(clock=ManualClock())
    request = Given(version="2026-01-01").request()
    request.superseded = ["note"]
    if refused_by:
        request.refuse(Problem(Kind.UNEXPECTED, f"{refused_by}.any"), policy=refused_by)
    Meter(counts).ended(request, status=status)
    rows = [(row.consumer, row.operation, row.version, row.count, row.fields) for row in counts.snapshot()]
    assert [("https://idp.example|ann", "shop.read", "2026-01-01", 1, {"note": 1})] * counted == rows


def test_what_was_never_matched_or_known_is_not_counted() -> None:
    """There is nobody and nothing to count it for."""
    counts = Counts(clock=ManualClock())
    for given in (Given(operation=None), Given(caller=None)):
        Meter(counts).ended(given.request(), status=200)
    assert [] == counts.snapshot()
