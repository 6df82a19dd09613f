"""What each policy costs by itself, and the chain around them; taken in this process, CPU only."""

from __future__ import annotations

import secrets
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

from contracts.problem import Problem
from kit.door.policy import Chain, Message, Request
from kit.heap import settle
from load.gateway.ours import opened
from load.gateway.traffic import GET, POST, order

_CALLS: Final = 2_000
_REPEATS: Final = 5


async def costs(folder: Path, upstream: str) -> dict[str, dict[str, float]]:
    """Microseconds of each policy for the GET and the POST of the bench: the median of five runs."""
    door = opened(folder, upstream)
    token = (folder / "token").read_bytes()
    table: dict[str, dict[str, float]] = {}
    try:
        settle()
        for kind, target, body in (("get", GET, b""), ("post", POST, order().encode())):
            make = partial(_request, target, body=body, token=token)
            await _passed(door.door.threshold, door.door.road, make())  # keys are fetched, tokens kept
            runs = [await _run(door.door.threshold, door.door.road, make) for _ in range(_REPEATS)]
            for name in runs[0]:
                table.setdefault(name, {})[kind] = round(statistics.median(run[name] for run in runs), 2)
    finally:
        await door.upstream.close()
    return table


def _request(target: str, *, body: bytes, token: bytes) -> Request:
    path, _, query = target.encode().partition(b"?")
    headers = [(b"host", b"127.0.0.1:8080"), (b"accept", b"application/json"), (b"authorization", b"Bearer " + token)]
    if body:
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        headers.append((b"idempotency-key", secrets.token_hex(8).encode()))  # each command has one of its own
    scope = {
        "type": "http",
        "method": "POST" if body else "GET",
        "raw_path": path,
        "query_string": query,
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.1", 50_000),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    request = Request(scope, receive, arrived=time.monotonic())
    request.whole = lambda: body
    return request


async def _passed(threshold: Chain, road: Chain, request: Request) -> None:
    for chain in (threshold, road):
        pending: Any = chain.decide(request)
        verdict = pending if pending is None or isinstance(pending, Problem) else await pending
        assert verdict is None, f"the door refused what it should pass: {verdict}"


async def _run(threshold: Chain, road: Chain, make: Callable[[], Request]) -> dict[str, float]:
    steps = [*threshold._steps, *road._steps]  # noqa: SLF001 - measured from within
    total: dict[str, int] = {name: 0 for name, _ in steps} | {"clock": 0, "the end": 0}
    clock = time.thread_time_ns  # CPU, so that others on this machine do not count
    for _ in range(_CALLS):
        request = make()
        for name, policy in steps:
            began = clock()
            verdict: Any = policy(request)
            if verdict is not None and not isinstance(verdict, Problem):
                verdict = await verdict
            total[name] += clock() - began
            assert verdict is None, f"{name} refused what it should pass: {verdict}"
        began = clock()
        threshold.ended(request, status=200)
        total["the end"] += clock() - began
        began = clock()
        total["clock"] += clock() - began
    watch = total.pop("clock")
    return {name: max(0.0, (spent - watch) / _CALLS / 1_000) for name, spent in total.items()}
