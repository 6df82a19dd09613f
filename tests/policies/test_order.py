from typing import ClassVar

import pytest

from contracts.problem import Kind, Problem
from gateway.chain import ORDER, THRESHOLD
from kit.clock import ManualClock
from kit.door.policy import Chain, OrderRefused, Policy, Request, Verdict
from policies.authenticate import Authenticate
from policies.authenticate import Config as AuthenticateConfig
from policies.authorize import Authorize
from policies.authorize import Config as AuthorizeConfig
from tests.policies.table import Given, decide


class Finds:
    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ("thing",)

    def __call__(self, request: Request, /) -> Verdict:
        return None


class Uses:
    needs: ClassVar[tuple[str, ...]] = ("thing",)
    gives: ClassVar[tuple[str, ...]] = ()

    def __call__(self, request: Request, /) -> Verdict:
        return Problem(Kind.FORBIDDEN, "uses.never")


class Waits:
    needs: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[tuple[str, ...]] = ()

    async def __call__(self, request: Request, /) -> Verdict:
        return None


@pytest.mark.req(12)
def test_an_order_in_which_one_needs_what_nobody_gives_is_refused() -> None:
    """The chain names who needs what."""
    with pytest.raises(OrderRefused, match=r"uses needs \['thing'\], which no earlier policy gives"):
        Chain([Uses(), Finds()])


def test_the_order_of_the_door_works() -> None:
    """Each policy of ORDER finds what it needs among those before it."""
    have: set[str] = set()
    for policy in (*THRESHOLD, *ORDER):
        assert set(policy.needs) <= have, policy
        have.update(policy.gives)


def test_no_policy_is_shadowed_on_which_others_live() -> None:
    """Who gives something must know what to give when it would refuse; unknown names are refused too."""
    with pytest.raises(OrderRefused, match="finds cannot be shadowed"):
        Chain([Finds()], shadowed=["finds"])
    with pytest.raises(OrderRefused, match="no policy is called"):
        Chain([Finds()], shadowed=["nobody"])


@pytest.mark.parametrize("policies", [[Finds(), Uses()], [Waits(), Finds(), Uses()]])
async def test_a_refusal_ends_the_chain_and_shadow_only_notes_it(policies: list[Policy]) -> None:
    """In either form, with and without waiting, the first refusal counts; shadowed it is noted and passes."""
    for shadowed, code in ((["uses"], "ok"), ([], "uses.never")):
        request = Given().request()
        verdict = Chain(policies, shadowed=shadowed).decide(request)
        if verdict is not None and not isinstance(verdict, Problem):
            verdict = await verdict
        assert code == request.code
        assert (["uses.never"] if shadowed else []) == request.shadowed
        assert (None if shadowed else "uses") == (verdict.policy if verdict else None)


async def test_a_decision_that_waits_for_nothing_is_one_plain_call() -> None:
    """Without a slow path there is nothing to await."""
    assert Chain([Finds()]).decide(Given().request()) is None


@pytest.mark.req(289)
async def test_shadowed_authentication_lets_nobody_in_as_somebody() -> None:
    """Whoever would be refused goes on as nobody, and authorization still refuses nobody."""
    authenticate = Authenticate(AuthenticateConfig(), trusted={}, clock=ManualClock())
    request = Given(caller=None).request()
    chain = Chain(
        [authenticate, Authorize(AuthorizeConfig())], shadowed=["authenticate"], given=("fields", "operation")
    )
    verdict = chain.decide(request)
    assert isinstance(verdict, Problem)
    assert "authorize.scope_missing" == verdict.code
    assert ["authenticate.token_missing"] == request.shadowed


@pytest.mark.req(289, 300)
@pytest.mark.parametrize(
    ("scopes", "code"),
    [
        ({"orders:read"}, "ok"),
        ({"orders:*"}, "ok"),
        ({"orders:write"}, "authorize.scope_missing"),
        (set(), "authorize.scope_missing"),
    ],
)
async def test_scopes_reach_an_operation_or_they_do_not(scopes: set[str], code: str) -> None:
    """403 names the scope that is missing, in the problem and in the challenge."""
    from kit.caller import Caller

    given = Given(caller=Caller(subject="ann", scopes=frozenset(scopes)))
    decision = await decide(Authorize(AuthorizeConfig()), given)
    assert code == decision.code
    if code != "ok":
        assert 403 == decision.status
        assert 'Bearer error="insufficient_scope", scope="orders:read"' == decision.answer["www-authenticate"]


BEFORE = [
    ("ip", "match"),
    ("cors", "match"),
    ("authorize", "throttle"),
    ("throttle", "receive"),
    ("validate", "replay"),
    ("translate", "replay"),
    ("replay", "quota"),
    ("quota", "cache"),
    ("authorize", "cache"),
    ("cache", "deadline"),
    ("deadline", "breaker"),
]


@pytest.mark.parametrize(("first", "second"), BEFORE)
def test_what_has_to_be_decided_first_is(first: str, second: str) -> None:
    """Nothing is replayed that the contract refuses, no unit used for a replay, no tier judged by what stops here."""
    names = [policy.__name__.lower() for policy in (*THRESHOLD, *ORDER)]
    assert names.index(first) < names.index(second)


def test_every_policy_of_the_house_stands_at_the_door() -> None:
    """One file is one policy, and none is written in vain."""
    from pathlib import Path

    import policies

    (folder,) = policies.__path__
    files = {path.stem.replace("_", "") for path in Path(folder).glob("*.py")} - {"init"}
    assert files == {policy.__name__.lower() for policy in (*THRESHOLD, *ORDER)}
