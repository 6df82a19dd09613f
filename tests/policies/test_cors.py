import pytest

from kit.door.policy import Ready
from policies.cors import Config, Cors
from tests.policies.table import Given, decide

PORTAL = "https://portal.example"
CONFIG = Config(origins=(PORTAL,))
PREFLIGHT = (("access-control-request-method", "POST"),)


@pytest.mark.parametrize(
    ("origin", "permitted"),
    [(PORTAL, True), ("https://portal.example.evil.example", False), ("null", False), ("http://portal.example", False)],
)
async def test_an_origin_is_compared_letter_by_letter(origin: str, permitted: bool) -> None:
    """Only a listed one may read; caches are told either way."""
    decision = await decide(Cors(CONFIG), Given(headers=(("origin", origin),)))
    assert ("ok", "Origin") == (decision.code, decision.answer["vary"])
    assert (origin if permitted else None) == decision.answer.get("access-control-allow-origin")


@pytest.mark.parametrize(("origin", "permitted"), [(PORTAL, True), ("https://evil.example", False)])
async def test_a_preflight_is_answered_at_the_door(origin: str, permitted: bool) -> None:
    """204 with what is permitted, and with nothing for others; no tier is asked."""
    decision = await decide(Cors(CONFIG), Given(method="OPTIONS", headers=(("origin", origin), *PREFLIGHT)))
    assert (204, "cors.preflight") == (decision.status, decision.code)
    assert isinstance(decision.problem, Ready)
    assert permitted == (b"access-control-allow-methods" in dict(decision.problem.headers))
    assert permitted == ("access-control-allow-origin" in decision.answer)


async def test_without_origins_nothing_is_said() -> None:
    """Off by default; and a request without an origin is none of its business."""
    assert {} == (await decide(Cors(Config()), Given(headers=(("origin", PORTAL),)))).answer
    assert {} == (await decide(Cors(CONFIG), Given())).answer
