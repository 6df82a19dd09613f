"""Opens the door from its settings; refuses two issuers of one name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from gateway.app import Gateway
from gateway.chain import Memory
from gateway.config import Config
from gateway.over_httpx import HttpxUpstream
from gateway.pool import Pool
from gateway.sink import LineSink
from gateway.upstream import Upstream
from kit.clock import Clock
from kit.door.counter import LocalCounter
from kit.door.jwks import Fetch, KeySet
from policies.authenticate import Trust
from policies.exchange import Mint

_KEYS_TIMEOUT_S = 5.0
_KEYS_BYTES = 262_144


def build(
    config: Config,
    *,
    signer: Mint,
    clock: Clock,
    documents: Mapping[str, Mapping[str, Any]],
    transport: httpx.AsyncBaseTransport | None = None,
) -> Gateway:
    """The gateway as an ASGI application; its lifespan must be run, so that connections are closed.

    Args:
        config: settings.
        signer: signs internal tokens in the gateway's name.
        clock: time.
        documents: OpenAPI 3.1 documents by name, as routes.toml names them.
        transport: carries calls to tiers and issuers instead of sockets; stays the caller's to close.

    Raises:
        SnapshotRefused: routes or documents cannot be offered.
        OrderRefused: a policy cannot be shadowed.
        ValueError: two issuers have one name.

    """
    client = httpx.AsyncClient(transport=transport, timeout=_KEYS_TIMEOUT_S, trust_env=False, follow_redirects=False)
    trusted = _trusted(config, fetch=_fetching(client), clock=clock)
    sink = LineSink(config.decision_log)
    counter = LocalCounter(clock)
    upstream = _upstream(config, transport=transport)
    memory = Memory(trusted=trusted, counter=counter, local=counter, mint=signer, sink=sink, clock=clock)
    closing = [trust.keys.close for trust in trusted.values()]
    if transport is None:
        closing.append(client.aclose)
    return Gateway(
        config,
        memory=memory,
        documents=documents,
        upstream=upstream,
        closing=(*closing, upstream.close, sink.close),
    )


def _upstream(config: Config, *, transport: httpx.AsyncBaseTransport | None) -> Upstream:
    if transport is None and config.onward.client == "pool":
        return Pool(config.upstreams, onward=config.onward)
    return HttpxUpstream(config.upstreams, onward=config.onward, transport=transport)


def _trusted(config: Config, *, fetch: Fetch, clock: Clock) -> dict[str, Trust]:
    trusted: dict[str, Trust] = {}
    for issuer in config.issuers:
        if issuer.issuer in trusted:
            raise ValueError(f"issuer {issuer.issuer} is configured twice")
        keys = KeySet(url=issuer.jwks_url, fetch=fetch, clock=clock, timing=config.keys)
        trusted[issuer.issuer] = Trust(issuer=issuer, keys=keys)
    return trusted


def _fetching(client: httpx.AsyncClient) -> Fetch:
    async def fetch(url: str) -> bytes:
        async with client.stream("GET", url, headers={"accept": "application/json"}) as response:
            response.raise_for_status()
            document = bytearray()
            async for part in response.aiter_bytes():
                document += part
                if len(document) > _KEYS_BYTES:
                    raise ValueError("a JWKS of this size is none")
        return bytes(document)

    return fetch
