"""Puts together who carries calls to the tiers: one upstream, or one with several addresses, copies and repetitions.

With nothing of the kind configured it is the plain one, and the door's shortest path stays open.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import httpx

from gateway.balance import Balanced, expanded
from gateway.config import Config
from gateway.mirror import Mirroring, mirrored
from gateway.over_httpx import HttpxUpstream
from gateway.pool import Pool
from gateway.retry import Retrying
from gateway.upstream import Upstream
from kit.clock import Clock

Living = Callable[[], AbstractAsyncContextManager[None]]


def carriage(
    config: Config, *, transport: httpx.AsyncBaseTransport | None, clock: Clock
) -> tuple[Upstream, tuple[Living, ...]]:
    """The upstream, and what has to live as long as the gateway does.

    Raises:
        ValueError: a tier is balanced or copied that has no address.

    """
    strange = {*config.balance, *config.mirror} - set(config.upstreams)
    if strange:
        raise ValueError(f"no address for upstream {', '.join(sorted(strange))}, which is balanced or mirrored")
    addresses = mirrored(expanded(config.upstreams, config.balance), config.mirror)
    upstream: Upstream
    if transport is None and config.onward.client == "pool":
        upstream = Pool(addresses, onward=config.onward)
    else:
        upstream = HttpxUpstream(addresses, onward=config.onward, transport=transport)
    living: tuple[Living, ...] = ()
    if config.balance:
        balanced = Balanced(upstream, config.balance, clock=clock)
        upstream, living = balanced, (balanced.living,)
    if config.mirror:
        upstream = Mirroring(upstream, config.mirror)
    if config.retry.attempts > 1:
        upstream = Retrying(upstream, config.retry, clock=clock)
    return upstream, living
