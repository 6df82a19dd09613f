import pytest

from contracts.problem import Kind, Problem
from kit.clock import ManualClock
from kit.door.breaker import Breakers, Tripping
from kit.door.policy import Chain
from policies.breaker import Breaker
from tests.policies.table import Given

TRIPPING = Tripping(window_s=10.0, calls=4, failed=0.5, open_s=5.0, probes=2)


class Place:
    """A breaker, and calls through it that end as told."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.breakers = Breakers(TRIPPING, clock=self.clock)
        self.chain = Chain([Breaker(self.breakers)], given=("operation",))

    def begin(self, **given: object) -> tuple[object, Problem | None]:
        request = Given(**given).request()  # type: ignore[arg-type]  # fields of a request by name
        verdict = self.chain.decide(request)
        assert verdict is None or isinstance(verdict, Problem)
        return request, verdict

    def end(self, request: object, how: str) -> None:
        status = 200
        if how != "good":
            problem = Problem(Kind.UNAVAILABLE if how != "timeout" else Kind.TIMEOUT, f"forward.{how}")
            status = request.refuse(problem, policy="forward").status  # type: ignore[attr-defined]  # it is a request
        self.chain.ended(request, status=status)  # type: ignore[arg-type]  # it is a request

    def call(self, how: str = "good", **given: object) -> str:
        request, verdict = self.begin(**given)
        if verdict is None:
            self.end(request, how)
        else:
            self.chain.ended(request, status=verdict.status)  # type: ignore[arg-type]  # it is a request
        return verdict.code if verdict else "ok"


@pytest.mark.req(246)
def test_a_tier_that_keeps_failing_is_left_alone_and_tried_again() -> None:
    """Open for five seconds, then two probes; when both are well everybody may."""
    place = Place()
    assert ["ok"] * 4 == [place.call(how) for how in ("good", "good", "unreachable", "unreachable")]
    _, refused = place.begin()
    assert refused is not None
    assert (503, "breaker.open", 5.0) == (refused.status, refused.code, refused.retry_after_s)
    place.clock.advance(5.0)
    probes = [place.begin()[0] for _ in range(2)]
    assert "breaker.open" == place.call()
    for probe in probes:
        place.end(probe, "good")
    assert ("ok", {"shop": "closed"}) == (place.call(), place.breakers.states())


def test_a_probe_that_fails_opens_it_again() -> None:
    """For the whole time."""
    place = Place()
    for _ in range(4):
        place.call("timeout")
    place.clock.advance(5.0)
    place.call("timeout")
    _, refused = place.begin()
    assert refused is not None
    assert 5.0 == refused.retry_after_s


def test_few_or_old_failures_conclude_nothing() -> None:
    """Below the number of calls, or spread over more than the window."""
    place = Place()
    for _ in range(20):
        place.call("unreachable")
        place.clock.advance(4.0)
    assert {"shop": "closed"} == place.breakers.states()


def test_a_caller_without_patience_says_nothing_of_the_tier() -> None:
    """Time-outs of its own choosing do not count, nor does a tier's own 503."""
    place = Place()
    for _ in range(20):
        assert "ok" == place.call("timeout", headers=(("sluice-deadline-ms", "1"),))
        request, _ = place.begin()
        place.chain.ended(request, status=503)  # type: ignore[arg-type]  # it is a request
    assert {"shop": "closed"} == place.breakers.states()


def test_probes_that_say_nothing_are_not_used_up() -> None:
    """A probe whose client left makes room for another."""
    place = Place()
    for _ in range(4):
        place.call("reset")
    place.clock.advance(5.0)
    for _ in range(10):
        request, verdict = place.begin()
        assert verdict is None
        request.code = "client.left"  # type: ignore[attr-defined]  # it is a request
        place.chain.ended(request, status=0)  # type: ignore[arg-type]  # it is a request
    place.call()
    place.call()
    assert {"shop": "closed"} == place.breakers.states()
