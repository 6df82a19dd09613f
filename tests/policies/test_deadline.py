from dataclasses import replace

import pytest

from kit.clock import ManualClock
from policies.deadline import Config, Deadline
from tests.policies.table import READ, Given, decide

SLOW = replace(READ, deadline_s=10.0)


@pytest.mark.parametrize(
    ("asked", "waited_s", "left_ms", "code"),
    [
        (None, 0.0, 10_000, "ok"),
        (None, 4.0, 6_000, "ok"),
        ("2500", 1.0, 1_500, "ok"),
        ("99999", 0.0, 10_000, "ok"),
        ("1000", 1.0, None, "deadline.passed"),
        (None, 10.0, None, "deadline.passed"),
        ("0", 0.0, None, "deadline.malformed"),
        ("soon", 0.0, None, "deadline.malformed"),
        ("-1", 0.0, None, "deadline.malformed"),
    ],
)
async def test_the_tier_is_told_what_is_left(
    asked: str | None, waited_s: float, left_ms: int | None, code: str
) -> None:
    """The lesser of what caller and product give, less what has passed; 504 when it is over, 400 for nonsense."""
    clock = ManualClock()
    clock.advance(waited_s)
    headers = (("sluice-deadline-ms", asked),) if asked else ()
    decision = await decide(Deadline(Config(), clock=clock), Given(headers=headers, operation=SLOW))
    told = [value for name, value in decision.request.onward if name == b"sluice-deadline-ms"]
    assert (code, [] if left_ms is None else [b"%d" % left_ms]) == (decision.code, told)
    if asked and left_ms:
        assert left_ms / 1000 == decision.request.matched.deadline_s
    assert {"ok": 200, "deadline.passed": 504, "deadline.malformed": 400}[code] == decision.status


async def test_where_callers_are_not_asked_theirs_is_dropped() -> None:
    """What they sent is not passed on either."""
    given = Given(headers=(("sluice-deadline-ms", "1"),), operation=SLOW)
    decision = await decide(Deadline(Config(accept=False), clock=ManualClock()), given)
    assert [(b"sluice-deadline-ms", b"10000")] == decision.request.onward
