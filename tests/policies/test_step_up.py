"""Who has to prove to be there once more, for what, and how the challenge says it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.lifecycle import StepUp as Rule
from policies.step_up import Config, StepUp
from tests.policies.table import READ, Given, decide

CLOCK = ManualClock()
NOW = CLOCK.now().timestamp()
MFA = "urn:sluice:acr:second-factor"
RULE = Rule(operations=("*",), acr=(MFA, "urn:sluice:acr:hardware"), max_age_s=300)
BAND = replace(RULE, number="lines/*/quantity", above="40")


def body(*quantities: Any) -> bytes:
    """A command with such lines."""
    return json.dumps({"lines": [{"quantity": each} for each in quantities]}).encode()


async def refused(rule: Rule, *, sent: bytes = b"", **proof: Any) -> bool:
    """Whether a caller with this proof is asked once more."""
    policy = StepUp(Config(), asked={READ.name: (rule,)}, clock=CLOCK)
    decision = await decide(policy, Given(body=sent, caller=Caller(subject="ann", **proof)))
    return decision.problem is not None


@pytest.mark.req(292, 298)
@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        ({"acr": MFA, "authenticated_at": NOW}, False),
        ({"acr": "urn:sluice:acr:hardware", "authenticated_at": NOW - 300}, False),
        ({"acr": MFA, "authenticated_at": NOW - 331}, True),
        ({"acr": MFA, "authenticated_at": NOW + 31}, True),
        ({"acr": MFA}, True),
        ({"acr": "urn:sluice:acr:password", "authenticated_at": NOW}, True),
        ({"authenticated_at": NOW}, True),
        ({}, True),
    ],
)
async def test_a_proof_is_of_the_right_kind_and_age(proof: dict[str, Any], expected: bool) -> None:
    """Programs, weak proofs and old ones are asked; clocks may differ by half a minute."""
    assert expected is await refused(RULE, **proof)


@pytest.mark.req(302)
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (body("40"), False),
        (body("20", 20), False),
        (body("40.01"), True),
        (body("20", "20", "0.5"), True),
        (body("-41"), True),
        (body("39", "-39"), True),
        (body("many"), True),
        (body("NaN"), True),
        (body(), True),
        (b"{}", True),
        (b"[", True),
    ],
)
async def test_a_band_is_read_from_the_body_and_doubt_counts_as_above(sent: bytes, expected: bool) -> None:
    """Lines are added up without their signs, so that nothing is split or set off; what cannot be read is asked for."""
    assert expected is await refused(BAND, sent=sent)


async def test_the_challenge_says_what_would_do() -> None:
    """RFC 9470, 3: the error, the acceptable ways and the age."""
    policy = StepUp(Config(), asked={READ.name: (RULE,)}, clock=CLOCK)
    decision = await decide(policy, Given(caller=Caller(subject="ann")))
    told = decision.answer["www-authenticate"]

    assert (401, "stepup.insufficient_user_authentication") == (decision.status, decision.code)
    assert told.startswith('Bearer error="insufficient_user_authentication"')
    assert f'acr_values="{MFA} urn:sluice:acr:hardware", max_age="300"' in told


async def test_other_operations_are_left_alone() -> None:
    """Nothing is asked where no rule stands, and the policy rests where there is none at all."""
    policy = StepUp(Config(), asked={"shop.other": (RULE,)}, clock=CLOCK)
    decision = await decide(policy, Given(caller=Caller(subject="ann")))

    assert decision.problem is None
    assert StepUp(Config(), asked={}, clock=CLOCK).rests
