"""Answers are held against their contract: reported or refused, sampled or all, and never at the cost of a stream."""

import logging
from dataclasses import replace

import pytest

from kit.door.returned import Returned
from policies import validate
from tests.policies.table import READ, Given, decide

SCHEMA = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
OPERATION = replace(READ, parameters=(), path="/shop/orders", answer=SCHEMA)
GIVEN = Given(operation=OPERATION, path_values=())


@pytest.mark.parametrize(("every", "looked"), [(0, 0), (1, 6), (3, 2), (100, 0)])
async def test_a_share_of_the_answers_is_looked_at(every: int, looked: int) -> None:
    """Every n-th; none at 0."""
    policy = validate.Validate(validate.Config(every=every), operations=[OPERATION])

    assert looked == sum([len((await decide(policy, GIVEN)).request.edits) for _ in range(6)])


@pytest.mark.parametrize("body", [b'{"id": "secret"}', b"{}", b"no json"])
async def test_a_broken_answer_is_reported_without_its_values(body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """The caller gets it, the decision log has the code, the log the pointer, and neither a value."""
    policy = validate.Validate(validate.Config(every=1), operations=[OPERATION])
    request = (await decide(policy, GIVEN)).request
    with caplog.at_level(logging.WARNING):
        assert request.edits[0].run(Returned(200, body)) is None

    assert ["validate.answer"] == request.shadowed
    assert "shop.read answered against its contract" in caplog.text
    assert "secret" not in caplog.text


async def test_by_configuration_a_broken_answer_is_refused() -> None:
    """502, and only the broken one."""
    policy = validate.Validate(validate.Config(every=1, answers="refuse"), operations=[OPERATION])
    (edit,) = (await decide(policy, GIVEN)).request.edits
    problem = edit.run(Returned(200, b'{"id": "x"}'))

    assert (502, "validate.answer") == ((problem.status, problem.code) if problem else None)
    assert edit.run(Returned(200, b'{"id": 7, "more": true}')) is None
    assert not edit.must
