from dataclasses import replace
from typing import Any

import pytest

from gateway.terms import Group, Kept, Terms, read_plans, termed
from kit.caller import Caller
from kit.door.operation import Cached, Operation
from kit.door.plan import plan_of
from tests.policies.table import READ

EXPORT = replace(READ, name="shop.exports_start", method="POST")
TERMS = Terms(
    limits="100/minute",
    on_outage="closed",
    costs={"exports_*": 50},
    cache=(Kept(operations=("*",), max_age_s=5.0, vary=("Accept-Language",)),),
    group=(Group(name="heavy", operations=("exports_*", "search"), limits="5/minute", cost=3, even=True),),
)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (READ, ("", "100/minute", 1, False, "closed", Cached(max_age_s=5.0, vary=("accept-language",)))),
        (EXPORT, ("heavy", "5/minute", 50, True, "closed", None)),
        (replace(READ, name="shop.search", method="POST"), ("heavy", "5/minute", 3, True, "closed", None)),
    ],
)
def test_the_terms_of_an_operation_are_its_groups_or_its_products(operation: Operation, expected: Any) -> None:
    """A cost of its own goes before the group's; only what is read is kept."""
    found = termed(operation, TERMS)
    assert expected == (found.group, found.limits, found.cost, found.even, found.on_outage, found.cached)


PLANS = [
    {"name": "gold", "title": "Gold", "of": [{"claim": "role", "value": "plan:gold"}], "quota": "10/day"},
    {
        "name": "acme",
        "title": "Acme",
        "of": [{"claim": "client", "value": "acme-*"}, {"claim": "tenant", "value": "a"}],
    },
    {"name": "all", "title": "Everybody", "limits": "5/minute"},
]


@pytest.mark.parametrize(
    ("caller", "name"),
    [
        (Caller(subject="s", roles=frozenset({"x", "plan:gold"}), client_id="acme-1"), "gold"),
        (Caller(subject="s", client_id="acme-1"), "acme"),
        (Caller(subject="s", tenant="a"), "acme"),
        (Caller(subject="s"), "all"),
    ],
)
def test_the_first_plan_that_holds_counts(caller: Caller, name: str) -> None:
    """By role, client, tenant; without a claim it is everybody's."""
    plan = plan_of(caller, read_plans(PLANS))
    assert plan is not None
    assert name == plan.name
    assert plan_of(Caller(subject="s"), read_plans(PLANS[:2])) is None


@pytest.mark.parametrize(
    ("plans", "reason"),
    [
        ([{"name": "a", "title": "A"}] * 2, "one name"),
        ([{"name": "a"}], "missing required field `title`"),
        ([{"name": "a", "title": "A", "of": [{"claim": "height", "value": "2"}]}], "height"),
        ([{"name": "a", "title": "A", "limit": "1/day"}], "unknown field `limit`"),
        ("gold", "array"),
    ],
)
def test_plans_that_cannot_be_read_are_refused(plans: Any, reason: str) -> None:
    """With what is wrong about them."""
    with pytest.raises(ValueError, match=reason):
        read_plans(plans)
