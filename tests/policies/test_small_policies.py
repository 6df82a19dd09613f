import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from kit.caller import Caller
from kit.clock import ManualClock
from kit.door.operation import Body, Parameter
from kit.door.policy import Chain
from policies import audit, correlate, exchange, idempotency, limit, receive
from tests.policies.table import ANYONE, READ, Decision, Given, decide

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
KEYED = replace(
    READ,
    parameters=tuple(
        Parameter(name=name, place="header", required=True, schema={}, types=frozenset({"string"}), repeated=False)
        for name in ("Idempotency-Key", "If-Match")
    ),
)
TAKES_JSON = replace(READ, body=Body(required=True, media={"application/json": {}}))
STREAMS = replace(READ, body=Body(required=True, media={"application/octet-stream": None}))


@pytest.mark.req(255)
@pytest.mark.parametrize(
    ("traceparent", "taken_over"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-00", True),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (f"01-{TRACE}-00f067aa0ba902b7-01", False),
        ("rubbish", False),
    ],
)
async def test_a_well_formed_trace_is_taken_over(traceparent: str, taken_over: bool) -> None:
    """Its flags stay, our span is new, and the answer carries the trace id in either case."""
    policy = correlate.Correlate(correlate.Config(), fresh=lambda n: "ab" * n)
    decision = await decide(policy, Given(headers=(("traceparent", traceparent), ("x-request-id", "r-1"))))
    trace, flags = (TRACE, "00") if taken_over else ("ab" * 16, "01")
    assert f"00-{trace}-{'ab' * 8}-{flags}".encode() == dict(decision.request.onward)[b"traceparent"]
    assert (trace, "r-1") == (decision.answer["x-trace-id"], decision.answer["x-request-id"])


@pytest.mark.parametrize("own", ["", "a b", "x" * 65, "a\nb", "é"])
async def test_a_request_id_that_could_harm_a_log_is_replaced(own: str) -> None:
    """Only short plain ids are taken over."""
    policy = correlate.Correlate(correlate.Config(), fresh=lambda n: "cd" * n)
    assert "cd" * 16 == (await decide(policy, Given(headers=(("x-request-id", own),)))).answer["x-request-id"]


@pytest.mark.parametrize(
    ("given", "code", "status"),
    [
        (Given(target="/" + "a" * 8_192), "limit.target", 414),
        (Given(query=b"a" * 8_192), "limit.target", 414),
        (Given(headers=[("a", "b")] * 101), "limit.fields", 431),
        (Given(headers=[("a", "b" * 32_768)]), "limit.fields", 431),
        (Given(headers=[("content-length", "1001")]), "limit.body", 413),
        (Given(headers=[("content-length", "1000")]), "ok", 200),
    ],
)
async def test_what_is_too_large_is_refused_unread(given: Given, code: str, status: int) -> None:
    """414, 431 and 413, each closing the connection."""
    decision = await decide(limit.Limit(limit.Config(), body_bytes=1_000), given)
    assert (code, status, status != 200) == (decision.code, decision.status, decision.request.close)


def parts(*bodies: bytes, ended: bool = True) -> list[dict[str, Any]]:
    """A body in pieces; broken off unless ended."""
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
    return [*messages, {"type": "http.request", "body": b""} if ended else {"type": "http.disconnect"}]


async def received(messages: list[dict[str, Any]], operation: Any = TAKES_JSON, **config: Any) -> Decision:
    policy = receive.Receive(receive.Config(**config), body_bytes=10)
    headers = (("transfer-encoding", "chunked"),)
    return await decide(
        policy, Given(method="POST", headers=headers, messages=messages, operation=operation, body=None)
    )


async def test_a_body_is_read_whole_where_the_contract_looks_into_it() -> None:
    """Pieces are joined."""
    assert b'{"a":1}' == (await received(parts(b'{"a"', b":1}"))).request.body


@pytest.mark.parametrize(
    ("messages", "operation", "code", "status"),
    [
        (parts(b"123456", b"78901"), TAKES_JSON, "receive.body", 413),
        (parts(b"1234", ended=False), TAKES_JSON, "receive.broken", 400),
        (parts(b"1"), READ, "receive.unexpected", 400),
        (parts(), READ, "ok", 200),
        (parts(b"[[[[]]]]"), TAKES_JSON, "receive.depth", 400),
    ],
)
async def test_a_body_that_grows_breaks_off_or_nests_is_refused(
    messages: list[dict[str, Any]], operation: Any, code: str, status: int
) -> None:
    """413 as soon as it is over, 400 for the others, whatever was declared."""
    decision = await received(messages, operation, depth=3)
    assert (code, status) == (decision.code, decision.status)


async def test_a_body_that_dawdles_is_refused() -> None:
    """408 after its time."""
    policy = receive.Receive(receive.Config(body_s=0.01), body_bytes=10)
    request = Given(headers=(("content-length", "5"),), operation=TAKES_JSON).request()

    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    request.receive = never
    verdict = policy(request)
    assert verdict is not None
    problem = await verdict  # type: ignore[misc] # a verdict that waits, since the body does not come
    assert 408 == problem.status


async def test_a_body_nobody_looks_into_is_not_read() -> None:
    """It streams through: no message is taken."""
    assert (await received([], STREAMS)).request.body is None


async def test_a_packed_body_is_refused_where_it_would_be_looked_into() -> None:
    """415."""
    headers = (("content-length", "5"), ("content-encoding", "gzip"))
    policy = receive.Receive(receive.Config(), body_bytes=10)
    assert 415 == (await decide(policy, Given(headers=headers, operation=TAKES_JSON))).status


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        (b"[" * 4 + b"]" * 4, True),
        (b"[" * 3 + b"]" * 3, False),
        (b"[],[],[],[],[]", False),
        (b'"[[[[["', False),
        (b'"\\"[[[[["', False),
        (b'["\\\\",[[[', True),
        (b'"[[[[[', False),
        (b'"\\"' * 200_000 + b"[" * 4, False),
    ],
)
def test_depth_counts_brackets_outside_of_strings(text: bytes, deep: bool) -> None:
    """Escapes are honoured, and the time is linear even where quotes never end."""
    assert deep == receive.is_too_deep(text, depth=3)


@pytest.mark.req(243)
@pytest.mark.parametrize(
    ("headers", "code", "status"),
    [
        ({"idempotency-key": "k", "if-match": '"1"'}, "ok", 200),
        ({"if-match": '"1"'}, "idempotency.key_missing", 400),
        ({"idempotency-key": "", "if-match": '"1"'}, "idempotency.key_missing", 400),
        ({"idempotency-key": "a b", "if-match": '"1"'}, "idempotency.key_malformed", 400),
        ({"idempotency-key": "k" * 256, "if-match": '"1"'}, "idempotency.key_malformed", 400),
        ({"idempotency-key": "k"}, "idempotency.precondition_missing", 428),
    ],
)
async def test_a_command_brings_what_makes_repeating_it_safe(headers: dict[str, str], code: str, status: int) -> None:
    """400 without a key, 428 without the state it was decided on; asked only where the contract requires it."""
    policy = idempotency.Idempotency(idempotency.Config(), operations=[KEYED])
    decision = await decide(policy, Given(headers=tuple(headers.items()), operation=KEYED))
    assert (code, status) == (decision.code, decision.status)
    free = idempotency.Idempotency(idempotency.Config(), operations=[READ])
    assert "ok" == (await decide(free, Given(headers=()))).code


class Mint:
    """Counts what it signs."""

    def __init__(self) -> None:
        self.minted: list[tuple[str, str]] = []

    def mint(self, *, audience: str, caller: Caller, scopes: frozenset[str] | None = None) -> str:
        self.minted.append((audience, caller.subject))
        return f"{audience}-{caller.subject}-{len(self.minted)}"


@pytest.mark.req(297)
async def test_a_tier_gets_a_token_of_its_own_for_each_caller() -> None:
    """Kept for 30 seconds, by caller and audience; another scope is another token."""
    clock, mint = ManualClock(), Mint()
    policy = exchange.Exchange(exchange.Config(), mint=mint, clock=clock)
    tokens = [(await decide(policy, Given())).request.token for _ in range(3)]
    narrowed = ANYONE.narrowed(frozenset())
    tokens.append((await decide(policy, Given(caller=narrowed))).request.token)
    tokens.append((await decide(policy, Given(operation=replace(READ, upstream="other")))).request.token)
    clock.advance(30)
    tokens.append((await decide(policy, Given())).request.token)
    assert ["shop-ann-1"] * 3 + ["shop-ann-2", "other-ann-3", "shop-ann-4"] == tokens


@pytest.mark.req(290, 303)
async def test_a_decision_is_one_line_without_secrets() -> None:
    """Time, trace, consumer, operation, code, policy, status and ms; no token, no query, no body."""
    clock = ManualClock()
    lines: list[bytes] = []
    chain = Chain([audit.Audit(audit.Config(), sink=lines.append, clock=clock)])
    request = Given(query=b"token=s3cret", headers=(("authorization", "Bearer s3cret"),), body=b"s3cret").request()
    assert chain.decide(request) is None
    clock.advance(0.25)
    chain.ended(request, status=200)
    expected = {
        "time": "2026-11-20T09:00:00.250+00:00",
        "trace": request.trace_id,
        "consumer": "https://idp.example|ann",
        "operation": "shop.read",
        "decision": "ok",
        "policy": "",
        "status": 200,
        "ms": 250.0,
        "method": "GET",
        "path": "/shop/orders/7",
        "scopes": ["orders:read"],
        "tenant": "default",
    }
    assert [expected] == [json.loads(line) for line in lines]
