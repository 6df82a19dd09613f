import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.link import Link
from kit.door.policy import Message, Ready, Request
from kit.door.replays import Kept, LocalReplays, Replays, SharedReplays
from policies.replay import Config, Replay
from tests.policies.table import ANYONE, Decision, Given, decide
from tests.redis import redis_server

KEY = (("idempotency-key", "k-1"), ("content-type", "application/json"))


def command(body: bytes = b'{"a":1}', *, caller: Caller = ANYONE, target: str = "/shop/orders") -> Given:
    return Given(method="POST", headers=KEY, body=body, caller=caller, target=target)


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.limiter)])
async def replays(request: pytest.FixtureRequest) -> AsyncIterator[Replays]:
    if request.param == "local":
        yield LocalReplays(ManualClock())
        return
    with redis_server() as server:
        link = Link(server.url, wait_s=1.0)
        yield SharedReplays(link)
        await link.close()


def replay(replays: Replays, **config: Any) -> Replay:
    return Replay(Config(**config), replays=replays, local=LocalReplays(ManualClock()))


async def answer(
    policy: Replay,
    request: Request,
    *,
    status: int,
    body: bytes = b'{"id":7}',
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    """The tier answers, and the door settles it."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    assert request.tap is not None
    through = request.tap(send)
    fields = [(b"content-type", b"application/json"), (b"etag", b'"1"'), (b"date", b"now"), *more]
    await through({"type": "http.response.start", "status": status, "headers": [*fields, *request.answer]})
    await through({"type": "http.response.body", "body": body[:3], "more_body": True})
    await through({"type": "http.response.body", "body": body[3:]})
    policy.ended(request, status=status)
    await asyncio.gather(*policy._settling)
    assert body == b"".join(message.get("body", b"") for message in sent)


async def first(policy: Replay, **how: Any) -> None:
    """A command that runs and ends."""
    decision = await decide(policy, command())
    assert "ok" == decision.code
    await answer(policy, decision.request, **how)


def told(decision: Decision) -> tuple[int, str, bytes]:
    body = decision.problem.body if isinstance(decision.problem, Ready) else b""
    return decision.status, decision.code, body


@pytest.mark.req(243)
async def test_a_command_that_has_ended_is_answered_again(replays: Replays) -> None:
    """Same status, body and fields of the tier, marked as replayed."""
    policy = replay(replays)
    await first(policy, status=201)
    again = await decide(policy, command())
    assert (201, "replay.answered", b'{"id":7}') == told(again)
    assert isinstance(again.problem, Ready)
    fields = {(b"content-type", b"application/json"), (b"etag", b'"1"'), (b"idempotency-replayed", b"true")}
    assert fields == set(again.problem.headers)


@pytest.mark.req(243)
@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        (command(), 409, "replay.in_flight"),
        (command(b'{"a":2}'), 422, "replay.other_command"),
        (command(target="/shop/orders/8"), 422, "replay.other_command"),
        (command(caller=Caller(subject="bob")), 200, "ok"),
    ],
)
async def test_one_key_stands_for_one_command_of_one_consumer(
    replays: Replays, given: Given, status: int, code: str
) -> None:
    """While it is under way: 409 for itself, 422 for another, nothing for somebody else's."""
    policy = replay(replays)
    await decide(policy, command())
    decision = await decide(policy, given)
    assert (status, code) == (decision.status, decision.code)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 409, 429, 412, 401])
async def test_what_may_end_otherwise_the_next_time_is_not_kept(replays: Replays, status: int) -> None:
    """The command reaches the tier again."""
    policy = replay(replays)
    await first(policy, status=status)
    assert "ok" == (await decide(policy, command())).code


@pytest.mark.parametrize("status", [200, 204, 400, 404, 422])
async def test_what_was_decided_is_kept(replays: Replays, status: int) -> None:
    """Refusals of what was sent among it."""
    policy = replay(replays)
    await first(policy, status=status)
    assert "replay.answered" == (await decide(policy, command())).code


@pytest.mark.req(293)
async def test_what_its_tier_lets_nobody_store_is_not_kept(replays: Replays) -> None:
    """An answer that shows a secret once is not remembered here; its tier knows the key and answers again."""
    policy = replay(replays)
    await first(policy, status=200, more=((b"cache-control", b"no-store"),))

    assert "ok" == (await decide(policy, command())).code


async def test_a_refusal_by_a_later_policy_frees_the_key(replays: Replays) -> None:
    """So does a client that left, and an answer too long to keep."""
    policy = replay(replays, body_bytes=10)
    for code in ("quota.exceeded", "client.left"):
        decision = await decide(policy, command())
        decision.request.code = code
        policy.ended(decision.request, status=0)
        await asyncio.gather(*policy._settling)
    await first(policy, status=200, body=b"x" * 11)
    assert "ok" == (await decide(policy, command())).code


class Away:
    async def claim(self, key: str, /, **_: Any) -> Any:
        raise ConnectionError

    settle: Callable[..., Any] = claim
    release: Callable[..., Any] = claim


async def test_without_the_store_keys_are_kept_in_this_process() -> None:
    """The tier's ledger keeps the promise; the door goes on sparing it what it can."""
    policy = replay(Away())
    await first(policy, status=201)
    assert "replay.answered" == (await decide(policy, command())).code


async def test_reads_and_bodies_that_stream_are_left_alone(replays: Replays) -> None:
    """A GET has no effect; a body that was not read cannot be compared."""
    policy = replay(replays)
    for given in (Given(headers=KEY), Given(method="POST", headers=KEY, body=None), Given(method="POST", headers=())):
        decision = await decide(policy, given)
        assert ("ok", None) == (decision.code, decision.request.tap)


async def test_memory_is_bounded_and_claims_lapse() -> None:
    """The oldest are forgotten first; a claim nobody settled ends with its lease."""
    clock = ManualClock()
    local = LocalReplays(clock, limit_bytes=5_000)
    for n in range(20):
        await local.settle(f"k{n}", Kept(fingerprint="f", status=200, body=b"x" * 500), keep_s=60)
    assert "new" == await local.claim("k0", fingerprint="f", lease_s=5)
    assert "new" != await local.claim("k19", fingerprint="f", lease_s=5)
    clock.advance(5)
    assert "new" == await local.claim("k0", fingerprint="f", lease_s=5)
