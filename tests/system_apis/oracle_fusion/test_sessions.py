from collections.abc import Callable
from typing import Any

import pytest

from contracts.problem import Kind, Retry
from contracts.system.erp import Erp
from tests.system_apis.oracle_fusion.story import INVOICE, draft, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.req(111)
async def test_a_token_that_expires_in_the_middle_of_work_is_had_anew(standing: Erp, vendor: Any) -> None:
    """After an hour, and after a revocation between draft and posting: one new token each, and one document."""
    await draft(standing)
    assert 1 == vendor.calls("POST", "oauth2")
    vendor.sandbox.advance(3700)
    assert 3 == len((await standing.legal_entities()).items)
    vendor.seed(revoke_tokens=True)
    posted = await standing.post_document(document_id="inv-1")
    assert INVOICE.gross == posted.open
    assert 3 == vendor.calls("POST", "oauth2")
    assert 1 == len(vendor.rows("receivablesInvoices"))


@pytest.mark.parametrize("ahead_s", [-20.0, 20.0])
async def test_clocks_that_differ_a_little_do_not_lock_us_out(
    vendor: Any, open_room: Callable[..., Any], ahead_s: float
) -> None:
    """The assertion is backdated, so that an identity domain whose clock is behind ours takes it."""
    opened = open_room(ahead_s=ahead_s)
    assert 3 == len((await opened.mounts[0].service.legal_entities()).items)
    await opened.close()


@pytest.mark.parametrize(("status", "after"), [(429, "2"), (429, ""), (503, "")])
async def test_a_crowded_pod_is_waited_out(erp: Erp, vendor: Any, status: int, after: str) -> None:
    """429 with and without Retry-After, and 503, are tried again."""
    vendor.seed(settings={"throttled": 2, "throttle_status": status, "retry_after_s": after})
    assert 3 == len((await erp.legal_entities()).items)


async def test_a_pod_that_stays_crowded_is_told_as_such(erp: Erp, vendor: Any) -> None:
    """After its tries the call ends in a problem that says later."""
    vendor.seed(settings={"throttled": 99})
    problem = await problem_of(erp.legal_entities())
    assert (Kind.RATE_LIMITED, Retry.LATER) == (problem.kind, problem.retry)


@pytest.mark.parametrize("wrong", [{"client_secret": "wr0ng"}, {"user": "NOBODY"}, {"scope": "wr0ng"}])
async def test_refused_credentials_are_told_without_the_secret(
    settings: dict[str, Any], open_room: Callable[..., Any], wrong: dict[str, str]
) -> None:
    """A wrong secret, a user the pod does not have, a scope not granted: unauthenticated, and nothing of it is told."""
    settings.update(wrong)
    opened = open_room()
    problem = await problem_of(opened.mounts[0].service.legal_entities())
    await opened.close()
    assert Kind.UNAUTHENTICATED is problem.kind
    assert "wr0ng" not in repr(problem.details())
