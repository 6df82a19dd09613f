"""Opens the door from its settings, with the portal beside it; refuses two issuers of one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from gateway.app import Gateway
from gateway.aside import ASGIApp, Pages
from gateway.carriage import carriage
from gateway.chain import Memory
from gateway.config import Config
from gateway.identity import Identity, open_identity
from gateway.portal import open_portal
from gateway.sink import LineSink
from gateway.stores import open_stores
from gateway.watch import Bell
from kit.clock import Clock
from kit.door.jwks import Fetch
from kit.door.meter import Usage
from policies.exchange import Mint

_KEYS_TIMEOUT_S = 5.0
_KEYS_BYTES = 262_144
_SELF = "http://gateway.internal"


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
        SettingsError: keys are to be kept, and the pepper for them is missing.

    """
    client = httpx.AsyncClient(transport=transport, timeout=_KEYS_TIMEOUT_S, trust_env=False, follow_redirects=False)
    bell = Bell()
    identity = _identity(config, client=client, clock=clock, bell=bell)
    sink = LineSink(config.decision_log)
    own = config.policies
    stores = open_stores(config.storing, tripping=own.breaker, caching=own.cache, metering=own.meter, clock=clock)
    upstream, carrying = carriage(config, transport=transport, clock=clock)
    memory = Memory(
        trusted=identity.trusted,
        stores=stores,
        mint=signer,
        sink=sink,
        clock=clock,
        book=identity.book,
        revoked=identity.revoked,
        seated=identity.seated if config.portal.open else None,
    )
    closing = (client.aclose,) if transport is None else ()
    gateway = Gateway(
        config,
        memory=memory,
        documents=documents,
        upstream=upstream,
        closing=(*closing, upstream.close, sink.close),
        heard=identity.heard,
    )
    bell.carry = gateway.watch.tell
    gateway.living += (identity.living, stores.living, *carrying)
    gateway.aside = Pages(
        _beside(config, identity=identity, gateway=gateway, client=client, usage=stores.meter.snapshot)
    )
    return gateway


def _identity(config: Config, *, client: httpx.AsyncClient, clock: Clock, bell: Bell) -> Identity:
    return open_identity(
        config.identity,
        issuers=config.issuers,
        fetch=_fetching(client),
        clock=clock,
        timing=config.keys,
        forget_s=config.watch.forget_s,
        tell=bell,
    )


def _beside(
    config: Config,
    *,
    identity: Identity,
    gateway: Gateway,
    client: httpx.AsyncClient,
    usage: Callable[[], list[Usage]],
) -> ASGIApp:
    sandbox: httpx.AsyncClient | None = None
    if config.portal.sandbox == "self":
        app: ASGIApp = gateway
        own = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        sandbox = httpx.AsyncClient(transport=own, base_url=_SELF)
    elif config.portal.sandbox:
        sandbox = httpx.AsyncClient(base_url=config.portal.sandbox, timeout=30.0, trust_env=False)
    return open_portal(
        config.portal,
        identity=identity,
        door=lambda: gateway.door,
        usage=usage,
        http=client,
        sandbox=sandbox,
    )


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
